//! Short texts that people type.

/// Defines types for texts of a bounded number of characters without control characters.
macro_rules! short_texts {
    ($($(#[$doc:meta])* $name:ident, $error:ident, $max:literal, $what:literal, $message:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name(String);

        #[doc = concat!("The ", $what, " is empty, too long or holds a control character.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[error($message)]
        pub struct $error;

        impl $name {
            /// Checks the text; white space at the ends is dropped.
            ///
            /// # Errors
            /// When it is outside its bounds.
            pub fn new(text: &str) -> Result<Self, $error> {
                let text = text.trim();
                let fits = (1..=$max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
                if fits { Ok(Self(text.to_owned())) } else { Err($error) }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

pub(crate) use short_texts;
