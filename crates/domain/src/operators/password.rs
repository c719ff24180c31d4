//! What a password may be.
//!
//! *Threat:* a password that is guessed: because it is short, because everybody has it, because it is made of what the page shows.
//! *Defence:* 12 to 128 characters, none of them excluded and none of them demanded (ASVS 5.0, 6.2.1, 6.2.5, 6.2.9), predictable and
//! leaked ones refused with the reason (6.2.4, 6.2.11).
//! *Decided:* a password is taken exactly as it was typed (6.2.8): not trimmed, not cut, and not normalised either. Two keyboards
//! may write `ü` in two ways; who meets that has the password reset. To normalise would change every password that has such a
//! character whenever the tables of Unicode change their mind, and would bring them into this crate.

use super::EmailAddress;
use super::leaked::has_leaked;
use super::predictable::is_predictable;
use crate::secret::Secret;

/// The fewest characters: ASVS 6.2.1 asks for 8 and recommends 15; 12 is what a password manager's default exceeds.
pub const PASSWORD_CHARS_MIN: usize = 12;

/// The most characters: enough for a sentence, and a bound on what is hashed. ASVS 6.2.9 asks for 64 at least.
pub const PASSWORD_CHARS_MAX: usize = 128;

/// Words that stand on the page where the password is asked for.
const PRODUCT_WORDS: &[&str] = &["devhub", "ownpay"];

/// The shortest name that must not be part of a password: shorter ones are part of too much else.
const NAME_CHARS_MIN: usize = 4;

/// A password that may be set.
///
/// *Shape:* 12 to 128 characters, neither predictable nor leaked, without the name in its owner's mail address.
#[derive(Clone, Debug)]
pub struct Password(Secret);

/// Why a password may not be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It has fewer than [`PASSWORD_CHARS_MIN`] characters.
    #[error("password must have at least {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    /// It has more than [`PASSWORD_CHARS_MAX`] characters.
    #[error("password must have at most {PASSWORD_CHARS_MAX} characters")]
    TooLong,
    /// It is made of common words, walks over the keyboard or repetitions.
    #[error("password is too easy to guess: it is made of common words, neighbouring keys, years or repetitions")]
    Predictable,
    /// It is among those that have leaked most often.
    #[error("password is among the most common ones that have leaked: choose another")]
    Leaked,
    /// It holds the name in the mail address.
    #[error("password must not contain the name in the email address")]
    HoldsName,
    /// It holds what the product is called.
    #[error("password must not contain {0:?}")]
    HoldsProduct(&'static str),
}

impl PasswordError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Predictable => "password_predictable",
            Self::Leaked => "password_leaked",
            Self::HoldsName => "password_holds_name",
            Self::HoldsProduct(_) => "password_holds_product",
        }
    }
}

impl Password {
    /// Checks a password for the operator with this address.
    ///
    /// # Errors
    /// [`PasswordError`] with the first rule that it breaks.
    pub fn new(text: Secret, email: &EmailAddress) -> Result<Self, PasswordError> {
        let length = text.expose().chars().count();
        if length < PASSWORD_CHARS_MIN {
            return Err(PasswordError::TooShort);
        }
        if length > PASSWORD_CHARS_MAX {
            return Err(PasswordError::TooLong);
        }
        let lower = Secret::new(text.expose().to_lowercase());
        if email.name().chars().count() >= NAME_CHARS_MIN && lower.expose().contains(email.name()) {
            return Err(PasswordError::HoldsName);
        }
        if let Some(word) = PRODUCT_WORDS.iter().find(|word| lower.expose().contains(**word)) {
            return Err(PasswordError::HoldsProduct(word));
        }
        if is_predictable(text.expose()) {
            return Err(PasswordError::Predictable);
        }
        if has_leaked(text.expose()) { Err(PasswordError::Leaked) } else { Ok(Self(text)) }
    }

    /// The text, for the one place that hashes it.
    pub(super) const fn secret(&self) -> &Secret {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<(), PasswordError> {
        let email = EmailAddress::new("Lovelace@example.com").unwrap();
        Password::new(Secret::new(text), &email).map(drop)
    }

    #[test]
    fn twelve_characters_are_enough_and_a_hundred_and_twenty_eight_are_not_too_many() {
        assert_eq!(check("T7#vq2Lm9!x"), Err(PasswordError::TooShort));
        assert_eq!(check("T7#vq2Lm9!xw"), Ok(()));
        let long = "seventeen blue teapots, ".repeat(10);
        assert_eq!(check(&long.chars().take(128).collect::<String>()), Ok(()));
        assert_eq!(check(&long.chars().take(129).collect::<String>()), Err(PasswordError::TooLong));
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(check("пять синих ч"), Ok(()));
        assert_eq!(check("пять синих "), Err(PasswordError::TooShort));
    }

    #[test]
    fn no_character_is_demanded_or_excluded() {
        for text in [
            "seventeen blue teapots",
            "829306174520",
            "\u{1f511} \u{1f4a1} eleven keys \u{1f511}",
            "a\tb\u{0}cdEfk%wz9",
        ] {
            assert_eq!(check(text), Ok(()), "{text:?}");
        }
    }

    #[test]
    fn what_is_near_at_hand_is_refused_with_the_reason() {
        assert_eq!(check("my LOVELACE rocks 9"), Err(PasswordError::HoldsName));
        assert_eq!(check("the OwnPay of my shop"), Err(PasswordError::HoldsProduct("ownpay")));
        assert_eq!(check("Password1234"), Err(PasswordError::Predictable));
        assert_eq!(check("Philadelphia"), Err(PasswordError::Leaked));
    }

    #[test]
    fn a_name_of_three_letters_is_part_of_too_much_to_be_refused() {
        let email = EmailAddress::new("ada@example.com").unwrap();
        assert!(Password::new(Secret::new("canadian maple leaves"), &email).is_ok());
    }
}
