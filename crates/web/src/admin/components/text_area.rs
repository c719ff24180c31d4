//! Several lines of text that people type, each of which may be wrong by itself.

use askama::Template;
use askama::filters::HtmlSafe;

/// A labelled text of several lines. Its id is its name.
#[derive(Template)]
#[template(path = "components/text_area.html")]
pub(crate) struct TextArea {
    /// What the form sends it as; unique on its page.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) label: String,
    /// What is there already.
    pub(crate) value: String,
    /// Lines that are in sight.
    pub(crate) rows: usize,
    /// What helps to fill it.
    pub(crate) help: Option<String>,
    /// What is wrong with it as a whole.
    pub(crate) error: Option<String>,
    /// Which lines are wrong, in order.
    pub(crate) faults: Vec<FaultyLine>,
}

/// A line that is wrong.
pub(crate) struct FaultyLine {
    /// Which, counted from 1.
    pub(crate) number: usize,
    /// What it says.
    pub(crate) text: String,
    /// What is wrong with it.
    pub(crate) error: String,
}

impl HtmlSafe for TextArea {}

#[cfg(test)]
impl super::Sample for TextArea {
    const TEMPLATE: &'static str = "components/text_area.html";

    fn samples() -> Vec<Self> {
        let area = |error: Option<&str>, faults| Self {
            name: "networks",
            label: "Networks".to_owned(),
            value: "\n10.0.0.0/8\n</textarea><script>alert(1)</script>".to_owned(),
            rows: 6,
            help: Some("One a line.".to_owned()),
            error: error.map(str::to_owned),
            faults,
        };
        let fault = FaultyLine {
            number: 3,
            text: "</textarea><script>alert(1)</script>".to_owned(),
            error: "Must be a network.".to_owned(),
        };
        vec![area(None, Vec::new()), area(Some("Some lines are no networks."), vec![fault])]
    }
}
