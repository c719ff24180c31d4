//! What a store must do to accept events.

use std::sync::Arc;

use super::{Event, EventFilter, EventHead, ExternalId};
use crate::id::{EventId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;
use crate::webhooks::{Delivery, Target};

/// Everything that publishing needs within one transaction.
pub trait EventTx {
    /// Adds an event; `false`, and nothing is written, when the workspace has one with that external id already.
    ///
    /// Two transactions at once: one inserts, the other waits for it to end and then sees `false`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken.
    fn insert_event(&mut self, event: &Event) -> Result<bool, StoreError>;

    /// The event with this id, if it belongs to the workspace.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_event(&mut self, workspace_id: WorkspaceId, id: EventId) -> Result<Option<Event>, StoreError>;

    /// The event with the publisher's own identifier.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_event_by_external_id(
        &mut self,
        workspace_id: WorkspaceId,
        external_id: &ExternalId,
    ) -> Result<Option<Event>, StoreError>;

    /// Events of a workspace without their payloads, newest first, with ids below [`PageRequest::after`].
    ///
    /// # Errors
    /// Only the store's own.
    fn list_events(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &EventFilter,
        page: PageRequest<EventId>,
    ) -> Result<Page<EventHead, EventId>, StoreError>;

    /// The endpoints of a workspace with all their secrets, in whatever status but deleted, oldest first.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_targets(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError>;

    /// Adds deliveries.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when an id is taken.
    fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError>;
}
