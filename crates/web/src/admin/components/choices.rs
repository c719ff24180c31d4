//! One or several of a few, all in sight, each with what it means.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Tone;

/// A group of check boxes or radio buttons. The id of the first is the name of the group, so that a summary of errors leads to it.
#[derive(Template)]
#[template(path = "components/choices.html")]
pub(crate) struct Choices {
    /// What the form sends each chosen one as; unique on its page.
    pub(crate) name: &'static str,
    /// What is chosen.
    pub(crate) legend: String,
    /// What there is to choose from.
    pub(crate) options: Vec<Choice>,
    /// What helps to choose.
    pub(crate) help: Option<String>,
    /// What is wrong with the choice.
    pub(crate) error: Option<String>,
}

/// One of them.
pub(crate) struct Choice {
    /// What the form sends.
    pub(crate) value: String,
    /// What it says.
    pub(crate) label: String,
    /// What it means.
    pub(crate) help: Option<String>,
    /// Whether choosing it needs care.
    pub(crate) tone: Tone,
    /// Whether it is chosen.
    pub(crate) is_checked: bool,
}

impl HtmlSafe for Choices {}

#[cfg(test)]
impl super::Sample for Choices {
    const TEMPLATE: &'static str = "components/choices.html";

    fn samples() -> Vec<Self> {
        let choice = |value: &str, label: &str, tone, is_checked| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            help: Some(format!("What {label} lets a key do.")),
            tone,
            is_checked,
        };
        let scopes = Self {
            name: "scope",
            legend: "Scopes".to_owned(),
            options: vec![
                choice("read", "read", Tone::Neutral, true),
                choice("write", "write", Tone::Warn, false),
                choice("admin", "admin", Tone::Bad, false),
            ],
            help: Some("Give no more than the key needs.".to_owned()),
            error: Some("Choose at least one scope.".to_owned()),
        };
        vec![scopes]
    }
}
