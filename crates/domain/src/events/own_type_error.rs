//! What can go wrong with a workspace's own event types.

use super::event_type_service::OWN_TYPES_MAX;
use super::{EventType, Fault, SchemaError};
use crate::access::Forbidden;
use crate::store::StoreError;

/// What a use case of event types can fail with.
#[derive(Debug, thiserror::Error)]
pub enum OwnTypeError {
    /// The catalogue has no such event type.
    #[error("the catalogue has no event type {0}")]
    NotFound(EventType),
    /// The name belongs to an event type that comes with the hub.
    #[error("event type {0} comes with the hub and cannot be changed: choose another name")]
    BuiltIn(EventType),
    /// The workspace has an event type with this name.
    #[error("the workspace has an event type {0} already, which may be archived: change that one")]
    NameTaken(EventType),
    /// The workspace has as many event types as it may.
    #[error("a workspace has at most {OWN_TYPES_MAX} event types of its own: delete one first")]
    TooMany,
    /// Whoever asks lacks `event_types:write`.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The schema is not acceptable.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The sample does not satisfy the schema.
    #[error("sample does not satisfy the schema: see errors")]
    Sample(Vec<Fault>),
    /// Somebody else changed the event type after the caller had read it.
    #[error(
        "event type {name} was changed meanwhile and has revision {current} now: read it again, then repeat the change"
    )]
    RevisionStale {
        /// Which event type.
        name: EventType,
        /// The revision that it has.
        current: i64,
    },
    /// The store failed.
    #[error("the store of event types failed")]
    Store(#[from] StoreError),
}

impl OwnTypeError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "event_type_not_found",
            Self::BuiltIn(_) => "event_type_built_in",
            Self::NameTaken(_) => "event_type_taken",
            Self::TooMany => "too_many_event_types",
            Self::Forbidden(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Sample(_) => "sample_refused",
            Self::RevisionStale { .. } => "revision_stale",
            Self::Store(error) => error.code(),
        }
    }
}
