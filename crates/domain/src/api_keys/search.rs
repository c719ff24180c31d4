//! What somebody looks for among keys.
//!
//! *Threat:* whoever looks for a key pastes its whole token, and the secret part is written wherever queries are: into the log of a
//! database, a trace, an error.
//! *Defence:* a token is cut to the eight digits that it shows before anything is asked, and a secret part by itself is refused.
//! *Not defended:* a part of a secret part, and whoever puts the text into an address before it comes here.

use super::{ApiKey, Label, TokenPrefix};

/// Digits that a token shows.
const SHOWN_HEX: usize = 8;

/// Digits of the secret part of a token; so many in a row are no label.
const SECRET_HEX: usize = 48;

/// What somebody looks for among keys: part of a label, or the beginning of what a token shows.
///
/// *Shape:* as a label, 1 to 100 characters without control characters; longer when it holds a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySearch(Sought);

/// What a store looks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// Keys whose token shows exactly this.
    Shown(String),
    /// Keys with this in their label, in whatever case its ASCII letters are; and, if it is the beginning of what a token may show, keys
    /// whose token shows that.
    Text {
        /// What the label must hold.
        label: String,
        /// What the shown digits may begin with instead: 1 to 8 lower-case hex digits.
        shown: Option<String>,
    },
}

/// Why nothing is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySearchError {
    /// No label has this shape.
    #[error("search must be 1 to 100 characters without control characters")]
    Shape,
    /// It holds what only the holder of a token may know.
    #[error("search must not hold the secret part of a token: use the {SHOWN_HEX} digits before its dot")]
    Secret,
}

impl KeySearch {
    /// Understands what was typed or pasted, on an installation whose tokens have this prefix; white space at the ends is dropped.
    ///
    /// A word such as `op_8ae87c48`, whatever follows it, means the key whose token shows these digits.
    ///
    /// # Errors
    /// [`KeySearchError`].
    pub fn new(text: &str, prefix: &TokenPrefix) -> Result<Self, KeySearchError> {
        if let Some(shown) = text.split_whitespace().find_map(|word| shown_by(word, prefix)) {
            return Ok(Self(Sought::Shown(shown)));
        }
        if holds_secret(text) {
            return Err(KeySearchError::Secret);
        }
        // What no label may be, no label holds.
        let label = Label::new(text).ok().ok_or(KeySearchError::Shape)?.as_str().to_owned();
        let digits = after_prefix(&label, prefix).unwrap_or(&label);
        let is_start = (1..=SHOWN_HEX).contains(&digits.len()) && is_hex(digits);
        let shown = is_start.then(|| digits.to_ascii_lowercase());
        Ok(Self(Sought::Text { label, shown }))
    }

    /// What a store looks for.
    pub const fn sought(&self) -> &Sought {
        &self.0
    }

    /// Whether a key is found.
    pub fn finds(&self, key: &ApiKey) -> bool {
        match &self.0 {
            Sought::Shown(shown) => key.prefix == *shown,
            Sought::Text { label, shown } => {
                key.label.as_str().to_ascii_lowercase().contains(&label.to_ascii_lowercase())
                    || shown.as_ref().is_some_and(|shown| key.prefix.starts_with(shown))
            }
        }
    }
}

/// The digits that a token shows; `None` when the word does not begin like a token.
fn shown_by(word: &str, prefix: &TokenPrefix) -> Option<String> {
    let digits = after_prefix(word, prefix)?.get(..SHOWN_HEX)?;
    is_hex(digits).then(|| digits.to_ascii_lowercase())
}

fn after_prefix<'a>(text: &'a str, prefix: &TokenPrefix) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.as_str().len())?;
    start.eq_ignore_ascii_case(prefix.as_str()).then_some(rest)
}

fn holds_secret(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_hexdigit()).any(|digits| digits.len() >= SECRET_HEX)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{SeededEntropy, api_key, label};

    fn search(text: &str) -> Result<KeySearch, KeySearchError> {
        KeySearch::new(text, &TokenPrefix::default())
    }

    fn sought(text: &str) -> Sought {
        search(text).unwrap().sought().clone()
    }

    fn text(label: &str, shown: Option<&str>) -> Sought {
        Sought::Text { label: label.to_owned(), shown: shown.map(str::to_owned) }
    }

    #[test]
    fn a_token_means_the_digits_that_it_shows() {
        // The example token of OwnPay, and what is pasted around it.
        for pasted in [
            "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd",
            "Bearer op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd",
            " op_8ae87c48.xxx\n",
            "op_8ae87c48",
            "OP_8AE87C48",
            &format!("op_8ae87c48.{}", "a".repeat(1_000)),
        ] {
            assert_eq!(sought(pasted), Sought::Shown("8ae87c48".to_owned()), "{pasted}");
        }
    }

    #[test]
    fn anything_else_is_looked_for_in_labels() {
        assert_eq!(sought(" WooCommerce Plugin "), text("WooCommerce Plugin", None));
        assert_eq!(sought("100%_\\"), text("100%_\\", None));
        assert_eq!(sought("shop_20261129"), text("shop_20261129", None));
        assert_eq!(sought("op_"), text("op_", None));
    }

    #[test]
    fn the_beginning_of_what_a_token_shows_is_looked_for_in_both() {
        assert_eq!(sought("8AE"), text("8AE", Some("8ae")));
        assert_eq!(sought("op_8ae87c4"), text("op_8ae87c4", Some("8ae87c4")));
        assert_eq!(sought("8ae87c48"), text("8ae87c48", Some("8ae87c48")));
        assert_eq!(sought("8ae87c489"), text("8ae87c489", None));
    }

    #[test]
    fn a_secret_part_by_itself_is_refused() {
        let secret = "aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
        for pasted in [secret, &format!("8ae87c48.{secret}"), &secret.to_uppercase()] {
            assert_eq!(search(pasted), Err(KeySearchError::Secret), "{pasted}");
        }
        assert!(search("a uuid such as 7f6f3f2e1a8c4a559d0c6d1b2f1f0a11").is_ok());
    }

    #[test]
    fn what_no_label_can_be_is_refused() {
        assert!(search(&"ä".repeat(100)).is_ok());
        for bad in ["", "  ", "a\u{0}b", &"ä".repeat(101)] {
            assert_eq!(search(bad), Err(KeySearchError::Shape), "{bad}");
        }
    }

    #[test]
    fn a_key_is_found_by_part_of_its_label_in_any_case_and_by_what_its_token_shows() {
        let key = ApiKey { label: label("Käufer Plugin 100%"), prefix: "8ae87c48".to_owned(), ..api_key(1) };
        let finds = |text| search(text).unwrap().finds(&key);
        assert!(finds("PLUGIN") && finds("käufer") && finds("0%") && finds("op_8AE87C48.xx") && finds("8ae"));
        assert!(!finds("plug in") && !finds("_") && !finds("ae8") && !finds("op_8ae87c49"));
    }

    proptest! {
        #[test]
        fn no_text_panics_and_no_token_gets_through(seed: u64, before in ".{0,8}", after in ".{0,8}") {
            let token = super::super::Token::generate(&TokenPrefix::default(), &SeededEntropy::new(seed));
            let pasted = format!("{before}{}{after}", token.secret().expose());
            let (_, secret) = token.secret().expose().split_once('.').unwrap();
            let understood = format!("{:?}", search(&pasted));
            prop_assert!(!understood.contains(secret), "{understood}");
        }
    }
}
