//! The second factor: a code that an application on the operator's phone makes from a shared secret and the time.
//!
//! *Threat:* a password that was phished, reused or read over a shoulder signs in.
//! *Defence:* RFC 6238 with the parameters that every application knows (SHA-1, 6 digits, 30 seconds). A step is accepted once, so that
//! a code that was read over a shoulder is spent; one step before and after are accepted for clocks that differ.
//! *Not defended:* somebody who passes a code on within its time from a page that looks like ours; and guessing, which whoever asks must
//! throttle: three codes in a million are right at any moment. SHA-1 is broken for collisions, which HMAC does not rest on.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, random_bytes};
use crate::secret::{Secret, bytes_are_equal};
use crate::time::Timestamp;

/// Bytes of a secret: as many as SHA-1 gives (RFC 4226 section 4, R6).
pub const TOTP_SECRET_BYTES: usize = 20;

/// Digits of a code.
pub const TOTP_DIGITS: usize = 6;

/// Seconds that a code is shown for.
pub const TOTP_STEP_SECONDS: i64 = 30;

/// Ten to the power of [`TOTP_DIGITS`].
const CODES: u32 = 1_000_000;

/// Steps that are looked at before and after the present one: RFC 6238 section 5.2 recommends at most one for the delay.
const STEPS_AROUND: i64 = 1;

/// The longest text that is looked at as a code: six digits with a blank after each.
const TYPED_BYTES_MAX: usize = 2 * TOTP_DIGITS;

/// What a label of an `otpauth` address keeps as it is: the unreserved characters of RFC 3986.
const LABEL: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The secret that an operator's application and the hub share.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; TOTP_SECRET_BYTES]>);

impl TotpSecret {
    /// A secret that nobody can guess.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(random_bytes(entropy)))
    }

    /// The secret with these bytes.
    pub fn from_bytes(bytes: [u8; TOTP_SECRET_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to be sealed.
    pub fn expose(&self) -> &[u8; TOTP_SECRET_BYTES] {
        &self.0
    }

    /// The secret as it is typed into an application.
    ///
    /// *Shape:* 32 characters of `A-Z 2-7`: base32 without padding.
    pub fn to_base32(&self) -> Secret {
        Secret::new(BASE32_NOPAD.encode(&*self.0))
    }

    /// The address that an application reads from a QR code.
    ///
    /// *Shape:* `otpauth://totp/<issuer>:<account>?secret=…&issuer=<issuer>`, ASCII. The parameters that every application takes as
    /// given are left out: some refuse them, and a shorter text makes a code that a worse camera reads.
    pub fn to_uri(&self, issuer: &str, account: &str) -> Secret {
        let (issuer, account) = (utf8_percent_encode(issuer, LABEL), utf8_percent_encode(account, LABEL));
        let secret = self.to_base32();
        Secret::new(format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", secret.expose()))
    }

    /// The step whose code was typed, if it is one of around now, and later than the `last` that was accepted.
    ///
    /// *Repeat:* the caller must keep the step in the transaction that lets the operator in, and hand it in the next time: the same code
    /// is `None` from then on, and so is every one before it. *Time:* takes the same whatever was typed.
    pub fn accept(&self, typed: &TotpCode, now: Timestamp, last: Option<TotpStep>) -> Option<TotpStep> {
        let present = TotpStep::at(now).0;
        let around = (present.saturating_sub(STEPS_AROUND)..=present.saturating_add(STEPS_AROUND)).map(TotpStep);
        // Every code is compared, the right one too: how long it takes must not tell how far the clocks are apart.
        around.filter(|step| self.code_at(*step).is(typed)).rfind(|step| last.is_none_or(|last| *step > last))
    }

    /// The code of a step (RFC 4226 section 5.3).
    pub(crate) fn code_at(&self, step: TotpStep) -> TotpCode {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &*self.0);
        let tag = hmac::sign(&key, &step.0.to_be_bytes());
        TotpCode::of(truncated(tag.as_ref()) % CODES)
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The four bytes that the last half byte points at, without the sign.
fn truncated(tag: &[u8]) -> u32 {
    let at = tag.last().map_or(0, |last| usize::from(last & 0x0f));
    let four = tag.iter().skip(at).take(4);
    four.fold(0, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff
}

/// One span of 30 seconds, counted from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TotpStep(pub i64);

impl TotpStep {
    /// The step that an instant lies in.
    pub const fn at(now: Timestamp) -> Self {
        Self(now.as_seconds().div_euclid(TOTP_STEP_SECONDS))
    }
}

/// A code of six digits.
#[derive(Clone)]
pub struct TotpCode(Zeroizing<String>);

impl TotpCode {
    /// Reads what was typed; `None` when it is no code. Blanks count for nothing: applications show `123 456`.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > TYPED_BYTES_MAX {
            return None;
        }
        let digits: Zeroizing<String> = Zeroizing::new(typed.chars().filter(|c| *c != ' ').collect());
        let is_code = digits.len() == TOTP_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then_some(Self(digits))
    }

    /// The digits, for whoever plays the application.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    fn of(number: u32) -> Self {
        Self(Zeroizing::new(format!("{number:0TOTP_DIGITS$}")))
    }

    fn is(&self, other: &Self) -> bool {
        bytes_are_equal(self.0.as_bytes(), other.0.as_bytes())
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::SeededEntropy;

    /// The secret of RFC 6238 appendix B.
    fn secret() -> TotpSecret {
        TotpSecret::from_bytes(*b"12345678901234567890")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn code(text: &str) -> TotpCode {
        TotpCode::parse(text).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, SHA1: eight digits there, of which an application with six shows the last.
        for (seconds, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = TotpStep::at(at(seconds));
            let six = code(eight.get(2..).unwrap());
            assert_eq!(secret().accept(&six, at(seconds), None), Some(step), "{seconds}");
        }
    }

    #[test]
    fn the_codes_are_those_of_rfc_4226() {
        // Appendix D: the counters 0 to 9 of the same secret.
        let codes =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (step, six) in (0..).map(TotpStep).zip(codes) {
            assert!(secret().code_at(step).is(&code(six)), "{step:?}");
        }
    }

    #[test]
    fn one_step_before_and_one_after_are_accepted_and_no_more() {
        let now = at(1_111_111_111);
        let present = TotpStep::at(now).0;
        let accepted = |step: i64| secret().accept(&secret().code_at(TotpStep(step)), now, None).is_some();
        assert_eq!([-2, -1, 0, 1, 2].map(|away| accepted(present + away)), [false, true, true, true, false]);
    }

    #[test]
    fn a_step_is_accepted_once_and_none_before_it_after() {
        let now = at(1_111_111_111);
        let present = TotpStep::at(now);
        let before = TotpStep(present.0 - 1);
        let accept = |step, last| secret().accept(&secret().code_at(step), now, Some(last));
        assert_eq!(accept(present, before), Some(present));
        assert_eq!(accept(present, present), None);
        assert_eq!(accept(before, present), None);
    }

    #[test]
    fn a_code_may_be_typed_with_blanks() {
        assert!(code("123 456").is(&code("123456")));
        assert!(code(" 123456 ").is(&code("123456")));
        assert!(code("000001").is(&TotpCode::of(1)));
    }

    #[test]
    fn what_is_no_six_digits_is_no_code() {
        for typed in ["", "12345", "1234567", "12345a", "-12345", "１２３４５６", &" ".repeat(100), "123456       "]
        {
            assert!(TotpCode::parse(typed).is_none(), "{typed}");
        }
    }

    #[test]
    fn the_secret_is_written_as_applications_read_it() {
        // The base32 of RFC 6238's secret, made with coreutils' `base32`.
        assert_eq!(secret().to_base32().expose(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret().to_uri("Shop: A&B", "ada+hub@example.com").expose(),
            "otpauth://totp/Shop%3A%20A%26B:ada%2Bhub%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Shop%3A%20A%26B"
        );
    }

    #[test]
    fn no_two_operators_share_a_secret() {
        let [one, other] = [1, 2].map(|seed| TotpSecret::generate(&SeededEntropy::new(seed)));
        assert_ne!(one.expose(), other.expose());
    }

    #[test]
    fn an_instant_before_1970_and_the_last_one_have_their_step() {
        assert_eq!(TotpStep::at(at(-1)), TotpStep(-1));
        let last = Timestamp::from_micros(i64::MAX);
        assert!(secret().accept(&secret().code_at(TotpStep::at(last)), last, None).is_some());
    }

    #[test]
    fn neither_is_printed() {
        assert_eq!(format!("{:?} {:?}", secret(), code("123456")), "[redacted] [redacted]");
    }
}
