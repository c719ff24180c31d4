//! An amount of money.

use std::fmt;

use super::Currency;

/// The largest amount in hundredths of a unit: what OwnPay's DECIMAL(15,2) holds. *Source:* contract §3.1.
const HUNDREDTHS_MAX: i128 = 999_999_999_999_999;

/// An amount of money in whole minor units of its currency.
///
/// *Shape:* 0 to 9,999,999,999,999.99 units. Written with as many decimals as the currency has, and with two at least: `10.00` USD,
/// `100.00` JPY, `1.234` KWD; see decision 0020.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amount {
    minor: i64,
    currency: Currency,
}

/// A number is no amount of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// It is zero.
    #[error("must be greater than zero")]
    Zero,
    /// It has more decimals than the currency.
    #[error("must have at most {minor_units} decimals in {currency}")]
    TooPrecise {
        /// The currency.
        currency: Currency,
        /// How many decimals it has.
        minor_units: u32,
    },
    /// It is more than is kept.
    #[error("must be at most 9999999999999.99")]
    TooLarge,
}

impl Amount {
    /// So many minor units; `None` when that is negative or more than is kept.
    pub fn new(minor: i64, currency: Currency) -> Option<Self> {
        let this = Self { minor, currency };
        let fits = minor >= 0 && i128::from(minor) * 100 <= HUNDREDTHS_MAX * i128::from(this.unit());
        fits.then_some(this)
    }

    /// Nothing.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The number of minor units; not negative.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// The number of whole units; `None` when there is a part of one besides.
    pub fn whole_units(self) -> Option<i64> {
        (self.minor % self.unit() == 0).then(|| self.minor / self.unit())
    }

    /// Both together; `None` for two currencies and for more than is kept.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        let sum = self.minor.checked_add(other.minor).filter(|_| self.currency == other.currency)?;
        Self::new(sum, self.currency)
    }

    /// What is left without `other`; `None` for two currencies and when `other` is more.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        let rest = self.minor.checked_sub(other.minor).filter(|_| self.currency == other.currency)?;
        Self::new(rest, self.currency)
    }

    /// A share of it in hundredths of a percent, rounded half up to whole minor units. At most the whole.
    #[must_use]
    pub fn share(self, basis_points: u16) -> Self {
        let share = (i128::from(self.minor) * i128::from(basis_points.min(10_000)) + 5_000) / 10_000;
        let minor = i64::try_from(share).map_or(self.minor, |share| share.min(self.minor));
        Self { minor, ..self }
    }

    /// Minor units of one unit; a currency has at most four decimals.
    fn unit(self) -> i64 {
        10_i64.pow(self.currency.minor_units())
    }
}

impl fmt::Display for Amount {
    /// The number alone, as the API writes it: `10.00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = usize::try_from(self.currency.minor_units()).unwrap_or(0);
        let fraction = format!("{:0decimals$}", self.minor % self.unit());
        let fraction = if decimals == 0 { "" } else { fraction.as_str() };
        write!(f, "{}.{fraction:0<2}", self.minor / self.unit())
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} {}", self.currency)
    }
}
