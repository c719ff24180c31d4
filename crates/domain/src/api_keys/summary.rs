//! What a key is, told without a read.

use std::sync::Arc;

use super::ScopeSet;
use crate::id::{KeyId, WorkspaceId};
use crate::time::Timestamp;

/// What a key is, for whoever may know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySummary {
    /// Its identifier.
    pub id: KeyId,
    /// Whose key it is.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub label: Box<str>,
    /// What it is meant for.
    pub environment: Box<str>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// From this instant on it is refused; `None` never expires.
    pub expires_at: Option<Timestamp>,
    /// Who answers for it.
    pub owner: Option<Arc<str>>,
    /// What its holder's systems keep with it, as JSON; `None` when that is nothing.
    pub metadata: Option<Arc<str>>,
}
