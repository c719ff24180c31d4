//! How work reaches the sender of this node without a detour through the database.

use std::sync::Arc;
use std::time::Duration;

use super::{Authorities, Delivery, EndpointUrl, RetrySchedule, Target};
use crate::events::{EventType, Payload};
use crate::id::{EndpointId, EndpointSecretId, SessionId, WorkspaceId};
use crate::secret::Secret;
use crate::time::Timestamp;

/// A leased delivery with all that is needed to send it.
#[derive(Clone, Debug)]
pub struct Work {
    /// The delivery, leased to this node's session.
    pub delivery: Delivery,
    /// When it was due before it was leased: its place in the queue, should it be given back.
    pub due_at: Timestamp,
    /// What happened.
    pub event_type: EventType,
    /// What is sent.
    pub payload: Payload,
    /// Where it goes.
    pub target: Arc<Target>,
}

/// A signed request, ready to be sent once.
#[derive(Clone, Debug)]
pub struct OutboundRequest {
    /// Where it goes. The address behind it is vetted again when it is dialled.
    pub url: EndpointUrl,
    /// The headers that sign and name the attempt, in the order of sending.
    pub headers: Vec<(&'static str, String)>,
    /// What the endpoint's owner wants it to carry besides, after the others.
    pub custom_headers: Arc<[OutboundHeader]>,
    /// Who is believed about the receiver besides those that everybody believes.
    pub authorities: Option<Authorities>,
    /// The body, byte for byte as it was accepted.
    pub body: Payload,
    /// The one deadline over everything.
    pub timeout: Duration,
    /// When it is tried again if it fails; `None` as the hub does.
    pub retry_schedule: Option<RetrySchedule>,
    /// The instant that was signed.
    pub started_at: Timestamp,
    /// The secrets that signed it, oldest first.
    pub secret_ids: Vec<EndpointSecretId>,
    /// The revision of the endpoint that it was made for.
    pub endpoint_revision: i64,
}

/// A header of one's own, ready to be sent. What it says is not printed: it may be a secret.
#[derive(Clone, Debug)]
pub struct OutboundHeader {
    /// Its name, spelt as it is sent where that matters.
    pub name: String,
    /// What it says.
    pub value: Secret,
    /// Whether that is a secret.
    pub is_sensitive: bool,
}

/// The sender of this node, as publishing sees it.
pub trait Dispatcher: Send + Sync {
    /// The session that new deliveries may be leased to; `None` while this node sends nothing.
    fn session(&self) -> Option<SessionId>;

    /// Whether one more delivery for this endpoint of this workspace would be sent soon. An estimate: it is asked before the commit.
    fn has_room(&self, workspace_id: WorkspaceId, endpoint_id: EndpointId) -> bool;

    /// Takes deliveries over that are leased to [`Dispatcher::session`] and committed. Must not block and must not lose any:
    /// what does not fit is given back to the store.
    fn dispatch(&self, work: Vec<Work>);

    /// Says that deliveries wait in the store. Must not block.
    fn wake(&self);

    /// Says that an endpoint has been at `revision` since a commit: what this node holds of an earlier revision and has not sent yet must
    /// be given back to the store, and so must what comes later with one, because its transaction read the endpoint before and ended
    /// after. What has left comes to its end. Other nodes are not told. Must not block.
    fn recall(&self, endpoint_id: EndpointId, revision: i64);

    /// Says that an endpoint has had a fresh start since a commit: this node must send to it as to any other again, whether it had only
    /// probed it or left it alone for a while because the receiver asked for that. Other nodes are not told. Must not block.
    fn heal(&self, endpoint_id: EndpointId);
}

/// A node that sends nothing: everything waits in the store for one that does.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDispatcher;

impl Dispatcher for NoDispatcher {
    fn session(&self) -> Option<SessionId> {
        None
    }

    fn has_room(&self, _workspace_id: WorkspaceId, _endpoint_id: EndpointId) -> bool {
        false
    }

    fn dispatch(&self, _work: Vec<Work>) {}

    fn wake(&self) {}

    fn recall(&self, _endpoint_id: EndpointId, _revision: i64) {}

    fn heal(&self, _endpoint_id: EndpointId) {}
}
