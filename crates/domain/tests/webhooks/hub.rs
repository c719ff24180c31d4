//! A hub on the memory store, and what its tests say again and again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::events::{Event, Events, NewEvent, Payload};
use devhub_domain::id::{EndpointId, SessionId, WorkspaceId};
use devhub_domain::resends::Resends;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::store::{Lane, StoreError, UnitOfWork, write};
use devhub_domain::testing::{self, ManualClock, MemoryStore, SeededEntropy};
use devhub_domain::webhooks::{
    Answer, CreatedEndpoint, Deliveries, DeliveryState, Dispatcher, Endpoint, EndpointOrigin, EndpointRules,
    EndpointTx, Endpoints, Exchange, FirstStatus, NewEndpoint, OutboundRequest, Outcome, Recorded, Recovery,
    RetrySchedule, SettingsChanges, Timings, Work,
};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
pub(crate) const OTHER_WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([2; 16]);

/// A dispatcher that keeps what it is given and has room for as long as it has a session.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) session: Mutex<Option<SessionId>>,
    pub(crate) work: Mutex<Vec<Work>>,
    pub(crate) wakes: Mutex<u32>,
    pub(crate) recalls: Mutex<Vec<(EndpointId, i64)>>,
    pub(crate) heals: Mutex<Vec<EndpointId>>,
}

impl Dispatcher for Kept {
    fn session(&self) -> Option<SessionId> {
        *self.session.lock().unwrap()
    }

    fn has_room(&self, _workspace_id: WorkspaceId, _endpoint_id: EndpointId) -> bool {
        true
    }

    fn dispatch(&self, work: Vec<Work>) {
        self.work.lock().unwrap().extend(work);
    }

    fn wake(&self) {
        *self.wakes.lock().unwrap() += 1;
    }

    fn recall(&self, endpoint_id: EndpointId, revision: i64) {
        self.recalls.lock().unwrap().push((endpoint_id, revision));
    }

    fn heal(&self, endpoint_id: EndpointId) {
        self.heals.lock().unwrap().push(endpoint_id);
    }
}

pub(crate) struct Hub {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) dispatcher: Arc<Kept>,
    pub(crate) endpoints: Endpoints,
    pub(crate) events: Events,
    pub(crate) deliveries: Deliveries,
}

impl Hub {
    pub(crate) fn new() -> Self {
        let store = Arc::new(MemoryStore::default());
        let clock = Arc::new(ManualClock::default());
        let entropy = Arc::new(SeededEntropy::new(1));
        let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32])));
        let dispatcher = Arc::new(Kept::default());
        let rules = EndpointRules::default();
        let schedule = Arc::new(RetrySchedule::DEFAULT);
        Self {
            endpoints: Endpoints::new(store.clone(), sealer.clone(), rules, clock.clone(), entropy.clone())
                .with_dispatcher(dispatcher.clone()),
            events: Events::new(store.clone(), dispatcher.clone(), clock.clone(), entropy.clone()),
            deliveries: Deliveries::new(store.clone(), sealer, schedule, clock.clone(), entropy)
                .with_dispatcher(dispatcher.clone()),
            store,
            clock,
            dispatcher,
        }
    }

    pub(crate) fn recovery(&self) -> Recovery {
        Recovery::new(self.store.clone(), self.clock.clone())
    }

    pub(crate) fn resends(&self) -> Resends {
        Resends::new(self.store.clone(), self.clock.clone(), Arc::new(SeededEntropy::new(5)))
            .with_dispatcher(self.dispatcher.clone())
    }

    pub(crate) fn create(&self, pattern: &str) -> CreatedEndpoint {
        let new = endpoint("https://shop.example/hook", pattern);
        self.endpoints.create(Asker::SYSTEM, WORKSPACE, new).unwrap().commit().unwrap()
    }

    /// Adds so many endpoints of one origin, at addresses that differ.
    pub(crate) fn fill(&self, count: u32, origin: EndpointOrigin) {
        let store: &dyn UnitOfWork<dyn EndpointTx> = &*self.store;
        let filled: Result<(), StoreError> = write(store, Lane::Interactive, |tx| {
            let made = |number| Endpoint { workspace_id: WORKSPACE, origin, ..testing::endpoint(number) };
            (1..=count).try_for_each(|number| tx.insert_endpoint(&made(number)))
        });
        filled.unwrap();
    }

    pub(crate) fn open_session(&self) -> SessionId {
        let session = self.recovery().open(&SeededEntropy::new(9)).unwrap();
        *self.dispatcher.session.lock().unwrap() = Some(session);
        session
    }

    pub(crate) fn publish(&self, event_type: &str) -> Event {
        self.events.publish(WORKSPACE, new_event(event_type)).commit().unwrap().event
    }

    /// Publishes, and says to how many endpoints.
    pub(crate) fn publish_count(&self, event_type: &str) -> usize {
        self.events.publish(WORKSPACE, new_event(event_type)).commit().unwrap().deliveries
    }

    pub(crate) fn handed_over(&self) -> Work {
        self.dispatcher.work.lock().unwrap().remove(0)
    }

    pub(crate) fn answer(&self, session: SessionId, work: &Work, status: u16) -> DeliveryState {
        self.recorded(session, work, status).delivery.state
    }

    /// What recording this answer led to.
    pub(crate) fn recorded(&self, session: SessionId, work: &Work, status: u16) -> Recorded {
        let request = self.deliveries.request(work).unwrap();
        let recorded = self.deliveries.record(session, work.delivery.clone(), &request, &exchange(&request, status));
        recorded.commit().unwrap().expect("the lease holds")
    }
}

pub(crate) fn endpoint(url: &str, pattern: &str) -> NewEndpoint {
    let event_types = vec![pattern.parse().unwrap()];
    NewEndpoint {
        url: url.to_owned(),
        description: String::new(),
        event_types,
        secret: None,
        settings: SettingsChanges::default(),
        status: FirstStatus::Active,
    }
}

pub(crate) fn new_event(event_type: &str) -> NewEvent {
    let payload = Payload::new(br#"{ "amount": "10.00" }"#, 1_000).unwrap();
    NewEvent { event_type: event_type.parse().unwrap(), payload, external_id: None }
}

pub(crate) fn exchange(request: &OutboundRequest, status: u16) -> Exchange {
    let outcome = Outcome::Answered(Answer { status, ..Answer::default() });
    Exchange {
        started_at: request.started_at,
        duration: Duration::from_millis(5),
        timings: Timings::default(),
        outcome,
    }
}
