//! Sessions that live, fall silent and are taken over, beat by beat.

use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use devhub_domain::events::EventTx;
use devhub_domain::id::SessionId;
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork, write};
use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy, endpoint, event};
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{Delivery, DeliveryState, DeliveryTx, Dispatcher, Recovery, SESSION_SILENT_FOR};

use super::EngineOptions;
use super::dispatch::DispatchHandle;
use super::heartbeat::Heartbeat;
use super::takeover::Takeover;

/// Longest wait for something that must happen.
const PATIENCE: Duration = Duration::from_secs(10);

struct Node {
    heartbeat: Heartbeat,
    takeover: Takeover,
    dispatch: DispatchHandle,
}

/// A node with an open session.
fn node(store: &MemoryStore, clock: &Arc<ManualClock>, seed: u64) -> Node {
    node_on(Arc::new(store.clone()), clock, seed)
}

fn node_on(store: Arc<dyn UnitOfWork<dyn DeliveryTx>>, clock: &Arc<ManualClock>, seed: u64) -> Node {
    let recovery = Recovery::new(Arc::clone(&store), clock.clone());
    let entropy = Arc::new(SeededEntropy::new(seed));
    let session_id = recovery.open(&*entropy).unwrap();
    let dispatch = DispatchHandle::new(EngineOptions::default());
    dispatch.leasing().begin(session_id, clock.elapsed());
    let heartbeat = Heartbeat {
        recovery: Arc::new(Mutex::new(recovery)),
        entropy,
        clock: clock.clone(),
        dispatch: dispatch.clone(),
        session: Arc::new(Mutex::new(session_id)),
    };
    let recovery = Arc::new(Mutex::new(Recovery::new(store, clock.clone())));
    Node { heartbeat, takeover: Takeover { recovery, dispatch: dispatch.clone() }, dispatch }
}

fn on<R>(store: &MemoryStore, mut body: impl FnMut(&mut dyn DeliveryTx) -> Result<R, StoreError>) -> R {
    let store: &dyn UnitOfWork<dyn DeliveryTx> = store;
    write(store, Lane::Delivery, |tx| body(tx)).unwrap()
}

/// A delivery that a session is sending.
fn lease(store: &MemoryStore, session_id: SessionId) -> Delivery {
    on(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let delivery = Delivery::born(&event(1), &endpoint(1), Some(session_id));
    let events: &dyn UnitOfWork<dyn EventTx> = store;
    write(events, Lane::Delivery, |tx| {
        tx.insert_event(&event(1))?;
        tx.insert_deliveries(std::slice::from_ref(&delivery))
    })
    .unwrap();
    delivery
}

fn state(store: &MemoryStore, delivery: &Delivery) -> DeliveryState {
    on(store, |tx| tx.find_delivery(delivery.workspace_id, delivery.id)).unwrap().state
}

#[test]
fn a_node_takes_over_from_one_that_has_been_silent_for_long_enough() {
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::default()));
    let (lost, node) = (node(&store, &clock, 1), node(&store, &clock, 2));
    let delivery = lease(&store, lost.dispatch.session().unwrap());
    node.takeover.look().unwrap();
    clock.advance(Duration::from_secs(5));
    node.takeover.look().unwrap();
    clock.advance(Duration::from_secs(4));
    node.takeover.look().unwrap();
    assert_eq!(state(&store, &delivery), DeliveryState::Leased);
    clock.advance(Duration::from_secs(1));
    node.takeover.look().unwrap();
    assert_eq!(state(&store, &delivery), DeliveryState::Waiting);
}

#[test]
fn a_node_that_beats_keeps_what_it_has() {
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::default()));
    let (slow, node) = (node(&store, &clock, 1), node(&store, &clock, 2));
    let delivery = lease(&store, slow.dispatch.session().unwrap());
    for _ in 0..4 {
        slow.heartbeat.beat().unwrap();
        node.takeover.look().unwrap();
        clock.advance(SESSION_SILENT_FOR / 2);
    }
    assert_eq!(state(&store, &delivery), DeliveryState::Leased);
}

/// A store whose housekeeping, once begun, says so and then waits until it is let go.
struct Busy {
    memory: MemoryStore,
    begun: mpsc::SyncSender<()>,
    go: Mutex<mpsc::Receiver<()>>,
}

impl UnitOfWork<dyn DeliveryTx> for Busy {
    fn read(&self, body: &mut Body<'_, dyn DeliveryTx>) -> Result<(), StoreError> {
        self.memory.read(body)
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn DeliveryTx>) -> Result<(), StoreError> {
        if lane == Lane::Background {
            self.begun.send(()).unwrap();
            self.go.lock().unwrap().recv_timeout(PATIENCE).map_err(StoreError::unavailable)?;
        }
        self.memory.write(lane, body)
    }
}

#[test]
fn a_node_beats_while_it_takes_over() {
    let (memory, clock) = (MemoryStore::default(), Arc::new(ManualClock::default()));
    let ((begun, has_begun), (let_go, go)) = (mpsc::sync_channel(1), mpsc::channel());
    let busy = Busy { memory: memory.clone(), begun, go: Mutex::new(go) };
    let node = node_on(Arc::new(busy), &clock, 1);
    let takeover = node.takeover.clone();
    let looking = std::thread::spawn(move || takeover.look());
    has_begun.recv_timeout(PATIENCE).unwrap();
    node.heartbeat.beat().unwrap();
    assert_eq!(on(&memory, |tx| tx.list_sessions())[0].beats, 1);
    let_go.send(()).unwrap();
    looking.join().unwrap().unwrap();
}

#[test]
fn a_node_that_lost_its_session_goes_on_with_a_new_one() {
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::default()));
    let node = node(&store, &clock, 1);
    let lost = node.dispatch.session().unwrap();
    on(&store, |tx| tx.delete_session(lost));
    node.heartbeat.beat().unwrap();
    let session_id = node.dispatch.session().unwrap();
    assert_ne!(session_id, lost);
    let sessions = on(&store, |tx| tx.list_sessions());
    assert_eq!(sessions.iter().map(|session| session.id).collect::<Vec<_>>(), [session_id]);
}

#[test]
fn a_node_is_certain_of_its_session_again_after_a_beat() {
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::default()));
    let node = node(&store, &clock, 1);
    clock.advance(SESSION_SILENT_FOR);
    assert_eq!(node.dispatch.leasing().certain(clock.elapsed()), None);
    node.heartbeat.beat().unwrap();
    assert_eq!(node.dispatch.leasing().certain(clock.elapsed()), node.dispatch.session());
}

#[test]
fn a_node_that_drains_leases_nothing_even_with_a_new_session() {
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::default()));
    let node = node(&store, &clock, 1);
    on(&store, |tx| tx.delete_session(node.dispatch.session().unwrap()));
    node.dispatch.leasing().drain();
    node.heartbeat.beat().unwrap();
    assert_eq!(node.dispatch.session(), None);
}

#[test]
fn a_session_that_ends_gives_back_what_it_holds() {
    let (store, clock) = (MemoryStore::default(), Arc::new(ManualClock::default()));
    let node = node(&store, &clock, 1);
    let delivery = lease(&store, node.dispatch.session().unwrap());
    assert_eq!(node.heartbeat.close().unwrap(), 1);
    assert_eq!(state(&store, &delivery), DeliveryState::Waiting);
    assert!(on(&store, |tx| tx.list_sessions()).is_empty());
}
