//! Everything that is wrong with a form, before the form.

use askama::Template;
use askama::filters::HtmlSafe;

/// The summary. The page opens with the focus on it; each line leads to its field.
#[derive(Template)]
#[template(path = "components/error_summary.html")]
pub(crate) struct ErrorSummary {
    /// What happened: `The key was not created`.
    pub(crate) title: String,
    /// The id of the field, which is its name, and what is wrong with it.
    pub(crate) errors: Vec<(String, String)>,
}

impl HtmlSafe for ErrorSummary {}

#[cfg(test)]
impl super::Sample for ErrorSummary {
    const TEMPLATE: &'static str = "components/error_summary.html";

    fn samples() -> Vec<Self> {
        let error = |field: &str, text: &str| (field.to_owned(), text.to_owned());
        vec![Self {
            title: "The key was not created".to_owned(),
            errors: vec![
                error("email", "Enter an address such as ada@shop.example."),
                error("scope", "Choose at least one scope."),
            ],
        }]
    }
}
