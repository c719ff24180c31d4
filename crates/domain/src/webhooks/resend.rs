//! What a delivery was before somebody asked for it once more.

use super::DeliveryState;
use crate::time::Timestamp;

/// What a delivery returns to when the attempt that somebody asked for fails.
///
/// *Shape:* printed and stored as the word of the state, followed by `@` and microseconds when it was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resend {
    /// Where it stood.
    pub state: DeliveryState,
    /// When its next attempt was due.
    pub due_at: Option<Timestamp>,
}

/// The text tells no former state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a state, followed by \"@\" and microseconds when it was due")]
pub struct ResendError;

impl std::fmt::Display for Resend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.state.as_str())?;
        match self.due_at {
            Some(due_at) => write!(f, "@{}", due_at.as_micros()),
            None => Ok(()),
        }
    }
}

impl std::str::FromStr for Resend {
    type Err = ResendError;

    fn from_str(text: &str) -> Result<Self, ResendError> {
        let (word, due) = text.split_once('@').map_or((text, None), |(word, due)| (word, Some(due)));
        let state = DeliveryState::parse(word).ok_or(ResendError)?;
        let due_at = due.map(|due| due.parse().map(Timestamp::from_micros)).transpose().ok().ok_or(ResendError)?;
        Ok(Self { state, due_at })
    }
}
