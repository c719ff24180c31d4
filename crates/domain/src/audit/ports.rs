//! What a store must do for the audit log.

use super::{AuditEntry, AuditHead};
use crate::id::WorkspaceId;
use crate::page::{Page, PageRequest};
use crate::store::StoreError;

/// Which lines of an audit log a list shows; all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what was done to this: an identifier.
    pub subject: Option<String>,
    /// Only what was done so, such as `key.revoked`.
    pub action: Option<String>,
}

impl AuditFilter {
    /// Whether a line is to be shown.
    pub fn wants(&self, entry: &AuditEntry) -> bool {
        self.subject.as_ref().is_none_or(|subject| entry.subject == *subject)
            && self.action.as_ref().is_none_or(|action| entry.action == *action)
    }
}

/// The audit log within one transaction.
pub trait AuditTx {
    /// The end of a workspace's log, `None` while it is empty.
    ///
    /// Must keep every other transaction from appending to this log until this one ends.
    ///
    /// # Errors
    /// Only the store's own.
    fn audit_head(&mut self, workspace_id: WorkspaceId) -> Result<Option<AuditHead>, StoreError>;

    /// Adds a line.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the workspace's log has that sequence already.
    fn insert_audit_entry(&mut self, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Lines of a workspace that the filter wants, newest first, before the sequence in [`PageRequest::after`].
    ///
    /// # Errors
    /// Only the store's own.
    fn list_audit_entries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &AuditFilter,
        page: PageRequest<i64>,
    ) -> Result<Page<AuditEntry, i64>, StoreError>;
}
