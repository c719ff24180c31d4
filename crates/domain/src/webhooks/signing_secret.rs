//! The secret that an endpoint and the hub share, with its keys prepared.
//!
//! *Threat:* a secret that leaks lets anyone forge events; one that is too odd for the receiver's form or library fails there
//! and not here.
//! *Defence:* the text is a redacted [`Secret`], its shape is checked once, and keys are derived once and not on every attempt.
//! *Not defended:* a short secret that was imported is taken as it is, because the receiver already holds it. The prepared
//! keys are not overwritten when dropped: `ring` offers no way to.

use std::fmt;

use data_encoding::BASE64;
use ring::hmac;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, random_bytes};
use crate::secret::Secret;

/// The longest secret: what OwnPay's endpoint record holds (contract §4.1).
pub const SECRET_CHARS_MAX: usize = 128;

/// Most secrets of one endpoint that sign at a time, and that a receiver accepts: each makes every request longer and costs a signature.
pub const SECRETS_MAX: usize = 10;

const STANDARD_PREFIX: &str = "whsec_";
const STANDARD_KEY_BYTES_MIN: usize = 24;
/// Standard Webhooks asks for at most 64; its senders accept 75 when a secret is given to them.
const STANDARD_KEY_BYTES_MAX: usize = 75;
const GENERATED_KEY_BYTES: usize = 32;

/// A secret that signs webhooks, with its keys prepared for use.
///
/// *Shape:* 1 to [`SECRET_CHARS_MAX`] printable ASCII characters, space included. One that is `whsec_` followed by padded
/// base64 of 24 to 75 bytes signs in both schemes, any other in OwnPay's only.
#[derive(Clone)]
pub struct SigningSecret {
    text: Secret,
    own_pay: hmac::Key,
    standard: Option<hmac::Key>,
}

/// The text cannot be a signing secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SigningSecretError {
    /// The text is empty or too long.
    #[error("webhook secret must have 1 to {SECRET_CHARS_MAX} characters, got {chars}")]
    Length {
        /// How many characters the text has.
        chars: usize,
    },
    /// The text has a character that a form or a header may change on the way to the receiver.
    #[error("webhook secret must be printable ascii, character {position} is not")]
    Character {
        /// Where the first such character is, counted from 1.
        position: usize,
    },
}

impl SigningSecretError {
    /// A stable word for logs, metrics and API answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "webhook_secret_length",
            Self::Character { .. } => "webhook_secret_character",
        }
    }
}

impl SigningSecret {
    /// Checks a secret and prepares its keys.
    ///
    /// # Errors
    /// [`SigningSecretError::Length`] outside 1 to [`SECRET_CHARS_MAX`] characters, else [`SigningSecretError::Character`]
    /// for the first one that is not printable ASCII.
    pub fn new(text: Secret) -> Result<Self, SigningSecretError> {
        let chars = text.expose().chars().count();
        if !(1..=SECRET_CHARS_MAX).contains(&chars) {
            return Err(SigningSecretError::Length { chars });
        }
        if let Some(before) = text.expose().chars().position(|c| !matches!(c, ' '..='~')) {
            return Err(SigningSecretError::Character { position: before + 1 });
        }
        Ok(Self::prepare(text))
    }

    /// Makes a new secret.
    ///
    /// *Shape:* `whsec_` and padded base64 of 32 random bytes, 50 characters in all.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let key = Zeroizing::new(random_bytes::<GENERATED_KEY_BYTES>(entropy));
        let encoded = Zeroizing::new(BASE64.encode(key.as_slice()));
        Self::prepare(Secret::new([STANDARD_PREFIX, encoded.as_str()].concat()))
    }

    /// The secret that somebody gave, or a new one.
    ///
    /// # Errors
    /// Those of [`SigningSecret::new`], for a given one.
    pub fn given_or_generated(given: Option<Secret>, entropy: &dyn Entropy) -> Result<Self, SigningSecretError> {
        given.map_or_else(|| Ok(Self::generate(entropy)), Self::new)
    }

    /// The whole secret as shown to its owner.
    pub const fn reveal(&self) -> &Secret {
        &self.text
    }

    /// The Standard Webhooks key: the decoded base64 after `whsec_`.
    ///
    /// `None` when the secret has no such prefix, the rest is not canonical padded base64 (the official Rust verifier refuses
    /// unpadded), or it decodes to fewer than 24 or more than 75 bytes.
    pub fn standard_key(&self) -> Option<Zeroizing<Vec<u8>>> {
        standard_key(self.text.expose())
    }

    /// Whether this secret also signs in the Standard Webhooks scheme.
    pub const fn signs_standard(&self) -> bool {
        self.standard.is_some()
    }

    /// OwnPay's key: the whole secret as shown, as UTF-8.
    pub(super) const fn own_pay_hmac(&self) -> &hmac::Key {
        &self.own_pay
    }

    /// The prepared form of [`SigningSecret::standard_key`].
    pub(super) const fn standard_hmac(&self) -> Option<&hmac::Key> {
        self.standard.as_ref()
    }

    fn prepare(text: Secret) -> Self {
        let own_pay = hmac::Key::new(hmac::HMAC_SHA256, text.expose().as_bytes());
        let standard = standard_key(text.expose()).map(|key| hmac::Key::new(hmac::HMAC_SHA256, &key));
        Self { text, own_pay, standard }
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SigningSecret").field(&self.text).finish()
    }
}

impl PartialEq for SigningSecret {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for SigningSecret {}

fn standard_key(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let encoded = text.strip_prefix(STANDARD_PREFIX)?;
    let key = Zeroizing::new(BASE64.decode(encoded.as_bytes()).ok()?);
    (STANDARD_KEY_BYTES_MIN..=STANDARD_KEY_BYTES_MAX).contains(&key.len()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> SigningSecret {
        SigningSecret::new(Secret::new(text)).unwrap()
    }

    #[test]
    fn a_secret_is_1_to_128_printable_ascii_characters() {
        let cases = [
            ("empty", String::new(), Err("webhook secret must have 1 to 128 characters, got 0")),
            ("one character", "s".to_owned(), Ok(())),
            ("a space and a tilde", "two words~".to_owned(), Ok(())),
            ("128 characters", "s".repeat(128), Ok(())),
            ("129 characters", "s".repeat(129), Err("webhook secret must have 1 to 128 characters, got 129")),
            ("line feed", "ab\n".to_owned(), Err("webhook secret must be printable ascii, character 3 is not")),
            ("delete", "\u{7f}".to_owned(), Err("webhook secret must be printable ascii, character 1 is not")),
            (
                "letter beyond ascii",
                "sécret".to_owned(),
                Err("webhook secret must be printable ascii, character 2 is not"),
            ),
        ];
        for (name, text, expected) in cases {
            let checked = SigningSecret::new(Secret::new(text)).map(drop).map_err(|error| error.to_string());
            assert_eq!(checked, expected.map_err(str::to_owned), "{name}");
        }
    }

    #[test]
    fn the_standard_key_is_24_to_75_bytes_in_padded_base64_after_the_prefix() {
        // Encoded with Python's base64.b64encode(bytes(n)).
        let cases = [
            ("23 bytes", format!("whsec_{}=", "A".repeat(31)), None),
            ("24 bytes", format!("whsec_{}", "A".repeat(32)), Some(24)),
            ("75 bytes", format!("whsec_{}", "A".repeat(100)), Some(75)),
            ("76 bytes", format!("whsec_{}==", "A".repeat(102)), None),
            ("32 bytes", format!("whsec_{}=", "A".repeat(43)), Some(32)),
            ("32 bytes without padding", format!("whsec_{}", "A".repeat(43)), None),
            ("OwnPay's generator: 32 letters", "whsec_abcdefghijklmnopqrstuvwxyzABCDEF".to_owned(), Some(24)),
            ("the url alphabet", format!("whsec_{}__--", "A".repeat(28)), None),
            ("no prefix", "A".repeat(32), None),
            ("another prefix", format!("whsk_{}", "A".repeat(32)), None),
            ("OwnPay's example", "whsec_test".to_owned(), None),
        ];
        for (name, text, bytes) in cases {
            let secret = secret(&text);
            assert_eq!(secret.standard_key().map(|key| key.len()), bytes, "{name}");
            assert_eq!(secret.signs_standard(), bytes.is_some(), "{name}");
        }
    }

    #[test]
    fn a_generated_secret_is_32_random_bytes_in_padded_base64() {
        struct Counting;
        impl Entropy for Counting {
            fn fill(&self, bytes: &mut [u8]) {
                bytes.iter_mut().zip(0..).for_each(|(byte, n)| *byte = n);
            }
        }
        // Python: base64.b64encode(bytes(range(32)))
        let text = SigningSecret::generate(&Counting).reveal().expose().to_owned();
        assert_eq!(text, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    }

    #[test]
    fn a_secret_is_not_printed() {
        assert_eq!(format!("{:?}", secret("whsec_test")), "SigningSecret([redacted])");
    }
}
