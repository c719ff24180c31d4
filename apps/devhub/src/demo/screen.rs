//! What the story looks like: steps, requests and answers, with secrets shortened.

use std::fmt::Display;
use std::time::Duration;

use devhub_domain::secret::Secret;
use serde_json::Value;

use crate::terminal::{Colour, Terminal, TerminalError};

/// Most lines of one body: enough for every answer of the story, and a bound for those that fail.
const BODY_LINES_MAX: usize = 24;
/// Characters of a secret that are shown after its dot or underscore.
const SECRET_CHARS: usize = 4;

/// The terminal, and the secrets that must not appear on it.
pub(super) struct Screen {
    terminal: Terminal,
    secrets: Vec<Secret>,
}

impl Screen {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self { terminal, secrets: Vec::new() }
    }

    /// Shortens this secret from now on, wherever it appears.
    pub(super) fn hide(&mut self, secret: &Secret) {
        self.secrets.push(secret.clone());
    }

    pub(super) fn heading(&self, number: usize, title: &str) -> Result<(), TerminalError> {
        self.terminal.line(self.terminal.coloured(Colour::Cyan, format_args!("{number}. {title}")))
    }

    pub(super) fn success(&self, duration: Duration) -> Result<(), TerminalError> {
        let mark = self.terminal.coloured(Colour::Green, "✓");
        self.terminal.line(format_args!("   {mark} {:.1} ms\n", duration.as_secs_f64() * 1_000.0))
    }

    pub(super) fn failure(&self, error: &anyhow::Error) -> Result<(), TerminalError> {
        self.terminal.line(format_args!("   {} {error:#}\n", self.terminal.coloured(Colour::Red, "✗")))
    }

    /// One line within a step.
    pub(super) fn line(&self, text: impl Display) -> Result<(), TerminalError> {
        self.terminal.line(format_args!("   {}", self.shortened(text.to_string())))
    }

    /// A body, one field a line.
    pub(super) fn body(&self, body: &Value) -> Result<(), TerminalError> {
        let lines = match body {
            Value::Object(fields) => fields.iter().map(|(name, value)| format!("{name}: {value}")).collect(),
            other => vec![other.to_string()],
        };
        for line in lines.into_iter().take(BODY_LINES_MAX) {
            self.line(format_args!("  {}", self.terminal.coloured(Colour::Dim, self.shortened(line))))?;
        }
        Ok(())
    }

    fn shortened(&self, text: String) -> String {
        self.secrets.iter().fold(text, |text, secret| text.replace(secret.expose(), &short(secret.expose())))
    }
}

/// `op_8ae87c48.aae2…`, `whsec_C2FV…`: enough to recognise, too little to use.
fn short(secret: &str) -> String {
    let head = secret.find('.').or_else(|| secret.find('_')).map_or(0, |end| end + 1);
    secret.chars().take(head + SECRET_CHARS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shortened_to_what_recognises_it() {
        // The example key of OwnPay's contract §1.1, and the first vector of Standard Webhooks.
        assert_eq!(short("op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd"), "op_8ae87c48.aae2…");
        assert_eq!(short("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), "whsec_C2FV…");
    }

    #[test]
    fn a_hidden_secret_is_shortened_wherever_it_stands() {
        let mut screen = Screen::new(Terminal::standard());
        screen.hide(&Secret::new("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
        let shown = screen.shortened("{\"secret\": \"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\"}".to_owned());
        assert_eq!(shown, "{\"secret\": \"whsec_C2FV…\"}");
    }
}
