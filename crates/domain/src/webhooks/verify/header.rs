//! Headers as they were received: found, and held against their shapes before anything is computed from them.

use super::error::VerifyError;
use crate::time::Timestamp;
use crate::webhooks::signature::WEBHOOK_ID;

// In lower case, as look-ups are asked for them.
pub(super) const OWN_PAY_SIGNATURE: &str = "x-ownpay-signature";
pub(super) const OWN_PAY_TIMESTAMP: &str = "x-ownpay-timestamp";
pub(super) const X_SIGNATURE: &str = "x-signature";
pub(super) const X_TIMESTAMP: &str = "x-timestamp";

/// Ids of the hub have 30 characters, those of other senders up to 64; a longer one is no id.
const ID_CHARS_MAX: usize = 256;
/// Ten secrets make 480 characters; a sender may add signatures of versions that are not known here, Ed25519's among them.
const SIGNATURES_CHARS_MAX: usize = 4096;
/// The digits of the year 33658; more would be milliseconds or a slip.
const SECONDS_DIGITS_MAX: usize = 12;
/// HMAC-SHA256 in hex.
const HEX_CHARS: usize = 64;

/// A look-up over pairs of name and value, whatever the case of the names.
///
/// *Repeat:* of several headers with one name the first counts.
pub fn look_up<'h, N: AsRef<str>, V: AsRef<str>>(pairs: &'h [(N, V)]) -> impl Fn(&str) -> Option<&'h str> + Copy {
    move |name| {
        let found = pairs.iter().find(|(given, _)| given.as_ref().eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_ref())
    }
}

/// The header's value and which of `names` it stood under: the first that is there.
pub(super) fn first<'h>(
    header: &impl Fn(&str) -> Option<&'h str>,
    names: [&'static str; 2],
) -> Result<(&'static str, &'h str), VerifyError> {
    let [preferred, other] = names;
    let found = header(preferred).map(|value| (preferred, value)).or_else(|| header(other).map(|value| (other, value)));
    found.ok_or(VerifyError::HeaderMissing(preferred))
}

/// The header's value.
pub(super) fn one<'h>(header: &impl Fn(&str) -> Option<&'h str>, name: &'static str) -> Result<&'h str, VerifyError> {
    header(name).ok_or(VerifyError::HeaderMissing(name))
}

/// An id without a full stop: what is signed is `id.timestamp.body`, and with one in the id the same bytes and signature would
/// also mean a shorter id, another instant and a longer body.
pub(super) fn check_id(id: &str) -> Result<(), VerifyError> {
    let is_fine =
        (1..=ID_CHARS_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'.');
    if is_fine {
        return Ok(());
    }
    Err(VerifyError::HeaderMalformed {
        header: WEBHOOK_ID,
        shape: "1 to 256 visible ascii characters without a full stop",
    })
}

/// Digits only, so that what is compared with the clock is what was signed, and nothing that a parser reads generously.
pub(super) fn parse_seconds((header, text): (&'static str, &str)) -> Result<Timestamp, VerifyError> {
    let is_digits = (1..=SECONDS_DIGITS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_digits).map(Timestamp::from_seconds);
    seconds.ok_or(VerifyError::HeaderMalformed { header, shape: "unix seconds: 1 to 12 digits" })
}

/// Bounds the comparisons; entries that are odd are no error, because a sender may add versions.
pub(super) fn check_signatures(header: &'static str, text: &str) -> Result<(), VerifyError> {
    if (1..=SIGNATURES_CHARS_MAX).contains(&text.len()) {
        return Ok(());
    }
    Err(VerifyError::HeaderMalformed {
        header,
        shape: "1 to 4096 characters: \"v1,\" and base64, one space between several",
    })
}

/// The hex of OwnPay's signature, without the `prefix` that its header asks for.
pub(super) fn strip_hex<'h>((header, text): (&'static str, &'h str), prefix: &str) -> Result<&'h str, VerifyError> {
    let hex = text.strip_prefix(prefix).filter(|hex| hex.len() == HEX_CHARS);
    hex.filter(|hex| hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))).ok_or_else(|| {
        let shape =
            if prefix.is_empty() { "64 lower-case hex digits" } else { "\"sha256=\" and 64 lower-case hex digits" };
        VerifyError::HeaderMalformed { header, shape }
    })
}
