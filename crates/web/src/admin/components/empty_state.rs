//! What a list says that has nothing in it: what would be here, and how it gets here.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Link;

/// An empty state.
#[derive(Template)]
#[template(path = "components/empty_state.html")]
pub(crate) struct EmptyState {
    /// What is missing: `No API keys yet`.
    pub(crate) title: String,
    /// What would be here; one paragraph each.
    pub(crate) text: Vec<String>,
    /// How it gets here, in order; empty when the action says it all.
    pub(crate) steps: Vec<String>,
    /// The first step.
    pub(crate) action: Option<Link>,
}

impl HtmlSafe for EmptyState {}

#[cfg(test)]
impl super::Sample for EmptyState {
    const TEMPLATE: &'static str = "components/empty_state.html";

    fn samples() -> Vec<Self> {
        let first = Self {
            title: "No API keys yet".to_owned(),
            text: vec!["A key lets a shop or a script use the payment API in the name of this workspace.".to_owned()],
            steps: vec![
                "Generate a key and give it only the scopes it needs.".to_owned(),
                "Copy it into the settings of your shop. It is shown once.".to_owned(),
                "Its first request appears here under “Last used”.".to_owned(),
            ],
            action: Some(Link { href: "/admin/developer/api-keys/new".to_owned(), text: "Generate key".to_owned() }),
        };
        let filtered = Self {
            title: "No key matches".to_owned(),
            text: vec!["Nothing is called “magento”.".to_owned()],
            steps: Vec::new(),
            action: None,
        };
        vec![first, filtered]
    }
}
