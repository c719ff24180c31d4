//! The currencies of ISO 4217 and their minor units.

use std::fmt;

use iso_currency::Currency as IsoCurrency;

/// A currency that people pay with.
///
/// *Shape:* three upper-case letters. Those without minor units of their own, such as gold, are none.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency {
    currency: IsoCurrency,
    minor_units: u32,
}

/// The text names no currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("currency must be a code of ISO 4217, such as USD")]
pub struct CurrencyError;

impl Currency {
    /// The currency with this code, in either case.
    ///
    /// # Errors
    /// [`CurrencyError`] when there is none, or it has no minor units.
    pub fn parse(code: &str) -> Result<Self, CurrencyError> {
        if code.len() != 3 {
            return Err(CurrencyError);
        }
        let currency = IsoCurrency::from_code(&code.to_ascii_uppercase()).ok_or(CurrencyError)?;
        let minor_units = u32::from(currency.exponent().ok_or(CurrencyError)?);
        Ok(Self { currency, minor_units })
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.currency.code()
    }

    /// What people call it, in English.
    pub fn name(self) -> &'static str {
        self.currency.name()
    }

    /// How many decimals its smallest unit has: 2 for USD, 0 for JPY, 3 for KWD, never more than 4.
    pub const fn minor_units(self) -> u32 {
        self.minor_units
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
