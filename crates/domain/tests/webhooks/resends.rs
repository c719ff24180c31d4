//! Deliveries that somebody asks to send once more, and those that could not even be tried.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::id::{KeyId, SessionId};
use devhub_domain::store::{Lane, UnitOfWork, write};
use devhub_domain::time::Clock;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{
    Answer, Delivery, DeliveryError, DeliveryState, Exchange, Failure, FailureKind, Outcome, SETBACKS_MAX,
};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, exchange};

/// A hub with one delivery that was answered with `status`.
fn answered(status: u16) -> (Hub, SessionId, Delivery) {
    let hub = Hub::new();
    let session = hub.open_session();
    hub.create("*");
    hub.publish("payment.completed");
    let work = hub.handed_over();
    hub.answer(session, &work, status);
    let (delivery, _) = hub.deliveries.find(WORKSPACE, work.delivery.id).unwrap();
    (hub, session, delivery)
}

/// Resends it, and has the receiver answer with `status`.
fn resend(hub: &Hub, session: SessionId, delivery: &Delivery, status: u16) -> Delivery {
    hub.deliveries.resend(Asker::SYSTEM, WORKSPACE, delivery.id).commit().unwrap();
    let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    hub.answer(session, &work, status);
    hub.deliveries.find(WORKSPACE, delivery.id).unwrap().0
}

#[test]
fn a_resend_that_fails_leaves_the_schedule_as_it_was() {
    let (hub, session, before) = answered(500);
    let after = resend(&hub, session, &before, 503);
    assert_eq!((after.state, after.due_at), (DeliveryState::Waiting, before.due_at));
    assert_eq!((after.attempts, after.resends), (2, 1));
    // The second attempt of the schedule is still to come, and the wait after it is the minute of the third.
    hub.clock.advance(Duration::from_millis(5_800));
    let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    hub.answer(session, &work, 500);
    let (delivery, _) = hub.deliveries.find(WORKSPACE, before.id).unwrap();
    let wait = delivery.due_at.unwrap().since(hub.clock.now());
    assert!(wait > Duration::from_secs(50) && wait < Duration::from_secs(70), "{wait:?}");
}

#[test]
fn a_resend_that_succeeds_ends_the_schedule() {
    let (hub, session, before) = answered(500);
    let after = resend(&hub, session, &before, 204);
    assert_eq!((after.state, after.due_at), (DeliveryState::Delivered, None));
}

#[test]
fn a_delivery_that_was_delivered_stays_so_when_its_resend_fails() {
    let (hub, session, before) = answered(204);
    let after = resend(&hub, session, &before, 500);
    assert_eq!((after.state, after.finished_at), (DeliveryState::Delivered, before.finished_at));
    let (_, attempts) = hub.deliveries.find(WORKSPACE, before.id).unwrap();
    let log: Vec<_> = attempts.iter().map(|attempt| (attempt.number, attempt.status)).collect();
    assert_eq!(log, [(1, Some(204)), (2, Some(500))]);
}

#[test]
fn asking_twice_before_it_has_left_sends_once() {
    let (hub, session, before) = answered(204);
    hub.deliveries.resend(Asker::SYSTEM, WORKSPACE, before.id).commit().unwrap();
    let after = resend(&hub, session, &before, 204);
    assert_eq!((after.attempts, after.resends), (2, 1));
}

#[test]
fn nothing_is_resent_that_is_on_its_way_or_has_nobody_to_go_to() {
    let hub = Hub::new();
    hub.open_session();
    let endpoint = hub.create("*").endpoint;
    hub.publish("payment.completed");
    let id = hub.handed_over().delivery.id;
    assert!(matches!(hub.deliveries.resend(Asker::SYSTEM, WORKSPACE, id).commit(), Err(DeliveryError::InFlight(_))));
    assert!(matches!(
        hub.deliveries.resend(Asker::SYSTEM, OTHER_WORKSPACE, id).commit(),
        Err(DeliveryError::NotFound(_))
    ));
    hub.endpoints.pause(Asker::SYSTEM, WORKSPACE, endpoint.id).commit().unwrap();
    assert!(matches!(
        hub.deliveries.resend(Asker::SYSTEM, WORKSPACE, id).commit(),
        Err(DeliveryError::EndpointInactive(_))
    ));
}

#[test]
fn a_delivery_that_cannot_be_tried_waits_longer_each_time_and_is_parked_at_last() {
    let (hub, session, _) = answered(500);
    let mut waits = Vec::new();
    let parked = loop {
        hub.clock.advance(Duration::from_mins(10));
        let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
        let delivery = hub.deliveries.set_back(session, work.delivery).commit().unwrap().unwrap();
        match delivery.due_at {
            Some(due_at) => waits.push(due_at.since(hub.clock.now()).as_secs()),
            None => break delivery,
        }
    };
    assert_eq!(waits, [60, 120, 240, 480]);
    assert_eq!((parked.state, parked.setbacks), (DeliveryState::Parked, SETBACKS_MAX));
    let after = resend(&hub, session, &parked, 204);
    assert_eq!((after.state, after.setbacks), (DeliveryState::Delivered, 0));
}

#[test]
fn a_delivery_that_is_parked_by_a_claim_is_told() {
    let hub = Hub::new();
    hub.create("*");
    let lost = hub.publish("payment.completed");
    hub.store.forget_event(lost.id);
    let session = hub.open_session();
    let parked: Vec<_> = (1..=SETBACKS_MAX)
        .map(|_| {
            hub.clock.advance(Duration::from_mins(10));
            hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().parked.len()
        })
        .collect();
    assert_eq!(parked, [0, 0, 0, 0, 1]);
}

#[test]
fn a_delivery_without_its_event_does_not_stop_the_others() {
    let hub = Hub::new();
    hub.create("*");
    let lost = hub.publish("payment.completed");
    let kept = hub.publish("payment.completed");
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    hub.store.forget_event(lost.id);
    let session = hub.open_session();
    let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work;
    assert_eq!(work.iter().map(|work| work.delivery.event_id).collect::<Vec<_>>(), [kept.id]);
    let leased = write(store, Lane::Delivery, |tx| tx.list_leased(session, 10)).unwrap();
    assert_eq!(leased.len(), 1, "what has nothing to send is not held");
}

#[test]
fn nothing_is_resent_without_deliveries_write() {
    let (hub, _, delivery) = answered(500);
    let viewer = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::DeliveriesRead]));
    let refused = hub.deliveries.resend(viewer, WORKSPACE, delivery.id).commit().unwrap_err();
    assert_eq!(refused.code(), "insufficient_scope");
}

#[test]
fn a_resend_is_not_followed_before_the_receiver_wants_to_be_asked() {
    let (hub, session, before) = answered(500);
    hub.deliveries.resend(Asker::SYSTEM, WORKSPACE, before.id).commit().unwrap();
    let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    let request = hub.deliveries.request(&work).unwrap();
    let busy = Answer { status: 503, retry_after: Some(Duration::from_hours(1)), ..Answer::default() };
    let busy = Exchange { outcome: Outcome::Answered(busy), ..exchange(&request, 503) };
    let recorded = hub.deliveries.record(session, work.delivery, &request, &busy).commit().unwrap().unwrap();
    assert!(recorded.delivery.due_at.unwrap().since(hub.clock.now()) >= Duration::from_hours(1));
}

#[test]
fn a_delivery_whose_resend_never_left_can_be_resent() {
    let (hub, session, before) = answered(204);
    hub.deliveries.resend(Asker::SYSTEM, WORKSPACE, before.id).commit().unwrap();
    let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    let request = hub.deliveries.request(&work).unwrap();
    let failure = Failure { kind: FailureKind::Blocked, detail: "10.0.0.1 is private".to_owned() };
    let blocked = Exchange { outcome: Outcome::Failed(failure), ..exchange(&request, 0) };
    hub.deliveries.record(session, work.delivery, &request, &blocked).commit().unwrap();
    let after = resend(&hub, session, &before, 204);
    assert_eq!((after.state, after.attempts), (DeliveryState::Delivered, 2));
    let (_, attempts) = hub.deliveries.find(WORKSPACE, before.id).unwrap();
    assert_eq!(attempts.iter().map(|attempt| attempt.status).collect::<Vec<_>>(), [Some(204), Some(204)]);
}

#[test]
fn a_delivery_that_was_delivered_stays_so_when_its_endpoint_is_deleted() {
    let (hub, _, before) = answered(204);
    hub.deliveries.resend(Asker::SYSTEM, WORKSPACE, before.id).commit().unwrap();
    hub.endpoints.delete(Asker::SYSTEM, WORKSPACE, before.endpoint_id, None).commit().unwrap();
    let (after, _) = hub.deliveries.find(WORKSPACE, before.id).unwrap();
    assert_eq!((after.state, after.finished_at, after.due_at), (DeliveryState::Delivered, before.finished_at, None));
}
