//! How publishing reaches the engine of this node.

use std::sync::{Arc, PoisonError, RwLock};

use devhub_domain::id::{EndpointId, SessionId};
use devhub_domain::webhooks::{Dispatcher, Work};
use tokio::sync::Notify;

use super::EngineOptions;
use super::courier::Courier;
use super::slots::Slots;

/// The engine of this node, as publishing sees it. Exists before the engine runs and after it has stopped; then nothing is leased
/// to this node, and deliveries wait in the store. Clones are the same handle; one engine runs on it at a time.
#[derive(Clone)]
pub struct DispatchHandle {
    shared: Arc<Shared>,
}

struct Shared {
    options: EngineOptions,
    slots: Arc<Slots>,
    woken: Notify,
    attached: RwLock<Attached>,
}

#[derive(Default)]
struct Attached {
    /// The session that new deliveries are leased to; `None` before the start and from the beginning of the end.
    session: Option<SessionId>,
    /// Whether the end has begun: then nothing is leased any more, whatever the heartbeat finds.
    is_draining: bool,
    /// Stays after the end: what was leased at the last moment must still be given back.
    courier: Option<Arc<Courier>>,
}

impl std::fmt::Debug for DispatchHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DispatchHandle").field("session", &self.session()).finish_non_exhaustive()
    }
}

impl DispatchHandle {
    /// A handle without an engine.
    pub fn new(options: EngineOptions) -> Self {
        let slots = Arc::new(Slots::new(&options));
        Self { shared: Arc::new(Shared { options, slots, woken: Notify::new(), attached: RwLock::default() }) }
    }

    /// How much the engine does at once.
    pub fn options(&self) -> &EngineOptions {
        &self.shared.options
    }

    /// The room that there is.
    pub(super) fn slots(&self) -> &Arc<Slots> {
        &self.shared.slots
    }

    /// Returns once somebody has called [`Dispatcher::wake`].
    pub(super) async fn woken(&self) {
        self.shared.woken.notified().await;
    }

    /// Hands what is dispatched from now on to `courier`.
    pub(super) fn attach(&self, session_id: SessionId, courier: Arc<Courier>) {
        let mut attached = self.shared.attached.write().unwrap_or_else(PoisonError::into_inner);
        *attached = Attached { session: Some(session_id), is_draining: false, courier: Some(courier) };
    }

    /// Leases new deliveries to another session, or to none; to none in any case once the end has begun.
    pub(super) fn lease_to(&self, session: Option<SessionId>) {
        let mut attached = self.shared.attached.write().unwrap_or_else(PoisonError::into_inner);
        attached.session = session.filter(|_| !attached.is_draining);
    }

    /// Begins the end: leases nothing any more.
    pub(super) fn drain(&self) {
        let mut attached = self.shared.attached.write().unwrap_or_else(PoisonError::into_inner);
        attached.is_draining = true;
        attached.session = None;
    }

    fn attached<T>(&self, read: impl FnOnce(&Attached) -> T) -> T {
        read(&self.shared.attached.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Dispatcher for DispatchHandle {
    fn session(&self) -> Option<SessionId> {
        self.attached(|attached| attached.session)
    }

    fn has_room(&self, endpoint_id: EndpointId) -> bool {
        let now = self.attached(|attached| {
            let is_open = attached.session.is_some();
            attached.courier.as_ref().filter(|_| is_open).map(|courier| courier.clock.elapsed())
        });
        now.is_some_and(|now| self.shared.slots.has_room(endpoint_id, now))
    }

    fn dispatch(&self, work: Vec<Work>) {
        if work.is_empty() {
            return;
        }
        if let Some(courier) = self.attached(|attached| attached.courier.clone()) {
            courier.accept(work);
            return;
        }
        // Against the contract: nothing is leased while there is no session.
        tracing::error!(
            deliveries = work.len(),
            "deliveries were dispatched to an engine that never ran: they stay leased"
        );
    }

    fn wake(&self) {
        self.shared.woken.notify_one();
    }
}
