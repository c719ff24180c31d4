//! The payload: stored, signed and sent byte for byte as it was received.

use std::fmt;
use std::sync::Arc;

use crate::json::depth;

/// Largest payload unless configured otherwise: 256 KiB.
pub const PAYLOAD_BYTES_DEFAULT_MAX: usize = 256 * 1024;
/// Deepest nesting of arrays and objects: receivers' parsers commonly stop at 100 or 128.
const DEPTH_MAX: usize = 64;

/// A JSON value as UTF-8 text; cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload(Arc<[u8]>);

/// Why a payload is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// No byte at all.
    #[error("payload must not be empty")]
    Empty,
    /// More bytes than configured.
    #[error("payload has {bytes} bytes, more than the limit of {bytes_max}")]
    TooLarge {
        /// Bytes received.
        bytes: usize,
        /// Bytes allowed.
        bytes_max: usize,
    },
    /// Not JSON.
    #[error("payload must be JSON in UTF-8: {0}")]
    NotJson(String),
    /// Nested too deeply.
    #[error("payload is nested more than {DEPTH_MAX} levels deep")]
    TooDeep,
}

impl PayloadError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "payload_empty",
            Self::TooLarge { .. } => "payload_too_large",
            Self::NotJson(_) => "payload_not_json",
            Self::TooDeep => "payload_too_deep",
        }
    }
}

impl Payload {
    /// Checks a payload that came from outside.
    ///
    /// # Errors
    /// [`PayloadError`] when it is empty, larger than `bytes_max`, not JSON in UTF-8, or nested too deeply.
    pub fn new(bytes: &[u8], bytes_max: usize) -> Result<Self, PayloadError> {
        if bytes.is_empty() {
            return Err(PayloadError::Empty);
        }
        if bytes.len() > bytes_max {
            return Err(PayloadError::TooLarge { bytes: bytes.len(), bytes_max });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| PayloadError::NotJson(error.to_string()))?;
        if depth(bytes) > DEPTH_MAX {
            return Err(PayloadError::TooDeep);
        }
        let parsed: Result<&serde_json::value::RawValue, _> = serde_json::from_str(text);
        parsed.map_err(|error| PayloadError::NotJson(error.to_string()))?;
        Ok(Self(bytes.into()))
    }

    /// A payload that was checked when it was accepted, as a store kept it.
    pub fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Payload {
    /// Bodies do not belong in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Payload({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(bytes: &[u8]) -> Result<Payload, PayloadError> {
        Payload::new(bytes, 1_000)
    }

    #[test]
    fn a_payload_keeps_its_bytes_as_they_came() {
        let text = b"{ \"amount\" : 1.10,\n \"amount\": \"\\u00e4\" }";
        assert_eq!(check(text).unwrap().as_bytes(), text);
    }

    #[test]
    fn a_payload_at_the_limit_passes_and_one_byte_more_does_not() {
        let text = format!("\"{}\"", "a".repeat(998));
        assert!(check(text.as_bytes()).is_ok());
        let text = format!("\"{}\"", "a".repeat(999));
        assert_eq!(check(text.as_bytes()), Err(PayloadError::TooLarge { bytes: 1_001, bytes_max: 1_000 }));
    }

    #[test]
    fn what_is_not_json_in_utf_8_is_refused() {
        assert_eq!(check(b""), Err(PayloadError::Empty));
        for bad in [&b"{"[..], b"{} {}", b"nope", b"\"\xff\"", b"{'a':1}"] {
            assert_eq!(check(bad).unwrap_err().code(), "payload_not_json");
        }
    }

    #[test]
    fn nesting_stops_at_64_levels() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(check(nested(64).as_bytes()).is_ok());
        assert_eq!(check(nested(65).as_bytes()), Err(PayloadError::TooDeep));
        assert_eq!(check(nested(200).as_bytes()), Err(PayloadError::TooDeep));
    }

    #[test]
    fn brackets_in_text_are_not_nesting() {
        let text = format!("[\"{}\\\"[[\"]", "[".repeat(100));
        assert!(check(text.as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_payload_or_an_error(bytes: Vec<u8>) {
            drop(check(&bytes));
        }
    }
}
