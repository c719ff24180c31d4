//! What a restored store sends, and what waits for a decision.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::id::KeyId;
use devhub_domain::page::PageRequest;
use devhub_domain::resends::{NewResend, Pace, ResendState};
use devhub_domain::restores::Restores;
use devhub_domain::webhooks::{DeliveryFilter, DeliveryState};

use crate::hub::{Hub, WORKSPACE};

fn restores(hub: &Hub) -> Restores {
    Restores::new(hub.store.clone(), hub.clock.clone())
}

fn in_state(hub: &Hub, state: DeliveryState) -> usize {
    let filter = DeliveryFilter { state: Some(state), ..DeliveryFilter::default() };
    hub.deliveries.list(WORKSPACE, &filter, PageRequest::default()).unwrap().items.len()
}

/// A hub with one delivery that waits and one that was on its way, an hour and a second ago; and one that waits since a minute.
fn restored() -> Hub {
    let hub = Hub::new();
    hub.create("*");
    hub.publish("payment.completed");
    hub.open_session();
    hub.publish("payment.completed");
    *hub.dispatcher.session.lock().unwrap() = None;
    hub.clock.advance(Duration::from_secs(3_541));
    hub.publish("payment.completed");
    hub.clock.advance(Duration::from_mins(1));
    hub
}

#[test]
fn case_22_what_is_overdue_by_more_than_an_hour_is_withheld_and_the_rest_waits() {
    let hub = restored();
    assert_eq!(restores(&hub).withhold_all().unwrap(), 2);
    assert_eq!((in_state(&hub, DeliveryState::Withheld), in_state(&hub, DeliveryState::Waiting)), (2, 1));
    assert_eq!(restores(&hub).withhold_all().unwrap(), 0);
}

#[test]
fn case_22_what_is_withheld_is_sent_as_a_job_of_that_filter() {
    let hub = restored();
    restores(&hub).withhold_all().unwrap();
    let filter = DeliveryFilter { state: Some(DeliveryState::Withheld), ..DeliveryFilter::default() };
    let resends = hub.resends();
    resends.create(Asker::SYSTEM, WORKSPACE, NewResend { filter, estimate: 2 }).unwrap().commit().unwrap();
    while resends.step().unwrap() == Pace::More {}
    assert_eq!((in_state(&hub, DeliveryState::Withheld), in_state(&hub, DeliveryState::Waiting)), (0, 3));
}

#[test]
fn case_22_a_job_that_was_under_way_waits_for_a_decision_too() {
    let hub = restored();
    let filter = DeliveryFilter { state: Some(DeliveryState::Delivered), ..DeliveryFilter::default() };
    let resends = hub.resends();
    let job =
        resends.create(Asker::SYSTEM, WORKSPACE, NewResend { filter, estimate: 2 }).unwrap().commit().unwrap().job;
    assert_eq!(restores(&hub).pause_jobs().unwrap(), [job.id]);
    assert_eq!(resends.step().unwrap(), Pace::Idle);
    assert_eq!(resends.find(WORKSPACE, job.id).unwrap().job.state, ResendState::Paused);
    assert_eq!(restores(&hub).pause_jobs().unwrap(), []);
    resends.resume(Asker::SYSTEM, WORKSPACE, job.id).commit().unwrap();
    assert_eq!(resends.step().unwrap(), Pace::Idle, "it goes on, and has nothing to resend");
    assert_eq!(resends.find(WORKSPACE, job.id).unwrap().job.state, ResendState::Done);
}

#[test]
fn case_22_what_is_withheld_is_given_up_by_who_may() {
    let hub = restored();
    restores(&hub).withhold_all().unwrap();
    let viewer = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::DeliveriesRead]));
    assert_eq!(restores(&hub).close(viewer, WORKSPACE).commit().unwrap_err().code(), "insufficient_scope");
    let close = || restores(&hub).close(Asker::COMMAND_LINE, WORKSPACE).commit().unwrap();
    assert_eq!((close(), close()), (2, 0));
    assert_eq!(in_state(&hub, DeliveryState::Withheld), 0);
}
