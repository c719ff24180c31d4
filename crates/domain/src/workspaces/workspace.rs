//! What a workspace is.

use std::fmt;

use crate::id::WorkspaceId;
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

/// What people call a workspace: 1 to 100 characters, no control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceName(String);

/// The name is empty, too long or holds a control character.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("workspace name must be 1 to 100 characters without control characters")]
pub struct WorkspaceNameError;

impl WorkspaceName {
    /// Checks a name; white space at the ends is dropped.
    ///
    /// # Errors
    /// [`WorkspaceNameError`] when it is outside its bounds.
    pub fn new(text: &str) -> Result<Self, WorkspaceNameError> {
        let text = text.trim();
        let fits = (1..=100).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        if fits { Ok(Self(text.to_owned())) } else { Err(WorkspaceNameError) }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorkspaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
