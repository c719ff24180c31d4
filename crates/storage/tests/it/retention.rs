//! Retention on both databases: small transactions, what stays, and what is gone.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::events::Event;
use devhub_domain::id::EventId;
use devhub_domain::latencies::Latencies;
use devhub_domain::retention::{REMOVED_ROWS_MAX, Removed, Retention};
use devhub_domain::testing::{ManualClock, contract, endpoint, endpoint_secret, event};
use devhub_domain::time::{Clock as _, Timestamp};
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Attempt, Delivery, DeliveryState, Endpoint, EndpointStatus, HourTally, Room};
use devhub_storage::Database;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::support::{Guard, ask, look, on_each, put, sqlite};

const DAY: Duration = Duration::from_hours(24);
/// How many rows the old events have: themselves, three deliveries each, and two attempts of each delivery.
const EVENTS: u32 = 400;
const ENDPOINTS: u32 = 3;
const ATTEMPTS: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    events: i64,
    #[diesel(sql_type = BigInt)]
    deliveries: i64,
    #[diesel(sql_type = BigInt)]
    attempts: i64,
}

impl Rows {
    fn count(guard: &Guard) -> Self {
        let sql = "SELECT (SELECT count(*) FROM events) AS events, (SELECT count(*) FROM deliveries) AS deliveries, \
                   (SELECT count(*) FROM attempts) AS attempts";
        ask(guard, sql, sql).remove(0)
    }

    fn total(self) -> i64 {
        self.events + self.deliveries + self.attempts
    }
}

/// An event that was accepted at an instant, with an id of that instant.
fn event_at(number: u32, at: Timestamp) -> Event {
    let mut id = *EventId::lowest_at(at).as_bytes();
    id[12..].copy_from_slice(&number.to_be_bytes());
    Event { id: EventId::from_bytes(id), accepted_at: at, ..event(number) }
}

/// Stores an event with a delivery in this state to each endpoint, and the attempts of each.
fn store(tx: &mut dyn Tx, event: &Event, state: DeliveryState) -> Vec<Delivery> {
    let born = |number| {
        let born = Delivery::born(event, &endpoint(number), None);
        Delivery { state, due_at: born.due_at.filter(|_| !state.is_over()), ..born }
    };
    let deliveries: Vec<_> = (1..=ENDPOINTS).map(born).collect();
    tx.insert_event(event).unwrap();
    tx.insert_deliveries(&deliveries).unwrap();
    for delivery in &deliveries {
        for number in 1..=ATTEMPTS {
            tx.insert_attempt(&attempt(delivery, number)).unwrap();
        }
    }
    deliveries
}

fn attempt(delivery: &Delivery, number: u32) -> Attempt {
    Attempt {
        delivery_id: delivery.id,
        number,
        started_at: delivery.created_at,
        duration_ms: 5,
        status: Some(500),
        failure: None,
        detail: None,
        body_excerpt: b"out of order".to_vec(),
        secret_ids: Vec::new(),
        report: devhub_domain::webhooks::Report::default(),
    }
}

/// A database with old events, of which every hundredth still waits, and one event of today.
fn with_old_events(open: fn() -> (Database, Guard), clock: &ManualClock) -> (Database, Guard) {
    let (database, guard) = open();
    contract::seed(&database);
    let old = clock.now().minus(DAY * 31);
    put(&database, |tx| {
        for number in 1..=ENDPOINTS {
            tx.insert_endpoint(&endpoint(number))?;
        }
        for number in 1..=EVENTS {
            let state = if number % 100 == 0 { DeliveryState::Waiting } else { DeliveryState::Exhausted };
            store(tx, &event_at(number, old.plus(Duration::from_millis(number.into()))), state);
        }
        store(tx, &event_at(EVENTS + 1, clock.now()), DeliveryState::Delivered);
        Ok(())
    });
    (database, guard)
}

fn retention(database: &Database, clock: &Arc<ManualClock>) -> Retention {
    Retention::new(Arc::new(database.clone()), clock.clone(), Some(DAY * 30))
}

fn case_23_old_events_go_in_small_transactions_and_what_waits_stays(open: fn() -> (Database, Guard)) {
    let clock = Arc::new(ManualClock::default());
    let (database, guard) = with_old_events(open, &clock);
    let mut retention = retention(&database, &clock);
    let latencies = Latencies::default();
    let hour = HourTally { endpoint_id: endpoint(1).id, hour: 7, successes: 400, failures: 1, latencies };
    put(&database, |tx| tx.add_tally(&hour));
    let mut before = Rows::count(&guard);
    assert_eq!(before, Rows { events: 401, deliveries: 1_203, attempts: 2_406 });
    let mut steps = 0;
    loop {
        let removed = retention.step().unwrap();
        let after = Rows::count(&guard);
        let gone = usize::try_from(before.total() - after.total()).unwrap();
        assert_eq!(gone, removed.events + removed.deliveries + removed.attempts);
        assert!(gone <= REMOVED_ROWS_MAX, "{removed:?}");
        (before, steps) = (after, steps + 1);
        if removed.is_last {
            break;
        }
    }
    // Four that wait, and the one of today; all with their deliveries and attempts.
    assert_eq!(before, Rows { events: 5, deliveries: 15, attempts: 30 });
    assert!(steps >= 8, "{steps}");
    assert_eq!(look(&database, |tx| tx.list_tallies(&[endpoint(1).id], 0)).unwrap(), [hour], "counters stay");
}

fn case_23_what_waited_goes_once_it_is_over(open: fn() -> (Database, Guard)) {
    let clock = Arc::new(ManualClock::default());
    let (database, guard) = open();
    contract::seed(&database);
    let old = event_at(1, clock.now().minus(DAY * 31));
    let waiting = put(&database, |tx| {
        (1..=ENDPOINTS).try_for_each(|number| tx.insert_endpoint(&endpoint(number)))?;
        tx.insert_session(&devhub_domain::testing::session(7))?;
        Ok(store(tx, &old, DeliveryState::Waiting))
    });
    let mut retention = retention(&database, &clock);
    let mut pass = || while !retention.step().unwrap().is_last {};
    pass();
    assert_eq!(Rows::count(&guard).events, 1);
    let session = devhub_domain::testing::session(7).id;
    put(&database, |tx| {
        for work in tx.claim_due(session, clock.now(), &Room::of(10))?.work {
            let over = Delivery { state: DeliveryState::Exhausted, lease: None, attempts: 1, ..work.delivery };
            assert!(tx.record_delivery(session, &over)?);
        }
        Ok(())
    });
    pass();
    assert_eq!(Rows::count(&guard).total(), 0);
    let gone = look(&database, |tx| tx.find_delivery(waiting[0].workspace_id, waiting[0].id)).unwrap();
    assert_eq!(gone, None);
}

fn case_23_what_a_paused_endpoint_was_not_sent_expires_in_small_transactions_and_goes_a_day_later(
    open: fn() -> (Database, Guard),
) {
    let clock = Arc::new(ManualClock::default());
    let (database, guard) = open();
    contract::seed(&database);
    let old = clock.now().minus(DAY * 31);
    let tally =
        HourTally { endpoint_id: endpoint(1).id, hour: 7, successes: 1, failures: 2, latencies: Latencies::default() };
    put(&database, |tx| {
        for number in 1..=ENDPOINTS {
            tx.insert_endpoint(&Endpoint { status: EndpointStatus::Paused, ..endpoint(number) })?;
        }
        for number in 1..=EVENTS {
            store(tx, &event_at(number, old.plus(Duration::from_millis(number.into()))), DeliveryState::Held);
        }
        tx.add_tally(&tally)
    });
    let mut retention = retention(&database, &clock);
    let mut pass = || {
        let mut steps = Vec::new();
        while steps.last().is_none_or(|step: &Removed| !step.is_last) {
            steps.push(retention.step().unwrap());
        }
        assert!(steps.iter().all(|step| step.expired < REMOVED_ROWS_MAX));
        steps.iter().fold((0, 0), |(expired, events), step| (expired + step.expired, events + step.events))
    };
    let (events, deliveries) = (usize::try_from(EVENTS).unwrap(), usize::try_from(EVENTS * ENDPOINTS).unwrap());
    assert_eq!((pass(), pass()), ((deliveries, 0), (0, 0)));
    clock.advance(DAY);
    assert_eq!(pass(), (0, events));
    assert_eq!(Rows::count(&guard).total(), 0);
    assert_eq!(look(&database, |tx| tx.list_tallies(&[endpoint(1).id], 0)).unwrap(), [tally], "counters stay");
}

fn a_deleted_endpoint_is_retired_by_the_second_pass_that_finds_nothing_of_it(open: fn() -> (Database, Guard)) {
    let clock = Arc::new(ManualClock::default());
    let (database, _guard) = open();
    contract::seed(&database);
    let deleted = Endpoint { status: EndpointStatus::Deleted, revision: 2, ..endpoint(1) };
    put(&database, |tx| {
        tx.insert_endpoint(&endpoint(1))?;
        tx.insert_endpoint_secret(&endpoint_secret(1))?;
        tx.update_endpoint(&deleted)
    });
    let mut retention = Retention::new(Arc::new(database.clone()), clock, None);
    let last = Removed { is_last: true, ..Removed::default() };
    assert_eq!(retention.step().unwrap(), last);
    assert_eq!(retention.step().unwrap(), Removed { endpoints: 1, ..last });
    assert!(look(&database, |tx| tx.find_target(deleted.workspace_id, deleted.id)).unwrap().is_none());
    assert_eq!(retention.step().unwrap(), last);
}

#[derive(Clone, Copy, QueryableByName)]
struct Pages {
    #[diesel(sql_type = BigInt)]
    pages: i64,
}

#[test]
fn case_23_what_comes_takes_the_room_of_what_was_removed() {
    let clock = Arc::new(ManualClock::default());
    let (database, guard) = with_old_events(sqlite, &clock);
    let pages = || {
        let sql = "SELECT page_count AS pages FROM pragma_page_count()";
        ask::<Pages>(&guard, sql, sql).remove(0).pages
    };
    let full = pages();
    let mut retention = retention(&database, &clock);
    while !retention.step().unwrap().is_last {}
    assert_eq!(pages(), full, "the file keeps its size");
    put(&database, |tx| {
        for number in 1..=EVENTS {
            let at = clock.now().plus(Duration::from_millis(number.into()));
            store(tx, &event_at(number, at), DeliveryState::Exhausted);
        }
        Ok(())
    });
    assert!(pages() <= full + full / 10, "{full} pages, then {}", pages());
}

on_each! {
    case_23_old_events_go_in_small_transactions_and_what_waits_stays
    case_23_what_waited_goes_once_it_is_over
    case_23_what_a_paused_endpoint_was_not_sent_expires_in_small_transactions_and_goes_a_day_later
    a_deleted_endpoint_is_retired_by_the_second_pass_that_finds_nothing_of_it
}
