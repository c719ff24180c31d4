//! What a store must do for endpoints and deliveries.

use std::sync::Arc;

use super::{
    Attempt, Authorities, AuthoritiesError, Backlog, Delivery, DeliveryFilter, Endpoint, EndpointName,
    EndpointRevision, EndpointSecret, EndpointUrl, Exchange, Failure, HealthTx, OutboundRequest, Room, Session, Target,
    Work,
};
use crate::audit::AuditTx;
use crate::events::EventTx;
use crate::id::{DeliveryId, EndpointId, EventId, SessionId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::StoreError;
use crate::time::Timestamp;

/// Endpoints within one transaction.
pub trait EndpointTx: AuditTx + HealthTx {
    /// Adds an endpoint.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken.
    fn insert_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError>;

    /// Adds a secret to an endpoint.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken, or the endpoint has a secret with that number.
    fn insert_endpoint_secret(&mut self, secret: &EndpointSecret) -> Result<(), StoreError>;

    /// Writes from when on a secret signs nothing: [`EndpointSecret::expires_at`], and nothing else of it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it is not there.
    fn update_endpoint_secret(&mut self, secret: &EndpointSecret) -> Result<(), StoreError>;

    /// Removes those secrets of an endpoint that sign nothing at `now`.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_ended_endpoint_secrets(&mut self, id: EndpointId, now: Timestamp) -> Result<(), StoreError>;

    /// The endpoint with its secrets, oldest first by their numbers, if it belongs to the workspace; also a deleted one.
    ///
    /// In a transaction that writes, must keep others from changing the endpoint until it ends.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_target(&mut self, workspace_id: WorkspaceId, id: EndpointId) -> Result<Option<Arc<Target>>, StoreError>;

    /// Writes url, description, event types, status, settings and revision of `endpoint`, if the stored revision is the one before it.
    ///
    /// Must keep what the endpoint was as an [`EndpointRevision`] that ends with the newest event of the workspace: whatever is accepted
    /// later meets the endpoint as it is now.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is not `endpoint.revision - 1`.
    fn update_endpoint(&mut self, endpoint: &Endpoint) -> Result<(), StoreError>;

    /// Removes the secrets of an endpoint.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_endpoint_secrets(&mut self, id: EndpointId) -> Result<(), StoreError>;

    /// Makes up to `limit` held deliveries of active endpoints wait, due at `now`; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn release_held(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Closes up to `limit` waiting, held or withheld deliveries of deleted endpoints, as [`Delivery::closed_with_endpoint`] does; returns how
    /// many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn close_deleted(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// How many endpoints a workspace has, without deleted ones.
    ///
    /// # Errors
    /// Only the store's own.
    fn count_endpoints(&mut self, workspace_id: WorkspaceId) -> Result<u64, StoreError>;

    /// Endpoints of a workspace without deleted ones, newest first, with ids below [`PageRequest::after`].
    ///
    /// # Errors
    /// Only the store's own.
    fn list_endpoints(
        &mut self,
        workspace_id: WorkspaceId,
        page: PageRequest<EndpointId>,
    ) -> Result<Page<Endpoint, EndpointId>, StoreError>;

    /// The endpoints of a workspace with all their secrets, in whatever status but deleted, oldest first.
    ///
    /// Must read what is stored at this moment, and [`EventTx::list_targets`] must know all of them from then on in the same
    /// transaction: whoever asks has waited for another transaction that may have added one.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_stored_targets(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Arc<Target>>, StoreError>;

    /// What the endpoints of a workspace are called, without deleted ones, newest first, at most `limit`.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_endpoint_names(&mut self, workspace_id: WorkspaceId, limit: usize)
    -> Result<Vec<EndpointName>, StoreError>;
}

/// Says whether certificates of authorities can be trusted, as the sender will be asked to.
pub trait AuthorityCheck: Send + Sync {
    /// Looks at each certificate. Must not block, and must not fail for another reason than the certificates themselves.
    ///
    /// # Errors
    /// [`AuthoritiesError::Untrustworthy`] for the first one that cannot be trusted.
    fn check(&self, authorities: &Authorities) -> Result<(), AuthoritiesError>;
}

/// Sends one request past the queue.
pub trait TestSender: Send + Sync {
    /// Sends a request as a delivery would be sent: to the same addresses and no others, under the same bounds. Must not block.
    ///
    /// `done` is called once with what came of it. It is dropped uncalled only when this node ends first.
    fn send(&self, request: OutboundRequest, done: Box<dyn FnOnce(Exchange) + Send>);

    /// Looks up where a request to `url` would go, and whether it may, by the rules that a send keeps. Nothing is sent there and nothing
    /// connected to. Must not block.
    ///
    /// `done` is called once, with why a request could not leave. It is dropped uncalled only when this node ends first.
    fn look_up(&self, url: EndpointUrl, done: Box<dyn FnOnce(Result<(), Failure>) + Send>);
}

/// What a claim has leased.
#[derive(Debug, Default)]
pub struct Claimed {
    /// Deliveries with what their requests need.
    pub work: Vec<Work>,
    /// Deliveries whose event or endpoint is gone: there is nothing to send.
    pub without_content: Vec<Delivery>,
    /// The endpoint of the last that was leased: where the next claim goes on. `None` when none was.
    pub served: Option<EndpointId>,
}

/// Deliveries and the sessions that they are leased to, within one transaction. What happens to them may be an event itself.
pub trait DeliveryTx: EndpointTx + EventTx {
    /// Leases waiting deliveries of active endpoints that are due at `now` to a session, as many as [`Room`] says.
    ///
    /// Goes from endpoint to endpoint in ascending order of their ids, from the one after [`Room::after`] once round, and takes of each
    /// what is longest due; of a workspace that has room for few, not of all its endpoints. What it costs must not grow with what waits for
    /// endpoints that it passes over. Rows that cannot be read are
    /// set back as [`Delivery::set_back`] does, as far as they can be written: one must never stop the others. Two transactions at once
    /// never lease the same delivery. What is leased goes to an endpoint that was active when its target was read: one that another
    /// transaction pauses or deletes meanwhile keeps what waits for it. Empty when nothing is due.
    ///
    /// # Errors
    /// Only the store's own.
    fn claim_due(&mut self, session_id: SessionId, now: Timestamp, room: &Room) -> Result<Claimed, StoreError>;

    /// Leases the one waiting delivery of an endpoint that is longest due at `now`, as [`DeliveryTx::claim_due`] does; nothing when none
    /// is due, or the endpoint is not active.
    ///
    /// # Errors
    /// Only the store's own.
    fn claim_probe(
        &mut self,
        session_id: SessionId,
        now: Timestamp,
        endpoint_id: EndpointId,
    ) -> Result<Claimed, StoreError>;

    /// Writes what a leased delivery has become, if it is still leased to `session_id` with one attempt less or as many.
    ///
    /// `false`, and nothing is written, when the lease was lost: another node has taken the delivery over.
    ///
    /// # Errors
    /// Only the store's own.
    fn record_delivery(&mut self, session_id: SessionId, delivery: &Delivery) -> Result<bool, StoreError>;

    /// The same for several, each by itself: in one exchange where that is cheaper. Answers in the order of the deliveries, of which no two
    /// may be the same.
    ///
    /// # Errors
    /// Only the store's own.
    fn record_deliveries(&mut self, session_id: SessionId, deliveries: &[Delivery]) -> Result<Vec<bool>, StoreError> {
        deliveries.iter().map(|delivery| self.record_delivery(session_id, delivery)).collect()
    }

    /// Makes a delivery due because somebody asked: writes state, instant, setbacks and [`Delivery::resend`].
    ///
    /// `false`, and nothing is written, when it is leased or held by now.
    ///
    /// # Errors
    /// Only the store's own.
    fn update_resent(&mut self, delivery: &Delivery) -> Result<bool, StoreError>;

    /// Adds an attempt.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the delivery has that attempt already.
    fn insert_attempt(&mut self, attempt: &Attempt) -> Result<(), StoreError>;

    /// The delivery with this id, if it belongs to the workspace.
    ///
    /// In a transaction that writes, must keep others from changing the delivery until it ends: of two resends at once, the second
    /// sees the first.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_delivery(&mut self, workspace_id: WorkspaceId, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;

    /// Deliveries of a workspace, newest first, with ids below [`PageRequest::after`].
    ///
    /// # Errors
    /// Only the store's own.
    fn list_deliveries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<Delivery, DeliveryId>, StoreError>;

    /// The recorded attempts of a delivery, first to last. At most as many as a schedule has, and
    /// [`RESENDS_MAX`](super::RESENDS_MAX) resends.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_attempts(&mut self, id: DeliveryId) -> Result<Vec<Attempt>, StoreError>;

    /// When the next waiting delivery of an active endpoint is due; `None` when none waits.
    ///
    /// # Errors
    /// Only the store's own.
    fn next_due_at(&mut self) -> Result<Option<Timestamp>, StoreError>;

    /// Whether endpoints of more than one workspace are stored, deleted ones too.
    ///
    /// # Errors
    /// Only the store's own.
    fn has_several_workspaces(&mut self) -> Result<bool, StoreError>;

    /// What waits at `now`, counted up to `limit`.
    ///
    /// # Errors
    /// Only the store's own.
    fn backlog(&mut self, now: Timestamp, limit: usize) -> Result<Backlog, StoreError>;

    /// Adds a session.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id is taken.
    fn insert_session(&mut self, session: &Session) -> Result<(), StoreError>;

    /// Counts a session's beats up by one; `false` when it is there no more: others have taken its deliveries over.
    ///
    /// # Errors
    /// Only the store's own.
    fn beat_session(&mut self, id: SessionId) -> Result<bool, StoreError>;

    /// All sessions, oldest first.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_sessions(&mut self) -> Result<Vec<Session>, StoreError>;

    /// Makes up to `limit` deliveries that are leased to a session wait, due at `now`; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn release_session(&mut self, id: SessionId, now: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Deliveries that are leased to a session, in ascending order of their ids, at most `limit`. Rows that cannot be read are left out.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_leased(&mut self, id: SessionId, limit: usize) -> Result<Vec<Delivery>, StoreError>;

    /// Makes up to `limit` deliveries that are leased to a session which does not exist wait, due at `now`; returns how many.
    ///
    /// # Errors
    /// Only the store's own.
    fn release_orphans(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError>;

    /// Removes a session. One that is not there is passed over.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_session(&mut self, id: SessionId) -> Result<(), StoreError>;
}

/// What is asked of the log, within one transaction that only reads.
pub trait LogTx: DeliveryTx + EventTx {
    /// The endpoints of a workspace that an event could have met, newest first, with ids below [`PageRequest::after`]: without those that
    /// had been deleted before it was accepted.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_endpoints_met(
        &mut self,
        workspace_id: WorkspaceId,
        event_id: EventId,
        page: PageRequest<EndpointId>,
    ) -> Result<Page<Endpoint, EndpointId>, StoreError>;

    /// Of each of these endpoints the revision that an event met, unless that is the one it has now: the lowest of those that end with
    /// the event or with a later one.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_revisions_met(
        &mut self,
        event_id: EventId,
        endpoint_ids: &[EndpointId],
    ) -> Result<Vec<EndpointRevision>, StoreError>;

    /// What an endpoint was in an earlier revision; `None` for the one that it has now, and for those that no change has kept.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_revision(&mut self, id: EndpointId, revision: i64) -> Result<Option<EndpointRevision>, StoreError>;

    /// Those of these deliveries that belong to the workspace, in whatever order. At most a page of them is asked for.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_deliveries(&mut self, workspace_id: WorkspaceId, ids: &[DeliveryId]) -> Result<Vec<Delivery>, StoreError>;
}
