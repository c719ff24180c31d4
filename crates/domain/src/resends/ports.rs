//! What a store must do for jobs that resend deliveries.

use super::ResendJob;
use crate::id::{DeliveryId, JobId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;
use crate::webhooks::{Delivery, DeliveryFilter, DeliveryTx};

/// Deliveries that a job has come by, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scanned {
    /// Those that can be read.
    pub deliveries: Vec<Delivery>,
    /// How many cannot be read.
    pub unreadable: u64,
    /// The last of them, readable or not; `None` when there are none.
    pub last: Option<DeliveryId>,
}

/// Jobs that resend deliveries, within one transaction.
pub trait ResendTx: DeliveryTx {
    /// Adds a job.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken, or the workspace has another job that is not over.
    fn insert_resend_job(&mut self, job: &ResendJob) -> Result<(), StoreError>;

    /// Writes what a job has become: state, cursor, progress, failure and end.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not there.
    fn update_resend_job(&mut self, job: &ResendJob) -> Result<(), StoreError>;

    /// The job with this id, if it belongs to the workspace.
    ///
    /// In a transaction that writes, must keep others from changing the job until it ends: of two steps at once, the second sees what
    /// the first has done.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_resend_job(&mut self, workspace_id: WorkspaceId, id: JobId) -> Result<Option<ResendJob>, StoreError>;

    /// The job of a workspace that is not over; it has one at most.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_open_resend_job(&mut self, workspace_id: WorkspaceId) -> Result<Option<ResendJob>, StoreError>;

    /// Jobs of a workspace, newest first, with ids below [`PageRequest::after`].
    ///
    /// # Errors
    /// Only the store's own.
    fn list_resend_jobs(
        &mut self,
        workspace_id: WorkspaceId,
        page: PageRequest<JobId>,
    ) -> Result<Page<ResendJob, JobId>, StoreError>;

    /// Running jobs, in the order of their workspaces, of which each has one at most, and of workspaces above `after`; at most `limit`.
    /// Rows that cannot be read are left out.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_running_resend_jobs(
        &mut self,
        after: Option<WorkspaceId>,
        limit: usize,
    ) -> Result<Vec<ResendJob>, StoreError>;

    /// Removes those jobs of a workspace that are over, but for the newest `kept` of all.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_old_resend_jobs(&mut self, workspace_id: WorkspaceId, kept: usize) -> Result<(), StoreError>;

    /// Deliveries of a workspace that a filter wants, oldest first, with ids above `after` and below `before`, at most `limit`.
    ///
    /// # Errors
    /// Only the store's own.
    fn scan_deliveries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        between: (Option<DeliveryId>, DeliveryId),
        limit: usize,
    ) -> Result<Scanned, StoreError>;

    /// How many deliveries of a workspace a filter wants, with ids below `before`, counted up to `limit`.
    ///
    /// # Errors
    /// Only the store's own.
    fn count_deliveries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        before: DeliveryId,
        limit: usize,
    ) -> Result<usize, StoreError>;

    /// How many deliveries of a workspace somebody has asked for whose attempt has not come back, counted up to `limit`. Those of
    /// endpoints that are not active, or whose circuit is open, are left out: nobody knows when these go.
    ///
    /// # Errors
    /// Only the store's own.
    fn count_resent(&mut self, workspace_id: WorkspaceId, limit: usize) -> Result<usize, StoreError>;
}
