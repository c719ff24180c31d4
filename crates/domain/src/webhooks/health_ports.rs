//! What a store must do for the health of endpoints.

use super::{EndpointBacklog, Health, HourTally};
use crate::id::{EndpointId, WorkspaceId};
use crate::store::StoreError;

/// The health of endpoints within one transaction: a row for each that fails, none for the others.
pub trait HealthTx {
    /// How an endpoint fails; `None` when it does not. A row that cannot be read is as none: it must not stop the deliveries of its
    /// endpoint, and the next failure writes over it.
    ///
    /// In a transaction that writes, must keep others from changing it until the transaction ends, also while there is none.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_health(&mut self, endpoint_id: EndpointId) -> Result<Option<Health>, StoreError>;

    /// Keeps others from changing how an endpoint fails until the transaction ends; `false`, without waiting, when another transaction
    /// does so at this moment. Many endpoints may fail at once, in many transactions that each hold several: none may wait for another.
    ///
    /// # Errors
    /// Only the store's own.
    fn try_hold_health(&mut self, endpoint_id: EndpointId) -> Result<bool, StoreError>;

    /// Writes how an endpoint fails, over what was there.
    ///
    /// # Errors
    /// Only the store's own.
    fn put_health(&mut self, health: &Health) -> Result<(), StoreError>;

    /// Removes the health of an endpoint, which is well again or gone. One that has none is passed over.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_health(&mut self, endpoint_id: EndpointId) -> Result<(), StoreError>;

    /// Endpoints that fail, in ascending order of their ids, at most `limit`. Rows that cannot be read are left out.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_health(&mut self, limit: usize) -> Result<Vec<Health>, StoreError>;

    /// How those of these endpoints fail that do, in whatever order. At most a page of them is asked for. Rows that cannot be read are
    /// left out.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_health_of(&mut self, endpoint_ids: &[EndpointId]) -> Result<Vec<Health>, StoreError>;

    /// What waits for each of these endpoints, due or not, and what is held or withheld for it, counted up to `limit` for each, in
    /// whatever order. At most a page of them is asked for; one statement tells of all. Endpoints that are not there are left out.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_backlogs(
        &mut self,
        endpoint_ids: &[EndpointId],
        limit: usize,
    ) -> Result<Vec<(EndpointId, EndpointBacklog)>, StoreError>;

    /// The same of all endpoints of a workspace together, counted up to `limit`.
    ///
    /// # Errors
    /// Only the store's own.
    fn backlog_of_workspace(&mut self, workspace_id: WorkspaceId, limit: usize) -> Result<EndpointBacklog, StoreError>;

    /// Counts what was counted elsewhere, on top of what is there for that endpoint and hour. Of two transactions at once neither is
    /// lost. What is there and cannot be read is written over.
    ///
    /// # Errors
    /// Only the store's own.
    fn add_tally(&mut self, tally: &HourTally) -> Result<(), StoreError>;

    /// The hours of these endpoints after `after_hour`, in ascending order of their ids and hours; at most as many as are kept. At most
    /// a page of them is asked for; one statement tells of all. Rows that cannot be read are left out.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_tallies(&mut self, endpoint_ids: &[EndpointId], after_hour: i64) -> Result<Vec<HourTally>, StoreError>;

    /// Removes up to `limit` hours before `hour`, the oldest first; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_tallies(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError>;
}
