//! What an endpoint is.

use std::time::Duration;

use super::{EndpointOrigin, EndpointSettings, EndpointUrl};
use crate::events::{EventPattern, EventType};
use crate::id::{EndpointId, WorkspaceId};
use crate::time::Timestamp;

/// A receiver of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its identifier.
    pub id: EndpointId,
    /// Whose endpoint it is.
    pub workspace_id: WorkspaceId,
    /// Where requests go.
    pub url: EndpointUrl,
    /// What people call it; may be empty, at most 200 characters, no control characters.
    pub description: String,
    /// What it wants; empty for one of [`EndpointOrigin::Callback`], not empty for any other.
    pub event_types: Vec<EventPattern>,
    /// Where it comes from; never changes.
    pub origin: EndpointOrigin,
    /// Whether it gets anything.
    pub status: EndpointStatus,
    /// How requests to it are made.
    pub settings: EndpointSettings,
    /// When it was created.
    pub created_at: Timestamp,
    /// Counts changes.
    pub revision: i64,
}

impl Endpoint {
    /// The one deadline of a request where its endpoint has no other: look-up, connection, headers and body together. Source: webhooks §2.
    pub const TIMEOUT: Duration = Duration::from_secs(10);

    /// Whether it wants events of this type. One that payments name wants none: a release of before may have given it types.
    pub fn wants(&self, event_type: &EventType) -> bool {
        self.origin == EndpointOrigin::Manual && self.event_types.iter().any(|pattern| pattern.matches(event_type))
    }
}

/// What an endpoint is called, for whoever is to choose one of many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointName {
    /// Its identifier.
    pub id: EndpointId,
    /// Where requests go.
    pub url: EndpointUrl,
}

/// Whether an endpoint gets anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointStatus {
    /// It gets what it wants.
    Active,
    /// An operator holds its deliveries back.
    Paused,
    /// It gets nothing until somebody resumes it.
    Disabled(Disabled),
    /// It gets nothing any more. Its row remains, because its deliveries name it.
    Deleted,
}

/// Why an endpoint was disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disabled {
    /// The receiver answered 410 Gone.
    Gone,
    /// The receiver asked for it in the header `webhook-delivery`.
    Asked,
    /// Nothing but failures happened for as long as the hub's [`CircuitRule`](super::CircuitRule) allows.
    Failing,
}

impl Disabled {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Gone, Self::Asked, Self::Failing];

    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Asked => "asked",
            Self::Failing => "failing",
        }
    }

    /// The reason with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// The reason as a sentence without its end.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Gone => "the receiver answered 410 Gone",
            Self::Asked => "the receiver asked for it with \"webhook-delivery: disable\"",
            Self::Failing => "nothing but failures happened for too long",
        }
    }
}

impl EndpointStatus {
    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled(_) => "disabled",
            Self::Deleted => "deleted",
        }
    }

    /// Why it is disabled.
    pub const fn disabled_reason(self) -> Option<Disabled> {
        match self {
            Self::Disabled(reason) => Some(reason),
            Self::Active | Self::Paused | Self::Deleted => None,
        }
    }

    /// The status with this word and, when disabled, this reason.
    pub fn parse(word: &str, reason: Option<&str>) -> Option<Self> {
        match (word, reason) {
            ("active", None) => Some(Self::Active),
            ("paused", None) => Some(Self::Paused),
            ("deleted", None) => Some(Self::Deleted),
            ("disabled", Some(reason)) => Disabled::parse(reason).map(Self::Disabled),
            _ => None,
        }
    }
}
