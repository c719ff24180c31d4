//! What makes a request the same as an earlier one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Caller;
use crate::time::Timestamp;

/// How long an answer is kept: whoever repeats a request does so within a day.
pub const KEPT_FOR: Duration = Duration::from_hours(24);

/// Longest key.
const LENGTH_MAX: usize = 255;

/// Domain separation: a hash made for another purpose is never a fingerprint.
const CONTEXT: &str = "devhub 2026-11 idempotency fingerprint v1";
const KEY_CONTEXT: &str = "devhub 2026-11 idempotency key v1";

/// What a caller names one request with, such as a UUID.
///
/// *Shape:* 1 to 255 visible ASCII characters, of which only a BLAKE3 hash is kept: somebody will send a token. Two callers with the same
/// text do not meet: it belongs to the [`Caller`] that sent it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdempotencyKey([u8; 32]);

/// The text is no such key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Idempotency-Key must be 1 to {LENGTH_MAX} visible ASCII characters, such as a UUID")]
pub struct IdempotencyKeyError;

impl IdempotencyKeyError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(self) -> &'static str {
        "idempotency_key_invalid"
    }
}

impl IdempotencyKey {
    /// The key with this hash, as a store keeps it.
    pub const fn from_bytes(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash that a store keeps.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl FromStr for IdempotencyKey {
    type Err = IdempotencyKeyError;

    fn from_str(text: &str) -> Result<Self, IdempotencyKeyError> {
        if (1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(blake3::derive_key(KEY_CONTEXT, text.as_bytes())))
        } else {
            Err(IdempotencyKeyError)
        }
    }
}

/// What was asked, as a hash: BLAKE3 over the operation and the bytes of the body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

impl Fingerprint {
    /// The fingerprint of a body that was sent to an operation, such as `POST /api/hub/v1/events`.
    pub fn of(operation: &str, body: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        // The length goes first, so that no part of the operation can be taken for the start of the body.
        hasher.update(&u64::try_from(operation.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(operation.as_bytes()).update(body);
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// An answer as it is kept: what the caller saw, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status, 200 to 299.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// An answer with the request that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAnswer {
    /// Who asked.
    pub caller: Caller,
    /// How it named the request.
    pub key: IdempotencyKey,
    /// What it asked.
    pub fingerprint: Fingerprint,
    /// What it was answered.
    pub answer: Answer,
    /// When it was answered.
    pub created_at: Timestamp,
}

impl RecordedAnswer {
    /// Whether it still stands at `now`.
    pub fn stands(&self, now: Timestamp) -> bool {
        now < self.created_at.plus(KEPT_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_1_to_255_visible_ascii_characters() {
        assert!("7f6f3f2e-1a8c-4a55-9d0c-6d1b2f1f0a11".parse::<IdempotencyKey>().is_ok());
        assert!("a".repeat(255).parse::<IdempotencyKey>().is_ok());
        for bad in ["", "a b", "ä", "a\tb", &"a".repeat(256)] {
            assert_eq!(bad.parse::<IdempotencyKey>(), Err(IdempotencyKeyError), "{bad}");
        }
    }

    #[test]
    fn a_fingerprint_tells_operations_and_bodies_apart() {
        let first = Fingerprint::of("POST /events", b"{}");
        assert_eq!(first, Fingerprint::of("POST /events", b"{}"));
        assert_ne!(first, Fingerprint::of("POST /events", b"{ }"));
        assert_ne!(first, Fingerprint::of("POST /event", b"s{}"));
    }
}
