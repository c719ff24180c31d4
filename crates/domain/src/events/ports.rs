//! What a store must do to accept events.

use std::sync::Arc;

use super::{Event, EventFilter, EventHead, EventType, ExternalId, OwnType};
use crate::audit::AuditTx;
use crate::id::{EventId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;
use crate::webhooks::{Delivery, Target};
use crate::workspaces::EventChecks;

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

    /// Whether what is published in a workspace is held against its event types; [`EventChecks::Off`] when there is no such workspace.
    ///
    /// Asked for every event: should be kept where targets are kept, so that publishing reads nothing more.
    ///
    /// # Errors
    /// Only the store's own.
    fn event_checks(&mut self, workspace_id: WorkspaceId) -> Result<EventChecks, StoreError>;

    /// The schema of a workspace's own event type, as it was written; `None` when there is none with this name, or it is archived.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_type_schema(&mut self, workspace_id: WorkspaceId, name: &EventType) -> Result<Option<String>, StoreError>;

    /// Adds deliveries.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when an id is taken.
    fn insert_deliveries(&mut self, deliveries: &[Delivery]) -> Result<(), StoreError>;

    /// Adds an event as [`EventTx::insert_event`] does, and its deliveries if it was not there: in one exchange where that is cheaper.
    ///
    /// # Errors
    /// As for both.
    fn insert_event_with(&mut self, event: &Event, deliveries: &[Delivery]) -> Result<bool, StoreError> {
        let is_new = self.insert_event(event)?;
        if is_new && !deliveries.is_empty() {
            self.insert_deliveries(deliveries)?;
        }
        Ok(is_new)
    }
}

/// The event types that a workspace adds to the catalogue, within one transaction.
pub trait OwnTypeTx: AuditTx {
    /// Adds an event type.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the workspace has one with that name.
    fn insert_own_type(&mut self, own: &OwnType) -> Result<(), StoreError>;

    /// The event type with this name, also an archived one.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_own_type(&mut self, workspace_id: WorkspaceId, name: &EventType) -> Result<Option<OwnType>, StoreError>;

    /// Writes an event type over the revision before it. Whoever publishes afterwards must see it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is not one less.
    fn update_own_type(&mut self, own: &OwnType) -> Result<(), StoreError>;

    /// Removes an event type in the revision that is given.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is stored in another revision, or not at all.
    fn delete_own_type(&mut self, own: &OwnType) -> Result<(), StoreError>;

    /// How many event types a workspace has, archived ones included.
    ///
    /// # Errors
    /// Only the store's own.
    fn count_own_types(&mut self, workspace_id: WorkspaceId) -> Result<usize, StoreError>;

    /// The event types of a workspace by name, byte by byte, with names above [`PageRequest::after`]; archived ones included.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_own_types(
        &mut self,
        workspace_id: WorkspaceId,
        page: PageRequest<EventType>,
    ) -> Result<Page<OwnType, EventType>, StoreError>;
}
