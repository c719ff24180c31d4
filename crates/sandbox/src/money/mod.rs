//! Money: exact decimals from outside, whole minor units inside. Never a float.

mod amount;
mod currency;
mod decimal;

pub use amount::{Amount, AmountError};
pub use currency::{Currency, CurrencyError};
pub use decimal::{DECIMAL_CHARS_MAX, Decimal, DecimalError};
