//! Changes of endpoints, and what becomes of their deliveries.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::audit::{AuditFilter, AuditLog};
use devhub_domain::id::KeyId;
use devhub_domain::page::PageRequest;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{
    Close, DeliveryFilter, DeliveryState, EndpointChanges, EndpointError, EndpointStatus, FirstStatus, NewEndpoint,
    Upkeep,
};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, endpoint, exchange};

const ME: Asker = Asker::COMMAND_LINE;

fn moved() -> EndpointChanges {
    EndpointChanges { url: Some("https://till.example/hook".to_owned()), ..EndpointChanges::default() }
}

#[test]
fn case_20_an_edited_endpoint_gets_later_attempts_at_its_new_address() {
    let hub = Hub::new();
    let session = hub.open_session();
    let id = hub.create("*").endpoint.id;
    hub.publish("payment.completed");
    let work = hub.handed_over();
    let changed = hub.endpoints.update(ME, WORKSPACE, id, moved()).unwrap().commit().unwrap();
    assert_eq!((changed.url.as_str(), changed.revision), ("https://till.example/hook", 2));
    assert_eq!(*hub.dispatcher.recalls.lock().unwrap(), [(id, 2)]);
    hub.deliveries.release(session, vec![(work.delivery, work.due_at)]).commit().unwrap();
    let again = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    assert_eq!(hub.deliveries.request(&again).unwrap().url.as_str(), "https://till.example/hook");
}

#[test]
fn an_endpoint_that_begins_paused_is_sent_nothing_until_it_is_resumed() {
    let hub = Hub::new();
    let session = hub.open_session();
    let new = NewEndpoint { status: FirstStatus::Paused, ..endpoint("https://shop.example/hook", "*") };
    let created = hub.endpoints.create(ME, WORKSPACE, new).unwrap().commit().unwrap().endpoint;
    assert_eq!((created.status, created.revision), (EndpointStatus::Paused, 1));
    let log = AuditLog::new(hub.store.clone());
    let entries = log.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap().items;
    assert!(entries.len() == 1 && entries[0].detail.contains(r#""status":"paused""#), "one transaction has made it so");
    hub.publish("payment.completed");
    assert!(hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.is_empty());
    hub.endpoints.resume(ME, WORKSPACE, created.id).commit().unwrap();
    assert_eq!(hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.len(), 1);
}

#[test]
fn a_page_of_reports_tells_of_each_endpoint_what_its_own_report_tells() {
    let hub = Hub::new();
    let session = hub.open_session();
    let older = hub.create("refund.*").endpoint.id;
    hub.clock.advance(Duration::from_secs(1));
    let ids = [older, hub.create("*").endpoint.id];
    hub.publish("payment.completed");
    assert_eq!(hub.answer(session, &hub.handed_over(), 500), DeliveryState::Waiting);
    hub.deliveries.write_tallies().unwrap();
    let listed = hub.deliveries.list_reports(WORKSPACE, PageRequest::default()).unwrap().items;
    let own = |id| hub.deliveries.report(WORKSPACE, id).unwrap().unwrap();
    let told: Vec<_> = listed.into_iter().map(|(endpoint, report)| (endpoint.id, report)).collect();
    assert_eq!(told, [(ids[1], own(ids[1])), (ids[0], own(ids[0]))]);
    assert_eq!((told[0].1.day.failures, told[1].1.day.failures), (1, 0));
}

#[test]
fn a_workspace_is_told_how_its_endpoints_did_together() {
    let hub = Hub::new();
    let session = hub.open_session();
    let failing = hub.create("*").endpoint.id;
    hub.publish("payment.completed");
    assert_eq!(hub.answer(session, &hub.handed_over(), 500), DeliveryState::Waiting);
    hub.deliveries.write_tallies().unwrap();
    let told = hub.deliveries.of_workspace(WORKSPACE, 24).unwrap();
    let failures: Vec<_> = told.hours.iter().map(|hour| hour.answered.failures).collect();
    assert_eq!((failures.len(), failures.last(), failures.iter().sum::<u64>()), (24, Some(&1), 1));
    assert_eq!(told.failing.iter().map(|(endpoint, _)| endpoint.id).collect::<Vec<_>>(), [failing]);
    assert_eq!((told.backlog.deliveries, told.endpoints, told.is_whole), (1, 1, true));
    let other = hub.deliveries.of_workspace(OTHER_WORKSPACE, 24).unwrap();
    assert_eq!((other.endpoints, other.backlog.deliveries, other.failing.len()), (0, 0, 0));
}

#[test]
fn what_is_given_back_keeps_its_place_in_the_queue() {
    let hub = Hub::new();
    let session = hub.open_session();
    hub.create("*");
    hub.publish("payment.completed");
    let first = hub.handed_over();
    let born_at = hub.clock.now();
    hub.clock.advance(Duration::from_mins(1));
    hub.deliveries.release(session, vec![(first.delivery, first.due_at)]).commit().unwrap();
    assert_eq!(hub.deliveries.next_due_at().unwrap(), Some(born_at));
    let again = hub.deliveries.claim(session, Vec::new(), 1).commit().unwrap().work.remove(0);
    hub.clock.jump_to(born_at.minus(Duration::from_hours(1)));
    hub.deliveries.release(session, vec![(again.delivery, again.due_at)]).commit().unwrap();
    assert_eq!(hub.deliveries.next_due_at().unwrap(), Some(hub.clock.now()), "a clock that jumps back delays nothing");
}

#[test]
fn a_receiver_that_was_gone_before_its_endpoint_moved_does_not_disable_the_new_one() {
    let hub = Hub::new();
    let session = hub.open_session();
    let id = hub.create("*").endpoint.id;
    hub.publish("payment.completed");
    let work = hub.handed_over();
    hub.endpoints.update(ME, WORKSPACE, id, moved()).unwrap().commit().unwrap();
    assert_eq!(hub.answer(session, &work, 410), DeliveryState::Held);
    assert_eq!(hub.endpoints.find(WORKSPACE, id).unwrap().endpoint.status, EndpointStatus::Active);
    let upkeep = Upkeep::new(hub.store.clone(), hub.dispatcher.clone(), hub.clock.clone());
    upkeep.step().unwrap();
    let again = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    assert_eq!(hub.answer(session, &again, 204), DeliveryState::Delivered);
}

#[test]
fn a_second_410_disables_nothing_anew() {
    let hub = Hub::new();
    let session = hub.open_session();
    hub.create("*");
    hub.publish("payment.completed");
    hub.publish("payment.completed");
    let disables: Vec<_> = (0..2)
        .map(|_| {
            let work = hub.handed_over();
            let request = hub.deliveries.request(&work).unwrap();
            let record = hub.deliveries.record(session, work.delivery, &request, &exchange(&request, 410));
            record.commit().unwrap().unwrap().disables.is_some()
        })
        .collect();
    assert_eq!(disables, [true, false]);
}

#[test]
fn a_change_is_checked_like_a_new_endpoint_and_against_the_revision() {
    let hub = Hub::new();
    let id = hub.create("*").endpoint.id;
    let update = |changes, expected| {
        let changes = EndpointChanges { expected_revision: expected, ..changes };
        let prepared = hub.endpoints.update(ME, WORKSPACE, id, changes)?;
        prepared.commit().map(|endpoint| endpoint.revision)
    };
    let private = EndpointChanges { url: Some("https://10.0.0.1/".to_owned()), ..EndpointChanges::default() };
    assert!(matches!(update(private, None), Err(EndpointError::Url(_))));
    let nothing = EndpointChanges { event_types: Some(Vec::new()), ..EndpointChanges::default() };
    assert!(matches!(update(nothing, None), Err(EndpointError::EventTypes)));
    assert_eq!(update(moved(), Some(1)).unwrap(), 2);
    assert!(matches!(
        update(EndpointChanges::default(), Some(1)),
        Err(EndpointError::RevisionStale { current: 2, .. })
    ));
    assert_eq!(update(moved(), None).unwrap(), 2, "it is there already");
}

#[test]
fn case_20_a_paused_endpoint_keeps_what_comes_until_it_is_resumed() {
    let hub = Hub::new();
    let session = hub.open_session();
    let id = hub.create("*").endpoint.id;
    hub.endpoints.pause(ME, WORKSPACE, id).commit().unwrap();
    hub.publish("payment.completed");
    assert!(hub.dispatcher.work.lock().unwrap().is_empty());
    assert!(hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.is_empty());
    let resumed = hub.endpoints.resume(ME, WORKSPACE, id).commit().unwrap();
    assert_eq!((resumed.status, resumed.revision), (EndpointStatus::Active, 3));
    assert_eq!(hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.len(), 1);
}

#[test]
fn pausing_and_resuming_twice_is_logged_once() {
    let hub = Hub::new();
    let id = hub.create("*").endpoint.id;
    for _ in 0..2 {
        hub.endpoints.pause(ME, WORKSPACE, id).commit().unwrap();
    }
    for _ in 0..2 {
        hub.endpoints.resume(ME, WORKSPACE, id).commit().unwrap();
    }
    let lines =
        AuditLog::new(hub.store.clone()).list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap();
    let actions: Vec<_> = lines.items.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["endpoint.resumed", "endpoint.paused", "endpoint.created"]);
}

#[test]
fn case_20_what_waits_for_a_deleted_endpoint_is_closed_and_stays_in_the_log() {
    let hub = Hub::new();
    let id = hub.create("*").endpoint.id;
    hub.publish("payment.completed");
    hub.endpoints.delete(ME, WORKSPACE, id, Some(1)).commit().unwrap();
    let delivery =
        hub.deliveries.list(WORKSPACE, &DeliveryFilter::default(), PageRequest::default()).unwrap().items.remove(0);
    assert_eq!(delivery.state, DeliveryState::Closed(Close::EndpointDeleted));
    assert!(matches!(hub.endpoints.find(WORKSPACE, id), Err(EndpointError::NotFound(_))));
    assert!(matches!(hub.endpoints.delete(ME, WORKSPACE, id, None).commit(), Err(EndpointError::NotFound(_))));
    assert_eq!(hub.publish_count("payment.completed"), 0);
}

#[test]
fn what_is_too_much_for_one_transaction_is_done_step_by_step() {
    let hub = Hub::new();
    let id = hub.create("*").endpoint.id;
    for _ in 0..601 {
        hub.publish("payment.completed");
    }
    hub.endpoints.delete(ME, WORKSPACE, id, None).commit().unwrap();
    let upkeep = Upkeep::new(hub.store.clone(), hub.dispatcher.clone(), hub.clock.clone());
    assert!(upkeep.step().unwrap(), "500 of the 501 that the deletion left");
    assert!(!upkeep.step().unwrap());
    let waiting = DeliveryFilter { state: Some(DeliveryState::Waiting), ..DeliveryFilter::default() };
    let waiting = hub.deliveries.list(WORKSPACE, &waiting, PageRequest::default()).unwrap();
    assert_eq!(waiting.items, []);
}

#[test]
fn an_endpoint_of_another_workspace_is_not_changed() {
    let hub = Hub::new();
    let id = hub.create("*").endpoint.id;
    let refused = [
        hub.endpoints.update(ME, OTHER_WORKSPACE, id, moved()).unwrap().commit(),
        hub.endpoints.pause(ME, OTHER_WORKSPACE, id).commit(),
        hub.endpoints.resume(ME, OTHER_WORKSPACE, id).commit(),
        hub.endpoints.delete(ME, OTHER_WORKSPACE, id, None).commit(),
    ];
    assert!(refused.iter().all(|outcome| matches!(outcome, Err(EndpointError::NotFound(_)))));
}

#[test]
fn nothing_about_endpoints_is_changed_without_endpoints_write() {
    let hub = Hub::new();
    let id = hub.create("*").endpoint.id;
    let shop = Asker::key(KeyId::from_bytes([1; 16]), ScopeSet::from_iter([Scope::EndpointsRead]));
    let outcomes = [
        hub.endpoints.create(shop, WORKSPACE, endpoint("https://shop.example/hook", "*")).map(drop),
        hub.endpoints.update(shop, WORKSPACE, id, moved()).unwrap().commit().map(drop),
        hub.endpoints.pause(shop, WORKSPACE, id).commit().map(drop),
        hub.endpoints.resume(shop, WORKSPACE, id).commit().map(drop),
        hub.endpoints.delete(shop, WORKSPACE, id, None).commit().map(drop),
    ];
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Err(EndpointError::Forbidden(_)))), "{outcomes:?}");
}
