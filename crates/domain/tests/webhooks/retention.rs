//! What is removed when it is old.

use std::time::Duration;

use devhub_domain::retention::{Kept, KeptEvents, REMOVED_ROWS_MAX, Removed, Retention};
use devhub_domain::time::Clock as _;
use devhub_domain::webhooks::{DeliveryError, DeliveryState};

use crate::hub::{Hub, WORKSPACE};

const MONTH: Duration = Duration::from_hours(24 * 30);

fn retention(hub: &Hub, kept_for: Option<Duration>) -> Retention {
    Retention::new(hub.store.clone(), hub.clock.clone(), kept_for)
}

/// Takes steps until the pass is over; returns what was removed in all of them.
fn pass(retention: &mut Retention) -> Removed {
    let mut all = Removed::default();
    loop {
        let step = retention.step().unwrap();
        assert!(step.events + step.deliveries + step.attempts <= REMOVED_ROWS_MAX);
        all.events += step.events;
        all.deliveries += step.deliveries;
        all.attempts += step.attempts;
        if step.is_last {
            return all;
        }
    }
}

#[test]
fn case_23_what_is_older_than_the_policy_goes_and_what_is_younger_stays() {
    let hub = Hub::new();
    hub.create("*");
    let session = hub.open_session();
    let old = hub.publish("payment.completed").id;
    hub.answer(session, &hub.handed_over(), 204);
    hub.clock.advance(MONTH);
    let young = hub.publish("payment.completed").id;
    hub.answer(session, &hub.handed_over(), 204);
    hub.clock.advance(Duration::from_millis(1));
    let mut retention = retention(&hub, Some(MONTH));
    assert_eq!(pass(&mut retention), Removed { events: 1, deliveries: 1, ..Removed::default() });
    assert_eq!(hub.events.find(WORKSPACE, old).unwrap_err().code(), "event_not_found");
    assert!(hub.events.find(WORKSPACE, young).is_ok());
}

#[test]
fn case_23_a_resend_is_over_before_its_event_goes() {
    let hub = Hub::new();
    hub.create("*");
    let session = hub.open_session();
    hub.publish("payment.completed");
    let work = hub.handed_over();
    hub.answer(session, &work, 204);
    hub.clock.advance(MONTH * 2);
    let asker = devhub_domain::access::Asker::SYSTEM;
    hub.deliveries.resend(asker, WORKSPACE, work.delivery.id).commit().unwrap();
    let mut retention = retention(&hub, Some(MONTH));
    assert_eq!(pass(&mut retention), Removed::default());
    let resent = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    assert_eq!(hub.answer(session, &resent, 204), DeliveryState::Delivered);
    assert_eq!(pass(&mut retention), Removed { events: 1, deliveries: 1, attempts: 2, ..Removed::default() });
    assert!(matches!(hub.deliveries.find(WORKSPACE, work.delivery.id), Err(DeliveryError::NotFound(_))));
}

#[test]
fn without_a_policy_everything_stays() {
    let hub = Hub::new();
    let event = hub.publish("payment.completed").id;
    hub.clock.advance(MONTH * 1_000);
    assert_eq!(pass(&mut retention(&hub, None)), Removed::default());
    assert!(hub.events.find(WORKSPACE, event).is_ok());
}

#[test]
fn it_is_told_how_far_events_reach_back_and_how_many_are_past_their_time() {
    let hub = Hub::new();
    let look = |kept_for| KeptEvents::new(hub.store.clone(), hub.clock.clone(), kept_for).look().unwrap();
    assert_eq!(look(Some(MONTH)), Kept { oldest_at: None, old: 0 });
    let first_at = hub.clock.now();
    hub.publish("payment.completed");
    hub.clock.advance(MONTH + Duration::from_millis(1));
    hub.publish("payment.completed");
    assert_eq!(look(Some(MONTH)), Kept { oldest_at: Some(first_at), old: 1 });
    assert_eq!(look(None), Kept { oldest_at: Some(first_at), old: 0 });
}
