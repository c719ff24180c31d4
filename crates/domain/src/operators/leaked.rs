//! Whether a password is one that everybody tries first.
//!
//! *Threat:* a password that nothing marks as weak but that thousands have: `philadelphia`, `livelaughlove`.
//! *Defence:* the hundred thousand that have leaked most often (ASVS 5.0, 6.2.4); 1,212 of them have the twelve characters that a
//! password needs here. A few characters before and after do not make another password of one.
//! *Not defended:* the millions that have leaked less often. Nothing is asked of a service outside.
//! *Decided:* all of twelve characters among a hundred thousand, where the standard names the three thousand commonest of that length:
//! no crate that is kept up has a longer list, and one of our own would be somebody else's work in this repository.

use passwords::analyzer::is_common_password;

use crate::secret::Secret;

/// How many other characters make another password of one that has leaked: as many as would make an unpredictable one by themselves,
/// were it not for the two that it is worth itself.
const OTHERS_MIN: usize = 7;

/// Whether the text has leaked, as it stands or in lower case, by itself or between a few characters that are no letters.
pub(super) fn has_leaked(text: &str) -> bool {
    let lower = Secret::new(text.to_lowercase());
    let lower = lower.expose();
    let word = lower.trim_matches(|c: char| !c.is_alphabetic());
    let others = lower.chars().count() - word.chars().count();
    is_common_password(text) || is_common_password(lower) || (others < OTHERS_MIN && is_common_password(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_thousands_have_has_leaked_in_whatever_case() {
        for text in ["philadelphia", "Philadelphia", "livelaughlove", "1234567887654321", "Q18lG49iq8BhU"] {
            assert!(has_leaked(text), "{text}");
        }
    }

    #[test]
    fn a_few_characters_around_it_do_not_help() {
        for text in ["philadelphia1", "philadelphia2031!", "!!Philadelphia!!", "#1marilynmanson"] {
            assert!(has_leaked(text), "{text}");
        }
        assert!(!has_leaked("829306174philadelphia"));
    }

    #[test]
    fn words_in_a_row_that_nobody_has_have_not() {
        for text in ["seventeen blue teapots", "correct horse battery staple", "T7#vq2Lm9!xw", "philadelphia marathon"]
        {
            assert!(!has_leaked(text), "{text}");
        }
    }
}
