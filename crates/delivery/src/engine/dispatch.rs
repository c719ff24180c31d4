//! How publishing reaches the engine of this node.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use devhub_domain::id::{EndpointId, SessionId, WorkspaceId};
use devhub_domain::webhooks::{Dispatcher, Work};
use tokio::sync::Notify;

use super::EngineOptions;
use super::courier::Courier;
use super::leasing::Leasing;
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
    leasing: Arc<Leasing>,
    /// `None` before the start. Stays after the end: what was leased at the last moment must still be given back.
    courier: RwLock<Option<Arc<Courier>>>,
}

impl std::fmt::Debug for DispatchHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DispatchHandle").field("session", &self.session()).finish_non_exhaustive()
    }
}

impl DispatchHandle {
    /// A handle without an engine.
    pub fn new(options: EngineOptions) -> Self {
        let shared = Shared {
            options,
            slots: Arc::new(Slots::new(&options)),
            woken: Notify::new(),
            leasing: Arc::new(Leasing::new(&options)),
            courier: RwLock::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// How much the engine does at once.
    pub fn options(&self) -> &EngineOptions {
        &self.shared.options
    }

    /// The room that there is.
    pub(super) fn slots(&self) -> &Arc<Slots> {
        &self.shared.slots
    }

    /// The session that deliveries are leased to.
    pub(super) fn leasing(&self) -> &Arc<Leasing> {
        &self.shared.leasing
    }

    /// Returns once somebody has called [`Dispatcher::wake`].
    pub(super) async fn woken(&self) {
        self.shared.woken.notified().await;
    }

    /// Hands what is dispatched from now on to `courier`, and leases it to a session that was opened at this time.
    pub(super) fn attach(&self, session_id: SessionId, opened_at: Duration, courier: Arc<Courier>) {
        *self.shared.courier.write().unwrap_or_else(PoisonError::into_inner) = Some(courier);
        // After the courier: what is leased finds somebody to take it.
        self.shared.leasing.begin(session_id, opened_at);
    }

    fn courier(&self) -> Option<Arc<Courier>> {
        self.shared.courier.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Dispatcher for DispatchHandle {
    fn session(&self) -> Option<SessionId> {
        self.shared.leasing.session()
    }

    fn has_room(&self, workspace_id: WorkspaceId, endpoint_id: EndpointId) -> bool {
        let courier = self.courier().filter(|_| self.session().is_some());
        courier.is_some_and(|courier| self.shared.slots.has_room((workspace_id, endpoint_id), courier.clock.elapsed()))
    }

    fn dispatch(&self, work: Vec<Work>) {
        if work.is_empty() {
            return;
        }
        if let Some(courier) = self.courier() {
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
        self.shared.slots.probes.notify_one();
    }

    fn recall(&self, endpoint_id: EndpointId, revision: i64) {
        self.shared.slots.recall(endpoint_id, revision);
    }

    fn heal(&self, endpoint_id: EndpointId) {
        self.shared.slots.heal(endpoint_id);
    }
}
