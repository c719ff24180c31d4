//! The use case of the audit log: append.

use super::chain::chained;
use super::{AuditDraft, AuditTx};
use crate::store::StoreError;

/// Adds a line to the end of its workspace's log, within the transaction of the change that it tells.
///
/// # Errors
/// Only the store's own.
pub fn append(tx: &mut (impl AuditTx + ?Sized), draft: &AuditDraft) -> Result<(), StoreError> {
    let head = tx.audit_head(draft.workspace_id)?;
    tx.insert_audit_entry(&chained(head, draft))
}
