//! The removal of what is old.

use super::endpoint_health::health;
use super::seed::{Store, look, put};
use crate::id::{DeliveryId, EndpointId, EventId};
use crate::latencies::Latencies;
use crate::testing::{endpoint, endpoint_secret, event, session};
use crate::time::Timestamp;
use crate::webhooks::{Attempt, Delivery, DeliveryState, Disabled, Endpoint, EndpointStatus, HourTally, Summary};

const NOW: Timestamp = Timestamp::from_seconds(100);
const END: EventId = EventId::from_bytes([0xff; 16]);

/// Stores an event with one delivery to each endpoint, and so many attempts of each.
fn stored(store: &Store, number: u32, endpoints: &[Endpoint], attempts: u32) -> Vec<Delivery> {
    let born = |endpoint| Delivery {
        state: DeliveryState::Exhausted,
        due_at: None,
        ..Delivery::born(&event(number), endpoint, None)
    };
    let deliveries: Vec<_> = endpoints.iter().map(born).collect();
    put(store, |tx| {
        tx.insert_event(&event(number))?;
        tx.insert_deliveries(&deliveries)?;
        for delivery in &deliveries {
            for number in 1..=attempts {
                tx.insert_attempt(&attempt(delivery, number))?;
            }
        }
        Ok(())
    });
    deliveries
}

fn attempt(delivery: &Delivery, number: u32) -> Attempt {
    Attempt {
        delivery_id: delivery.id,
        number,
        started_at: NOW,
        duration_ms: 5,
        status: Some(500),
        failure: None,
        detail: None,
        body_excerpt: Vec::new(),
        secret_ids: Vec::new(),
        report: crate::webhooks::Report::default(),
    }
}

fn attempts_of(store: &Store, deliveries: &[Delivery]) -> usize {
    deliveries.iter().map(|delivery| look(store, |tx| tx.list_attempts(delivery.id)).len()).sum()
}

/// Events between two ids, oldest first, up to a limit.
pub fn old_events_are_listed_oldest_first(store: &Store) {
    for number in [3, 1, 4, 2] {
        stored(store, number, &[], 0);
    }
    let list = |after, before, limit| look(store, |tx| tx.list_old_events(after, before, limit));
    let id = |number| event(number).id;
    assert_eq!(list(None, END, 10), [1, 2, 3, 4].map(id));
    assert_eq!(list(Some(id(1)), id(4), 10), [2, 3].map(id));
    assert_eq!(list(None, END, 2), [1, 2].map(id));
}

/// The deliveries of events, each with whether it is over; those of other events are not among them.
pub fn deliveries_are_found_by_their_events(store: &Store) {
    let endpoints = [endpoint(1), endpoint(2)];
    let first = stored(store, 1, &endpoints, 0);
    let second = stored(store, 2, &endpoints[..1], 0);
    stored(store, 3, &endpoints, 0);
    put(store, |tx| tx.update_resent(&second[0].clone().resent(NOW).unwrap()));
    let found = put(store, |tx| tx.list_deliveries_of(&[event(1).id, event(2).id], 10));
    let mut told: Vec<_> = found.iter().map(|kept| (kept.id, kept.event_id, kept.state.unwrap().is_over())).collect();
    told.sort_unstable();
    let mut wanted: Vec<_> = first.iter().map(|delivery| (delivery.id, event(1).id, true)).collect();
    wanted.push((second[0].id, event(2).id, false));
    wanted.sort_unstable();
    assert_eq!(told, wanted);
    assert_eq!(
        look(store, |tx| tx.list_deliveries_of(&[event(1).id, event(2).id], 10)),
        found,
        "a reader sees the same"
    );
    assert_eq!(put(store, |tx| tx.list_deliveries_of(&[event(1).id], 1)).len(), 1);
    assert_eq!(put(store, |tx| tx.list_deliveries_of(&[], 1)), []);
}

/// Of these endpoints those that are paused or disabled.
pub fn stopped_endpoints_are_found(store: &Store) {
    let statuses = [
        EndpointStatus::Active,
        EndpointStatus::Paused,
        EndpointStatus::Disabled(Disabled::Gone),
        EndpointStatus::Deleted,
        EndpointStatus::Paused,
    ];
    put(store, |tx| {
        (1..)
            .zip(statuses)
            .try_for_each(|(number, status)| tx.insert_endpoint(&Endpoint { status, ..endpoint(number) }))
    });
    let ids: Vec<EndpointId> = (1..=4).map(|number| endpoint(number).id).collect();
    let mut stopped = look(store, |tx| tx.list_stopped_endpoints(&ids));
    stopped.sort_unstable();
    assert_eq!(stopped, [endpoint(2).id, endpoint(3).id]);
    assert_eq!(look(store, |tx| tx.list_stopped_endpoints(&[])), []);
}

/// What waits, is held or is withheld comes to its end, and says since when it waited; what was over before is what it was, and what is
/// being sent or is over stays as it is.
pub fn what_waits_in_vain_expires(store: &Store) {
    let born = |number, state: DeliveryState| {
        let born = Delivery::born(&event(number), &endpoint(1), None);
        let waits = state == DeliveryState::Waiting;
        Delivery { state, due_at: born.due_at.filter(|_| waits), finished_at: state.is_over().then_some(NOW), ..born }
    };
    let last = Summary { started_at: NOW, duration_ms: 1, status: Some(500), failure: None, detail: None };
    let held = Delivery { last: Some(last), attempts: 1, ..born(2, DeliveryState::Held) };
    let withheld_at = Timestamp::from_seconds(3);
    let waiting = [born(1, DeliveryState::Waiting), held, born(3, DeliveryState::Waiting).withheld(withheld_at)];
    let resent = born(4, DeliveryState::Delivered).resent(Timestamp::from_seconds(1)).unwrap();
    let others = [Delivery::born(&event(5), &endpoint(1), Some(session(7).id)), born(6, DeliveryState::Exhausted)];
    let all: Vec<Delivery> = waiting.iter().cloned().chain([resent.clone()]).chain(others.clone()).collect();
    put(store, |tx| tx.insert_deliveries(&all));
    let found = look(store, |tx| tx.list_deliveries_of(&[event(1).id, event(2).id, event(3).id], 10));
    let since = |delivery: &Delivery| found.iter().find(|kept| kept.id == delivery.id).unwrap().waits_since().unwrap();
    assert_eq!(waiting.each_ref().map(since), [waiting[0].due_at.unwrap(), NOW, withheld_at]);
    let ids: Vec<DeliveryId> = all.iter().map(|delivery| delivery.id).collect();
    let expire = || put(store, |tx| tx.close_expired(&ids, NOW));
    assert_eq!((expire(), expire()), (4, 0));
    let find = |delivery: &Delivery| look(store, |tx| tx.find_delivery(delivery.workspace_id, delivery.id)).unwrap();
    for delivery in waiting.iter().chain([&resent]) {
        assert_eq!(find(delivery), delivery.clone().expired(NOW));
    }
    assert_eq!(find(&resent).state, DeliveryState::Delivered);
    assert_eq!(others.each_ref().map(find), others);
}

/// Attempts of some deliveries go, never more than the limit, and those of others stay.
pub fn attempts_are_removed_up_to_a_limit(store: &Store) {
    let deliveries = stored(store, 1, &[endpoint(1), endpoint(2)], 3);
    let others = stored(store, 2, &[endpoint(1)], 2);
    let ids: Vec<DeliveryId> = deliveries.iter().map(|delivery| delivery.id).collect();
    let left = |removed: usize| (removed, attempts_of(store, &deliveries));
    assert_eq!(left(put(store, |tx| tx.delete_attempts(&ids, 1))), (1, 5));
    assert_eq!(left(put(store, |tx| tx.delete_attempts(&ids, 3))), (3, 2));
    assert_eq!(left(put(store, |tx| tx.delete_attempts(&ids, 9))), (2, 0));
    assert_eq!(left(put(store, |tx| tx.delete_attempts(&ids, 9))), (0, 0));
    assert_eq!(put(store, |tx| tx.delete_attempts(&[], 9)), 0);
    assert_eq!(attempts_of(store, &others), 2);
}

/// Those that are named go, and no others; one that is not there is passed over.
pub fn events_and_deliveries_are_removed(store: &Store) {
    let deliveries = stored(store, 1, &[endpoint(1), endpoint(2)], 0);
    stored(store, 2, &[], 0);
    let (gone, kept) = (&deliveries[0], &deliveries[1]);
    assert_eq!(put(store, |tx| tx.delete_deliveries(&[gone.id, DeliveryId::from_bytes([9; 16])])), 1);
    assert_eq!(look(store, |tx| tx.find_delivery(gone.workspace_id, gone.id)), None);
    assert!(look(store, |tx| tx.find_delivery(kept.workspace_id, kept.id)).is_some());
    assert_eq!(put(store, |tx| tx.delete_events(&[event(1).id, END])), 1);
    assert_eq!(look(store, |tx| tx.list_old_events(None, END, 10)), [event(2).id]);
    assert_eq!((put(store, |tx| tx.delete_events(&[])), put(store, |tx| tx.delete_deliveries(&[]))), (0, 0));
}

/// What an endpoint was goes once the last event that met it is gone, at most so many at a time; what younger events met stays.
pub fn revisions_go_when_no_event_has_met_them(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let change = |revision| put(store, |tx| tx.update_endpoint(&Endpoint { revision, ..endpoint(1) }));
    change(2);
    for number in 1..=3 {
        stored(store, number, &[], 0);
        change(i64::from(number) + 2);
    }
    let ids = [1, 2, 3].map(|number| event(number).id);
    let is_there = |revision: &i64| look(store, |tx| tx.find_revision(endpoint(1).id, *revision)).is_some();
    let left = |removed: usize| -> (usize, Vec<i64>) { (removed, (1..=5).filter(is_there).collect()) };
    let delete = |before, limit| put(store, |tx| tx.delete_revisions(before, limit));
    let has = |before| look(store, |tx| tx.has_unmet_revisions(before));
    assert!(has(END));
    assert_eq!(left(delete(END, 10)), (1, vec![2, 3, 4]), "there was no event that met the first");
    assert!(!has(END));
    put(store, |tx| tx.delete_events(&ids[..2]));
    assert!(has(ids[1]) && !has(ids[0]));
    assert_eq!(left(delete(ids[1], 10)), (1, vec![3, 4]));
    assert_eq!(left(delete(END, 10)), (1, vec![4]), "the third event is there");
    change(6);
    put(store, |tx| tx.delete_events(&ids[2..]));
    assert_eq!((delete(END, 1), left(delete(END, 1)), delete(END, 1)), (1, (1, vec![]), 0));
}

/// A deleted endpoint goes with all that is kept of it once no delivery names it; one that is not deleted stays.
pub fn a_deleted_endpoint_goes_when_nothing_names_it(store: &Store) {
    let latencies = Latencies::default();
    let tally = HourTally { endpoint_id: endpoint(1).id, hour: 7, successes: 1, failures: 0, latencies };
    put(store, |tx| {
        tx.insert_endpoint(&endpoint(1))?;
        tx.insert_endpoint(&endpoint(2))?;
        tx.insert_endpoint_secret(&endpoint_secret(1))?;
        tx.put_health(&health(1))?;
        tx.add_tally(&tally)
    });
    let deliveries = stored(store, 1, &[endpoint(1)], 0);
    let unreferenced = || look(store, |tx| tx.list_unreferenced_endpoints(10));
    let delete = |id: EndpointId| put(store, |tx| tx.delete_unreferenced_endpoint(id));
    put(store, |tx| tx.update_endpoint(&Endpoint { status: EndpointStatus::Deleted, revision: 2, ..endpoint(1) }));
    assert_eq!((unreferenced(), delete(endpoint(1).id), delete(endpoint(2).id)), (vec![], false, false));
    put(store, |tx| tx.delete_deliveries(&[deliveries[0].id]));
    assert_eq!((unreferenced(), delete(endpoint(1).id)), (vec![endpoint(1).id], true));
    assert!(look(store, |tx| tx.find_target(endpoint(1).workspace_id, endpoint(1).id)).is_none());
    assert!(look(store, |tx| tx.find_target(endpoint(2).workspace_id, endpoint(2).id)).is_some());
    assert_eq!((unreferenced(), delete(endpoint(1).id)), (vec![], false));
    assert_eq!(look(store, |tx| tx.find_health(endpoint(1).id)), None);
    assert_eq!(look(store, |tx| tx.list_tallies(&[endpoint(1).id], 0)), []);
    assert_eq!(look(store, |tx| tx.find_revision(endpoint(1).id, 1)), None);
}
