//! Who acts.

use std::fmt;
use std::str::FromStr;

use crate::id::{KeyId, OperatorId};

/// Who asked for a change.
///
/// *Shape:* printed and stored as the identifier of an operator or a key, or one of the words `system` and `command-line`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A rule of the hub itself.
    System,
    /// A person with access to the machine.
    CommandLine,
    /// A person in the web UI.
    Operator(OperatorId),
    /// A program that holds a key.
    Key(KeyId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::CommandLine => f.write_str("command-line"),
            Self::Operator(id) => id.fmt(f),
            Self::Key(id) => id.fmt(f),
        }
    }
}

/// The text names no actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("actor must be an operator id, a key id, \"system\" or \"command-line\"")]
pub struct ActorError;

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, ActorError> {
        match text {
            "system" => Ok(Self::System),
            "command-line" => Ok(Self::CommandLine),
            _ => {
                let operator = text.parse().map(Self::Operator).ok();
                operator.or_else(|| text.parse().map(Self::Key).ok()).ok_or(ActorError)
            }
        }
    }
}
