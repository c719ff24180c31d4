//! The use cases of the audit log: append, find, list, verify.

use std::sync::Arc;

use super::chain::chained;
use super::{ACTIONS, AuditDraft, AuditEntry, AuditFilter, AuditHead, AuditTx, ChainError, verify_chain};
use crate::id::WorkspaceId;
use crate::page::{Page, PageRequest, PageSize};
use crate::store::{StoreError, UnitOfWork, read};

/// Adds a line to the end of its workspace's log, within the transaction of the change that it tells.
///
/// # Errors
/// Only the store's own.
pub fn append(tx: &mut (impl AuditTx + ?Sized), draft: &AuditDraft) -> Result<(), StoreError> {
    debug_assert!(ACTIONS.contains(&draft.action), "{} is not in the list of actions", draft.action);
    let head = tx.audit_head(draft.workspace_id)?;
    tx.insert_audit_entry(&chained(head, draft))
}

/// Lines that one call of [`AuditLog::verify`] checks at most: some tenths of a second.
const LINES_CHECKED_MAX: i64 = 20_000;

/// How far the chain of a log holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainCheck {
    /// The last line that holds, with all before it; `None` when there is none.
    pub head: Option<AuditHead>,
    /// What is wrong with the line after it; `None` when nothing is.
    pub fault: Option<ChainError>,
    /// Whether the end of the log was reached. Else the next call goes on after `head`.
    pub is_whole: bool,
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

    /// The line at this position.
    ///
    /// # Errors
    /// The store's own.
    pub fn find(&self, workspace_id: WorkspaceId, sequence: i64) -> Result<Option<AuditEntry>, StoreError> {
        let before = sequence.saturating_add(1);
        let page = PageRequest { size: PageSize::ONE, after: Some(before) };
        let found = self.list(workspace_id, &AuditFilter::default(), page)?.items.pop();
        Ok(found.filter(|entry| entry.sequence == sequence))
    }

    /// Checks the chain of a log from the line after `from` on, of which the caller knows that it holds.
    ///
    /// Reads page by page, each by itself: what is appended meanwhile is checked too, and nobody waits. Stops at the first line that
    /// does not hold, at the end, or after 20,000 lines. Blocks. Lines that were cut off at the end are missed by nobody
    /// who has not noted a head: see [`ChainCheck::compared_with`].
    ///
    /// # Errors
    /// The store's own.
    pub fn verify(&self, workspace_id: WorkspaceId, from: Option<AuditHead>) -> Result<ChainCheck, StoreError> {
        let (mut head, mut size) = (from, PageSize::MAX);
        let sequence_of = |head: Option<AuditHead>| head.map_or(0, |head| head.sequence);
        let last = sequence_of(from).saturating_add(LINES_CHECKED_MAX);
        while sequence_of(head) < last {
            let after = sequence_of(head);
            let entries = match read(&*self.store, |tx| tx.list_audit_chain(workspace_id, after, size)) {
                Ok(entries) if entries.is_empty() => return Ok(ChainCheck { head, fault: None, is_whole: true }),
                Ok(entries) => entries,
                // One by one, so that a line before it that does not hold is told first.
                Err(StoreError::Corrupt { .. }) if size != PageSize::ONE => {
                    size = PageSize::ONE;
                    continue;
                }
                Err(StoreError::Corrupt { .. }) => {
                    let fault = Some(self.unreadable(workspace_id, after.saturating_add(1))?);
                    return Ok(ChainCheck { head, fault, is_whole: false });
                }
                Err(error) => return Err(error),
            };
            for entry in entries {
                match verify_chain(head, std::slice::from_ref(&entry)) {
                    Ok(after) => head = after,
                    Err(fault) => return Ok(ChainCheck { head, fault: Some(fault), is_whole: false }),
                }
            }
        }
        Ok(ChainCheck { head, fault: None, is_whole: false })
    }

    /// A check held against the line that was noted before; see [`ChainCheck::compared_with`]. What is wrong already stays what is told,
    /// whatever can be read of that line.
    ///
    /// # Errors
    /// The store's own.
    pub fn compare(
        &self,
        workspace_id: WorkspaceId,
        check: ChainCheck,
        noted: AuditHead,
    ) -> Result<ChainCheck, StoreError> {
        if check.fault.is_some() {
            return Ok(check);
        }
        let before = noted.sequence.saturating_sub(1);
        match read(&*self.store, |tx| tx.list_audit_chain(workspace_id, before, PageSize::ONE)) {
            Ok(found) => {
                let found = found.iter().find(|entry| entry.sequence == noted.sequence);
                Ok(check.compared_with(noted, found))
            }
            Err(StoreError::Corrupt { .. }) => {
                let fault = Some(self.unreadable(workspace_id, noted.sequence)?);
                Ok(ChainCheck { fault, ..check })
            }
            Err(error) => Err(error),
        }
    }

    /// What is wrong where the first line from this one on cannot be read: it, or one behind a gap.
    fn unreadable(&self, workspace_id: WorkspaceId, line: i64) -> Result<ChainError, StoreError> {
        match self.find(workspace_id, line) {
            Ok(None) => Ok(ChainError::Gap(line)),
            Ok(Some(_)) | Err(StoreError::Corrupt { .. }) => Ok(ChainError::Unreadable(line)),
            Err(error) => Err(error),
        }
    }
}

impl ChainCheck {
    /// The same, held against the end of the log as it was noted before: a log that was cut off, or written anew as a whole, holds by
    /// itself and lacks that line.
    ///
    /// `found` is the line of the log at that position.
    #[must_use]
    pub fn compared_with(self, noted: AuditHead, found: Option<&AuditEntry>) -> Self {
        let is_there = found.is_some_and(|entry| entry.hash == noted.hash);
        let fault = self.fault.or_else(|| (!is_there).then_some(ChainError::Head(noted.sequence)));
        Self { fault, ..self }
    }
}
