//! Numbers and values, compared as JSON Schema compares them: `1`, `1.0` and `1e0` are one number.

use std::cmp::Ordering;
use std::fmt::Write as _;

use serde_json::{Number, Value};

/// How far a quotient may be from a whole number, in units of its own precision: 0.0075 is a multiple of 0.0001.
const QUOTIENT_SLACK: f64 = 4.0 * f64::EPSILON;

/// Above this, whole numbers are floating point however they are written: 2 to the power of 64. Their digits would be 309 of them.
const WHOLE_MAX: f64 = 18_446_744_073_709_551_616.0;

/// Compares two numbers: whole ones exactly, others as floating point.
pub(super) fn compare(a: &Number, b: &Number) -> Ordering {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => float(a).total_cmp(&float(b)),
    }
}

/// Whether a number is a whole multiple of another one above zero.
pub(super) fn is_multiple(number: &Number, of: &Number) -> bool {
    if let (Some(number), Some(of)) = (whole(number), whole(of)) {
        return number.checked_rem(of) == Some(0);
    }
    let quotient = float(number) / float(of);
    if !quotient.is_finite() {
        return float(number) % float(of) == 0.0;
    }
    (quotient - quotient.round()).abs() <= QUOTIENT_SLACK * quotient.abs().max(1.0)
}

/// Whether a number has no fraction.
pub(super) fn is_integer(number: &Number) -> bool {
    whole(number).is_some() || float(number).fract() == 0.0
}

/// A number from 0 on without a fraction, however it is written.
pub(super) fn count(value: &Value) -> Option<usize> {
    let Value::Number(number) = value else {
        return None;
    };
    let mut text = String::new();
    write_number(number, &mut text);
    text.parse().ok()
}

/// Equal texts for equal values, and other texts for others.
pub(super) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write_value(value, &mut text);
    text
}

fn write_value(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => write_number(number, text),
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_value(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in sorted {
                write_value(&Value::String(name.clone()), text);
                text.push(':');
                write_value(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {
            write!(text, "{value}").expect("a text can be written to");
        }
    }
}

fn write_number(number: &Number, text: &mut String) {
    let written = match whole(number) {
        Some(whole) => write!(text, "{whole}"),
        // Adding zero turns the negative zero into the other one.
        None if is_integer(number) && float(number).abs() <= WHOLE_MAX => write!(text, "{:.0}", float(number) + 0.0),
        None => write!(text, "{:e}", float(number)),
    };
    written.expect("a text can be written to");
}

/// A number that was written without fraction and exponent, and fits.
fn whole(number: &Number) -> Option<i128> {
    number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from))
}

fn float(number: &Number) -> f64 {
    number.as_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn one_number_has_one_text_however_it_is_written() {
        let cases = [
            ("1", "1.0", true),
            ("1", "1e0", true),
            ("0", "-0.0", true),
            ("100000000000000000000", "1e20", true),
            ("9007199254740993", "9007199254740992", false),
            ("10000000000000000000", "1e19", true),
            ("1e300", "1E+300", true),
            ("0.1", "0.10", true),
            ("1", "\"1\"", false),
            (r#"{"a":1,"b":[2]}"#, r#"{"b":[2.0],"a":1.0}"#, true),
            ("[[1],2]", "[[1,2]]", false),
        ];
        for (a, b, same) in cases {
            let text = |text| canonical(&serde_json::from_str(text).unwrap());
            assert_eq!(text(a) == text(b), same, "{a} {b}");
        }
    }

    #[test]
    fn a_multiple_is_told_where_floating_point_is_not_exact() {
        let cases = [
            ("10", "2", true),
            ("7", "2", false),
            ("0.0075", "0.0001", true),
            ("0.00751", "0.0001", false),
            ("4.5", "1.5", true),
            ("35", "1.5", false),
            ("1e308", "0.123456789", false),
            ("1e308", "0.5", true),
            ("12391239123", "1e-8", true),
        ];
        for (value, of, expected) in cases {
            assert_eq!(is_multiple(&number(value), &number(of)), expected, "{value} {of}");
        }
    }

    #[test]
    fn large_whole_numbers_are_compared_exactly() {
        assert_eq!(compare(&number("9007199254740993"), &number("9007199254740992")), Ordering::Greater);
        assert_eq!(compare(&number("-1"), &number("18446744073709551615")), Ordering::Less);
        assert_eq!(compare(&number("1.5"), &number("2")), Ordering::Less);
        assert_eq!(compare(&number("1.0"), &number("1")), Ordering::Equal);
    }

    #[test]
    fn a_count_may_be_written_with_a_fraction_of_zero() {
        let counted = |text| count(&serde_json::from_str(text).unwrap());
        assert_eq!(["2", "2.0", "2e1"].map(counted), [Some(2), Some(2), Some(20)]);
        assert_eq!(["-1", "1.5", "\"2\"", "1e300"].map(counted), [None; 4]);
    }
}
