//! What a command says to the person who typed it: answers on standard output, troubles on standard error.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

/// The terminal, or whatever stands in its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    has_colours: bool,
}

/// Nobody reads what a command says.
#[derive(Debug, thiserror::Error)]
#[error("the output cannot be written")]
pub(crate) struct TerminalError(#[from] io::Error);

impl TerminalError {
    /// Whether the reader left of its own accord, as `head` does.
    pub(crate) fn is_reader_gone(&self) -> bool {
        self.0.kind() == io::ErrorKind::BrokenPipe
    }
}

/// A colour with a meaning.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Colour {
    /// It worked.
    Green,
    /// It did not.
    Red,
    /// It works, and may not be meant so.
    Yellow,
    /// A heading.
    Cyan,
    /// Beside the point.
    Dim,
}

impl Terminal {
    /// Standard output. Coloured for a person only; a pipe or a file gets plain text.
    pub(crate) fn standard() -> Self {
        Self { has_colours: io::stdout().is_terminal() }
    }

    /// Writes one line of the answer.
    ///
    /// # Errors
    /// When nobody reads any more.
    #[expect(clippy::unused_self, reason = "who was handed no terminal prints nothing")]
    pub(crate) fn line(self, text: impl Display) -> Result<(), TerminalError> {
        let mut out = io::stdout().lock();
        writeln!(out, "{text}")?;
        Ok(out.flush()?)
    }

    /// Writes a remark that is no part of the answer, to standard error.
    ///
    /// # Errors
    /// When nobody reads any more.
    #[expect(clippy::unused_self, reason = "who was handed no terminal prints nothing")]
    pub(crate) fn remark(self, text: impl Display) -> Result<(), TerminalError> {
        Ok(writeln!(io::stderr().lock(), "{text}")?)
    }

    /// Writes a warning to standard error.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub(crate) fn warning(self, text: impl Display) -> Result<(), TerminalError> {
        self.remark(format_args!("warning: {text}"))
    }

    /// Writes why a command failed: what is wrong and what to do, then the causes, one a line.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub(crate) fn failure(self, error: &anyhow::Error) -> Result<(), TerminalError> {
        self.remark(format_args!("error: {error}"))?;
        error.chain().skip(1).try_for_each(|cause| self.remark(format_args!("  because: {cause}")))
    }

    /// `text` in a colour, where colours are shown.
    pub(crate) fn coloured(self, colour: Colour, text: impl Display) -> String {
        let code = match colour {
            Colour::Green => "32",
            Colour::Red => "31",
            Colour::Yellow => "33",
            Colour::Cyan => "1;36",
            Colour::Dim => "2",
        };
        if self.has_colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}
