//! What a store must do to remove what is old.

use super::KeptDelivery;
use crate::id::{DeliveryId, EndpointId, EventId};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::webhooks::DeliveryTx;

/// The removal of what is old, within one transaction.
pub trait RetentionTx: DeliveryTx {
    /// Events of all workspaces with ids above `after` and below `before`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_old_events(
        &mut self,
        after: Option<EventId>,
        before: EventId,
        limit: usize,
    ) -> Result<Vec<EventId>, StoreError>;

    /// The deliveries of these events, which are in ascending order, at most `limit`.
    ///
    /// In a transaction that writes, must keep others from changing these deliveries until it ends: one that somebody resends is
    /// either seen as not over, or removed before it can be asked for.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_deliveries_of(&mut self, events: &[EventId], limit: usize) -> Result<Vec<KeptDelivery>, StoreError>;

    /// Those of these endpoints that are paused or disabled, in whatever order.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_stopped_endpoints(&mut self, ids: &[EndpointId]) -> Result<Vec<EndpointId>, StoreError>;

    /// Gives these deliveries up, as [`Delivery::expired`](crate::webhooks::Delivery::expired) does, as far as they still wait, are held or
    /// are withheld; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn close_expired(&mut self, ids: &[DeliveryId], now: Timestamp) -> Result<usize, StoreError>;

    /// Removes up to `limit` attempts of these deliveries; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_attempts(&mut self, deliveries: &[DeliveryId], limit: usize) -> Result<usize, StoreError>;

    /// Removes these deliveries; returns how many were there.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_deliveries(&mut self, deliveries: &[DeliveryId]) -> Result<usize, StoreError>;

    /// Removes these events; returns how many were there.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_events(&mut self, events: &[EventId]) -> Result<usize, StoreError>;

    /// Removes up to `limit` revisions of endpoints that no event has met: those that ended before `before`, and before the oldest event
    /// that is there, and those that ended before there was any; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_revisions(&mut self, before: EventId, limit: usize) -> Result<usize, StoreError>;

    /// Whether there is a revision that [`RetentionTx::delete_revisions`] would remove.
    ///
    /// # Errors
    /// Only the store's own.
    fn has_unmet_revisions(&mut self, before: EventId) -> Result<bool, StoreError>;

    /// Deleted endpoints that no delivery names, at most `limit`.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_unreferenced_endpoints(&mut self, limit: usize) -> Result<Vec<EndpointId>, StoreError>;

    /// Removes an endpoint with its secrets, its health, its hours and what it was, if it is deleted and no delivery names it; says
    /// whether it did.
    ///
    /// Must not remove more than [`super::RETIRED_REVISIONS_MAX`] of its revisions at once: where there are more the endpoint stays for another call.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when something else refers to it.
    fn delete_unreferenced_endpoint(&mut self, id: EndpointId) -> Result<bool, StoreError>;
}
