//! Deliveries: claim, record, list.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::events::Event;
use crate::id::{EndpointId, SessionId};
use crate::page::{PageRequest, PageSize, Period};
use crate::testing::{endpoint, event, session};
use crate::time::Timestamp;
use crate::webhooks::{
    Attempt, Backlog, Close, Delivery, DeliveryFilter, DeliveryState, Endpoint, EndpointStatus, FailureKind, Report,
    Resend, Room, Summary,
};

const NOW: Timestamp = Timestamp::from_seconds(100);

/// Stores an event with one delivery to `endpoint`, due at `due`.
pub(super) fn waiting(store: &Store, number: u32, endpoint: &Endpoint, due: Timestamp) -> Delivery {
    let event = Event { workspace_id: endpoint.workspace_id, ..event(number) };
    let delivery = Delivery { due_at: Some(due), ..Delivery::born(&event, endpoint, None) };
    put(store, |tx| {
        tx.insert_event(&event)?;
        tx.insert_deliveries(std::slice::from_ref(&delivery))
    });
    delivery
}

pub(super) fn endpoint_of(store: &Store, number: u32) -> Endpoint {
    put(store, |tx| tx.insert_endpoint(&endpoint(number)));
    endpoint(number)
}

fn claim(store: &Store, session: SessionId, full: &[EndpointId], limit: usize) -> Vec<Delivery> {
    put(store, |tx| {
        tx.insert_session(&crate::webhooks::Session { id: session, ..crate::testing::session(1) }).or(Ok(()))
    });
    let room = Room { fewer: full.iter().map(|id| (*id, 0)).collect(), ..Room::of(limit) };
    let claimed = put(store, |tx| tx.claim_due(session, NOW, &room));
    claimed.work.into_iter().map(|work| work.delivery).collect()
}

fn find(store: &Store, delivery: &Delivery) -> Delivery {
    look(store, |tx| tx.find_delivery(delivery.workspace_id, delivery.id)).expect("the delivery exists")
}

/// What is due is claimed longest due first, leased, with its event and endpoint; what is not due stays.
pub fn a_claim_takes_what_is_due(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    let late = waiting(store, 1, &endpoint, Timestamp::from_seconds(99));
    let first = waiting(store, 2, &endpoint, Timestamp::from_seconds(50));
    let future = waiting(store, 3, &endpoint, Timestamp::from_micros(NOW.as_micros() + 1));
    let at_now = waiting(store, 4, &endpoint, NOW);
    put(store, |tx| tx.insert_session(&session(7)));
    let work = put(store, |tx| tx.claim_due(session(7).id, NOW, &Room::of(10))).work;
    let deliveries: Vec<_> = work.iter().map(|work| work.delivery.clone()).collect();
    assert_eq!(deliveries, [&first, &late, &at_now].map(|delivery| delivery.clone().claimed(session(7).id)));
    assert_eq!(work[0].payload, event(2).payload);
    assert_eq!(work[0].event_type, event(2).event_type);
    assert_eq!(work[0].target.endpoint, endpoint);
    assert_eq!(find(store, &first), deliveries[0]);
    assert_eq!(find(store, &future), future);
}

/// A claim stops at its limit, passes over full endpoints, and finds nothing twice.
pub fn a_claim_keeps_to_its_limit_and_to_endpoints_with_room(store: &Store) {
    let (full, free) = (endpoint_of(store, 1), endpoint_of(store, 2));
    waiting(store, 1, &full, Timestamp::from_seconds(1));
    let second = waiting(store, 2, &free, Timestamp::from_seconds(2));
    let third = waiting(store, 3, &free, Timestamp::from_seconds(3));
    let ids = |claimed: Vec<Delivery>| claimed.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>();
    assert_eq!(ids(claim(store, session(7).id, &[full.id], 1)), [second.id]);
    assert_eq!(ids(claim(store, session(7).id, &[full.id], 10)), [third.id]);
    assert_eq!(ids(claim(store, session(7).id, &[full.id], 10)), []);
}

/// Endpoints have their turn one after the other, each with what it has room for, from the one after the last that was served.
pub fn a_claim_serves_endpoints_in_turn(store: &Store) {
    let endpoints = [1, 2, 3].map(|number| endpoint_of(store, number));
    for number in 0..9 {
        let endpoint = &endpoints[usize::try_from(number % 3).unwrap()];
        waiting(store, number, endpoint, Timestamp::from_seconds(i64::from(number)));
    }
    put(store, |tx| tx.insert_session(&session(7)));
    let claim = |room: &Room| {
        let claimed = put(store, |tx| tx.claim_due(session(7).id, NOW, room));
        let events: Vec<_> = claimed.work.iter().map(|work| work.delivery.event_id).collect();
        (events, claimed.served)
    };
    let events = |numbers: &[u32]| numbers.iter().map(|number| event(*number).id).collect::<Vec<_>>();
    let [one, two, three] = endpoints.map(|endpoint| endpoint.id);
    let room = |after, limit| Room { per_endpoint: 2, after, ..Room::of(limit) };
    assert_eq!(claim(&room(None, 3)), (events(&[0, 3, 1]), Some(two)));
    assert_eq!(claim(&room(Some(two), 3)), (events(&[2, 5, 6]), Some(one)));
    assert_eq!(claim(&room(Some(one), 9)), (events(&[4, 7, 8]), Some(three)));
    assert_eq!(claim(&room(Some(three), 9)), (events(&[]), None));
}

/// An endpoint with less room than the others gets what it waits for longest, and each delivery comes with the instant at which it was due.
pub fn a_claim_brings_fewer_to_who_has_less_room(store: &Store) {
    let endpoints = [1, 2].map(|number| endpoint_of(store, number));
    for number in 0..6 {
        let endpoint = &endpoints[usize::try_from(number % 2).unwrap()];
        waiting(store, number, endpoint, Timestamp::from_seconds(i64::from(number)));
    }
    put(store, |tx| tx.insert_session(&session(7)));
    let room = Room { fewer: [(endpoints[0].id, 1)].into(), per_endpoint: 2, ..Room::of(10) };
    let work = put(store, |tx| tx.claim_due(session(7).id, NOW, &room)).work;
    let claimed: Vec<_> = work.iter().map(|work| (work.delivery.event_id, work.due_at)).collect();
    let expected = [0, 1, 3].map(|number| (event(number).id, Timestamp::from_seconds(i64::from(number))));
    assert_eq!(claimed, expected);
}

/// Deliveries of endpoints that are not active wait, and are not the next that is due.
pub fn a_claim_passes_over_paused_endpoints(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    waiting(store, 1, &endpoint, Timestamp::from_seconds(1));
    assert_eq!(look(store, |tx| tx.next_due_at()), Some(Timestamp::from_seconds(1)));
    let paused = Endpoint { status: EndpointStatus::Paused, revision: 2, ..endpoint };
    put(store, |tx| tx.update_endpoint(&paused));
    assert_eq!(claim(store, session(7).id, &[], 10), []);
    assert_eq!(look(store, |tx| tx.next_due_at()), None);
}

/// The next due instant is the earliest of all that wait.
pub fn the_next_due_instant_is_the_earliest(store: &Store) {
    assert_eq!(look(store, |tx| tx.next_due_at()), None);
    let endpoint = endpoint_of(store, 1);
    waiting(store, 1, &endpoint, Timestamp::from_seconds(300));
    waiting(store, 2, &endpoint, Timestamp::from_seconds(200));
    assert_eq!(look(store, |tx| tx.next_due_at()), Some(Timestamp::from_seconds(200)));
}

/// A backlog counts what waits, due or not, up to its limit, and nothing that is being sent.
pub fn a_backlog_counts_what_waits(store: &Store) {
    assert_eq!(look(store, |tx| tx.backlog(NOW, 10)), Backlog::default());
    let endpoint = endpoint_of(store, 1);
    waiting(store, 1, &endpoint, Timestamp::from_seconds(300));
    let future = Backlog { waiting: 1, oldest_due_at: None };
    assert_eq!(look(store, |tx| tx.backlog(NOW, 10)), future);
    waiting(store, 2, &endpoint, NOW);
    waiting(store, 3, &endpoint, Timestamp::from_seconds(50));
    let due = Backlog { waiting: 3, oldest_due_at: Some(Timestamp::from_seconds(50)) };
    assert_eq!(look(store, |tx| tx.backlog(NOW, 10)), due);
    assert_eq!(look(store, |tx| tx.backlog(NOW, 2)), Backlog { waiting: 2, ..due });
    claim(store, session(7).id, &[], 10);
    assert_eq!(look(store, |tx| tx.backlog(NOW, 10)), future);
}

/// What waits for a paused endpoint is counted, and makes a backlog no older: nobody is to act on it.
pub fn a_backlog_is_as_old_as_what_could_be_claimed(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    waiting(store, 1, &endpoint, Timestamp::from_seconds(1));
    put(store, |tx| tx.update_endpoint(&Endpoint { status: EndpointStatus::Paused, revision: 2, ..endpoint.clone() }));
    assert_eq!(look(store, |tx| tx.backlog(NOW, 10)), Backlog { waiting: 1, oldest_due_at: None });
}

/// Eight threads claim at once: every delivery is leased exactly once.
pub fn eight_threads_claim_each_delivery_once(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    for number in 1..=40 {
        waiting(store, number, &endpoint, Timestamp::from_seconds(1));
    }
    let mut claimed: Vec<_> = std::thread::scope(|scope| {
        let claim_all = |thread: u32| {
            move || {
                let mut own = Vec::new();
                loop {
                    let some = claim(store, session(thread).id, &[], 3);
                    if some.is_empty() {
                        return own;
                    }
                    own.extend(some.into_iter().map(|delivery| delivery.id));
                }
            }
        };
        let threads: Vec<_> = (1..=8).map(|thread| scope.spawn(claim_all(thread))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    claimed.sort_unstable();
    let before = claimed.len();
    claimed.dedup();
    assert_eq!((before, claimed.len()), (40, 40));
}

/// A result is written once, by the session that holds the lease.
pub fn a_result_is_fenced_by_its_lease(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    waiting(store, 1, &endpoint, Timestamp::from_seconds(1));
    let claimed = claim(store, session(7).id, &[], 1).remove(0);
    let summary = Summary { started_at: NOW, duration_ms: 12, status: Some(204), failure: None, detail: None };
    let delivered = Delivery {
        state: DeliveryState::Delivered,
        lease: None,
        attempts: 1,
        finished_at: Some(NOW),
        last: Some(summary),
        ..claimed
    };
    assert!(!put(store, |tx| tx.record_delivery(session(8).id, &delivered)), "another session has no say");
    assert!(put(store, |tx| tx.record_delivery(session(7).id, &delivered)));
    assert_eq!(find(store, &delivered), delivered);
    assert!(!put(store, |tx| tx.record_delivery(session(7).id, &delivered)), "the lease ended with the result");
}

/// A result of an attempt that is not the next one is fenced off, though the session is the same.
pub fn a_result_is_fenced_by_its_attempt(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    waiting(store, 1, &endpoint, Timestamp::from_seconds(1));
    let claimed = claim(store, session(7).id, &[], 1).remove(0);
    let skipped = Delivery { state: DeliveryState::Exhausted, lease: None, attempts: 2, ..claimed };
    assert!(!put(store, |tx| tx.record_delivery(session(7).id, &skipped)));
}

/// Every state and failure reads back as it was written.
pub fn every_state_and_failure_reads_back(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    let failures = FailureKind::ALL.into_iter().map(Some).chain([None]).cycle();
    for ((number, state), failure) in (1..).zip(DeliveryState::ALL).zip(failures) {
        let detail = failure.map(|kind| kind.as_str().to_owned());
        let summary = Summary { started_at: NOW, duration_ms: 7, status: Some(599), failure, detail };
        let born = Delivery::born(&event(number), &endpoint, Some(session(1).id));
        let lease = born.lease.filter(|_| state == DeliveryState::Leased);
        let due_at = (state == DeliveryState::Waiting).then_some(NOW);
        let resend = (state == DeliveryState::Waiting).then_some(Resend { state, due_at: Some(NOW) });
        let (last, finished_at, setbacks, resends) = (Some(summary), Some(NOW), number, number + 1);
        let delivery = Delivery { state, due_at, lease, resends, resend, setbacks, finished_at, last, ..born };
        put(store, |tx| {
            tx.insert_event(&event(number))?;
            tx.insert_deliveries(std::slice::from_ref(&delivery))
        });
        assert_eq!(find(store, &delivery), delivery);
    }
}

/// Attempts read back in their order; each number is taken once.
pub fn attempts_read_back_in_order(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    let delivery = waiting(store, 1, &endpoint, NOW);
    let attempt = |number| Attempt {
        delivery_id: delivery.id,
        number,
        started_at: NOW,
        duration_ms: 5,
        status: (number == 2).then_some(503),
        failure: (number == 1).then_some(FailureKind::Connect),
        detail: (number == 1).then(|| "connection refused".to_owned()),
        body_excerpt: vec![0xff, 0, b'a'],
        secret_ids: vec![crate::id::EndpointSecretId::from_bytes([3; 16])],
        report: Report::default(),
    };
    put(store, |tx| {
        tx.insert_attempt(&attempt(2))?;
        tx.insert_attempt(&attempt(1))
    });
    assert_eq!(look(store, |tx| tx.list_attempts(delivery.id)), [attempt(1), attempt(2)]);
    expect_conflict(try_put(store, |tx| tx.insert_attempt(&attempt(1))));
}

/// A list shows what its filter asks for, newest first, in its own workspace.
pub fn a_list_shows_what_its_filter_asks_for(store: &Store) {
    let (one, two) = (endpoint_of(store, 1), endpoint_of(store, 2));
    let elsewhere = Endpoint { workspace_id: workspace_id(2), ..endpoint(3) };
    put(store, |tx| tx.insert_endpoint(&elsewhere));
    let first = waiting(store, 1, &one, NOW);
    let second = waiting(store, 2, &two, NOW);
    waiting(store, 3, &elsewhere, NOW);
    claim(store, session(7).id, &[two.id], 10);
    let list = |filter: DeliveryFilter| {
        let page = look(store, |tx| tx.list_deliveries(workspace_id(1), &filter, PageRequest::default()));
        let mut ids: Vec<_> = page.items.into_iter().map(|delivery| delivery.id).collect();
        ids.sort_unstable();
        ids
    };
    let mut both = vec![first.id, second.id];
    both.sort_unstable();
    assert_eq!(list(DeliveryFilter::default()), both);
    assert_eq!(list(DeliveryFilter { event_id: Some(event(2).id), ..Default::default() }), [second.id]);
    assert_eq!(list(DeliveryFilter { endpoint_id: Some(one.id), ..Default::default() }), [first.id]);
    let of_type = |text: &str| DeliveryFilter { event_type: text.parse().ok(), ..Default::default() };
    assert_eq!(list(of_type("payment.completed")), both);
    assert_eq!(list(of_type("payment.failed")), []);
    assert_eq!(list(DeliveryFilter { state: Some(DeliveryState::Waiting), ..Default::default() }), [second.id]);
    let (state, endpoint_id) = (Some(DeliveryState::Waiting), Some(two.id));
    assert_eq!(list(DeliveryFilter { endpoint_id, state, ..Default::default() }), [second.id]);
    assert_eq!(list(DeliveryFilter { state, endpoint_id: Some(one.id), ..Default::default() }), []);
    let two_seconds = Some(Timestamp::from_seconds(2));
    let created = Period { from: two_seconds, before: None };
    assert_eq!(list(DeliveryFilter { created, ..Default::default() }), []);
    let created = Period { from: None, before: two_seconds };
    assert_eq!(list(DeliveryFilter { created, ..Default::default() }), both);
}

/// A delivery whose event is gone is told apart: there is nothing to send, and it must not be claimed for ever.
pub fn a_claim_tells_what_has_no_content(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    let whole = waiting(store, 1, &endpoint, NOW);
    let broken = Delivery { due_at: Some(NOW), ..Delivery::born(&event(2), &endpoint, None) };
    put(store, |tx| {
        tx.insert_session(&session(7))?;
        tx.insert_deliveries(std::slice::from_ref(&broken))
    });
    let claimed = put(store, |tx| tx.claim_due(session(7).id, NOW, &Room::of(10)));
    assert_eq!(claimed.work.iter().map(|work| work.delivery.id).collect::<Vec<_>>(), [whole.id]);
    assert_eq!(claimed.without_content, [broken.claimed(session(7).id)]);
    let set_back = claimed.without_content[0].clone().set_back(NOW);
    assert!(put(store, |tx| tx.record_delivery(session(7).id, &set_back)));
    assert_eq!(find(store, &set_back), set_back);
}

/// A resend takes the place of where a delivery stood, unless it is on its way or held.
pub fn a_resend_is_written_over_its_last_state(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    let delivery = waiting(store, 1, &endpoint, Timestamp::from_seconds(900));
    let resent = delivery.clone().resent(NOW).unwrap();
    assert!(put(store, |tx| tx.update_resent(&resent)));
    assert_eq!(find(store, &delivery), resent);
    let claimed = claim(store, session(7).id, &[], 10);
    assert_eq!(claimed, [resent.clone().claimed(session(7).id)]);
    assert!(!put(store, |tx| tx.update_resent(&resent)), "it is on its way");
    assert_eq!(find(store, &delivery), claimed[0]);
}

/// What was held for an endpoint waits again once it is active, a bounded number at a time.
pub fn held_deliveries_of_active_endpoints_wait_again(store: &Store) {
    let (resumed, paused) = (endpoint_of(store, 1), endpoint_of(store, 2));
    let held = |number, endpoint: &Endpoint| {
        let endpoint = Endpoint { status: EndpointStatus::Paused, ..endpoint.clone() };
        let held = Delivery::born(&event(number), &endpoint, None);
        put(store, |tx| {
            tx.insert_event(&event(number))?;
            tx.insert_deliveries(std::slice::from_ref(&held))
        });
        held
    };
    let (first, second, third) = (held(11, &resumed), held(12, &resumed), held(13, &paused));
    let still = Endpoint { status: EndpointStatus::Paused, revision: 2, ..paused };
    put(store, |tx| tx.update_endpoint(&still));
    assert_eq!(put(store, |tx| tx.release_held(NOW, 1)), 1);
    assert_eq!(put(store, |tx| tx.release_held(NOW, 10)), 1);
    assert_eq!(put(store, |tx| tx.release_held(NOW, 10)), 0);
    assert_eq!(find(store, &first), first.clone().released(NOW));
    assert_eq!(find(store, &second), second.clone().released(NOW));
    assert_eq!(find(store, &third), third);
}

/// What waits for a deleted endpoint is closed, a bounded number at a time; what came to its end stays as it was.
pub fn deliveries_of_deleted_endpoints_are_closed(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    let first = waiting(store, 1, &endpoint, NOW);
    let second = waiting(store, 2, &endpoint, NOW);
    let over = waiting(store, 3, &endpoint, Timestamp::from_seconds(1));
    let over = Delivery { state: DeliveryState::Exhausted, due_at: None, finished_at: Some(NOW), ..over };
    let claimed = claim(store, session(7).id, &[], 1);
    assert_eq!(claimed[0].id, over.id);
    assert!(put(store, |tx| tx.record_delivery(session(7).id, &over)));
    let again = over.clone().resent(NOW).unwrap();
    assert!(put(store, |tx| tx.update_resent(&again)));
    let other = waiting(store, 4, &endpoint_of(store, 2), NOW);
    assert_eq!(put(store, |tx| tx.close_deleted(NOW, 10)), 0);
    let deleted = Endpoint { status: EndpointStatus::Deleted, revision: 2, ..endpoint };
    put(store, |tx| tx.update_endpoint(&deleted));
    assert_eq!(put(store, |tx| tx.close_deleted(NOW, 1)), 1);
    assert_eq!(put(store, |tx| tx.close_deleted(NOW, 10)), 2);
    assert_eq!(put(store, |tx| tx.close_deleted(NOW, 10)), 0);
    for closed in [first, second] {
        let found = find(store, &closed);
        assert_eq!(found, closed.closed_with_endpoint(NOW));
        assert_eq!(found.state, DeliveryState::Closed(Close::EndpointDeleted));
    }
    assert_eq!(find(store, &over), over);
    assert_eq!(find(store, &other), other);
}

/// Pages of deliveries follow each other without a gap.
pub fn deliveries_are_listed_page_by_page(store: &Store) {
    let endpoint = endpoint_of(store, 1);
    let mut all: Vec<_> = (1..=5).map(|number| waiting(store, number, &endpoint, NOW).id).collect();
    all.sort_unstable_by(|a, b| b.cmp(a));
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = PageRequest { size: PageSize::new(2).unwrap(), after };
        let page = look(store, |tx| tx.list_deliveries(workspace_id(1), &DeliveryFilter::default(), page));
        seen.extend(page.items.iter().map(|delivery| delivery.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
}
