//! What a store must do for workspaces.

use super::Workspace;
use crate::id::WorkspaceId;
use crate::store::StoreError;

/// Workspaces within one transaction.
pub trait WorkspaceTx {
    /// Adds a workspace.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id or the name is taken, also by a transaction that is committed meanwhile.
    fn insert_workspace(&mut self, workspace: &Workspace) -> Result<(), StoreError>;

    /// The workspace with this id.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_workspace(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError>;

    /// Writes name, status, time zone and event checks of a workspace; one that is not there is no error. Whoever publishes afterwards
    /// must see them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another workspace has the name, also by a transaction that is committed meanwhile.
    fn update_workspace(&mut self, workspace: &Workspace) -> Result<(), StoreError>;

    /// All workspaces, oldest first. There are few: a thousand at most.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_workspaces(&mut self) -> Result<Vec<Workspace>, StoreError>;
}
