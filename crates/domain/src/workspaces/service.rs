//! The use case of workspaces: find.

use std::sync::Arc;

use super::{Workspace, WorkspaceTx};
use crate::id::WorkspaceId;
use crate::store::{StoreError, UnitOfWork, read};

/// The use cases of workspaces.
#[derive(Clone)]
pub struct Workspaces {
    store: Arc<dyn UnitOfWork<dyn WorkspaceTx>>,
}

impl std::fmt::Debug for Workspaces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workspaces").finish_non_exhaustive()
    }
}

impl Workspaces {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn WorkspaceTx>>) -> Self {
        Self { store }
    }

    /// The workspace with this id.
    ///
    /// # Errors
    /// The store's own.
    pub fn find(&self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        read(&*self.store, |tx| tx.find_workspace(id))
    }
}
