//! Texts that merchants send along, cut to what is kept of them.

/// How many characters of a reference are kept. *Source:* contract §2.5.
pub const REFERENCE_CHARS_MAX: usize = 500;

/// How many characters of a reason are kept. *Source:* contract §2.8.
pub const REASON_CHARS_MAX: usize = 500;

/// The first `chars_max` characters of a text, without white space at its ends and with spaces for control characters: a zero byte, for
/// one, cannot be kept by every database.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    let plain = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(chars_max).collect::<String>().trim().to_owned()
}

macro_rules! cut_texts {
    ($($(#[$doc:meta])* $name:ident: $max:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// What is kept of a text. Cutting again what was cut changes nothing, so that stores read with this as well.
            pub fn cut(text: &str) -> Self {
                Self(cut(text, $max))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}

cut_texts! {
    /// What a merchant calls the thing that is paid, such as an order or an invoice. *Shape:* at most 500 characters, may be empty.
    Reference: REFERENCE_CHARS_MAX;
    /// Why a refund is made. *Shape:* at most 500 characters, may be empty.
    Reason: REASON_CHARS_MAX;
}

/// How much of a payment's reference its transactions keep. *Source:* contract §2.5.
const TRANSACTION_REFERENCE_CHARS_MAX: usize = 200;

impl Reference {
    /// What a transaction keeps of its payment's reference: the first 200 characters.
    #[must_use]
    pub fn for_transaction(&self) -> Self {
        Self(cut(&self.0, TRANSACTION_REFERENCE_CHARS_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// *Source:* contract §2.5.
    #[test]
    fn a_reference_is_cut_to_500_characters_and_to_200_for_a_transaction() {
        let reference = Reference::cut(&"ä".repeat(501));
        assert_eq!(reference.as_str().chars().count(), 500);
        assert_eq!(reference.for_transaction().as_str().chars().count(), 200);
    }

    #[test]
    fn control_characters_become_spaces_and_cutting_again_changes_nothing() {
        let reference = Reference::cut(" a\0b\nc ");
        assert_eq!(reference.as_str(), "a b c");
        assert_eq!(Reference::cut(reference.as_str()), reference);
    }
}
