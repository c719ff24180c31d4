//! What a publish with its deliveries and their results costs, queued by as many callers as fill a batch.
//!
//! `cargo run --release -p devhub-storage --example cost -- <database url> [in flight] [endpoints] [seconds]`; the database must be
//! empty. Prints microseconds for each delivery, publish and result together.

#![expect(clippy::print_stdout, clippy::unwrap_used, clippy::disallowed_methods, reason = "a measurement, run by hand")]

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, Instant};

use devhub_domain::events::{EventTx, NewEvent, Payload, PreparedEvent, publish};
use devhub_domain::id::{EndpointId, SessionId, WorkspaceId};
use devhub_domain::store::{Lane, UnitOfWork, prepare, write};
use devhub_domain::testing::{SeededEntropy, endpoint, session};
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{
    Delivery, DeliveryState, DeliveryTx, Dispatcher, FirstSuccess, KeptHeaders, Report, Summary, Work,
};
use devhub_domain::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus};
use devhub_storage::{Database, Options};

/// Has room for everything.
struct Room(SessionId);

impl Dispatcher for Room {
    fn session(&self) -> Option<SessionId> {
        Some(self.0)
    }

    fn has_room(&self, _workspace_id: WorkspaceId, _endpoint_id: EndpointId) -> bool {
        true
    }

    fn dispatch(&self, _work: Vec<Work>) {}

    fn wake(&self) {}

    fn recall(&self, _endpoint_id: EndpointId, _revision: i64) {}

    fn heal(&self, _endpoint_id: EndpointId) {}
}

/// What ended: a publish with its work, or a result.
enum Ended {
    Published(Vec<Delivery>),
    Recorded,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("the first argument is a database url").parse().unwrap();
    let mut number = |default: u32| arguments.next().map_or(default, |text| text.parse().unwrap());
    let (in_flight, endpoints, seconds) = (number(16), number(1), number(3));
    let database = Database::open(&url, Options::default()).unwrap();
    database.migrate().unwrap();
    seed(&database, endpoints);
    let payload = format!(r#"{{"text":"{}"}}"#, "x".repeat(490));
    let payload = Payload::new(payload.as_bytes(), 1_000).unwrap();

    let (done, ended) = channel();
    let entropy = SeededEntropy::new(1);
    let started = Instant::now();
    let (mut published, mut recorded) = (0_u32, 0_u32);
    let mut now = 0;
    let mut publish_next = || {
        now += 1_000;
        let new =
            NewEvent { event_type: "payment.completed".parse().unwrap(), payload: payload.clone(), external_id: None };
        submit_publish(
            &database,
            PreparedEvent::new(workspace_id(), new, Timestamp::from_micros(now), &entropy),
            &done,
        );
    };
    (0..in_flight).for_each(|_| publish_next());
    while started.elapsed() < Duration::from_secs(seconds.into()) {
        match ended.recv().unwrap() {
            Ended::Published(deliveries) => {
                published += 1;
                for delivery in deliveries {
                    submit_result(&database, delivery, &done);
                }
            }
            Ended::Recorded => {
                recorded += 1;
                // As many events in flight as at the start.
                if recorded % endpoints == 0 {
                    publish_next();
                }
            }
        }
    }
    let elapsed = started.elapsed();
    let stats = database.stats();
    println!(
        "{published} published, {recorded} recorded, {:.1} µs a delivery, {:.0} publishes/s, {:.1} jobs a batch",
        elapsed.as_secs_f64() * 1e6 / f64::from(recorded.max(1)),
        f64::from(published) / elapsed.as_secs_f64(),
        f64::from(u32::try_from(stats.jobs).unwrap()) / f64::from(u32::try_from(stats.batches).unwrap()),
    );
    database.shutdown();
}

fn workspace_id() -> WorkspaceId {
    endpoint(1).workspace_id
}

fn seed(database: &Database, endpoints: u32) {
    let store: &dyn UnitOfWork<dyn Tx> = database;
    write(store, Lane::Interactive, |tx| {
        tx.insert_workspace(&Workspace {
            id: workspace_id(),
            name: WorkspaceName::new("Shop").unwrap(),
            status: WorkspaceStatus::Active,
            time_zone: TimeZone::utc(),
            event_checks: EventChecks::Off,
            created_at: Timestamp::from_seconds(1),
        })?;
        tx.insert_session(&session(1))?;
        (1..=endpoints).try_for_each(|number| tx.insert_endpoint(&endpoint(number)))
    })
    .unwrap();
}

fn submit_publish(database: &Database, event: PreparedEvent, done: &Sender<Ended>) {
    let store: Arc<dyn UnitOfWork<dyn EventTx>> = Arc::new(database.clone());
    let done = done.clone();
    let run = move |tx: &mut (dyn EventTx + 'static)| publish(tx, &event, Some(&Room(session(1).id)));
    prepare(&store, Lane::Interactive, run, |_| {}).enqueue(move |outcome| {
        let work = outcome.unwrap().work;
        drop(done.send(Ended::Published(work.into_iter().map(|work| work.delivery).collect())));
    });
}

fn submit_result(database: &Database, delivery: Delivery, done: &Sender<Ended>) {
    let store: Arc<dyn UnitOfWork<dyn DeliveryTx>> = Arc::new(database.clone());
    let done = done.clone();
    let at = delivery.created_at;
    let last = Some(Summary { started_at: at, duration_ms: 7, status: Some(200), failure: None, detail: None });
    let headers: [(&str, &[u8]); 2] = [("date", b"Tue, 24 Nov 2026 10:30:00 GMT"), ("content-length", b"2")];
    let report = Report { headers: KeptHeaders::keep(headers), body_bytes_read: 2, ..Report::default() };
    let first_success = Some(Box::new(FirstSuccess { report, body_excerpt: b"ok".to_vec(), secret_ids: Vec::new() }));
    let (state, finished_at) = (DeliveryState::Delivered, Some(at));
    let delivered = Delivery { state, lease: None, attempts: 1, finished_at, last, first_success, ..delivery };
    let run = move |tx: &mut (dyn DeliveryTx + 'static)| tx.record_delivery(session(1).id, &delivered);
    prepare(&store, Lane::Delivery, run, |_| {}).enqueue(move |outcome| {
        assert!(outcome.unwrap(), "the lease is held");
        drop(done.send(Ended::Recorded));
    });
}
