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
        let digits = format!("{whole}{fraction}").parse().map_err(|_: std::num::ParseIntError| DecimalError::TooLong)?;
        let scale = u32::try_from(fraction.len()).map_err(|_: std::num::TryFromIntError| DecimalError::TooLong)?;
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
