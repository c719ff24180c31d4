//! The token: what an integrator holds.
//!
//! *Shape:* `op_` + 8 lower-case hex (the prefix, shown everywhere) + `.` + 48 lower-case hex. Of the 24 secret bytes the last 4
//! are a CRC-32/ISO-HDLC over the first 52 characters, big-endian, so that a leak scanner confirms a find offline and a person can be
//! told "mistyped"; 160 random bits remain. A good check sum proves nothing, and imported tokens have none.
//! *Threat:* a token that can be guessed, or that leaks through logs. *Defence:* the bits come from the entropy port; the type
//! prints `[redacted]`. *Not defended:* what its holder does with it.
//! *Source:* OwnPay wire contract §1.1; keys and limits §1.

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, random_bytes};
use crate::id::PREFIXES;
use crate::secret::Secret;

/// What every token of an installation starts with, such as `op_`.
///
/// *Shape:* `^[a-z][a-z0-9]{1,7}_$`, and none of the prefixes of identifiers: tokens and identifiers must be told apart at sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenPrefix(String);

/// The token prefix does not have its shape, or is that of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "token prefix must be a lower-case letter, 1 to 7 lower-case letters or digits, and \"_\", such as \"op_\", and not one of {}",
    PREFIXES.join(" ")
)]
pub struct TokenPrefixError;

impl TokenPrefix {
    /// Checks a prefix.
    ///
    /// # Errors
    /// [`TokenPrefixError`] when it does not have its shape.
    pub fn new(text: &str) -> Result<Self, TokenPrefixError> {
        let word = text.strip_suffix('_').ok_or(TokenPrefixError)?;
        let starts = word.starts_with(|c: char| c.is_ascii_lowercase());
        let continues = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if starts && continues && (2..=8).contains(&word.len()) && !PREFIXES.contains(&text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TokenPrefixError)
        }
    }

    /// The text, with its underscore.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for TokenPrefix {
    /// OwnPay's: `op_`.
    fn default() -> Self {
        Self("op_".to_owned())
    }
}

/// Shortest text that OwnPay takes for a token. Source: contract §1.1.
const LENGTH_MIN: usize = 12;
/// Longest text that is looked up: twice the longest token that this program issues, and a bound on what is hashed.
const LENGTH_MAX: usize = 130;
/// Characters of the secret part that the check sum covers: 40 of 48.
const RANDOM_HEX: usize = 40;

/// A whole token. Exists while a key is issued and in the one answer that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    text: Secret,
    prefix: String,
}

impl Token {
    /// A new token with 160 random bits.
    pub fn generate(prefix: &TokenPrefix, entropy: &dyn Entropy) -> Self {
        let shown = HEXLOWER.encode(&random_bytes::<4>(entropy));
        let random = Zeroizing::new(random_bytes::<20>(entropy));
        let random = Zeroizing::new(HEXLOWER.encode(&*random));
        let body = Zeroizing::new(format!("{}{shown}.{}", prefix.as_str(), *random));
        let check = crc32fast::hash(body.as_bytes());
        Self { text: Secret::new(format!("{}{check:08x}", *body)), prefix: shown }
    }

    /// The whole text, for the one answer that shows it.
    pub fn secret(&self) -> &Secret {
        &self.text
    }

    /// The eight hex digits that are shown everywhere.
    pub fn shown_prefix(&self) -> &str {
        &self.prefix
    }
}

/// Whether a presented text could be a token of this installation at all: right prefix, length and characters.
///
/// More is not asked, because imported tokens may have any body; whether the text *is* a token, the look-up by digest decides.
pub(super) fn is_well_formed(text: &str, prefix: &TokenPrefix) -> bool {
    begins_like_token(text, prefix) && text.len() <= LENGTH_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a token could begin where a text does: what begins like one, and is long enough for one, is kept out of logs.
pub(crate) fn begins_like_token(text: &str, prefix: &TokenPrefix) -> bool {
    text.len() >= LENGTH_MIN && text.starts_with(prefix.as_str())
}

/// Whether a text has a token's exact shape and a check sum that fits: what a leak scanner asks.
pub fn has_valid_checksum(text: &str, prefix: &TokenPrefix) -> bool {
    let Some((shown, secret)) = text.strip_prefix(prefix.as_str()).and_then(|body| body.split_once('.')) else {
        return false;
    };
    let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if shown.len() != 8 || secret.len() != 48 || !is_hex(shown) || !is_hex(secret) {
        return false;
    }
    let checked = prefix.as_str().len() + shown.len() + 1 + RANDOM_HEX;
    let (body, check) = text.split_at(checked);
    u32::from_str_radix(check, 16) == Ok(crc32fast::hash(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn a_token_has_the_shape_of_ownpay() {
        let token = Token::generate(&TokenPrefix::default(), &Fixed(0xab));
        let text = token.secret().expose();
        assert_eq!(text.len(), 60);
        assert!(text.starts_with("op_abababab.abababababababababababababababababababab"));
        assert_eq!(token.shown_prefix(), "abababab");
    }

    #[test]
    fn the_last_8_digits_are_the_crc_of_the_first_52_characters() {
        // Expected value: Python's zlib.crc32 of the first 52 characters.
        let token = Token::generate(&TokenPrefix::default(), &Fixed(0));
        assert!(token.secret().expose().ends_with("c5dd4fee"), "{}", token.secret().expose());
    }

    #[test]
    fn a_mistyped_token_is_told_apart() {
        let prefix = TokenPrefix::default();
        let token = Token::generate(&prefix, &Fixed(7));
        assert!(has_valid_checksum(token.secret().expose(), &prefix));
        let mistyped = token.secret().expose().replacen('0', "1", 1);
        assert!(!has_valid_checksum(&mistyped, &prefix));
    }

    #[test]
    fn the_example_key_of_ownpay_is_well_formed_although_it_has_no_check_sum() {
        let example = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
        assert!(is_well_formed(example, &TokenPrefix::default()));
        assert!(!has_valid_checksum(example, &TokenPrefix::default()));
    }

    #[test]
    fn a_text_is_malformed_without_prefix_too_short_too_long_or_with_a_space() {
        let prefix = TokenPrefix::default();
        for text in
            ["", "op_", "op_12345678", "xx_8ae87c48.aae2", "op_8ae87c48 aae2", &format!("op_{}", "a".repeat(128))]
        {
            assert!(!is_well_formed(text, &prefix), "{text}");
        }
    }

    #[test]
    fn a_prefix_is_a_short_word_with_an_underscore() {
        for good in ["op_", "shop1_", "abcdefgh_"] {
            assert!(TokenPrefix::new(good).is_ok(), "{good}");
        }
        for bad in ["", "_", "o_", "op", "1op_", "OP_", "abcdefghi_", "a-b_", "key_", "evt_"] {
            assert_eq!(TokenPrefix::new(bad), Err(TokenPrefixError), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_issued_token_is_well_formed_with_a_good_check_sum(byte: u8) {
            let prefix = TokenPrefix::default();
            let token = Token::generate(&prefix, &Fixed(byte));
            prop_assert!(is_well_formed(token.secret().expose(), &prefix));
            prop_assert!(has_valid_checksum(token.secret().expose(), &prefix));
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let prefix = TokenPrefix::default();
            prop_assert!(!has_valid_checksum(&text, &prefix) || is_well_formed(&text, &prefix));
        }
    }
}
