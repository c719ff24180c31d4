//! What a workspace is.

use super::{EventChecks, TimeZone};
use crate::id::WorkspaceId;
use crate::text::short_texts;
use crate::time::Timestamp;

/// The owner of keys, endpoints, events and deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its identifier.
    pub id: WorkspaceId,
    /// What people call it.
    pub name: WorkspaceName,
    /// Whether its keys are accepted.
    pub status: WorkspaceStatus,
    /// In which its people read instants.
    pub time_zone: TimeZone,
    /// Whether what is published in it is held against its event types.
    pub event_checks: EventChecks,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Whether a workspace's keys are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkspaceStatus {
    /// Keys are accepted.
    Active,
    /// Every key is refused with `WORKSPACE_SUSPENDED`.
    Suspended,
}

impl WorkspaceStatus {
    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The status with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Suspended].into_iter().find(|status| status.as_str() == word)
    }
}

short_texts! {
    /// What people call a workspace: 1 to 100 characters. Two are the same that have the same characters, in the same case.
    WorkspaceName, WorkspaceNameError, 100, "workspace name", "workspace name must be 1 to 100 characters without control characters";
}
