//! The health of endpoints, and the probes of those that fail.

use std::time::Duration;

use super::seed::{Store, look, put, workspace_id};
use crate::events::Event;
use crate::id::{DeliveryId, EventId};
use crate::latencies::Latencies;
use crate::testing::{endpoint, event, session};
use crate::time::Timestamp;
use crate::webhooks::{Circuit, Delivery, DeliveryState, Endpoint, EndpointBacklog, EndpointStatus, Health, HourTally};

pub(super) fn health(number: u32) -> Health {
    Health {
        endpoint_id: endpoint(number).id,
        workspace_id: workspace_id(1),
        failures: number,
        failing_since: Timestamp::from_micros(1_000_001),
        failed_at: Timestamp::from_micros(2_000_002),
        last_error: "the receiver answered 500".to_owned(),
        circuit: None,
    }
}

pub(super) fn open(number: u32) -> Health {
    let (opened_at, probe_at) = (Timestamp::from_micros(3_000_003), Timestamp::from_micros(4_000_004));
    Health { circuit: Some(Circuit { opened_at, pause: Duration::from_millis(30_001), probe_at }), ..health(number) }
}

fn endpoints(store: &Store) {
    put(store, |tx| [1, 2, 3].iter().try_for_each(|number| tx.insert_endpoint(&endpoint(*number))));
}

/// An event whose id says when it was made, as ids do: deliveries sort like their events.
fn made(number: u32) -> Event {
    Event { id: EventId::from_bytes((u128::from(number) << 80).to_be_bytes()), ..event(number) }
}

/// A delivery of the event with this number to endpoint 1, due at a second.
fn waiting(number: u32, due: i64) -> Delivery {
    let born = Delivery::born(&made(number), &endpoint(1), None);
    Delivery { due_at: Some(Timestamp::from_seconds(due)), created_at: Timestamp::from_seconds(number.into()), ..born }
}

fn wait(store: &Store, deliveries: &[Delivery]) {
    put(store, |tx| {
        (1..=9).try_for_each(|number| tx.insert_event(&made(number)).map(drop))?;
        tx.insert_deliveries(deliveries)
    });
}

fn probed(store: &Store, now: i64, number: u32) -> Vec<DeliveryId> {
    let now = Timestamp::from_seconds(now);
    let claimed = put(store, |tx| tx.claim_probe(session(1).id, now, endpoint(number).id));
    claimed.work.into_iter().map(|work| work.delivery.id).collect()
}

/// A health comes back as it was written last, with every field set or without a circuit.
pub fn a_health_reads_back_as_it_was_written(store: &Store) {
    endpoints(store);
    assert_eq!(look(store, |tx| tx.find_health(endpoint(1).id)), None);
    let worse = Health { failures: u32::MAX, last_error: "the name did not resolve".to_owned(), ..open(1) };
    for health in [health(1), worse, health(1)] {
        put(store, |tx| tx.put_health(&health));
        assert_eq!(look(store, |tx| tx.find_health(endpoint(1).id)), Some(health));
    }
}

/// A health goes alone, and only once.
pub fn a_health_is_removed(store: &Store) {
    endpoints(store);
    put(store, |tx| [1, 2].iter().try_for_each(|number| tx.put_health(&health(*number))));
    for _ in 0..2 {
        put(store, |tx| tx.delete_health(endpoint(1).id));
        assert_eq!(look(store, |tx| tx.list_health(9)), [health(2)]);
    }
}

/// A health is held where nobody else holds it, also a second time and while there is none.
pub fn a_health_is_held(store: &Store) {
    endpoints(store);
    let held = put(store, |tx| Ok((tx.try_hold_health(endpoint(1).id)?, tx.try_hold_health(endpoint(1).id)?)));
    assert_eq!(held, (true, true));
}

/// Endpoints that fail are listed in the order of their ids, as many as asked for; or those of a page, as far as they fail.
pub fn what_fails_is_listed_in_order(store: &Store) {
    endpoints(store);
    put(store, |tx| [3, 1, 2].iter().try_for_each(|number| tx.put_health(&open(*number))));
    assert_eq!(look(store, |tx| tx.list_health(9)), [open(1), open(2), open(3)]);
    assert_eq!(look(store, |tx| tx.list_health(2)), [open(1), open(2)]);
    let mut page = look(store, |tx| tx.list_health_of(&[3, 4, 1].map(|number| endpoint(number).id)));
    page.sort_unstable_by_key(|health| health.endpoint_id);
    assert_eq!(page, [open(1), open(3)]);
    assert_eq!(look(store, |tx| tx.list_health_of(&[])), []);
}

/// Eight threads count failures of an endpoint that had none: none is lost.
pub fn eight_threads_count_one_after_the_other(store: &Store) {
    endpoints(store);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                put(store, |tx| {
                    let before = tx.find_health(endpoint(1).id)?.map_or(0, |health| health.failures);
                    tx.put_health(&Health { failures: before + 1, ..health(1) })
                });
            });
        }
    });
    assert_eq!(look(store, |tx| tx.find_health(endpoint(1).id)).unwrap().failures, 8);
}

/// A probe takes the one delivery of its endpoint that is longest due, and nothing that is not due or not its own.
pub fn a_probe_takes_what_is_longest_due(store: &Store) {
    endpoints(store);
    let elsewhere =
        Delivery { due_at: Some(Timestamp::from_seconds(1)), ..Delivery::born(&made(4), &endpoint(2), None) };
    let all = [waiting(1, 30), waiting(2, 10), waiting(3, 90), elsewhere];
    wait(store, &all);
    assert_eq!(probed(store, 50, 3), []);
    assert_eq!(probed(store, 50, 1), [all[1].id]);
    assert_eq!(probed(store, 50, 1), [all[0].id]);
    assert_eq!(probed(store, 50, 1), [], "the third is not due");
    let leased = look(store, |tx| tx.find_delivery(workspace_id(1), all[1].id)).unwrap();
    assert_eq!(leased, all[1].clone().claimed(session(1).id));
}

/// Nobody is probed who is paused.
pub fn a_probe_passes_over_paused_endpoints(store: &Store) {
    endpoints(store);
    wait(store, &[waiting(1, 1)]);
    let paused = Endpoint { status: EndpointStatus::Paused, revision: 2, ..endpoint(1) };
    put(store, |tx| tx.update_endpoint(&paused));
    assert_eq!(probed(store, 50, 1), []);
}

/// A backlog counts what waits, is held and is withheld for its endpoint, up to its limit, and is as old as the oldest of that.
pub fn a_backlog_of_an_endpoint_counts_what_is_not_over(store: &Store) {
    endpoints(store);
    let at = |state, number: u32| Delivery { state, due_at: None, ..waiting(number, 1) };
    let others = [at(DeliveryState::Delivered, 1), at(DeliveryState::Exhausted, 2), at(DeliveryState::Held, 3)];
    let elsewhere = Delivery::born(&made(1), &endpoint(2), None);
    wait(store, &[waiting(5, 90), waiting(6, 10), elsewhere]);
    let backlog = |number: u32, limit| {
        let id = endpoint(number).id;
        let found = look(store, |tx| tx.list_backlogs(&[id], limit));
        let backlog = found.into_iter().find(|(of, _)| *of == id).map(|(_, backlog)| backlog).unwrap_or_default();
        seen(backlog)
    };
    assert_eq!(backlog(1, 9), (2, Some(5)));
    put(store, |tx| tx.insert_deliveries(&others));
    assert_eq!(backlog(1, 9), (3, Some(3)));
    assert_eq!(backlog(1, 2), (2, Some(3)));
    put(store, |tx| tx.insert_deliveries(&[at(DeliveryState::Withheld, 4)]));
    assert_eq!(backlog(1, 9), (4, Some(3)));
    assert_eq!(backlog(3, 9), (0, None));
    let both = [endpoint(2).id, endpoint(1).id, endpoint(9).id];
    let mut together = look(store, |tx| tx.list_backlogs(&both, 3));
    together.retain(|(_, backlog)| backlog.deliveries > 0);
    together.sort_unstable_by_key(|(id, _)| *id);
    let together: Vec<_> = together.into_iter().map(|(id, backlog)| (id, seen(backlog))).collect();
    let expected = [(endpoint(1).id, (3, Some(3))), (endpoint(2).id, (1, Some(1)))];
    assert_eq!(together, expected, "the limit is that of each");
    assert_eq!(look(store, |tx| tx.list_backlogs(&[], 9)), []);
}

/// How many, and the second since which the oldest waits.
fn seen(backlog: EndpointBacklog) -> (usize, Option<i64>) {
    (backlog.deliveries, backlog.oldest_at.map(Timestamp::as_seconds))
}

/// The backlog of a workspace is that of all its endpoints together, and of no other's.
pub fn a_backlog_of_a_workspace_is_that_of_all_its_endpoints(store: &Store) {
    endpoints(store);
    let elsewhere = Delivery::born(&made(1), &endpoint(2), None);
    let over = Delivery { state: DeliveryState::Delivered, due_at: None, ..waiting(2, 1) };
    let held = Delivery { state: DeliveryState::Held, due_at: None, ..waiting(3, 1) };
    wait(store, &[waiting(5, 90), over, held, elsewhere]);
    let backlog = |number, limit| seen(look(store, |tx| tx.backlog_of_workspace(workspace_id(number), limit)));
    assert_eq!((backlog(1, 9), backlog(1, 2)), ((3, Some(1)), (2, Some(1))));
    assert_eq!(backlog(2, 9), (0, None));
}

fn tally(number: u32, hour: i64) -> HourTally {
    let mut latencies = Latencies::default();
    for took in [3, 300, 90_000] {
        latencies.count(Duration::from_millis(took));
    }
    HourTally { endpoint_id: endpoint(number).id, hour, successes: 2, failures: 1, latencies }
}

/// What is counted comes on top of what was; endpoints and hours have their own counts.
pub fn tallies_add_up_by_endpoint_and_hour(store: &Store) {
    endpoints(store);
    let all = [tally(1, 7), tally(1, 9), tally(2, 7), tally(1, 7)];
    put(store, |tx| all.iter().try_for_each(|tally| tx.add_tally(tally)));
    let mut twice = tally(1, 7);
    twice.add(&tally(1, 7));
    assert_eq!(look(store, |tx| tx.list_tallies(&[endpoint(1).id], i64::MIN)), [twice, tally(1, 9)]);
    assert_eq!(look(store, |tx| tx.list_tallies(&[endpoint(1).id], 7)), [tally(1, 9)]);
    assert_eq!(look(store, |tx| tx.list_tallies(&[endpoint(3).id], 0)), []);
    assert_eq!(look(store, |tx| tx.list_tallies(&[], 0)), []);
    let both = [endpoint(2).id, endpoint(3).id, endpoint(1).id];
    assert_eq!(look(store, |tx| tx.list_tallies(&both, 7)), [tally(1, 9)]);
    let at_7 = look(store, |tx| tx.list_tallies(&both, 6));
    let told: Vec<_> = at_7.iter().map(|tally| (tally.endpoint_id, tally.hour, tally.successes)).collect();
    assert_eq!(told, [(endpoint(1).id, 7, 4), (endpoint(1).id, 9, 2), (endpoint(2).id, 7, 2)]);
}

/// Eight threads count for one endpoint and hour: none is lost.
pub fn eight_threads_count_together(store: &Store) {
    endpoints(store);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| put(store, |tx| tx.add_tally(&tally(1, 7))));
        }
    });
    let counted = look(store, |tx| tx.list_tallies(&[endpoint(1).id], 0));
    assert_eq!((counted[0].successes, counted[0].failures), (16, 8));
}

/// Old hours are removed oldest first, no more than asked for, and no others.
pub fn old_tallies_are_removed_in_steps(store: &Store) {
    endpoints(store);
    put(store, |tx| {
        [(1, 3), (2, 1), (1, 2), (1, 4)].iter().try_for_each(|(of, hour)| tx.add_tally(&tally(*of, *hour)))
    });
    assert_eq!(put(store, |tx| tx.delete_tallies(4, 2)), 2);
    assert_eq!(look(store, |tx| tx.list_tallies(&[endpoint(1).id], 0)), [tally(1, 3), tally(1, 4)]);
    assert_eq!(put(store, |tx| tx.delete_tallies(4, 2)), 1);
    assert_eq!(look(store, |tx| tx.list_tallies(&[endpoint(1).id], 0)), [tally(1, 4)]);
}
