//! What a pass of removing costs, and what it does to publishing meanwhile.
//!
//! `cargo run --release -p devhub-storage --example retention_cost -- <database url> <events>`; the database must be empty. Fills it
//! with so many events of 500 bytes that are older than the policy, and a tenth of that many that are not, each with one delivery: of a
//! hundred, 98 are delivered, one is exhausted after nine attempts, one is held for a paused endpoint. Publishes 200 events a second,
//! first alone and then beside passes with the pauses of a hub: one that removes, and the one a day later. Prints milliseconds.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a measurement, run by hand"
)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use devhub_domain::events::{Event, Payload};
use devhub_domain::id::{EventId, WorkspaceId};
use devhub_domain::retention::{Removed, Retention, RetentionTx};
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork, write};
use devhub_domain::testing::{ManualClock, SeededEntropy, endpoint, event};
use devhub_domain::time::{Clock as _, Timestamp};
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Attempt, Delivery, DeliveryState, Endpoint, EndpointStatus, Report, Summary};
use devhub_domain::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus};
use devhub_storage::{Database, DatabaseUrl, Options, Synchronous};

const DAY: Duration = Duration::from_hours(24);
const KEPT_FOR: Duration = Duration::from_hours(24 * 30);
const CHUNK: u32 = 1_000;
const PAYLOAD_BYTES: usize = 500;
/// Between two events that are published.
const PUBLISH_EVERY: Duration = Duration::from_millis(5);
const ALONE_FOR: Duration = Duration::from_secs(10);
/// As a hub does.
const STEP_PAUSE: Duration = Duration::from_millis(20);
const BUSY_PAUSE: Duration = Duration::from_millis(200);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let url: DatabaseUrl = arguments.next().expect("the first argument is a database url").parse().unwrap();
    let events: u32 = arguments.next().expect("the second argument is a count").parse().unwrap();
    let clock = Arc::new(ManualClock::default());
    clock.advance(DAY * 100);
    let began = Instant::now();
    seed(&url, events, &clock);
    println!("{events} old events stored in {} s", began.elapsed().as_secs());
    let database = Database::open(&url, Options::default()).unwrap();
    let publisher = Publisher::start(&database, clock.now());
    pause(ALONE_FOR);
    publisher.tell("published alone");
    let timed = Arc::new(Timed { database: database.clone(), writes: Mutex::default() });
    let mut retention = Retention::new(timed.clone(), clock.clone(), Some(KEPT_FOR));
    for name in ["first pass", "second pass, nothing to do"] {
        pass(&mut retention, &database, &timed, name);
        publisher.tell("published beside it");
    }
    clock.advance(DAY);
    pass(&mut retention, &database, &timed, "a day later");
    publisher.tell("published beside it");
    publisher.stop();
    database.shutdown();
}

/// A pass with the pauses of a hub.
fn pass(retention: &mut Retention, database: &Database, timed: &Timed, name: &str) {
    let began = Instant::now();
    let (mut all, mut steps, mut busy, mut longest) = (Removed::default(), 0, Duration::ZERO, Duration::ZERO);
    loop {
        let stepped = Instant::now();
        let step = retention.step().unwrap();
        let took = stepped.elapsed();
        (steps, busy, longest) = (steps + 1, busy + took, longest.max(took));
        all.events += step.events;
        all.deliveries += step.deliveries;
        all.attempts += step.attempts;
        all.expired += step.expired;
        if step.is_last {
            break;
        }
        pause(if database.stats().queued > 0 { BUSY_PAUSE } else { STEP_PAUSE });
    }
    let (took, busy) = (began.elapsed().as_secs_f64(), busy.as_secs_f64());
    let Removed { events, deliveries, attempts, expired, .. } = all;
    println!(
        "{name}: {took:.1} s, {busy:.1} s without pauses, {steps} steps, the longest {:.1}; {events} events, {deliveries} deliveries, \
         {attempts} attempts removed, {expired} expired",
        millis(longest)
    );
    tell("  writes", &mut timed.writes.lock().unwrap());
}

fn pause(duration: Duration) {
    // Nothing is ever sent.
    let (_sender, over) = std::sync::mpsc::channel::<()>();
    assert!(over.recv_timeout(duration).is_err());
}

/// A store that times what is written, waiting included.
struct Timed {
    database: Database,
    writes: Mutex<Vec<Duration>>,
}

impl UnitOfWork<dyn RetentionTx> for Timed {
    fn read(&self, body: &mut Body<'_, dyn RetentionTx>) -> Result<(), StoreError> {
        self.database.read(body)
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn RetentionTx>) -> Result<(), StoreError> {
        let began = Instant::now();
        let written = UnitOfWork::<dyn RetentionTx>::write(&self.database, lane, body);
        self.writes.lock().unwrap().push(began.elapsed());
        written
    }
}

/// Publishes at a steady rate, and times it from when it was due.
struct Publisher {
    is_over: Arc<AtomicBool>,
    took: Arc<Mutex<Vec<Duration>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Publisher {
    fn start(database: &Database, at: Timestamp) -> Self {
        let (is_over, took) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::default()));
        let (database, over, times) = (database.clone(), is_over.clone(), Arc::clone(&took));
        let thread = std::thread::spawn(move || {
            let entropy = SeededEntropy::new(7);
            let (mut due, mut at) = (Instant::now(), at);
            while !over.load(Ordering::Relaxed) {
                pause(due.saturating_duration_since(Instant::now()));
                at = at.plus(Duration::from_millis(5));
                let event = event_at(at, &entropy);
                let store: &dyn UnitOfWork<dyn Tx> = &database;
                write(store, Lane::Interactive, |tx| {
                    tx.insert_event(&event)?;
                    tx.insert_deliveries(&[delivered(&event)])
                })
                .unwrap();
                let times: &Mutex<Vec<Duration>> = &times;
                times.lock().unwrap().push(due.elapsed());
                due += PUBLISH_EVERY;
            }
        });
        Self { is_over, took, thread }
    }

    /// Tells of what was published since the last time.
    fn tell(&self, name: &str) {
        tell(name, &mut self.took.lock().unwrap());
    }

    fn stop(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

/// Prints what durations come to, and forgets them.
fn tell(name: &str, times: &mut Vec<Duration>) {
    let mut times = std::mem::take(times);
    times.sort_unstable();
    if times.is_empty() {
        println!("{name}: none");
        return;
    }
    let part = |percent: usize| millis(times[(times.len() * percent / 100).min(times.len() - 1)]);
    let (p50, p99, most) = (part(50), part(99), part(100));
    println!("{name}: {} times, p50 {p50:.2}, p99 {p99:.2}, longest {most:.1}", times.len());
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Stores the old events, the young ones, and two endpoints of which the second is paused. Without sync: what is measured comes later.
fn seed(url: &DatabaseUrl, old: u32, clock: &ManualClock) {
    let database = Database::open(url, Options { synchronous: Synchronous::Off, ..Options::default() }).unwrap();
    database.migrate().unwrap();
    let store: &dyn UnitOfWork<dyn Tx> = &database;
    let paused = Endpoint { status: EndpointStatus::Paused, ..endpoint(2) };
    write(store, Lane::Background, |tx| {
        tx.insert_workspace(&workspace(paused.workspace_id))?;
        tx.insert_endpoint(&endpoint(1))?;
        tx.insert_endpoint(&paused)
    })
    .unwrap();
    let (entropy, total) = (SeededEntropy::new(1), old + old / 10);
    // The policy's end lies between the old and the young ones, an hour from both.
    let end = clock.now().minus(KEPT_FOR);
    let before = |number: u32| Duration::from_millis(u64::from(old - number) * 100) + Duration::from_hours(1);
    let after = |number: u32| Duration::from_millis(u64::from(number - old) * 100) + Duration::from_hours(48);
    for start in (0..total).step_by(usize::try_from(CHUNK).unwrap()) {
        write(store, Lane::Background, |tx| {
            (start..total.min(start + CHUNK)).try_for_each(|number| {
                let at = if number < old { end.minus(before(number)) } else { end.plus(after(number)) };
                let event = event_at(at, &entropy);
                tx.insert_event(&event)?;
                let delivery = of_number(number, &event, &paused);
                tx.insert_deliveries(std::slice::from_ref(&delivery))?;
                let attempts = if delivery.state == DeliveryState::Exhausted { 9 } else { 0 };
                (1..=attempts).try_for_each(|number| tx.insert_attempt(&attempt(&delivery, number)))
            })
        })
        .unwrap();
    }
    database.shutdown();
}

fn of_number(number: u32, event: &Event, paused: &Endpoint) -> Delivery {
    match number % 100 {
        0 => Delivery { state: DeliveryState::Exhausted, attempts: 9, ..delivered(event) },
        1 => Delivery::born(event, paused, None),
        _ => delivered(event),
    }
}

fn event_at(accepted_at: Timestamp, entropy: &SeededEntropy) -> Event {
    let payload = format!(r#"{{"event":"payment.completed","reference":"{}"}}"#, "x".repeat(PAYLOAD_BYTES - 43));
    let payload = Payload::new(payload.as_bytes(), PAYLOAD_BYTES * 2).unwrap();
    Event { id: EventId::generate(accepted_at, entropy), accepted_at, payload, ..event(1) }
}

fn delivered(event: &Event) -> Delivery {
    let at = event.accepted_at;
    let last = Some(Summary { started_at: at, duration_ms: 42, status: Some(200), failure: None, detail: None });
    let born = Delivery::born(event, &endpoint(1), None);
    Delivery { state: DeliveryState::Delivered, due_at: None, attempts: 1, finished_at: Some(at), last, ..born }
}

fn attempt(delivery: &Delivery, number: u32) -> Attempt {
    Attempt {
        delivery_id: delivery.id,
        number,
        started_at: delivery.created_at,
        duration_ms: 42,
        status: Some(500),
        failure: None,
        detail: None,
        body_excerpt: vec![b'x'; 200],
        secret_ids: Vec::new(),
        report: Report::default(),
    }
}

fn workspace(id: WorkspaceId) -> Workspace {
    Workspace {
        id,
        name: WorkspaceName::new("Shop").unwrap(),
        status: WorkspaceStatus::Active,
        time_zone: TimeZone::utc(),
        event_checks: EventChecks::Off,
        created_at: Timestamp::default(),
    }
}
