//! A hub without its surface: use cases over a store in memory, and an engine.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use devhub_delivery::{DispatchHandle, Engine, EngineOptions, EngineParts, Metrics};
use devhub_domain::access::Asker;
use devhub_domain::events::{Events, NewEvent, Payload};
use devhub_domain::id::{EndpointId, SessionId, WorkspaceId};
use devhub_domain::notices::{Notice, Notifier, NotifyError};
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::store::{Lane, StoreError, UnitOfWork, write};
use devhub_domain::testing::{ManualClock, SeededEntropy};
use devhub_domain::webhooks::address::AddressPolicy;
use devhub_domain::webhooks::{
    Attempt, Deliveries, Delivery, DeliveryState, DeliveryTx, Dispatcher, Endpoint, EndpointRules, EndpointUrl,
    Endpoints, FirstStatus, Health, NewEndpoint, Recovery, RetrySchedule, SettingsChanges, Work,
};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::sender;
use super::store::Store;

/// The workspace of all tests.
pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);

/// The byte that the master key of all endpoints repeats.
const MASTER: u8 = 7;

/// A sealer under the master key that repeats a byte.
pub(crate) fn sealed_by(byte: u8) -> Arc<Sealer> {
    Arc::new(Sealer::new(&MasterKey::from_bytes([byte; 32])))
}

/// A hub without its surface.
pub(crate) struct Hub {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) options: EngineOptions,
    pub(crate) schedule: RetrySchedule,
    pub(crate) told: Arc<Told>,
    pub(crate) metrics: Metrics,
}

/// Keeps the notices that it is given.
#[derive(Default)]
pub(crate) struct Told {
    notices: watch::Sender<Vec<Notice>>,
    /// While a test holds it, notices are on their way.
    pub(crate) gate: tokio::sync::Mutex<()>,
}

impl Notifier for Told {
    fn notify(&self, notice: &Notice) -> Result<(), NotifyError> {
        let _open = self.gate.blocking_lock();
        self.notices.send_modify(|notices| notices.push(notice.clone()));
        Ok(())
    }
}

impl Told {
    /// The notices until now.
    pub(crate) fn so_far(&self) -> Vec<Notice> {
        self.notices.borrow().clone()
    }

    /// Waits for the first notice.
    pub(crate) async fn first(&self) -> Notice {
        let mut notices = self.notices.subscribe();
        let told = notices.wait_for(|notices| !notices.is_empty()).await.unwrap();
        told[0].clone()
    }

    /// Waits until there are so many notices.
    pub(crate) async fn at_least(&self, count: usize) -> Vec<Notice> {
        let mut notices = self.notices.subscribe();
        let told = notices.wait_for(|notices| notices.len() >= count).await.unwrap();
        told.clone()
    }
}

/// A dispatcher that always has room, and keeps what it is given.
struct Keeper {
    session: Option<SessionId>,
    kept: Mutex<Vec<Work>>,
}

impl Dispatcher for Keeper {
    fn session(&self) -> Option<SessionId> {
        self.session
    }

    fn has_room(&self, _workspace_id: WorkspaceId, _endpoint_id: EndpointId) -> bool {
        true
    }

    fn dispatch(&self, work: Vec<Work>) {
        self.kept.lock().unwrap().extend(work);
    }

    fn wake(&self) {}

    fn recall(&self, _endpoint_id: EndpointId, _revision: i64) {}

    fn heal(&self, _endpoint_id: EndpointId) {}
}

/// `in_flight` requests at once, `per_endpoint` to one endpoint, one owner.
pub(crate) fn limits(in_flight: usize, per_endpoint: usize) -> EngineOptions {
    EngineOptions {
        in_flight_max: NonZeroUsize::new(in_flight).unwrap(),
        per_endpoint_max: NonZeroUsize::new(per_endpoint).unwrap(),
        single_owner: true,
        ..EngineOptions::default()
    }
}

impl Hub {
    pub(crate) fn new(options: EngineOptions) -> Self {
        Self {
            store: Arc::new(Store::new()),
            clock: Arc::new(ManualClock::default()),
            entropy: Arc::new(SeededEntropy::new(1)),
            options,
            schedule: RetrySchedule::DEFAULT,
            told: Arc::default(),
            metrics: Metrics::default(),
        }
    }

    /// A running engine.
    pub(crate) fn start(&self) -> Engine {
        self.start_with(sealed_by(MASTER))
    }

    /// A running engine with another master key.
    pub(crate) fn start_with(&self, sealer: Arc<Sealer>) -> Engine {
        let parts = EngineParts {
            dispatch: DispatchHandle::new(self.options),
            deliveries: self.deliveries(sealer),
            recovery: Recovery::new(self.store.clone(), self.clock.clone()),
            takeover: Recovery::new(self.store.clone(), self.clock.clone()),
            sender: sender(),
            notifier: self.told.clone(),
            metrics: self.metrics.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
        };
        Engine::start(parts, &Handle::current()).unwrap()
    }

    /// Creates an endpoint that wants events of one type, or `*`.
    pub(crate) fn endpoint(&self, url: &str, wanted: &str) -> EndpointId {
        self.endpoint_with(url, wanted, SettingsChanges::default())
    }

    /// The same with settings of its own.
    pub(crate) fn endpoint_with(&self, url: &str, wanted: &str, settings: SettingsChanges) -> EndpointId {
        let new = NewEndpoint {
            url: url.to_owned(),
            description: String::new(),
            event_types: vec![wanted.parse().unwrap()],
            secret: None,
            settings,
            status: FirstStatus::Active,
        };
        self.endpoints().create(Asker::SYSTEM, WORKSPACE, new).unwrap().commit().unwrap().endpoint.id
    }

    /// Creates an endpoint that wants everything at an address that nobody may save: as one that was saved under other rules.
    pub(crate) fn endpoint_at(&self, url: &str) -> EndpointId {
        let id = self.endpoint("https://shop.example/hook", "*");
        let store: &dyn UnitOfWork<dyn DeliveryTx> = &self.store.memory;
        let moved: Result<(), StoreError> = write(store, Lane::Interactive, |tx| {
            let endpoint = tx.find_target(WORKSPACE, id)?.unwrap().endpoint.clone();
            let url = EndpointUrl::from_stored(url).unwrap();
            tx.update_endpoint(&Endpoint { url, revision: endpoint.revision + 1, ..endpoint })
        });
        moved.unwrap();
        id
    }

    /// The use cases of endpoints.
    pub(crate) fn endpoints(&self) -> Endpoints {
        let policy = AddressPolicy::new(vec!["127.0.0.1/32".parse().unwrap()]);
        let rules = EndpointRules { allows_http: true, policy };
        let store = Arc::new(self.store.memory.clone());
        Endpoints::new(store, sealed_by(MASTER), rules, self.clock.clone(), self.entropy.clone())
    }

    /// Publishes `count` events of a type.
    pub(crate) fn publish(&self, dispatcher: &Arc<dyn Dispatcher>, event_type: &str, count: usize) {
        let store = Arc::new(self.store.memory.clone());
        let events = Events::new(store, Arc::clone(dispatcher), self.clock.clone(), self.entropy.clone());
        for _ in 0..count {
            let new = NewEvent {
                event_type: event_type.parse().unwrap(),
                payload: Payload::new(br#"{"amount":"10.00"}"#, 1_000).unwrap(),
                external_id: None,
            };
            events.publish(WORKSPACE, new).commit().unwrap();
        }
    }

    /// Publishes `count` events whose deliveries are all leased, however little room there is, and keeps them from the dispatcher.
    pub(crate) fn lease(&self, dispatcher: &Arc<dyn Dispatcher>, event_type: &str, count: usize) -> Vec<Work> {
        self.lease_to(dispatcher.session(), event_type, count)
    }

    /// The same for a session that may not be the dispatcher's.
    pub(crate) fn lease_to(&self, session: Option<SessionId>, event_type: &str, count: usize) -> Vec<Work> {
        let keeper = Arc::new(Keeper { session, kept: Mutex::default() });
        let generous: Arc<dyn Dispatcher> = keeper.clone();
        self.publish(&generous, event_type, count);
        std::mem::take(&mut keeper.kept.lock().unwrap())
    }

    /// Moves the clock and wakes the engine.
    pub(crate) fn advance(&self, dispatcher: &Arc<dyn Dispatcher>, by: Duration) {
        self.clock.advance(by);
        dispatcher.wake();
    }

    /// Waits until every delivery is as `wanted`.
    pub(crate) async fn all(&self, wanted: fn(&Delivery) -> bool) -> Vec<Delivery> {
        self.store.until(WORKSPACE, wanted).await
    }

    /// Waits until the only endpoint that fails is as `wanted`.
    pub(crate) async fn until_health(&self, wanted: fn(&Health) -> bool) -> Health {
        let failing = || self.deliveries(sealed_by(MASTER)).failing().unwrap();
        self.store.written(|| failing().into_iter().find(wanted)).await
    }

    /// Waits until no endpoint fails.
    pub(crate) async fn until_well(&self) {
        let failing = || self.deliveries(sealed_by(MASTER)).failing().unwrap();
        self.store.written(|| failing().is_empty().then_some(())).await;
    }

    /// Asks for a delivery to be sent once more.
    pub(crate) fn resend(&self, dispatcher: &Arc<dyn Dispatcher>, delivery: &Delivery) {
        let deliveries = self.deliveries(sealed_by(MASTER)).with_dispatcher(Arc::clone(dispatcher));
        deliveries.resend(Asker::SYSTEM, WORKSPACE, delivery.id).commit().unwrap();
    }

    /// The attempts of a delivery.
    pub(crate) fn attempts(&self, delivery: &Delivery) -> Vec<Attempt> {
        self.deliveries(sealed_by(MASTER)).find(WORKSPACE, delivery.id).unwrap().1
    }

    /// The use cases of deliveries.
    pub(crate) fn deliveries(&self, sealer: Arc<Sealer>) -> Deliveries {
        let schedule = Arc::new(self.schedule.clone());
        Deliveries::new(self.store.clone(), sealer, schedule, self.clock.clone(), self.entropy.clone())
    }
}

/// Whether the receiver has taken it.
pub(crate) fn is_delivered(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Delivered
}

/// Whether it waits for its next attempt.
pub(crate) fn is_waiting(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Waiting
}
