//! The log: reports of attempts, attempts that were cut off, and what endpoints were.

use std::time::Duration;

use super::seed::{Store, look, put, workspace_id};
use crate::events::Event;
use crate::id::{DeliveryId, EndpointId, EndpointSecretId, EventId};
use crate::page::{PageRequest, PageSize};
use crate::testing::{endpoint, event, session};
use crate::time::Timestamp;
use crate::webhooks::{
    Attempt, Delivery, DeliveryState, Endpoint, EndpointRevision, EndpointStatus, FailureKind, FirstSuccess,
    INTERRUPTIONS_MAX, KeptHeaders, Report, Summary, Timings,
};

const NOW: Timestamp = Timestamp::from_seconds(100);

fn whole_report() -> Report {
    let headers = vec![("server".to_owned(), "nginx".to_owned()), ("x-ä".to_owned(), "\u{fffd}".to_owned())];
    Report {
        session_id: Some(session(7).id),
        endpoint_revision: Some(3),
        timings: Timings {
            dns: Some(Duration::from_micros(1_234)),
            connect: None,
            tls: None,
            first_byte: Some(Duration::ZERO),
        },
        headers: KeptHeaders::from_stored(headers, true),
        body_bytes_read: 20_000,
        is_body_cut: true,
    }
}

fn leased(store: &Store, number: u32) -> Delivery {
    let delivery = Delivery::born(&event(number), &endpoint(1), Some(session(7).id));
    put(store, |tx| {
        tx.insert_event(&event(number))?;
        tx.insert_deliveries(std::slice::from_ref(&delivery))
    });
    delivery
}

fn find(store: &Store, id: DeliveryId) -> Delivery {
    look(store, |tx| tx.find_delivery(workspace_id(1), id)).expect("the delivery exists")
}

/// An attempt comes back with all that is known of it, and with nothing where nothing is.
pub fn an_attempt_reads_back_with_its_report(store: &Store) {
    let delivery = leased(store, 1);
    let attempt = |number, report| Attempt {
        delivery_id: delivery.id,
        number,
        started_at: NOW,
        duration_ms: 5,
        status: Some(302),
        failure: None,
        detail: None,
        body_excerpt: Vec::new(),
        secret_ids: Vec::new(),
        report,
    };
    let only_session = Report { session_id: Some(session(7).id), ..Report::default() };
    let attempts = [attempt(1, whole_report()), attempt(2, Report::default()), attempt(3, only_session)];
    put(store, |tx| attempts.iter().try_for_each(|attempt| tx.insert_attempt(attempt)));
    assert_eq!(look(store, |tx| tx.list_attempts(delivery.id)), attempts);
}

/// A delivery that was delivered at once comes back with what is kept of it; the next result takes its place.
pub fn a_first_success_reads_back_with_its_delivery(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let born = leased(store, 1);
    let secret_ids = vec![EndpointSecretId::from_bytes([3; 16])];
    let first = FirstSuccess { report: whole_report(), body_excerpt: vec![0xff, 0], secret_ids };
    let last = Summary { started_at: NOW, duration_ms: 7, status: Some(200), failure: None, detail: None };
    let delivered = Delivery {
        state: DeliveryState::Delivered,
        lease: None,
        attempts: 1,
        finished_at: Some(NOW),
        last: Some(last),
        first_success: Some(Box::new(first)),
        ..born
    };
    assert!(put(store, |tx| tx.record_delivery(session(7).id, &delivered)));
    assert_eq!(find(store, delivered.id), delivered);
    let resent = delivered.resent(NOW).unwrap();
    assert!(put(store, |tx| tx.update_resent(&resent)));
    let claimed =
        put(store, |tx| tx.claim_due(session(7).id, NOW, &crate::webhooks::Room::of(1))).work.remove(0).delivery;
    let again = Delivery { state: DeliveryState::Delivered, lease: None, attempts: 2, first_success: None, ..claimed };
    assert!(put(store, |tx| tx.record_delivery(session(7).id, &again)));
    assert_eq!(find(store, again.id), again);
}

/// Results that are recorded together are fenced each by its own lease, and read back whole.
pub fn results_are_recorded_together(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let born = [1, 2, 3].map(|number| leased(store, number));
    let last = Summary { started_at: NOW, duration_ms: 7, status: Some(200), failure: None, detail: None };
    let delivered = born.map(|born| {
        let first = FirstSuccess { report: whole_report(), body_excerpt: vec![0xff, 0], secret_ids: Vec::new() };
        Delivery {
            state: DeliveryState::Delivered,
            lease: None,
            attempts: 1,
            finished_at: Some(NOW),
            last: Some(last.clone()),
            first_success: Some(Box::new(first)),
            ..born
        }
    });
    assert!(put(store, |tx| tx.record_delivery(session(7).id, &delivered[1])), "one lease ends before the others");
    assert_eq!(
        put(store, |tx| tx.record_deliveries(session(8).id, &delivered)),
        [false; 3],
        "another session has no say"
    );
    assert_eq!(put(store, |tx| tx.record_deliveries(session(7).id, &delivered)), [true, false, true]);
    for delivery in delivered {
        assert_eq!(find(store, delivery.id), delivery);
    }
}

/// What a session held when it was taken over has an attempt that was cut off, and waits again.
pub fn what_a_session_held_was_interrupted(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let held = leased(store, 1);
    assert_eq!(put(store, |tx| tx.release_session(session(7).id, NOW, 10)), 1);
    let (after, attempt) = held.interrupted(NOW);
    assert_eq!(find(store, after.id), after);
    assert_eq!(look(store, |tx| tx.list_attempts(after.id)), Vec::from_iter(attempt));
    assert_eq!((after.state, after.attempts, after.interruptions), (DeliveryState::Waiting, 1, 1));
}

/// So has what is leased to a session that does not exist, once more each time.
pub fn an_orphan_was_interrupted(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let mut delivery = leased(store, 1);
    for number in 1..=2 {
        assert_eq!(put(store, |tx| tx.release_orphans(NOW, 10)), 1);
        delivery = delivery.interrupted(NOW).0;
        assert_eq!((find(store, delivery.id), delivery.attempts), (delivery.clone(), number));
        delivery =
            put(store, |tx| tx.claim_due(session(7).id, NOW, &crate::webhooks::Room::of(1))).work.remove(0).delivery;
    }
    let kinds = look(store, |tx| tx.list_attempts(delivery.id));
    let kinds: Vec<_> = kinds.into_iter().map(|attempt| (attempt.number, attempt.failure)).collect();
    assert_eq!(kinds, [(1, Some(FailureKind::Interrupted)), (2, Some(FailureKind::Interrupted))]);
}

/// No more than [`INTERRUPTIONS_MAX`] are kept of one delivery; it waits again all the same.
pub fn interruptions_have_an_end(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    let born = Delivery::born(&event(1), &endpoint(1), Some(session(7).id));
    let often = Delivery { attempts: 101, interruptions: INTERRUPTIONS_MAX, ..born };
    put(store, |tx| {
        tx.insert_event(&event(1))?;
        tx.insert_deliveries(std::slice::from_ref(&often))
    });
    assert_eq!(put(store, |tx| tx.release_session(session(7).id, NOW, 10)), 1);
    assert_eq!(find(store, often.id), often.clone().released(NOW));
    assert_eq!(look(store, |tx| tx.list_attempts(often.id)), []);
}

/// Publishes an event of workspace 1.
fn publish(store: &Store, number: u32) -> EventId {
    put(store, |tx| tx.insert_event(&event(number)).map(drop));
    event(number).id
}

fn change(store: &Store, endpoint: &Endpoint) {
    put(store, |tx| tx.update_endpoint(endpoint));
}

fn wanting(pattern: &str, revision: i64) -> Endpoint {
    Endpoint { event_types: vec![pattern.parse().unwrap()], revision, ..endpoint(1) }
}

/// A change keeps what an endpoint was, and events find the revision that they met.
pub fn a_change_keeps_what_an_endpoint_was(store: &Store) {
    put(store, |tx| {
        tx.insert_endpoint(&wanting("a.*", 1))?;
        tx.insert_event(&Event { workspace_id: workspace_id(2), ..event(99) }).map(drop)
    });
    change(store, &wanting("b.*", 2));
    let first = publish(store, 11);
    change(store, &wanting("c.*", 3));
    change(store, &Endpoint { status: EndpointStatus::Paused, ..wanting("d.*", 4) });
    let second = publish(store, 12);
    change(store, &wanting("e.*", 5));
    let last = publish(store, 13);

    let met = |event| look(store, |tx| tx.list_revisions_met(event, &[endpoint(1).id, endpoint(2).id]));
    let then = |endpoint: Endpoint| {
        let Endpoint { id: endpoint_id, revision, url, event_types, status, .. } = endpoint;
        EndpointRevision { endpoint_id, revision, url, event_types, status }
    };
    assert_eq!(met(first), [then(wanting("b.*", 2))]);
    assert_eq!(met(second), [then(Endpoint { status: EndpointStatus::Paused, ..wanting("d.*", 4) })]);
    assert_eq!(met(last), []);
    let kept = |revision| look(store, |tx| tx.find_revision(endpoint(1).id, revision));
    assert_eq!(kept(1), Some(then(wanting("a.*", 1))));
    assert_eq!((kept(5), kept(6)), (None, None));
}

/// An update that is refused keeps nothing.
pub fn a_change_that_is_refused_keeps_nothing(store: &Store) {
    put(store, |tx| tx.insert_endpoint(&endpoint(1)));
    drop(super::seed::try_put(store, |tx| tx.update_endpoint(&wanting("a.*", 3))));
    assert_eq!(look(store, |tx| tx.find_revision(endpoint(1).id, 1)), None);
    assert_eq!(look(store, |tx| tx.find_revision(endpoint(1).id, 2)), None);
}

/// An event could have met every endpoint of its workspace but those that had been deleted before; page by page, newest first.
pub fn endpoints_that_an_event_could_have_met_are_listed(store: &Store) {
    put(store, |tx| {
        (1..=4).try_for_each(|number| tx.insert_endpoint(&endpoint(number)))?;
        tx.insert_endpoint(&Endpoint { workspace_id: workspace_id(2), ..endpoint(5) })
    });
    let delete = |number| change(store, &Endpoint { status: EndpointStatus::Deleted, revision: 2, ..endpoint(number) });
    publish(store, 11);
    delete(1);
    let event_id = publish(store, 12);
    delete(2);
    let list = |after: Option<EndpointId>| {
        let page = PageRequest { size: PageSize::new(2).unwrap(), after };
        let page = look(store, |tx| tx.list_endpoints_met(workspace_id(1), event_id, page));
        (page.items.into_iter().map(|endpoint| endpoint.id).collect::<Vec<_>>(), page.next)
    };
    assert_eq!(list(None), (vec![endpoint(4).id, endpoint(3).id], Some(endpoint(3).id)));
    assert_eq!(list(Some(endpoint(3).id)), (vec![endpoint(2).id], None));
}

/// Deliveries are found by their ids, in their own workspace.
pub fn deliveries_are_found_by_their_ids(store: &Store) {
    let (first, second) = (leased(store, 1), leased(store, 2));
    let unknown = DeliveryId::from_bytes([9; 16]);
    let mut found = look(store, |tx| tx.find_deliveries(workspace_id(1), &[first.id, second.id, unknown]));
    found.sort_unstable_by_key(|delivery| delivery.id);
    let mut wanted = vec![first.clone(), second];
    wanted.sort_unstable_by_key(|delivery| delivery.id);
    assert_eq!(found, wanted);
    assert_eq!(look(store, |tx| tx.find_deliveries(workspace_id(2), &[first.id])), []);
}
