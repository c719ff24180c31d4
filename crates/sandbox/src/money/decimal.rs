//! A number as a client wrote it, exactly.

use super::{Amount, AmountError, Currency};

/// The longest number: enough for the largest amount with four decimals, and some zeros.
pub const DECIMAL_CHARS_MAX: usize = 32;

/// A number that is not negative, as it was written: digits, and perhaps a point with digits after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// The digits, without the point.
    digits: u128,
    /// How many of them stand after the point.
    scale: u32,
}

/// The text is no such number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// It is no plain decimal: exponents, blanks, grouping, `NaN`.
    #[error("must be a plain decimal such as 10.00, without exponent, blanks or separators")]
    Malformed,
    /// It has a sign.
    #[error("must be greater than zero and have no sign")]
    Signed,
    /// It is too long.
    #[error("must have at most {DECIMAL_CHARS_MAX} characters")]
    TooLong,
}

impl Decimal {
    /// Reads a number.
    ///
    /// *Shape:* `10`, `10.5`, `010.00`; at most [`DECIMAL_CHARS_MAX`] characters; digits on both sides of a point.
    ///
    /// # Errors
    /// [`DecimalError`] for everything else.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        if text.len() > DECIMAL_CHARS_MAX {
            return Err(DecimalError::TooLong);
        }
        let unsigned = text.strip_prefix(['-', '+']);
        let (whole, fraction) = unsigned.unwrap_or(text).split_once('.').unwrap_or((unsigned.unwrap_or(text), "0"));
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(DecimalError::Malformed);
        }
        if unsigned.is_some() {
            return Err(DecimalError::Signed);
        }
        // Zeros at the end say nothing: "10.000" is as precise as "10".
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}").parse().ok().ok_or(DecimalError::TooLong)?;
        let scale = u32::try_from(fraction.len()).ok().ok_or(DecimalError::TooLong)?;
        Ok(Self { digits, scale })
    }

    /// The amount of money that the number is.
    ///
    /// # Errors
    /// [`AmountError`] when it is zero, more precise than the currency, or more than is kept.
    pub fn in_currency(self, currency: Currency) -> Result<Amount, AmountError> {
        let minor_units = currency.minor_units();
        if self.digits == 0 {
            return Err(AmountError::Zero);
        }
        let Some(missing) = minor_units.checked_sub(self.scale) else {
            return Err(AmountError::TooPrecise { currency, minor_units });
        };
        let minor = 10_u128.checked_pow(missing).and_then(|factor| self.digits.checked_mul(factor));
        let minor = minor.and_then(|minor| i64::try_from(minor).ok()).ok_or(AmountError::TooLarge)?;
        Amount::new(minor, currency).ok_or(AmountError::TooLarge)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amount(text: &str, code: &str) -> Result<String, String> {
        let decimal = Decimal::parse(text).map_err(|error| error.to_string())?;
        let amount = decimal.in_currency(Currency::parse(code).unwrap());
        amount.map(|amount| amount.to_string()).map_err(|error| error.to_string())
    }

    /// *Source:* contract §2.5, rule 6; issue F, line 1.
    #[test]
    fn rule_06_an_amount_is_read_exactly_and_written_with_two_decimals() {
        let rows = [
            ("10", "USD", "10.00"),
            ("10.5", "USD", "10.50"),
            ("0.01", "USD", "0.01"),
            ("010.00", "USD", "10.00"),
            ("10.1000000000", "USD", "10.10"),
            ("9999999999999.99", "USD", "9999999999999.99"),
            ("100", "JPY", "100.00"),
            ("100.00", "JPY", "100.00"),
            ("1.234", "KWD", "1.234"),
            ("1.2", "KWD", "1.200"),
            ("0.0001", "CLF", "0.0001"),
        ];
        for (text, code, wanted) in rows {
            assert_eq!(amount(text, code), Ok(wanted.to_owned()), "{text} {code}");
        }
    }

    #[test]
    fn what_is_no_amount_says_why() {
        let plain = "must be a plain decimal such as 10.00, without exponent, blanks or separators";
        let positive = "must be greater than zero and have no sign";
        let rows = [
            ("", "USD", plain),
            ("1e3", "USD", plain),
            ("1E3", "USD", plain),
            ("NaN", "USD", plain),
            ("inf", "USD", plain),
            (" 10", "USD", plain),
            ("10 ", "USD", plain),
            ("1,000.00", "USD", plain),
            ("10,00", "USD", plain),
            (".5", "USD", plain),
            ("5.", "USD", plain),
            ("1.2.3", "USD", plain),
            ("0x10", "USD", plain),
            ("١٠", "USD", plain),
            ("--1", "USD", plain),
            ("-", "USD", plain),
            ("-1", "USD", positive),
            ("+1", "USD", positive),
            ("-0.00", "USD", positive),
            ("0", "USD", "must be greater than zero"),
            ("0.00", "USD", "must be greater than zero"),
            ("10.001", "USD", "must have at most 2 decimals in USD"),
            ("0.001", "USD", "must have at most 2 decimals in USD"),
            ("100.5", "JPY", "must have at most 0 decimals in JPY"),
            ("1.2345", "KWD", "must have at most 3 decimals in KWD"),
            ("10000000000000", "USD", "must be at most 9999999999999.99"),
            ("10000000000000", "JPY", "must be at most 9999999999999.99"),
            ("99999999999999999999999999999999", "USD", "must be at most 9999999999999.99"),
            ("100000000000000000000000000000000", "USD", "must have at most 32 characters"),
        ];
        for (text, code, wanted) in rows {
            assert_eq!(amount(text, code), Err(wanted.to_owned()), "{text} {code}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_number_or_an_error(text in ".{0,40}") {
            let amount = Decimal::parse(&text).map(|decimal| decimal.in_currency(Currency::parse("USD").unwrap()));
            prop_assert!(amount.is_err() || text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
        }

        #[test]
        fn an_amount_reads_back_what_it_prints(minor in 1_i64..=999_999_999_999_999, code in prop::sample::select(vec!["USD", "KWD", "CLF"])) {
            let currency = Currency::parse(code).unwrap();
            let amount = Amount::new(minor, currency).unwrap();
            prop_assert_eq!(Decimal::parse(&amount.to_string()).unwrap().in_currency(currency), Ok(amount));
        }
    }
}
