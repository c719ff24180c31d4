use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::secret::Secret;
use crate::time::Timestamp;
use crate::webhooks::SigningSecret;
use crate::webhooks::signature::{SigningInput, signed_headers};

const FIRST: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const SECOND: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const SENT_AT: Timestamp = Timestamp::from_seconds(1_649_367_553);
const TEST: &[u8] = br#"{"event":"webhook.test"}"#;
/// `openssl dgst -sha256 -mac HMAC` over `evt_1.1649367553.` and [`TEST`], with the key of [`FIRST`] and with that of [`SECOND`].
const BY_FIRST: &str = "v1,sGM3xgJLvK11M61gjGJw6DCplyglFMQz+oV9wN/4RQ4=";
const BY_SECOND: &str = "v1,19Xk+j0jHMIn9GfiKxd8Z6l+lgBp8ZOOWQTlunOJALA=";
/// `openssl dgst -sha256 -hmac` over [`TEST`], with the whole text of [`FIRST`].
const HEX_BY_FIRST: &str = "eb09efca44a169dec70ff15a4f1b52ded5bba95b720a2c087df80a03ffe61655";

fn secrets(texts: &[&str]) -> Vec<SigningSecret> {
    texts.iter().map(|text| SigningSecret::new(Secret::new(*text)).unwrap()).collect()
}

fn verifier(texts: &[&str]) -> Verifier {
    Verifier::new(secrets(texts)).unwrap()
}

fn sign(texts: &[&str], body: &[u8]) -> Vec<(&'static str, String)> {
    let (event_id, delivery_id, event_type, secrets) = ("evt_1", "dlv_1", "webhook.test", &secrets(texts));
    signed_headers(&SigningInput { event_id, delivery_id, event_type, attempted_at: SENT_AT, body, secrets })
}

/// Headers of Standard Webhooks that verify, but for what is given.
fn standard_headers<'h>(id: &'h str, timestamp: &'h str, signature: &'h str) -> [(&'static str, &'h str); 3] {
    [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)]
}

/// What a receiver with [`FIRST`] makes of it.
fn receive(headers: &[(&str, &str)]) -> Result<(), VerifyError> {
    verifier(&[FIRST]).standard(look_up(headers), TEST, SENT_AT).map(drop)
}

fn receive_own_pay(headers: &[(&str, &str)]) -> Result<(), VerifyError> {
    verifier(&[FIRST]).own_pay(look_up(headers), TEST, SENT_AT)
}

#[test]
fn the_published_vectors_verify() {
    // webhooks.md §1
    let headers = standard_headers(
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        "1649367553",
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    );
    let body = br#"{"email":"test@example.com","username":"test_user"}"#;
    let verified = verifier(&[FIRST]).standard(look_up(&headers), body, SENT_AT);
    assert_eq!(verified, Ok(Verified { id: "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", signed_at: SENT_AT }));

    let sent_at = Timestamp::from_seconds(1_614_265_330);
    let headers = standard_headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    );
    let verified = verifier(&[SECOND]).standard(look_up(&headers), br#"{"test": 2432232314}"#, sent_at);
    assert_eq!(verified, Ok(Verified { id: "msg_p5jXN8AQM9LWM0D4loKWxJek", signed_at: sent_at }));
}

#[test]
fn what_openssl_signs_verifies_in_both_schemes() {
    assert_eq!(receive(&standard_headers("evt_1", "1649367553", BY_FIRST)), Ok(()));
    let own_pay = [("X-OwnPay-Signature", HEX_BY_FIRST), ("X-OwnPay-Timestamp", "1649367553")];
    assert_eq!(receive_own_pay(&own_pay), Ok(()));

    // The bytes 00 FF FE: a body need not be text.
    let headers = standard_headers("evt_1", "1649367553", "v1,nlgMfeY7Vy6IxBReDCTsFNQ46Z03XXpuk37nLsSDS8o=");
    assert!(verifier(&[FIRST]).standard(look_up(&headers), b"\x00\xff\xfe", SENT_AT).is_ok());
}

#[test]
fn ownpays_vector_verifies_under_either_name() {
    // Contract §4.4
    let hex = "e1202d2376daf8d5d43fdf1ebc2de3477727322835b6b57e43748d89454cb183";
    let prefixed = format!("sha256={hex}");
    let receiver = verifier(&["whsec_test"]);
    let own = [("X-OwnPay-Signature", hex), ("X-OwnPay-Timestamp", "1649367553")];
    assert_eq!(receiver.own_pay(look_up(&own), TEST, SENT_AT), Ok(()));
    let other = [("X-Signature", prefixed.as_str()), ("X-Timestamp", "1649367553")];
    assert_eq!(receiver.own_pay(look_up(&other), TEST, SENT_AT), Ok(()));
}

#[test]
fn a_rotation_is_noticed_by_no_receiver_of_standard_webhooks() {
    // The hub signs with the old secret, then with both, then with the new one; the receiver changes at any time between.
    let phases = [sign(&[FIRST], TEST), sign(&[FIRST, SECOND], TEST), sign(&[SECOND], TEST)];
    let accepts = |receiver: &[&str]| {
        let receiver = verifier(receiver);
        phases.each_ref().map(|headers| receiver.standard(look_up(headers), TEST, SENT_AT).is_ok())
    };
    assert_eq!(accepts(&[FIRST]), [true, true, false]);
    assert_eq!(accepts(&[SECOND]), [false, true, true]);
    assert_eq!(accepts(&[FIRST, SECOND]), [true, true, true]);
    assert_eq!(accepts(&["imported", SECOND]), [false, true, true]);
}

#[test]
fn ownpays_headers_verify_during_a_rotation_with_the_old_secret_or_both() {
    let phases = [sign(&[FIRST], TEST), sign(&[FIRST, SECOND], TEST), sign(&[SECOND], TEST)];
    let accepts = |receiver: &[&str]| {
        let receiver = verifier(receiver);
        phases.each_ref().map(|headers| receiver.own_pay(look_up(headers), TEST, SENT_AT).is_ok())
    };
    assert_eq!(accepts(&[FIRST]), [true, true, false]);
    assert_eq!(accepts(&[SECOND]), [false, false, true]);
    assert_eq!(accepts(&[SECOND, FIRST]), [true, true, true]);
}

#[test]
fn a_changed_body_id_instant_or_secret_does_not_verify() {
    let mismatch = Err(VerifyError::SignatureMismatch);
    assert_eq!(receive(&standard_headers("evt_1", "1649367553", BY_FIRST)), Ok(()));
    assert_eq!(receive(&standard_headers("evt_2", "1649367553", BY_FIRST)), mismatch);
    assert_eq!(receive(&standard_headers("evt_1", "1649367554", BY_FIRST)), mismatch);
    assert_eq!(receive(&standard_headers("evt_1", "1649367553", BY_SECOND)), mismatch);
    let headers = standard_headers("evt_1", "1649367553", BY_FIRST);
    let spaced = verifier(&[FIRST]).standard(look_up(&headers), br#"{"event": "webhook.test"}"#, SENT_AT);
    assert_eq!(spaced.map(drop), mismatch);
}

#[test]
fn one_signature_that_fits_is_enough_whatever_stands_beside_it() {
    let digest = BY_FIRST.trim_start_matches("v1,");
    let mismatch = Err(VerifyError::SignatureMismatch);
    let cases = [
        ("alone", BY_FIRST.to_owned(), Ok(())),
        ("after another secret's", format!("{BY_SECOND} {BY_FIRST}"), Ok(())),
        ("before another secret's", format!("{BY_FIRST} {BY_SECOND}"), Ok(())),
        ("beside an unknown version and junk", format!("v1a,{digest} junk ,  {BY_FIRST} v2,"), Ok(())),
        ("as an unknown version only", format!("v1a,{digest}"), mismatch),
        ("without a version", digest.to_owned(), mismatch),
        ("with a version in capitals", format!("V1,{digest}"), mismatch),
        ("cut short", BY_FIRST.trim_end_matches('=').to_owned(), mismatch),
        ("with a comma between", format!("{BY_FIRST},{BY_SECOND}"), mismatch),
        ("as an empty entry", "v1,".to_owned(), mismatch),
    ];
    for (name, signature, expected) in cases {
        assert_eq!(receive(&standard_headers("evt_1", "1649367553", &signature)), expected, "{name}");
    }
}

#[test]
fn a_header_that_is_missing_is_named() {
    let headers = standard_headers("evt_1", "1649367553", BY_FIRST);
    let without = |position: usize| {
        let mut rest = headers.to_vec();
        rest.remove(position);
        receive(&rest).unwrap_err()
    };
    assert_eq!(without(0).to_string(), "webhook request lacks the header webhook-id");
    assert_eq!(without(1), VerifyError::HeaderMissing("webhook-timestamp"));
    assert_eq!(without(2), VerifyError::HeaderMissing("webhook-signature"));
    let unsigned = receive_own_pay(&[("x-ownpay-timestamp", "1649367553")]);
    assert_eq!(unsigned, Err(VerifyError::HeaderMissing("x-ownpay-signature")));
    let undated = receive_own_pay(&[("x-signature", HEX_BY_FIRST)]);
    assert_eq!(undated, Err(VerifyError::HeaderMissing("x-ownpay-timestamp")));
}

#[test]
fn a_header_that_is_malformed_is_named_with_its_shape() {
    let id = "webhook header webhook-id must be 1 to 256 visible ascii characters without a full stop";
    let timestamp = "webhook header webhook-timestamp must be unix seconds: 1 to 12 digits";
    let signature = "webhook header webhook-signature must be 1 to 4096 characters: \
                     \"v1,\" and base64, one space between several";
    let (long_id, long_signature) = ("e".repeat(257), "v".repeat(4097));
    let cases = [
        (["", "1649367553", BY_FIRST], id),
        (["evt 1", "1649367553", BY_FIRST], id),
        (["evt.1", "1649367553", BY_FIRST], id),
        (["évt_1", "1649367553", BY_FIRST], id),
        ([long_id.as_str(), "1649367553", BY_FIRST], id),
        (["evt_1", "", BY_FIRST], timestamp),
        (["evt_1", "soon", BY_FIRST], timestamp),
        (["evt_1", "+1649367553", BY_FIRST], timestamp),
        (["evt_1", "-1", BY_FIRST], timestamp),
        (["evt_1", " 1649367553", BY_FIRST], timestamp),
        (["evt_1", "1649367553000", BY_FIRST], timestamp),
        (["evt_1", "2022-04-07T21:39:13Z", BY_FIRST], timestamp),
        (["evt_1", "1649367553", ""], signature),
        (["evt_1", "1649367553", &long_signature], signature),
    ];
    for ([id, timestamp, signature], expected) in cases {
        let error = receive(&standard_headers(id, timestamp, signature)).unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("webhook_header_malformed", expected));
    }
}

#[test]
fn each_name_of_ownpays_signature_has_its_one_form() {
    // Contract §4.4: bare lower-case hex under the one name, with `sha256=` under the other.
    let prefixed = format!("sha256={HEX_BY_FIRST}");
    let (upper, upper_prefixed) = (HEX_BY_FIRST.to_uppercase(), format!("SHA256={HEX_BY_FIRST}"));
    let code = |name, value: &str| {
        receive_own_pay(&[(name, value), ("x-ownpay-timestamp", "1649367553")]).map_err(|error| error.code())
    };
    let malformed = Err("webhook_header_malformed");
    assert_eq!(code("x-ownpay-signature", HEX_BY_FIRST), Ok(()));
    assert_eq!(code("x-ownpay-signature", &prefixed), malformed);
    assert_eq!(code("x-ownpay-signature", &upper), malformed);
    assert_eq!(code("x-ownpay-signature", HEX_BY_FIRST.get(1..).unwrap()), malformed);
    assert_eq!(code("x-ownpay-signature", ""), malformed);
    assert_eq!(code("x-signature", &prefixed), Ok(()));
    assert_eq!(code("x-signature", HEX_BY_FIRST), malformed);
    assert_eq!(code("x-signature", &upper_prefixed), malformed);
    assert_eq!(code("x-ownpay-signature", &"0".repeat(64)), Err("webhook_signature_mismatch"));
}

#[test]
fn a_second_name_is_not_asked_when_the_first_is_there() {
    let prefixed = format!("sha256={HEX_BY_FIRST}");
    let forged =
        [("x-ownpay-signature", "junk"), ("x-signature", prefixed.as_str()), ("x-ownpay-timestamp", "1649367553")];
    assert_eq!(receive_own_pay(&forged).unwrap_err().code(), "webhook_header_malformed");
    let dated =
        [("x-ownpay-signature", HEX_BY_FIRST), ("x-ownpay-timestamp", "1649360000"), ("x-timestamp", "1649367553")];
    assert_eq!(receive_own_pay(&dated), Err(VerifyError::TooOld { seconds: 7553 }));
}

#[test]
fn a_request_verifies_within_the_tolerance_in_either_direction() {
    let (standard, own_pay) = (
        standard_headers("evt_1", "1649367553", BY_FIRST),
        [("x-ownpay-signature", HEX_BY_FIRST), ("x-ownpay-timestamp", "1649367553")],
    );
    let receiver = verifier(&[FIRST]);
    let at = |seconds: i64| {
        let now = Timestamp::from_seconds(1_649_367_553 + seconds);
        let verdict = receiver.standard(look_up(&standard), TEST, now).map(drop);
        assert_eq!(receiver.own_pay(look_up(&own_pay), TEST, now), verdict);
        verdict
    };
    assert_eq!(at(300), Ok(()));
    assert_eq!(at(301), Err(VerifyError::TooOld { seconds: 301 }));
    assert_eq!(at(-300), Ok(()));
    assert_eq!(at(-301), Err(VerifyError::TooNew { seconds: 301 }));
}

#[test]
fn a_tolerance_of_ones_own_is_1_second_to_1_hour() {
    let headers = standard_headers("evt_1", "1649367553", BY_FIRST);
    let set = |tolerance| verifier(&[FIRST]).with_tolerance(tolerance);
    let after = |receiver: Verifier, seconds: u64| {
        receiver.standard(look_up(&headers), TEST, SENT_AT.plus(Duration::from_secs(seconds))).is_ok()
    };
    assert!(after(set(Duration::from_secs(1)).unwrap(), 1));
    assert!(!after(set(Duration::from_secs(1)).unwrap(), 2));
    assert!(after(set(TOLERANCE_MAX).unwrap(), 3600));
    assert_eq!(set(Duration::from_millis(999)).unwrap_err(), VerifierError::Tolerance { seconds: 0 });
    let error = set(Duration::from_secs(3601)).unwrap_err();
    assert_eq!(error.to_string(), "webhook tolerance must be 1 to 3600 seconds, got 3601");
}

#[test]
fn a_verifier_has_1_to_10_secrets() {
    assert_eq!(Verifier::new(Vec::new()).unwrap_err().code(), "webhook_verifier_secrets");
    assert!(Verifier::new(secrets(&[FIRST; 10])).is_ok());
    let error = Verifier::new(secrets(&[FIRST; 11])).unwrap_err();
    assert_eq!(error.to_string(), "webhook verifier must have 1 to 10 secrets, got 11");
}

#[test]
fn without_a_secret_of_its_scheme_nothing_is_standard() {
    let headers = standard_headers("evt_1", "1649367553", BY_FIRST);
    let verdict = verifier(&["whsec_test"]).standard(look_up(&headers), TEST, SENT_AT);
    assert_eq!(verdict, Err(VerifyError::NoStandardKey));
}

#[test]
fn leaving_the_stronger_headers_out_does_not_ask_the_weaker_ones() {
    let genuine = sign(&[FIRST], TEST);
    let stripped: Vec<_> = genuine.into_iter().filter(|(name, _)| !name.starts_with("webhook-")).collect();
    let verdict = verifier(&[FIRST]).standard(look_up(&stripped), TEST, SENT_AT);
    assert_eq!(verdict, Err(VerifyError::HeaderMissing("webhook-id")));
}

#[test]
fn signed_bytes_mean_one_request_only() {
    // `openssl dgst -sha256 -mac HMAC` over `a.1649367553.1649367554.5`: genuine as the event `a` with a number as its body.
    let signature = "v1,hCmHR54tWekwRUk/swSTG+pdjcR5WN1PRr3QC9dACcc=";
    let receiver = verifier(&[FIRST]);
    let genuine = standard_headers("a", "1649367553", signature);
    assert!(receiver.standard(look_up(&genuine), b"1649367554.5", SENT_AT).is_ok());
    let shifted = standard_headers("a.1649367553", "1649367554", signature);
    let error = receiver.standard(look_up(&shifted), b"5", SENT_AT).unwrap_err();
    assert_eq!(error.code(), "webhook_header_malformed");
}

#[test]
fn any_map_of_headers_can_be_asked() {
    let map: BTreeMap<String, String> = standard_headers("evt_1", "1649367553", BY_FIRST)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let header = |name: &str| map.get(name).map(String::as_str);
    let receiver = verifier(&[FIRST]);
    let check = |body: &[u8]| receiver.standard(header, body, SENT_AT);
    assert_eq!(check(TEST).map(|webhook| webhook.id), Ok("evt_1"));
    assert_eq!(check(b"{}"), Err(VerifyError::SignatureMismatch));
}

#[test]
fn the_first_of_several_headers_counts_whatever_its_case() {
    let pairs = [("Webhook-Id", "a"), ("WEBHOOK-ID", "b")];
    assert_eq!(look_up(&pairs)("webhook-id"), Some("a"));
    assert_eq!(look_up(&pairs)("webhook-timestamp"), None);
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_a_flipped_bit_does_not(
        body in prop::collection::vec(any::<u8>(), 1..200),
        position: prop::sample::Index,
        bit in 0_u8..8,
    ) {
        let (receiver, headers) = (verifier(&[FIRST]), sign(&[FIRST, SECOND], &body));
        prop_assert!(receiver.standard(look_up(&headers), &body, SENT_AT).is_ok());
        prop_assert_eq!(receiver.own_pay(look_up(&headers), &body, SENT_AT), Ok(()));
        let mut changed = body.clone();
        changed[position.index(body.len())] ^= 1 << bit;
        let mismatch = Err(VerifyError::SignatureMismatch);
        prop_assert_eq!(receiver.standard(look_up(&headers), &changed, SENT_AT).map(drop), mismatch);
        prop_assert_eq!(receiver.own_pay(look_up(&headers), &changed, SENT_AT), mismatch);
    }

    #[test]
    fn another_secret_refuses(key in prop::collection::vec(any::<u8>(), 24..=75)) {
        let other = format!("whsec_{}", data_encoding::BASE64.encode(&key));
        let (receiver, headers) = (verifier(&[&other]), sign(&[FIRST], TEST));
        let mismatch = Err(VerifyError::SignatureMismatch);
        prop_assert_eq!(receiver.standard(look_up(&headers), TEST, SENT_AT).map(drop), mismatch);
        prop_assert_eq!(receiver.own_pay(look_up(&headers), TEST, SENT_AT), mismatch);
    }

    #[test]
    fn any_headers_are_refused_without_telling_the_signature(
        id in "evt_1|.{0,20}",
        timestamp in "1649367553|[-+0-9]{0,22}",
        signature in ".{0,60}|(v1,[A-Za-z0-9+/]{43}= ?){0,3}",
    ) {
        let error = receive(&standard_headers(&id, &timestamp, &signature)).unwrap_err();
        let own_pay = [("x-ownpay-signature", signature.as_str()), ("x-ownpay-timestamp", timestamp.as_str())];
        let told = format!("{error} {error:?} {:?}", receive_own_pay(&own_pay).unwrap_err());
        prop_assert!(!told.contains(BY_FIRST.trim_start_matches("v1,")) && !told.contains(HEX_BY_FIRST));
    }
}
