//! What callers know a policy by.

use std::fmt;
use std::str::FromStr;

/// Longest name. Characters, each of one byte.
const CHARS_MAX: usize = 32;

/// What callers know a policy by, in headers and answers.
///
/// *Shape:* 1 to 32 of `a-z`, `0-9`, `_` and `-`, the first no `-` or `_`: it can stand in a structured field between quotes as it is.
/// Kept in place, so that where a request stands can be told without an allocation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyName {
    bytes: [u8; CHARS_MAX],
    length: u8,
}

/// The text is no name of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("name must be 1 to {CHARS_MAX} of a-z, 0-9, _ and -, and begin with a letter or digit")]
pub struct PolicyNameError;

impl PolicyName {
    /// The policy that every key has while no rule matches before.
    pub const DEFAULT: Self = Self::of_word(b"default");

    /// A name of this program, which is known to be one.
    const fn of_word<const N: usize>(word: &[u8; N]) -> Self {
        let mut bytes = [0; CHARS_MAX];
        let (mut rest, mut from): (&mut [u8], &[u8]) = (&mut bytes, word);
        let mut length = 0;
        while let ([first, after @ ..], [byte, more @ ..]) = (rest, from) {
            *first = *byte;
            length += 1;
            (rest, from) = (after, more);
        }
        Self { bytes, length }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl FromStr for PolicyName {
    type Err = PolicyNameError;

    fn from_str(text: &str) -> Result<Self, PolicyNameError> {
        let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let fits = text.bytes().all(|byte| is_word(&byte) || matches!(byte, b'_' | b'-'));
        if !fits || !text.as_bytes().first().is_some_and(is_word) {
            return Err(PolicyNameError);
        }
        let mut bytes = [0; CHARS_MAX];
        let room = bytes.get_mut(..text.len()).ok_or(PolicyNameError)?;
        room.copy_from_slice(text.as_bytes());
        let length = u8::try_from(text.len()).or(Err(PolicyNameError))?;
        Ok(Self { bytes, length })
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_that_can_stand_between_quotes() {
        for text in ["default", "a", "7-days", "exports_of_the_day", &"a".repeat(32)] {
            assert_eq!(text.parse::<PolicyName>().unwrap().as_str(), text);
        }
        for text in ["", "-a", "_a", "A", "a b", "a\"", "ä", &"a".repeat(33)] {
            assert_eq!(text.parse::<PolicyName>(), Err(PolicyNameError), "{text}");
        }
        assert_eq!(PolicyName::DEFAULT.as_str(), "default");
    }
}
