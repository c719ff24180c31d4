//! JSON bodies: read into our own types, with complaints that name the field and the position.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::error::Category;

use crate::problem_body::FieldError;

/// Longest complaint: it may repeat what the caller sent.
const DETAIL_CHARS_MAX: usize = 300;

/// Why a body is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// It does not say that it is JSON.
    #[error("the body must be JSON: send content-type application/json")]
    ContentType,
    /// It is compressed.
    #[error("the body must not be compressed: send it without content-encoding")]
    ContentEncoding,
    /// It is too large.
    #[error("the body must have at most {bytes_max} bytes")]
    TooLarge {
        /// The limit.
        bytes_max: usize,
    },
    /// It did not arrive in time.
    #[error("the body must arrive within {seconds} seconds")]
    TooSlow {
        /// The limit.
        seconds: u64,
    },
    /// It ended too early.
    #[error("the body did not arrive in full")]
    Incomplete,
    /// It is no JSON.
    #[error("the body is no valid JSON: see errors")]
    NotJson {
        /// Where and why.
        at: FieldError,
    },
    /// It is JSON, but not what is asked for.
    #[error("the body is not what is expected: see errors")]
    NotAsExpected {
        /// Which field, and what to change.
        at: FieldError,
    },
}

impl BodyError {
    /// A stable word for answers, logs and metrics.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::ContentType => "content_type_unsupported",
            Self::ContentEncoding => "content_encoding_unsupported",
            Self::TooLarge { .. } => "body_too_large",
            Self::TooSlow { .. } => "body_too_slow",
            Self::Incomplete => "body_incomplete",
            Self::NotJson { .. } => "body_not_json",
            Self::NotAsExpected { .. } => "body_not_as_expected",
        }
    }
}

/// Reads a body, which must be a JSON object.
pub(crate) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, BodyError> {
    check_is_object(bytes)?;
    serde_json::from_slice(bytes).map_err(|error| refused(&error, field_of::<T>(bytes)))
}

/// Derived types would also be read from an array, by position.
fn check_is_object(bytes: &[u8]) -> Result<(), BodyError> {
    if bytes.trim_ascii_start().starts_with(b"{") {
        return Ok(());
    }
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(bytes) {
        return Err(refused(&error, Cow::Borrowed("")));
    }
    let detail = "the body must be a JSON object".to_owned();
    Err(BodyError::NotAsExpected { at: FieldError { field: Cow::Borrowed(""), detail } })
}

fn refused(error: &serde_json::Error, field: Cow<'static, str>) -> BodyError {
    let detail: String = error.to_string().chars().take(DETAIL_CHARS_MAX).collect();
    let is_data = error.classify() == Category::Data;
    // A field that is missing or there twice has no path: only the message names it, between the first two backticks.
    let rest = detail.strip_prefix("missing field `").or_else(|| detail.strip_prefix("duplicate field `"));
    let named = rest.and_then(|rest| rest.split('`').next()).map(str::to_owned);
    let field = named.map_or(field, Cow::Owned);
    let at = FieldError { field, detail };
    if is_data { BodyError::NotAsExpected { at } } else { BodyError::NotJson { at } }
}

/// Where the first error is. Read once more with a path, because keeping one would slow down every good request.
fn field_of<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Cow<'static, str> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => String::new(),
        Err(error) => error.path().to_string(),
    };
    let is_top = path == "." || path == "?";
    if is_top { Cow::Borrowed("") } else { Cow::Owned(path.chars().take(DETAIL_CHARS_MAX).collect()) }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample<'a> {
        #[serde(rename = "name")]
        _name: String,
        #[serde(rename = "words", default)]
        _words: Vec<String>,
        #[serde(borrow, default, rename = "raw")]
        _raw: Option<&'a RawValue>,
    }

    fn complaint(text: &[u8]) -> (&'static str, String, String) {
        let error = parse::<Sample<'_>>(text).unwrap_err();
        let code = error.code();
        let (BodyError::NotJson { at } | BodyError::NotAsExpected { at }) = error else {
            panic!("{error} has no place");
        };
        (code, at.field.into_owned(), at.detail)
    }

    const DATA: &str = "body_not_as_expected";
    const SYNTAX: &str = "body_not_json";

    #[test]
    fn what_is_missing_unknown_or_of_another_type_is_named_with_its_position() {
        let unknown = "unknown field `nam`, expected one of `name`, `words`, `raw` at line 1 column 17";
        let inside = "invalid type: boolean `true`, expected a string at line 1 column 29";
        let cases = [
            ("{}", "name", "missing field `name` at line 1 column 2"),
            (r#"{"name":"a","nam":1}"#, "nam", unknown),
            (r#"{"name":1}"#, "name", "invalid type: integer `1`, expected a string at line 1 column 9"),
            (r#"{"name":"a","words":["b",true]}"#, "words[1]", inside),
            (r#"{"name":"a","name":"b"}"#, "name", "duplicate field `name` at line 1 column 18"),
            (r#"["a"]"#, "", "the body must be a JSON object"),
        ];
        for (text, field, detail) in cases {
            assert_eq!(complaint(text.as_bytes()), (DATA, field.to_owned(), detail.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_named_with_its_position() {
        let cases: [(&[u8], _, _); 3] = [
            (b"", "", "EOF while parsing a value at line 1 column 0"),
            (br#"{"name":"a""#, "", "EOF while parsing an object at line 1 column 11"),
            (b"{\"name\":\"a\",\"raw\":\"\xff\"}", "raw", "invalid unicode code point at line 1 column 20"),
        ];
        for (text, field, detail) in cases {
            assert_eq!(complaint(text), (SYNTAX, field.to_owned(), detail.to_owned()), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_complaint_does_not_repeat_more_than_300_characters() {
        let long = format!(r#"{{"{}":1}}"#, "n".repeat(10_000));
        let (_, field, detail) = complaint(long.as_bytes());
        assert_eq!((field.len(), detail.len()), (300, 300));
    }
}
