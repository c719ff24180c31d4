//! The use cases of the audit log: append, list.

use std::sync::Arc;

use super::chain::chained;
use super::{AuditDraft, AuditEntry, AuditFilter, AuditTx};
use crate::id::WorkspaceId;
use crate::page::{Page, PageRequest};
use crate::store::{StoreError, UnitOfWork, read};

/// Adds a line to the end of its workspace's log, within the transaction of the change that it tells.
///
/// # Errors
/// Only the store's own.
pub fn append(tx: &mut (impl AuditTx + ?Sized), draft: &AuditDraft) -> Result<(), StoreError> {
    let head = tx.audit_head(draft.workspace_id)?;
    tx.insert_audit_entry(&chained(head, draft))
}

/// The use cases of the audit log. Nothing is appended here: changes do that themselves, in their own transactions.
#[derive(Clone)]
pub struct AuditLog {
    store: Arc<dyn UnitOfWork<dyn AuditTx>>,
}

impl std::fmt::Debug for AuditLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuditLog").finish_non_exhaustive()
    }
}

impl AuditLog {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn AuditTx>>) -> Self {
        Self { store }
    }

    /// Lines of a workspace, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        filter: &AuditFilter,
        page: PageRequest<i64>,
    ) -> Result<Page<AuditEntry, i64>, StoreError> {
        read(&*self.store, |tx| tx.list_audit_entries(workspace_id, filter, page))
    }
}
