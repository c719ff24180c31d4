//! Successes that are recorded together, write by write.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use devhub_domain::id::SessionId;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork, WriteJob, write};
use devhub_domain::testing::{ManualClock, MemoryStore, SeededEntropy, endpoint, event, session};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{
    Answer, Deliveries, Delivery, DeliveryTx, Exchange, OutboundRequest, Outcome, PlainSuccess, Recorded,
    RetrySchedule, Timings,
};
use tokio::sync::oneshot::Receiver;
use tokio::sync::oneshot::error::TryRecvError;

use super::successes::Successes;

type Jobs = Vec<Box<dyn WriteJob<dyn DeliveryTx>>>;

/// A store that keeps what is queued until a test says what becomes of it.
#[derive(Default)]
struct Stepped {
    memory: MemoryStore,
    queued: Mutex<Jobs>,
}

impl Stepped {
    fn next(&self) -> Box<dyn WriteJob<dyn DeliveryTx>> {
        self.queued.lock().unwrap().remove(0)
    }

    fn queued(&self) -> usize {
        self.queued.lock().unwrap().len()
    }

    fn run(&self) {
        self.memory.submit(Lane::Delivery, self.next());
    }

    fn refuse(&self) {
        self.next().finish(Err(StoreError::unavailable("the test says so")));
    }
}

impl UnitOfWork<dyn DeliveryTx> for Stepped {
    fn read(&self, body: &mut Body<'_, dyn DeliveryTx>) -> Result<(), StoreError> {
        self.memory.read(body)
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn DeliveryTx>) -> Result<(), StoreError> {
        self.memory.write(lane, body)
    }

    fn submit(&self, _lane: Lane, job: Box<dyn WriteJob<dyn DeliveryTx>>) {
        self.queued.lock().unwrap().push(job);
    }
}

struct Node {
    store: Arc<Stepped>,
    deliveries: Deliveries,
    successes: Arc<Successes>,
}

fn node() -> Node {
    let store = Arc::new(Stepped::default());
    let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([7; 32])));
    let (clock, entropy) = (Arc::new(ManualClock::default()), Arc::new(SeededEntropy::new(1)));
    let deliveries = Deliveries::new(store.clone(), sealer, Arc::new(RetrySchedule::DEFAULT), clock, entropy);
    deliveries.failing().unwrap();
    Node { store, successes: Arc::new(Successes::new(deliveries.clone())), deliveries }
}

impl Node {
    /// Records the success of a delivery that was leased to a session.
    fn record(&self, session_id: SessionId, number: u32) -> Receiver<Option<Recorded>> {
        let delivery = Delivery::born(&event(number), &endpoint(1), Some(session_id));
        let store: &dyn UnitOfWork<dyn DeliveryTx> = &self.store.memory;
        let stored: Result<_, StoreError> =
            write(store, Lane::Delivery, |tx| tx.insert_deliveries(std::slice::from_ref(&delivery)));
        stored.unwrap();
        self.successes.record(session_id, self.success(&delivery))
    }

    fn success(&self, delivery: &Delivery) -> PlainSuccess {
        let started_at = Timestamp::from_seconds(2);
        let request = OutboundRequest {
            url: endpoint(1).url,
            headers: Vec::new(),
            custom_headers: Arc::default(),
            authorities: None,
            body: event(1).payload,
            timeout: Duration::from_secs(1),
            retry_schedule: None,
            started_at,
            secret_ids: Vec::new(),
            endpoint_revision: 1,
        };
        let outcome = Outcome::Answered(Answer { status: 204, ..Answer::default() });
        let (duration, timings) = (Duration::from_millis(1), Timings::default());
        let exchange = Exchange { started_at, duration, timings, outcome };
        self.deliveries.plain_success(delivery, &request, &exchange).expect("it changes nothing else")
    }
}

fn one() -> SessionId {
    session(1).id
}

/// How many of these are recorded by now.
fn recorded(answers: &mut [Receiver<Option<Recorded>>]) -> usize {
    answers.iter_mut().filter_map(|answer| answer.try_recv().ok().flatten()).count()
}

#[test]
fn a_batch_that_fails_leaves_each_of_its_successes_to_be_recorded_by_itself_and_the_next_goes_on() {
    let node = node();
    let mut first = node.record(one(), 1);
    let mut together = [node.record(one(), 2), node.record(one(), 3)];
    node.store.run();
    assert!(first.try_recv().unwrap().is_some());
    let mut later = node.record(one(), 4);
    node.store.refuse();
    for answer in &mut together {
        assert_eq!(answer.try_recv(), Err(TryRecvError::Closed));
    }
    node.store.run();
    assert!(later.try_recv().unwrap().is_some());
    assert_eq!(node.store.queued(), 0);
}

#[test]
fn successes_of_two_sessions_are_two_writes() {
    let node = node();
    let (lost, other) = (one(), session(2).id);
    let mut answers = [(lost, 1), (lost, 2), (other, 3), (other, 4), (lost, 5)].map(|(id, at)| node.record(id, at));
    let by_write = (0..4).map(|_| {
        node.store.run();
        recorded(&mut answers)
    });
    assert_eq!(by_write.collect::<Vec<_>>(), [1, 1, 2, 1]);
    assert_eq!(node.store.queued(), 0);
}

#[test]
fn one_write_takes_no_more_than_128() {
    let node = node();
    let mut answers: Vec<_> = (1..=130).map(|number| node.record(one(), number)).collect();
    let by_write = (0..3).map(|_| {
        node.store.run();
        recorded(&mut answers)
    });
    assert_eq!(by_write.collect::<Vec<_>>(), [1, 128, 1]);
}

#[test]
fn a_success_without_a_lease_is_told_so() {
    let node = node();
    let delivery = Delivery::born(&event(1), &endpoint(1), Some(one()));
    let mut answer = node.successes.record(one(), node.success(&delivery));
    node.store.run();
    assert_eq!(answer.try_recv(), Ok(None));
}

#[test]
fn a_store_that_is_closed_meanwhile_and_forgets_a_write_holds_up_nothing_that_comes_later() {
    let node = node();
    let mut first = node.record(one(), 1);
    drop(node.store.next());
    assert_eq!(first.try_recv(), Err(TryRecvError::Closed));
    let mut second = node.record(one(), 2);
    node.store.run();
    assert!(second.try_recv().unwrap().is_some());
}

#[test]
fn a_write_that_breaks_down_holds_up_nothing_that_waits() {
    let node = node();
    let (_first, mut second) = (node.record(one(), 1), node.record(one(), 2));
    let job = node.store.next();
    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
        let _job = job;
        std::panic::resume_unwind(Box::new("the test says so"));
    }));
    assert!(broken.is_err());
    assert_eq!(second.try_recv(), Err(TryRecvError::Closed), "it is recorded by itself");
    let mut third = node.record(one(), 3);
    node.store.run();
    assert!(third.try_recv().unwrap().is_some());
}
