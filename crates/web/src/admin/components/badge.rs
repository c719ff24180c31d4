//! A state or a property in one or two words.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Tone;

/// A badge.
#[derive(Clone, Debug, Template)]
#[template(path = "components/badge.html")]
pub(crate) struct Badge {
    /// How good that is.
    pub(crate) tone: Tone,
    /// One or two words.
    pub(crate) text: String,
}

impl HtmlSafe for Badge {}

#[cfg(test)]
impl super::Sample for Badge {
    const TEMPLATE: &'static str = "components/badge.html";

    fn samples() -> Vec<Self> {
        let badge = |tone| Self { tone, text: format!("{tone:?}") };
        Tone::ALL.into_iter().map(badge).collect()
    }
}
