//! Deliveries that wait for a decision after a restore.

use super::seed::{Store, look, put, workspace_id};
use crate::events::Event;
use crate::testing::{endpoint, event, session};
use crate::time::Timestamp;
use crate::webhooks::{Close, Delivery, DeliveryState, Summary};

const NOW: Timestamp = Timestamp::from_seconds(100);

fn store(store: &Store, delivery: &Delivery) {
    put(store, |tx| tx.insert_deliveries(std::slice::from_ref(delivery)));
}

/// When it is withheld.
const LATER: Timestamp = Timestamp::from_seconds(2_000_000_000);

fn waiting(number: u32, due: u64) -> Delivery {
    let due_at = Some(Timestamp::default().plus(std::time::Duration::from_secs(due)));
    Delivery { due_at, ..Delivery::born(&event(number), &endpoint(1), None) }
}

fn find(store: &Store, delivery: &Delivery) -> Delivery {
    look(store, |tx| tx.find_delivery(delivery.workspace_id, delivery.id)).expect("the delivery exists")
}

/// What was due before the instant is withheld, longest due first, a bounded number at a time; what is due later waits on.
pub fn what_is_overdue_is_withheld(tx: &Store) {
    put(tx, |tx| tx.insert_endpoint(&endpoint(1)));
    let (second, first, third, later) = (waiting(1, 20), waiting(2, 10), waiting(3, 99), waiting(4, 100));
    for delivery in [&second, &first, &third, &later] {
        store(tx, delivery);
    }
    assert_eq!(put(tx, |tx| tx.withhold_waiting(NOW, LATER, 2)), 2);
    assert_eq!(put(tx, |tx| tx.withhold_waiting(NOW, LATER, 2)), 1);
    assert_eq!(put(tx, |tx| tx.withhold_waiting(NOW, LATER, 2)), 0);
    for overdue in [first, second, third] {
        assert_eq!(find(tx, &overdue), overdue.withheld(LATER));
    }
    assert_eq!(find(tx, &later), later);
    assert_eq!(look(tx, |tx| tx.next_due_at()), later.due_at);
    put(tx, |tx| {
        tx.insert_event(&event(4))?;
        tx.insert_session(&session(7))
    });
    assert_eq!(
        put(tx, |tx| tx.claim_due(session(7).id, NOW, &crate::webhooks::Room::of(10))).work.len(),
        1,
        "what is withheld is not due"
    );
    assert_eq!(put(tx, |tx| tx.release_held(NOW, 10)), 0, "nor is it released by itself");
}

/// What was over before somebody asked for it again keeps its end; any other keeps since when it is withheld, until it is asked for.
pub fn what_is_withheld_says_since_when(tx: &Store) {
    put(tx, |tx| tx.insert_endpoint(&endpoint(1)));
    let delivered = Delivery { state: DeliveryState::Delivered, due_at: None, finished_at: Some(NOW), ..waiting(1, 0) };
    let (over, retried) = (delivered.resent(Timestamp::default()), waiting(2, 9).resent(Timestamp::default()));
    let (over, retried, plain) = (over.unwrap(), retried.unwrap(), waiting(3, 0));
    for delivery in [&over, &retried, &plain] {
        store(tx, delivery);
    }
    assert_eq!(put(tx, |tx| tx.withhold_waiting(NOW, LATER, 10)), 3);
    let since = [&over, &retried, &plain].map(|delivery| find(tx, delivery).withheld_at());
    assert_eq!(since, [None, Some(LATER), Some(LATER)]);
    assert_eq!(find(tx, &over).ended_at(), Some(NOW));
    let asked = find(tx, &plain).resent(LATER).unwrap();
    assert!(put(tx, |tx| tx.update_resent(&asked)));
    assert_eq!((find(tx, &plain).finished_at, find(tx, &plain)), (None, asked));
}

/// What a dead session was sending is withheld when its latest attempt, or its event, was long ago.
pub fn what_was_on_its_way_is_withheld(tx: &Store) {
    put(tx, |tx| tx.insert_endpoint(&endpoint(1)));
    let leased = |number| Delivery::born(&event(number), &endpoint(1), Some(session(7).id));
    let last = Summary { started_at: NOW, duration_ms: 1, status: Some(500), failure: None, detail: None };
    let (old, tried) = (leased(1), Delivery { last: Some(last), attempts: 1, ..leased(2) });
    let fresh = Delivery { created_at: NOW, ..leased(3) };
    for delivery in [&old, &tried, &fresh] {
        store(tx, delivery);
    }
    assert_eq!(put(tx, |tx| tx.withhold_leased(NOW, LATER, 10)), 1);
    assert_eq!(find(tx, &old), old.withheld(LATER));
    assert_eq!((find(tx, &tried), find(tx, &fresh)), (tried, fresh));
}

/// What is withheld in a workspace is given up, a bounded number at a time; what had come to its end before is what it was.
pub fn what_is_withheld_is_given_up(tx: &Store) {
    put(tx, |tx| tx.insert_endpoint(&endpoint(1)));
    let resent = |number, state: DeliveryState| {
        let over = Delivery { state, due_at: None, finished_at: Some(NOW), ..waiting(number, 0) };
        over.resent(Timestamp::from_seconds(1)).unwrap().withheld(LATER)
    };
    let (plain, over) = (waiting(1, 1).withheld(LATER), resent(2, DeliveryState::Delivered));
    let elsewhere = Event { workspace_id: workspace_id(2), ..event(3) };
    let other = Delivery::born(&elsewhere, &endpoint(1), None).withheld(LATER);
    for delivery in [&plain, &over, &other] {
        store(tx, delivery);
    }
    let close = |limit| put(tx, |tx| tx.close_withheld(workspace_id(1), NOW, limit));
    assert_eq!((close(1), close(10), close(10)), (1, 1, 0));
    assert_eq!(find(tx, &plain), plain.clone().superseded(NOW));
    assert_eq!(find(tx, &plain).state, DeliveryState::Closed(Close::Superseded));
    assert_eq!(find(tx, &over), over.clone().superseded(NOW));
    assert_eq!(find(tx, &over).state, DeliveryState::Delivered);
    assert_eq!(find(tx, &other), other);
}
