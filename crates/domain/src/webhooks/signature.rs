//! Signs what is sent, in both schemes at once. [`verify`](super::verify) is the receiver's side.
//!
//! *Threat:* somebody who knows an endpoint's address forges, changes or replays an event.
//! *Defence:* HMAC-SHA256 with a secret that only the hub and the receiver hold. The Standard Webhooks signature covers the
//! event id, the instant of the attempt and every byte of the body. The two schemes never share key bytes: OwnPay's key is the
//! secret as shown, the other one's is what its base64 means, so that a signature of one scheme cannot be passed off as the
//! other's.
//! *Not defended:* OwnPay's own headers cover the body alone (its clients check nothing more), so a receiver that reads only
//! them must refuse duplicates by what the body says. A replay within the tolerance verifies too.

use data_encoding::{BASE64, HEXLOWER};
use ring::hmac;

pub use super::signing_secret::{SECRET_CHARS_MAX, SigningSecret, SigningSecretError};
use crate::time::Timestamp;

/// Header with the event id: the same on every attempt, the receiver's idempotency key.
pub const WEBHOOK_ID: &str = "webhook-id";
/// Header with the unix seconds of the attempt.
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// Header with one or more `v1,<base64>`, one space between.
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";

/// What stands before the hex in `X-Signature`, and only there (contract §4.4).
pub(super) const X_SIGNATURE_PREFIX: &str = "sha256=";

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
///   one signature for each that does, newest first, one space between. Otherwise the three are left out.
/// - OwnPay's, always: their single value is signed with the *oldest* secret, which the receiver still has while it rotates.
///
/// *Repeat:* the same input gives the same headers, so a log can derive them again for display.
/// *Source:* Standard Webhooks 1.0.0; OwnPay contract §4.4.
pub fn signed_headers(input: &SigningInput<'_>) -> Vec<(&'static str, String)> {
    let timestamp = input.attempted_at.as_seconds().to_string();
    let signatures: Vec<String> = input
        .secrets
        .iter()
        .rev()
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
        let hex = own_pay_signature(oldest.own_pay_hmac(), input.body);
        headers.push(("X-OwnPay-Signature", hex.clone()));
        headers.push(("X-Signature", [X_SIGNATURE_PREFIX, &hex].concat()));
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
pub(super) fn standard_signature(key: &hmac::Key, id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(key);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    format!("v1,{}", BASE64.encode(context.sign().as_ref()))
}

/// Lower-case hex of the HMAC over the body.
pub(super) fn own_pay_signature(key: &hmac::Key, body: &[u8]) -> String {
    HEXLOWER.encode(hmac::sign(key, body).as_ref())
}

#[cfg(test)]
mod tests {
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
    fn while_a_secret_rotates_both_sign_newest_first_and_ownpays_headers_keep_the_oldest() {
        let headers = sign(&[FIRST, "imported", SECOND], "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", SENT_AT, USER);
        // The second from webhooks.md §1, the first and the hex from `openssl dgst -sha256 -mac HMAC`.
        let expected =
            "v1,bmED0YkXIwCHhhZjbHn8qMCbczjpYwHGju/WMUmDqOQ= v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=";
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
}
