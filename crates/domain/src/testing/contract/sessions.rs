//! Sessions, and deliveries that they left behind.

use super::seed::{Store, expect_conflict, look, put, try_put};
use crate::testing::{endpoint, event, session};
use crate::time::Timestamp;
use crate::webhooks::{Delivery, DeliveryState, Session};

const NOW: Timestamp = Timestamp::from_seconds(100);

/// A session counts its beats for as long as it is there.
pub fn a_session_beats_until_it_is_removed(store: &Store) {
    put(store, |tx| tx.insert_session(&session(1)));
    expect_conflict(try_put(store, |tx| tx.insert_session(&session(1))));
    assert!(put(store, |tx| tx.beat_session(session(1).id)));
    assert_eq!(look(store, |tx| tx.list_sessions()), [Session { beats: 1, ..session(1) }]);
    put(store, |tx| tx.delete_session(session(1).id));
    put(store, |tx| tx.delete_session(session(1).id));
    assert!(!put(store, |tx| tx.beat_session(session(1).id)));
    assert_eq!(look(store, |tx| tx.list_sessions()), []);
}

/// What is leased to a session that does not exist waits again, in bounded steps; what living sessions hold stays.
pub fn orphans_wait_again(store: &Store) {
    let born = |number, holder| Delivery::born(&event(number), &endpoint(1), Some(session(holder).id));
    let deliveries = [born(1, 1), born(2, 9), born(3, 9)];
    put(store, |tx| {
        tx.insert_session(&session(1))?;
        tx.insert_endpoint(&endpoint(1))?;
        for number in 1..=3 {
            tx.insert_event(&event(number))?;
        }
        tx.insert_deliveries(&deliveries)
    });
    assert_eq!(put(store, |tx| tx.release_orphans(NOW, 1)), 1);
    assert_eq!(put(store, |tx| tx.release_orphans(NOW, 10)), 1);
    assert_eq!(put(store, |tx| tx.release_orphans(NOW, 10)), 0);
    let states = deliveries
        .map(|delivery| look(store, |tx| tx.find_delivery(delivery.workspace_id, delivery.id)).unwrap().state);
    assert_eq!(states, [DeliveryState::Leased, DeliveryState::Waiting, DeliveryState::Waiting]);
}

/// What a session holds waits again, in bounded steps; what others hold stays.
pub fn a_release_makes_deliveries_wait_again(store: &Store) {
    let born = |number, holder| Delivery::born(&event(number), &endpoint(1), Some(session(holder).id));
    let deliveries = [born(1, 1), born(2, 1), born(3, 1), born(4, 2)];
    put(store, |tx| {
        tx.insert_session(&session(1))?;
        tx.insert_session(&session(2))?;
        tx.insert_endpoint(&endpoint(1))?;
        for number in 1..=4 {
            tx.insert_event(&event(number))?;
        }
        tx.insert_deliveries(&deliveries)
    });
    let mut leased: Vec<_> = deliveries.iter().take(3).cloned().collect();
    leased.sort_unstable_by_key(|delivery| delivery.id);
    assert_eq!(look(store, |tx| tx.list_leased(session(1).id, 10)), leased);
    assert_eq!(look(store, |tx| tx.list_leased(session(1).id, 2)), leased[..2]);
    assert_eq!(put(store, |tx| tx.release_session(session(1).id, NOW, 2)), 2);
    assert_eq!(put(store, |tx| tx.release_session(session(1).id, NOW, 2)), 1);
    assert_eq!(put(store, |tx| tx.release_session(session(1).id, NOW, 2)), 0);
    let state = |delivery: &Delivery| {
        let found = look(store, |tx| tx.find_delivery(delivery.workspace_id, delivery.id)).unwrap();
        (found.state, found.due_at, found.lease)
    };
    for released in &deliveries[..3] {
        assert_eq!(state(released), (DeliveryState::Waiting, Some(NOW), None));
    }
    assert_eq!(state(&deliveries[3]), (DeliveryState::Leased, None, deliveries[3].lease));
}
