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

#[cfg(test)]
mod tests {
    use super::*;

    /// *Source:* ISO 4217, list one, column "Mnr unt".
    #[test]
    fn a_currency_has_the_minor_units_of_iso_4217() {
        let none = [
            "JPY", "KRW", "VND", "CLP", "ISK", "XAF", "XOF", "XPF", "PYG", "UGX", "RWF", "KMF", "GNF", "DJF", "BIF",
            "VUV",
        ];
        let three = ["KWD", "BHD", "OMR", "JOD", "TND", "IQD", "LYD"];
        let two = ["USD", "EUR", "BDT", "GBP", "INR", "PKR", "NPR", "LKR", "CHF", "HUF", "TWD", "IDR", "MGA", "MRU"];
        let minor_units = |code: &str| Currency::parse(code).map(Currency::minor_units);
        for (codes, wanted) in [(&none[..], 0), (&three, 3), (&two, 2), (&["CLF", "UYW"], 4)] {
            for code in codes {
                assert_eq!(minor_units(code), Ok(wanted), "{code}");
            }
        }
    }

    #[test]
    fn a_code_is_read_in_either_case_and_printed_in_upper_case() {
        assert_eq!(Currency::parse("bdt").unwrap().code(), "BDT");
        assert_eq!(Currency::parse("Usd").unwrap().to_string(), "USD");
    }

    #[test]
    fn what_is_no_currency_is_refused() {
        for bad in ["", "US", "USDT", "ÄÖ", "ZZZ", "XXX", "XAU", "XDR", " USD", "840"] {
            assert_eq!(Currency::parse(bad), Err(CurrencyError), "{bad}");
        }
    }
}
