//! What a store must do for the audit log.

use super::{Actor, AuditEntry, AuditHead};
use crate::id::WorkspaceId;
use crate::page::{Page, PageRequest, PageSize, Period};
use crate::store::StoreError;

/// Most lines that are looked through for one page by who acted and when, which no index serves: some hundredths of a second.
pub const AUDIT_LINES_SOUGHT_MAX: i64 = 20_000;

/// Which lines of an audit log a list shows; all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only what was done to this: an identifier.
    pub subject: Option<String>,
    /// Only what was done so, such as `key.revoked`.
    pub action: Option<String>,
    /// Only what was done by this one.
    pub actor: Option<Actor>,
    /// Only what was done in this time.
    pub period: Period,
}

impl AuditFilter {
    /// Whether a line is to be shown.
    pub fn wants(&self, entry: &AuditEntry) -> bool {
        self.subject.as_ref().is_none_or(|subject| entry.subject == *subject)
            && self.action.as_ref().is_none_or(|action| entry.action == *action)
            && self.actor.is_none_or(|actor| entry.actor == actor)
            && self.period.contains(entry.at)
    }

    /// Whether an index finds what it wants.
    pub fn is_indexed(&self) -> bool {
        self.actor.is_none() && self.period == Period::default()
    }

    /// The first line that may be looked at for a page of lines before this one.
    pub fn sought_from(&self, before: i64) -> i64 {
        if self.is_indexed() { 1 } else { before.saturating_sub(AUDIT_LINES_SOUGHT_MAX).max(1) }
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
    /// None before [`AuditFilter::sought_from`] is looked at: the page may have fewer lines than fit, or none, and must then say in
    /// `next` where to go on.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_audit_entries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &AuditFilter,
        page: PageRequest<i64>,
    ) -> Result<Page<AuditEntry, i64>, StoreError>;

    /// The first lines of a workspace after this sequence, oldest first, whatever they say.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] with the sequence of a line that cannot be read, and the store's own.
    fn list_audit_chain(
        &mut self,
        workspace_id: WorkspaceId,
        after: i64,
        size: PageSize,
    ) -> Result<Vec<AuditEntry>, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn what_an_index_serves_is_sought_to_the_first_line() {
        let filter = AuditFilter { action: Some("key.issued".to_owned()), ..AuditFilter::default() };
        assert_eq!(filter.sought_from(1_000_000), 1);
    }

    #[test]
    fn who_and_when_are_sought_so_far_and_no_farther() {
        let by_actor = AuditFilter { actor: Some(Actor::System), ..AuditFilter::default() };
        let period = Period { from: Some(Timestamp::from_seconds(1)), before: None };
        let by_time = AuditFilter { period, ..AuditFilter::default() };
        for filter in [by_actor, by_time] {
            assert_eq!([filter.sought_from(1_000_000), filter.sought_from(20_000)], [980_000, 1]);
        }
    }
}
