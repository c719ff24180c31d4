//! What a page has to say before anything else: that something was done, failed, or needs care.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Tone;

/// An alert.
#[derive(Clone, Debug, Template)]
#[template(path = "components/alert.html")]
pub(crate) struct Alert {
    /// How urgent it is: what is bad, or worth a look, interrupts whoever listens.
    pub(crate) tone: Tone,
    /// The message in one line.
    pub(crate) title: String,
    /// What to do about it; empty when the title says it all.
    pub(crate) text: String,
}

impl Alert {
    const fn role(&self) -> &'static str {
        match self.tone {
            Tone::Bad | Tone::Warn => "alert",
            Tone::Neutral | Tone::Good | Tone::Info => "status",
        }
    }
}

impl HtmlSafe for Alert {}

#[cfg(test)]
impl super::Sample for Alert {
    const TEMPLATE: &'static str = "components/alert.html";

    fn samples() -> Vec<Self> {
        let alert = |tone, title: &str, text: &str| Self { tone, title: title.to_owned(), text: text.to_owned() };
        vec![
            alert(Tone::Good, "API key revoked", ""),
            alert(Tone::Info, "Sign-in by password is on", "Turn it off when every operator has a passkey."),
            alert(Tone::Warn, "Copy this key now", "It is not shown again. Keep it where you keep passwords."),
            alert(Tone::Bad, "The key was not revoked", "The database did not answer. Nothing was changed: try again."),
            alert(Tone::Neutral, "Read only", "Your role shows everything here and changes nothing."),
        ]
    }
}
