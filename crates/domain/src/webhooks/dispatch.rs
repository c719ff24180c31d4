//! How work reaches the sender of this node without a detour through the database.

use std::sync::Arc;
use std::time::Duration;

use super::{Delivery, EndpointUrl, Target};
use crate::events::{EventType, Payload};
use crate::id::{EndpointId, EndpointSecretId, SessionId};
use crate::time::Timestamp;

/// A leased delivery with all that is needed to send it.
#[derive(Clone, Debug)]
pub struct Work {
    /// The delivery, leased to this node's session.
    pub delivery: Delivery,
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
    /// All headers but those of the connection, in the order of sending.
    pub headers: Vec<(&'static str, String)>,
    /// The body, byte for byte as it was accepted.
    pub body: Payload,
    /// The one deadline over everything.
    pub timeout: Duration,
    /// The instant that was signed.
    pub started_at: Timestamp,
    /// The secrets that signed it, oldest first.
    pub secret_ids: Vec<EndpointSecretId>,
    /// The revision of the endpoint that it was made for.
    pub endpoint_revision: i64,
}

/// The sender of this node, as publishing sees it.
pub trait Dispatcher: Send + Sync {
    /// The session that new deliveries may be leased to; `None` while this node sends nothing.
    fn session(&self) -> Option<SessionId>;

    /// Whether one more delivery for this endpoint would be sent soon. An estimate: it is asked before the commit.
    fn has_room(&self, endpoint_id: EndpointId) -> bool;

    /// Takes deliveries over that are leased to [`Dispatcher::session`] and committed. Must not block and must not lose any:
    /// what does not fit is given back to the store.
    fn dispatch(&self, work: Vec<Work>);

    /// Says that deliveries wait in the store. Must not block.
    fn wake(&self);

    /// Says that an endpoint has been at `revision` since a commit: what this node holds of an earlier revision and has not sent yet must
    /// be given back to the store, and so must what comes later with one, because its transaction read the endpoint before and ended
    /// after. What has left comes to its end. Other nodes are not told. Must not block.
    fn recall(&self, endpoint_id: EndpointId, revision: i64);
}

/// A node that sends nothing: everything waits in the store for one that does.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoDispatcher;

impl Dispatcher for NoDispatcher {
    fn session(&self) -> Option<SessionId> {
        None
    }

    fn has_room(&self, _endpoint_id: EndpointId) -> bool {
        false
    }

    fn dispatch(&self, _work: Vec<Work>) {}

    fn wake(&self) {}

    fn recall(&self, _endpoint_id: EndpointId, _revision: i64) {}
}
