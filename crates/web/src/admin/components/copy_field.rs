//! A text that people take away: a key, a secret, an address.
//!
//! *Threat:* the text is often a secret. *Defence:* it is not printed by `Debug`; the template marks it with `data-secret`, and a
//! script empties it when the page is left, so that going back does not show it. *Not defended:* a browser without scripts keeps the
//! page as it was until it is closed, unless it heeds `no-store`, which the page has to say.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

/// A text with a button that copies it. Without scripts there is no button, and the text can be selected.
#[derive(Template)]
#[template(path = "components/copy_field.html")]
pub(crate) struct CopyField {
    /// What tells it from the others of the page; letters, digits and hyphens.
    pub(crate) id: String,
    /// What the text is: `Key`. Also what is said to have been copied.
    pub(crate) label: String,
    /// The text.
    pub(crate) value: String,
    /// What the button says: `Copy Key`.
    pub(crate) button: String,
    /// Whether it starts as dots, with a button that shows it. Without scripts it is shown.
    pub(crate) is_concealed: bool,
    /// Whether it has more than one line.
    pub(crate) is_multiline: bool,
}

impl CopyField {
    /// How many lines it takes, so that none has to be scrolled to.
    fn rows(&self) -> usize {
        self.value.lines().count().clamp(2, ROWS_MAX)
    }
}

/// Lines of a text that are shown at once; more are scrolled, or the page would be nothing else.
const ROWS_MAX: usize = 12;

impl fmt::Debug for CopyField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopyField").field("id", &self.id).finish_non_exhaustive()
    }
}

impl HtmlSafe for CopyField {}

#[cfg(test)]
impl super::Sample for CopyField {
    const TEMPLATE: &'static str = "components/copy_field.html";

    fn samples() -> Vec<Self> {
        let field = |id: &str, label: &str, value: &str| Self {
            id: id.to_owned(),
            label: label.to_owned(),
            value: value.to_owned(),
            button: format!("Copy {label}"),
            is_concealed: false,
            is_multiline: false,
        };
        vec![
            field("prefix", "Prefix", "op_8ae87c48"),
            Self { is_concealed: true, ..field("key", "Key", "op_8ae87c48.not-a-real-key") },
            Self {
                is_multiline: true,
                ..field(
                    "request",
                    "Request",
                    "curl https://pay.example/api/v1/payments \\\n  -H \"Authorization: Bearer …\"",
                )
            },
            Self {
                is_concealed: true,
                is_multiline: true,
                ..field("environment", "Environment", "OWNPAY_KEY=not-a-real-key")
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::CopyField;
    use crate::admin::components::Sample;

    #[test]
    fn a_secret_is_not_printed_by_debug() {
        let printed = format!("{:?}", CopyField::samples());
        assert!(!printed.contains("not-a-real-key"), "{printed}");
    }
}
