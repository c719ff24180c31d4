//! What an event is.

use std::fmt;
use std::str::FromStr;

use super::{EventType, Payload};
use crate::id::{EventId, WorkspaceId};
use crate::page::Period;
use crate::time::Timestamp;

/// Something that happened, as it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identifier: the `webhook-id` that receivers see.
    pub id: EventId,
    /// Whose event it is.
    pub workspace_id: WorkspaceId,
    /// What happened.
    pub event_type: EventType,
    /// The publisher's own identifier, by which a repeated publish is recognised.
    pub external_id: Option<ExternalId>,
    /// What receivers get.
    pub payload: Payload,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

/// An event without its payload, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventHead {
    /// Its identifier.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// The publisher's own identifier.
    pub external_id: Option<ExternalId>,
    /// How large the payload is. Bytes.
    pub payload_bytes: u64,
    /// When it was accepted.
    pub accepted_at: Timestamp,
}

/// Which events a list shows; all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only those of this type.
    pub event_type: Option<EventType>,
    /// Only the one with this identifier of the publisher.
    pub external_id: Option<ExternalId>,
    /// Only those accepted in this period.
    pub accepted: Period,
}

/// The publisher's own identifier of an event: 1 to 64 of `A-Z a-z 0-9 _ - .`, unique in its workspace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ExternalId(String);

/// The text is no such identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("external_id must be 1 to 64 letters, digits, \"_\", \"-\" or \".\"")]
pub struct ExternalIdError;

impl ExternalId {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ExternalId {
    type Err = ExternalIdError;

    fn from_str(text: &str) -> Result<Self, ExternalIdError> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ExternalIdError)
        }
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_id_is_1_to_64_plain_characters() {
        assert!("order-77.paid_1".parse::<ExternalId>().is_ok());
        assert!("a".repeat(64).parse::<ExternalId>().is_ok());
        for bad in [String::new(), "a b".to_owned(), "ä".to_owned(), "a".repeat(65)] {
            assert_eq!(bad.parse::<ExternalId>(), Err(ExternalIdError), "{bad}");
        }
    }
}
