//! JSON bodies: read into our own types, with complaints that name the field and the position.
//!
//! *Threat:* a token or a secret, sent in the wrong place, that comes back in an error and stays in the caller's log.
//! *Defence:* a complaint repeats no value, and of names only those that could be one of ours. *Not defended:* a secret of at most 24
//! letters and digits, sent as the name of a field.

use std::borrow::Cow;

use devhub_domain::json::depth;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use crate::problem_body::FieldError;

/// Longest complaint: it may repeat what the caller sent.
const DETAIL_CHARS_MAX: usize = 300;
/// Longest name of a field that is repeated: tokens and generated secrets are longer.
const NAME_CHARS_MAX: usize = 24;
/// How a complaint begins about a field whose name is not repeated.
const UNNAMED: &str = "unknown field, ";
/// Deepest nesting of a body: a payload's 64 levels within the list of a batch.
const LEVELS_MAX: usize = 68;

/// Why a body is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// It does not say that it is JSON.
    #[error("the body must be JSON: send content-type application/json")]
    ContentType,
    /// It does not say that it is a form.
    #[error("a form must be sent as application/x-www-form-urlencoded, as browsers do")]
    NoForm,
    /// It does not say that it is a form with a file in it.
    #[error("a form with a file must be sent as multipart/form-data, as browsers do")]
    NoUpload,
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
    /// Its arrays and objects stand too deep inside each other.
    #[error("the body must not be nested more than {LEVELS_MAX} levels deep")]
    TooDeep,
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
            Self::ContentType | Self::NoForm | Self::NoUpload => "content_type_unsupported",
            Self::ContentEncoding => "content_encoding_unsupported",
            Self::TooLarge { .. } => "body_too_large",
            Self::TooSlow { .. } => "body_too_slow",
            Self::Incomplete => "body_incomplete",
            Self::TooDeep => "body_too_deep",
            Self::NotJson { .. } => "body_not_json",
            Self::NotAsExpected { .. } => "body_not_as_expected",
        }
    }
}

/// Reads a body, which must be a JSON object.
pub(crate) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, BodyError> {
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(no_object(bytes));
    }
    serde_json::from_slice(bytes).map_err(|error| refused(&error, field_of::<T>(bytes), bytes))
}

/// Reads a field that may be absent but not null: `#[serde(default, deserialize_with = "present")]`.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Derived types would also be read from an array, by position.
fn no_object(bytes: &[u8]) -> BodyError {
    if let Err(error) = serde_json::from_slice::<IgnoredAny>(bytes) {
        return refused(&error, Cow::Borrowed(""), bytes);
    }
    let detail = "the body must be a JSON object".to_owned();
    too_deep(bytes).unwrap_or(BodyError::NotAsExpected { at: FieldError { field: Cow::Borrowed(""), detail } })
}

fn refused(error: &serde_json::Error, field: Cow<'static, str>, bytes: &[u8]) -> BodyError {
    if let Some(too_deep) = too_deep(bytes) {
        return too_deep;
    }
    let detail: String = without_values(&error.to_string()).chars().take(DETAIL_CHARS_MAX).collect();
    let is_data = error.classify() == Category::Data;
    // A field that is missing or there twice has no path: only the message names it, between the first two backticks.
    let rest = detail.strip_prefix("missing field `").or_else(|| detail.strip_prefix("duplicate field `"));
    let named = rest.and_then(|rest| rest.split('`').next()).map(str::to_owned);
    let field = named.map_or(field, Cow::Owned);
    // A name that is not repeated in the text must not stand in the path either.
    let field = if detail.starts_with(UNNAMED) { Cow::Borrowed("") } else { field };
    let at = FieldError { field, detail };
    if is_data { BodyError::NotAsExpected { at } } else { BodyError::NotJson { at } }
}

/// The complaint without what the caller sent: `invalid type: string "secret", expected a list` tells the type that is expected.
fn without_values(message: &str) -> Cow<'_, str> {
    let quotes_value = message.starts_with("invalid type: ") || message.starts_with("invalid value: ");
    if quotes_value && let Some((_, expected)) = message.rsplit_once(", expected ") {
        return Cow::Owned(format!("expected {expected}"));
    }
    let Some(unknown) = message.strip_prefix("unknown field `") else {
        return Cow::Borrowed(message);
    };
    // Split at the last of these: what stands before it came from the caller, and may hold anything.
    let known = ["`, expected ", "`, there are "].iter().filter_map(|words| unknown.rfind(words)).max();
    match known.and_then(|at| unknown.split_at_checked(at)) {
        Some((name, known)) if !is_plain_name(name) => {
            Cow::Owned(format!("{UNNAMED}{}", known.trim_start_matches("`, ")))
        }
        _ => Cow::Borrowed(message),
    }
}

/// Whether a path into the body consists of names that could be ours, and of positions.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    name.len() <= NAME_CHARS_MAX && name.chars().all(fits)
}

/// Nothing that is read here is deep, so that only what is refused need be looked at.
fn too_deep(bytes: &[u8]) -> Option<BodyError> {
    (depth(bytes) > LEVELS_MAX).then_some(BodyError::TooDeep)
}

/// Where the first error is. Read once more with a path, because keeping one would slow down every good request.
fn field_of<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Cow<'static, str> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let path = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => String::new(),
        Err(error) => error.path().to_string(),
    };
    let is_ours = path.split(['.', '[', ']']).all(is_plain_name);
    if is_ours && path != "." { Cow::Owned(path) } else { Cow::Borrowed("") }
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
        let inside = "expected a string at line 1 column 29";
        let cases = [
            ("{}", "name", "missing field `name` at line 1 column 2"),
            (r#"{"name":"a","nam":1}"#, "nam", unknown),
            (r#"{"name":1}"#, "name", "expected a string at line 1 column 9"),
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
    fn a_complaint_repeats_no_value_and_no_name_that_could_be_a_secret() {
        let token = "op_8ae87c48.aae2f50bc1e19b4f2d8e3c0a5b6d7e8f9a0b1c2d3e4f5a6b";
        let cases = [
            format!(r#"{{"name":"a","words":"{token}"}}"#),
            format!(r#"{{"name":"a","words":"{token}, expected x"}}"#),
            format!(r#"{{"{token}":1}}"#),
            format!(r#"{{"a`, b {token}":1}}"#),
        ];
        for text in cases {
            let (_, field, detail) = complaint(text.as_bytes());
            assert!(!format!("{field} {detail}").contains("aae2f5"), "{text}: {field} {detail}");
        }
    }

    #[test]
    fn a_body_that_says_nothing_repeats_no_secret_either() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}

        let error = parse::<Nothing>(br#"{"op_8ae87c48.aae2f50bc1e19b4f2d8e3c0a5b6d7e8f":1}"#).unwrap_err();
        let detail = "unknown field, there are no fields at line 1 column 47".to_owned();
        assert_eq!(error, BodyError::NotAsExpected { at: FieldError { field: Cow::Borrowed(""), detail } });
    }

    #[test]
    fn a_body_of_more_than_68_levels_is_too_deep_wherever_it_is_refused() {
        let nested = |levels: usize| [vec!["["; levels].concat(), vec!["]"; levels].concat()].concat();
        for text in [nested(69), format!(r#"{{"name":{}}}"#, nested(68))] {
            assert_eq!(parse::<Sample<'_>>(text.as_bytes()).unwrap_err(), BodyError::TooDeep, "{text}");
        }
        assert_eq!(complaint(nested(68).as_bytes()).0, DATA);
        assert_eq!(complaint(br#"{"name":["\\\"["]}"#).1, "name");
    }
}
