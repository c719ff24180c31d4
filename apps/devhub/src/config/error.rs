//! What is wrong with a configuration, all of it at once.

use std::fmt;
use std::path::PathBuf;

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not TOML. The parser's own error is not kept: it repeats the line, which may hold a secret.
    #[error("the configuration file {} is not valid TOML: {detail}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Line, column and what was expected there.
        detail: String,
    },
    /// Keys that do not exist and values that do not fit.
    #[error("the configuration has {}{}", counted(problems.len()), listed(problems))]
    Invalid {
        /// All of them, in the order of the keys.
        problems: Vec<Problem>,
    },
}

/// One thing to change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The key, with its section.
    pub(super) key: String,
    /// Where it was written.
    pub(super) origin: String,
    /// What to write instead.
    pub(super) message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, origin, message } = self;
        write!(f, "{key} ({origin}): {message}")
    }
}

fn counted(problems: usize) -> String {
    if problems == 1 { "a problem".to_owned() } else { format!("{problems} problems") }
}

fn listed(problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
    lines.concat()
}
