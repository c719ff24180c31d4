//! What a store must do for deliveries that wait for a decision after a restore.

use crate::id::WorkspaceId;
use crate::resends::ResendTx;
use crate::store::StoreError;
use crate::time::Timestamp;

/// Deliveries that wait for a decision, within one transaction.
pub trait RestoreTx: ResendTx {
    /// Withholds up to `limit` waiting deliveries that were due before an instant, of all workspaces, longest due first, as
    /// [`Delivery::withheld`](crate::webhooks::Delivery::withheld) does; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn withhold_waiting(&mut self, due_before: Timestamp, now: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Withholds up to `limit` leased deliveries whose latest attempt, or else whose event, was before an instant; returns how many.
    ///
    /// Only for a store whose sessions are all dead.
    ///
    /// # Errors
    /// Only the store's own.
    fn withhold_leased(&mut self, tried_before: Timestamp, now: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Gives up to `limit` withheld deliveries of a workspace up, as
    /// [`Delivery::superseded`](crate::webhooks::Delivery::superseded) does; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn close_withheld(&mut self, workspace_id: WorkspaceId, now: Timestamp, limit: usize) -> Result<usize, StoreError>;
}
