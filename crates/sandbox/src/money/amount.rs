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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(minor: i64, code: &str) -> Amount {
        Amount::new(minor, Currency::parse(code).unwrap()).unwrap()
    }

    #[test]
    fn an_amount_is_at_most_what_ownpay_keeps() {
        let fits = |minor, code| Amount::new(minor, Currency::parse(code).unwrap()).is_some();
        assert!(fits(999_999_999_999_999, "USD") && !fits(1_000_000_000_000_000, "USD"));
        assert!(fits(9_999_999_999_999, "JPY") && !fits(10_000_000_000_000, "JPY"));
        assert!(fits(9_999_999_999_999_990, "KWD") && !fits(9_999_999_999_999_991, "KWD"));
        assert!(fits(0, "USD") && !fits(-1, "USD") && !fits(i64::MIN, "USD") && !fits(i64::MAX, "CLF"));
    }

    #[test]
    fn sums_and_rests_stay_within_one_currency() {
        assert_eq!(amount(5, "USD").plus(amount(7, "USD")), Some(amount(12, "USD")));
        assert_eq!(amount(7, "USD").minus(amount(7, "USD")), Some(amount(0, "USD")));
        assert_eq!(amount(7, "USD").minus(amount(8, "USD")), None);
        assert_eq!(amount(7, "USD").plus(amount(7, "EUR")), None);
        assert_eq!(amount(7, "USD").minus(amount(7, "EUR")), None);
        assert_eq!(amount(999_999_999_999_999, "USD").plus(amount(1, "USD")), None);
    }

    #[test]
    fn a_share_is_rounded_half_up() {
        let rows = [
            (1_000, 290, 29),
            (50, 290, 1),
            (17, 290, 0),
            (18, 290, 1),
            (1_000, 0, 0),
            (1_000, 10_000, 1_000),
            (1_000, u16::MAX, 1_000),
        ];
        for (minor, basis_points, wanted) in rows {
            assert_eq!(amount(minor, "USD").share(basis_points).minor(), wanted, "{minor} at {basis_points}");
        }
    }

    #[test]
    fn only_whole_units_are_whole() {
        assert_eq!(amount(40_200, "USD").whole_units(), Some(402));
        assert_eq!(amount(40_201, "USD").whole_units(), None);
        assert_eq!(amount(402, "JPY").whole_units(), Some(402));
        assert_eq!(amount(402_000, "KWD").whole_units(), Some(402));
    }

    proptest! {
        #[test]
        fn a_share_is_never_more_than_the_whole(minor in 0_i64..=999_999_999_999_999, basis_points: u16) {
            let whole = amount(minor, "USD");
            prop_assert!(whole.minus(whole.share(basis_points)).is_some());
        }
    }
}
