//! Signs what is sent, in both schemes at once, and verifies what was received.
//!
//! *Threat:* somebody who knows an endpoint's address forges, changes or replays an event.
//! *Defence:* HMAC-SHA256 with a secret that only the hub and the receiver hold. The Standard Webhooks signature covers the
//! event id, the instant of the attempt and every byte of the body; [`verify`] refuses what is older or newer than
//! [`TOLERANCE`] and compares in constant time. The two schemes never share key bytes: OwnPay's key is the secret as shown,
//! the other one's is what its base64 means, so that a signature of one scheme cannot be passed off as the other's.
//! *Not defended:* OwnPay's own headers cover the body alone (its clients check nothing more), so a receiver that reads only
//! them must refuse duplicates by the event id. A replay within the tolerance verifies too.

use std::num::ParseIntError;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use ring::hmac;

pub use super::signing_secret::{SECRET_CHARS_MAX, SigningSecret, SigningSecretError};
use crate::secret::bytes_are_equal;
use crate::time::Timestamp;

/// Header with the event id: the same on every attempt, the receiver's idempotency key.
pub const WEBHOOK_ID: &str = "webhook-id";
/// Header with the unix seconds of the attempt.
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// Header with one or more `v1,<base64>`, one space between.
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";

/// How far a signed instant may be from the receiver's clock, in either direction and inclusive.
///
/// Five minutes is what every Standard Webhooks library takes.
pub const TOLERANCE: Duration = Duration::from_mins(5);

/// What one attempt sends, as far as it is signed. No `Debug`: a body does not belong into a log.
#[derive(Clone, Copy)]
pub struct SigningInput<'a> {
    /// The event's id, the same on every attempt.
    pub event_id: &'a str,
    /// The delivery's id.
    pub delivery_id: &'a str,
    /// The event's type, such as `payment.completed`.
    pub event_type: &'a str,
    /// When this attempt is made, by the wall clock.
    pub attempted_at: Timestamp,
    /// The bytes that are sent, exactly.
    pub body: &'a [u8],
    /// Every unexpired secret of the endpoint, oldest first. Without any nothing is signed, and the receiver refuses.
    pub secrets: &'a [SigningSecret],
}

/// All headers that sign and name one attempt, in a fixed order, with names spelt as the schemes' own documentation does.
///
/// - `webhook-id`, `webhook-timestamp`, `webhook-signature` when at least one secret [signs so](SigningSecret::signs_standard):
///   one signature for each that does, one space between. Otherwise the three are left out.
/// - OwnPay's, always: their single value is signed with the *oldest* secret, which the receiver still has while it rotates.
///
/// *Repeat:* the same input gives the same headers, so a log can derive them again for display.
/// *Source:* Standard Webhooks 1.0.0; OwnPay contract §4.4.
pub fn signed_headers(input: &SigningInput<'_>) -> Vec<(&'static str, String)> {
    let timestamp = input.attempted_at.as_seconds().to_string();
    let signatures: Vec<String> = input
        .secrets
        .iter()
        .filter_map(SigningSecret::standard_hmac)
        .map(|key| standard_signature(key, input.event_id, &timestamp, input.body))
        .collect();

    let mut headers = Vec::with_capacity(10);
    if !signatures.is_empty() {
        headers.push((WEBHOOK_ID, input.event_id.to_owned()));
        headers.push((WEBHOOK_TIMESTAMP, timestamp.clone()));
        headers.push((WEBHOOK_SIGNATURE, signatures.join(" ")));
    }
    if let Some(oldest) = input.secrets.first() {
        let hex = HEXLOWER.encode(hmac::sign(oldest.own_pay_hmac(), input.body).as_ref());
        headers.push(("X-OwnPay-Signature", hex.clone()));
        headers.push(("X-Signature", format!("sha256={hex}")));
    }
    headers.extend([
        ("X-OwnPay-Timestamp", timestamp.clone()),
        ("X-Timestamp", timestamp),
        ("X-OwnPay-Event", input.event_type.to_owned()),
        ("X-Event", input.event_type.to_owned()),
        ("X-OwnPay-Delivery", input.delivery_id.to_owned()),
    ]);
    headers
}

/// `v1,` and padded base64 of the HMAC over `id.timestamp.body`.
fn standard_signature(key: &hmac::Key, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(key);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    format!("v1,{}", BASE64.encode(context.sign().as_ref()))
}

/// Why a received webhook is not to be trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The secret belongs to OwnPay's scheme only.
    #[error("webhook secret must be \"whsec_\" and padded base64 of 24 to 75 bytes to verify standard webhooks")]
    NoStandardKey,
    /// A header is not there.
    #[error("webhook request lacks the header {0}")]
    HeaderMissing(&'static str),
    /// The timestamp is not a whole number.
    #[error("webhook-timestamp must be unix seconds")]
    TimestampMalformed(#[source] ParseIntError),
    /// The request was signed too long ago: a replay, a slow queue, or a clock that is ahead.
    #[error("webhook was signed {seconds} seconds ago, more than the tolerance: compare the clocks")]
    TooOld {
        /// How long ago, in seconds.
        seconds: u64,
    },
    /// The request claims to come from the future: this clock is behind, or the sender's ahead.
    #[error("webhook was signed {seconds} seconds in the future, more than the tolerance: compare the clocks")]
    TooNew {
        /// How far ahead, in seconds.
        seconds: u64,
    },
    /// No `v1` signature fits: another secret, or a body that is not byte for byte what was sent.
    #[error("no v1 signature fits: check the secret, and that the body is verified before it is parsed")]
    SignatureMismatch,
}

impl VerifyError {
    /// A stable word for logs, metrics and API answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoStandardKey => "webhook_secret_not_standard",
            Self::HeaderMissing(_) => "webhook_header_missing",
            Self::TimestampMalformed(_) => "webhook_timestamp_malformed",
            Self::TooOld { .. } => "webhook_too_old",
            Self::TooNew { .. } => "webhook_too_new",
            Self::SignatureMismatch => "webhook_signature_mismatch",
        }
    }
}

/// Verifies a received request by the Standard Webhooks scheme: any one `v1` signature that fits is enough.
///
/// `header` looks a header up by its lower-case name; `body` is the raw bytes, before anything parsed them. Entries of other
/// versions (`v1a`) and malformed ones are skipped. The HMAC is computed once, so that a header full of signatures costs
/// no more than one.
///
/// # Errors
/// In this order: [`VerifyError::NoStandardKey`], [`VerifyError::HeaderMissing`], [`VerifyError::TimestampMalformed`],
/// [`VerifyError::TooOld`] and [`VerifyError::TooNew`] beyond [`TOLERANCE`], [`VerifyError::SignatureMismatch`].
pub fn verify<'h>(
    secret: &SigningSecret,
    header: impl Fn(&str) -> Option<&'h str>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), VerifyError> {
    let key = secret.standard_hmac().ok_or(VerifyError::NoStandardKey)?;
    let find = |name| header(name).ok_or(VerifyError::HeaderMissing(name));
    let id = find(WEBHOOK_ID)?;
    let timestamp = find(WEBHOOK_TIMESTAMP)?;
    let signatures = find(WEBHOOK_SIGNATURE)?;
    check_age(timestamp.parse().map_err(VerifyError::TimestampMalformed)?, now)?;

    let expected = standard_signature(key, id, timestamp, body);
    let fits = signatures.split(' ').any(|given| bytes_are_equal(given.as_bytes(), expected.as_bytes()));
    if fits { Ok(()) } else { Err(VerifyError::SignatureMismatch) }
}

/// Whole seconds on both sides, as the official libraries compare.
fn check_age(signed_at: i64, now: Timestamp) -> Result<(), VerifyError> {
    let now = now.as_seconds();
    let seconds = now.abs_diff(signed_at);
    if seconds <= TOLERANCE.as_secs() {
        return Ok(());
    }
    Err(if signed_at < now { VerifyError::TooOld { seconds } } else { VerifyError::TooNew { seconds } })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::Secret;

    const FIRST: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const SECOND: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SENT_AT: Timestamp = Timestamp::from_seconds(1_649_367_553);
    const USER: &[u8] = br#"{"email":"test@example.com","username":"test_user"}"#;

    fn secrets(texts: &[&str]) -> Vec<SigningSecret> {
        texts.iter().map(|text| SigningSecret::new(Secret::new(*text)).unwrap()).collect()
    }

    fn sign(texts: &[&str], event_id: &str, attempted_at: Timestamp, body: &[u8]) -> Vec<(&'static str, String)> {
        let (delivery_id, event_type, secrets) = ("dlv_1", "webhook.test", &secrets(texts));
        signed_headers(&SigningInput { event_id, delivery_id, event_type, attempted_at, body, secrets })
    }

    fn find<'h>(headers: &'h [(&'static str, String)], name: &str) -> Option<&'h str> {
        headers.iter().find(|header| header.0 == name).map(|header| header.1.as_str())
    }

    fn receive(headers: &[(&'static str, String)], body: &[u8], now: Timestamp) -> Result<(), VerifyError> {
        verify(&secrets(&[FIRST])[0], |name| find(headers, name), body, now)
    }

    #[test]
    fn the_standard_signature_is_the_one_of_the_published_vectors() {
        // webhooks.md §1
        let headers = sign(&[FIRST], "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", SENT_AT, USER);
        let expected = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
        assert_eq!(find(&headers, WEBHOOK_SIGNATURE), Some(expected));

        let sent_at = Timestamp::from_seconds(1_614_265_330);
        let headers = sign(&[SECOND], "msg_p5jXN8AQM9LWM0D4loKWxJek", sent_at, br#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(find(&headers, WEBHOOK_SIGNATURE), Some(expected));
    }

    #[test]
    fn a_secret_that_is_not_standard_signs_ownpays_headers_only() {
        // Contract §4.4
        let hex = "e1202d2376daf8d5d43fdf1ebc2de3477727322835b6b57e43748d89454cb183";
        let expected = [
            ("X-OwnPay-Signature", hex.to_owned()),
            ("X-Signature", format!("sha256={hex}")),
            ("X-OwnPay-Timestamp", "1649367553".to_owned()),
            ("X-Timestamp", "1649367553".to_owned()),
            ("X-OwnPay-Event", "webhook.test".to_owned()),
            ("X-Event", "webhook.test".to_owned()),
            ("X-OwnPay-Delivery", "dlv_1".to_owned()),
        ];
        assert_eq!(sign(&["whsec_test"], "evt_1", SENT_AT, br#"{"event":"webhook.test"}"#), expected);
    }

    #[test]
    fn while_a_secret_rotates_both_sign_and_ownpays_headers_keep_the_oldest() {
        let headers = sign(&[FIRST, "imported", SECOND], "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", SENT_AT, USER);
        // The first from webhooks.md §1, the second and the hex from `openssl dgst -sha256 -mac HMAC`.
        let expected =
            "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw= v1,bmED0YkXIwCHhhZjbHn8qMCbczjpYwHGju/WMUmDqOQ=";
        assert_eq!(find(&headers, WEBHOOK_SIGNATURE), Some(expected));
        let oldest = "e0fc16c6d4a28f39a6e0935569f05d86e87367db24a4b6d9271215c603e49f6a";
        assert_eq!(find(&headers, "X-OwnPay-Signature"), Some(oldest));
        let names: Vec<_> = headers.iter().take(4).map(|header| header.0).collect();
        assert_eq!(names, ["webhook-id", "webhook-timestamp", "webhook-signature", "X-OwnPay-Signature"]);
    }

    #[test]
    fn without_a_secret_nothing_is_signed() {
        let headers = sign(&[], "evt_1", SENT_AT, USER);
        assert_eq!(headers.iter().find(|header| header.0.to_lowercase().contains("signature")), None);
    }

    #[test]
    fn a_changed_body_id_or_instant_does_not_verify() {
        let genuine = sign(&[FIRST], "evt_1", SENT_AT, b"{}");
        let forge = |position: usize, value: &str| {
            let mut headers = genuine.clone();
            headers[position].1 = value.to_owned();
            receive(&headers, b"{}", SENT_AT)
        };
        assert_eq!(receive(&genuine, b"{}", SENT_AT), Ok(()));
        assert_eq!(receive(&genuine, b"{ }", SENT_AT), Err(VerifyError::SignatureMismatch));
        assert_eq!(forge(0, "evt_2"), Err(VerifyError::SignatureMismatch));
        assert_eq!(forge(1, "1649367554"), Err(VerifyError::SignatureMismatch));
        assert_eq!(forge(1, "soon").map_err(|error| error.code()), Err("webhook_timestamp_malformed"));
    }

    #[test]
    fn one_signature_that_fits_is_enough_whatever_stands_beside_it() {
        let genuine = "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
        let digest = genuine.trim_start_matches("v1,");
        let mismatch = Err(VerifyError::SignatureMismatch);
        let cases = [
            ("alone", genuine.to_owned(), Ok(())),
            ("after another secret's", format!("v1,bmED0YkXIwCHhhZjbHn8qMCbczjpYwHGju/WMUmDqOQ= {genuine}"), Ok(())),
            ("beside an unknown version and junk", format!("v1a,{digest} junk ,  {genuine} v2,"), Ok(())),
            ("as an unknown version only", format!("v1a,{digest}"), mismatch.clone()),
            ("without a version", digest.to_owned(), mismatch.clone()),
            ("cut short", genuine.trim_end_matches('=').to_owned(), mismatch.clone()),
            ("empty", String::new(), mismatch),
        ];
        for (name, signature, expected) in cases {
            let id = "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk".to_owned();
            let headers =
                [(WEBHOOK_ID, id), (WEBHOOK_TIMESTAMP, "1649367553".to_owned()), (WEBHOOK_SIGNATURE, signature)];
            assert_eq!(receive(&headers, USER, SENT_AT), expected, "{name}");
        }
    }

    #[test]
    fn a_request_verifies_within_five_minutes_of_its_instant() {
        let headers = sign(&[FIRST], "evt_1", SENT_AT, USER);
        let at = |seconds: i64| receive(&headers, USER, Timestamp::from_seconds(1_649_367_553 + seconds));
        assert_eq!(at(300), Ok(()));
        assert_eq!(at(301), Err(VerifyError::TooOld { seconds: 301 }));
        assert_eq!(at(-300), Ok(()));
        assert_eq!(at(-301), Err(VerifyError::TooNew { seconds: 301 }));
    }

    #[test]
    fn what_a_receiver_lacks_is_named() {
        let own_pay_only = sign(&["whsec_test"], "evt_1", SENT_AT, USER);
        assert_eq!(receive(&own_pay_only, USER, SENT_AT), Err(VerifyError::HeaderMissing(WEBHOOK_ID)));
        let not_standard = verify(&secrets(&["whsec_test"])[0], |_| None, USER, SENT_AT);
        assert_eq!(not_standard, Err(VerifyError::NoStandardKey));
    }

    proptest! {
        #[test]
        fn what_is_signed_verifies_and_a_flipped_bit_does_not(
            body in prop::collection::vec(any::<u8>(), 1..200),
            position: prop::sample::Index,
            bit in 0_u8..8,
        ) {
            let headers = sign(&[SECOND, FIRST], "evt_1", SENT_AT, &body);
            prop_assert_eq!(receive(&headers, &body, SENT_AT), Ok(()));
            let mut changed = body.clone();
            changed[position.index(body.len())] ^= 1 << bit;
            prop_assert_eq!(receive(&headers, &changed, SENT_AT), Err(VerifyError::SignatureMismatch));
        }

        #[test]
        fn any_headers_are_verified_or_refused(id in ".{0,20}", timestamp in "[-+0-9]{0,22}", signature in ".{0,60}") {
            let headers = [(WEBHOOK_ID, id), (WEBHOOK_TIMESTAMP, timestamp), (WEBHOOK_SIGNATURE, signature)];
            prop_assert!(receive(&headers, USER, SENT_AT).is_err());
        }
    }
}
