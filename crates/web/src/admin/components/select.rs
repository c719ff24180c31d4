//! One of a few, in a list that opens.

use askama::Template;
use askama::filters::HtmlSafe;

/// A labelled list of options. Its id is its name.
#[derive(Template)]
#[template(path = "components/select.html")]
pub(crate) struct Select {
    /// What the form sends it as; unique on its page.
    pub(crate) name: &'static str,
    /// What is chosen.
    pub(crate) label: String,
    /// What there is to choose from.
    pub(crate) options: Vec<SelectOption>,
    /// What helps to choose.
    pub(crate) help: Option<String>,
    /// What is wrong with the choice.
    pub(crate) error: Option<String>,
}

/// One option.
pub(crate) struct SelectOption {
    /// What the form sends.
    pub(crate) value: String,
    /// What it says.
    pub(crate) label: String,
    /// Whether it is the choice.
    pub(crate) is_selected: bool,
}

impl Select {
    /// A choice among values, each with what it says.
    pub(crate) fn new(name: &'static str, label: &str, options: &[(&str, &str)], selected: &str) -> Self {
        let option = |(value, label): &(&str, &str)| SelectOption {
            value: (*value).to_owned(),
            label: (*label).to_owned(),
            is_selected: *value == selected,
        };
        Self { name, label: label.to_owned(), options: options.iter().map(option).collect(), help: None, error: None }
    }
}

impl HtmlSafe for Select {}

#[cfg(test)]
impl super::Sample for Select {
    const TEMPLATE: &'static str = "components/select.html";

    fn samples() -> Vec<Self> {
        let option = |value: &str, label: &str, is_selected| SelectOption {
            value: value.to_owned(),
            label: label.to_owned(),
            is_selected,
        };
        let options = || {
            vec![option("", "Any state", false), option("active", "Active", true), option("revoked", "Revoked", false)]
        };
        vec![
            Self { name: "state", label: "State".to_owned(), options: options(), help: None, error: None },
            Self {
                name: "zone",
                label: "Time zone".to_owned(),
                options: vec![option("Asia/Dhaka", "Asia/Dhaka", false), option("UTC", "UTC", false)],
                help: Some("Times are shown in it.".to_owned()),
                error: Some("Choose a time zone.".to_owned()),
            },
        ]
    }
}
