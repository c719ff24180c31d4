//! Endpoints that fail: from when on they are probed, when they are disabled, and who is told by an event.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::id::{EndpointId, EventId, SessionId};
use devhub_domain::page::PageRequest;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{
    CircuitRule, DeliveryFilter, DeliveryState, Disabled, EndpointChanges, EndpointStatus, Grace, Health, HealthStep,
    NewSecret, Probe, Recorded,
};

use crate::hub::{Hub, WORKSPACE, endpoint};

const DAYS_5: Duration = Duration::from_hours(5 * 24);

/// Publishes an event, and has its only receiver answer.
fn answer(hub: &Hub, session: SessionId, status: u16) -> Recorded {
    hub.publish("payment.completed");
    let work = hub.handed_over();
    hub.clock.advance(Duration::from_secs(1));
    hub.recorded(session, &work, status)
}

fn answers(hub: &Hub, session: SessionId, status: u16, count: u32) -> Recorded {
    (1..count).for_each(|_| drop(answer(hub, session, status)));
    answer(hub, session, status)
}

fn only_health(hub: &Hub) -> Health {
    hub.deliveries.failing().unwrap().remove(0)
}

/// A hub whose only receiver has failed so often that its circuit is open.
fn with_open_circuit() -> (Hub, SessionId, EndpointId) {
    let hub = Hub::new();
    let (session, id) = (hub.open_session(), hub.create("*").endpoint.id);
    assert!(matches!(answers(&hub, session, 500, 10).health, HealthStep::Opened(_)));
    (hub, session, id)
}

/// An endpoint that wants to know what the hub tells; events of the hub wait for it in the store.
fn listener(hub: &Hub, pattern: &str) -> EndpointId {
    let new = endpoint("https://ops.example/hook", pattern);
    hub.endpoints.create(Asker::SYSTEM, WORKSPACE, new).unwrap().commit().unwrap().endpoint.id
}

/// The types of the events that wait for an endpoint, oldest first.
fn told(hub: &Hub, endpoint_id: EndpointId) -> Vec<String> {
    let filter = DeliveryFilter { endpoint_id: Some(endpoint_id), ..DeliveryFilter::default() };
    let page = hub.deliveries.list(WORKSPACE, &filter, PageRequest::default()).unwrap();
    page.items.iter().rev().map(|delivery| delivery.event_type.to_string()).collect()
}

fn probe(hub: &Hub, session: SessionId, known: &Health) -> Probe {
    hub.deliveries.probe(session, known).commit().unwrap()
}

#[test]
fn case_12_ten_failures_open_the_circuit_and_one_success_closes_it() {
    let (hub, session, _) = with_open_circuit();
    assert!(matches!(answer(&hub, session, 500).health, HealthStep::Probed(_)));
    let HealthStep::Recovered(health) = answer(&hub, session, 200).health else { panic!("it was open") };
    assert_eq!(health.failures, 11);
    assert_eq!(hub.deliveries.failing().unwrap(), []);
    assert_eq!(answer(&hub, session, 200).health, HealthStep::Unchanged);
}

#[test]
fn a_success_before_the_threshold_starts_the_count_anew() {
    let hub = Hub::new();
    let session = hub.open_session();
    hub.create("*");
    assert!(matches!(answers(&hub, session, 500, 9).health, HealthStep::Failing(_)));
    assert_eq!(answer(&hub, session, 200).health, HealthStep::Unchanged);
    assert!(matches!(answers(&hub, session, 500, 9).health, HealthStep::Failing(_)));
}

#[test]
fn a_probe_takes_one_delivery_and_of_two_that_know_the_same_only_one_goes() {
    let (hub, session, _) = with_open_circuit();
    let known = only_health(&hub);
    hub.clock.advance(Duration::from_mins(1));
    let Probe::Leased { leased, health } = probe(&hub, session, &known) else { panic!("something is due") };
    assert_eq!(leased.work.len(), 1);
    let Probe::Moved(Some(moved)) = probe(&hub, session, &known) else { panic!("another has it") };
    assert_eq!(moved, health);
    let after = hub.recorded(session, &leased.work[0], 500);
    let HealthStep::Probed(health) = after.health else { panic!("it was a probe") };
    assert_eq!(health.circuit.unwrap().pause, Duration::from_mins(1));
}

#[test]
fn nothing_is_probed_that_is_well_or_has_nothing_due() {
    let (hub, session, _) = with_open_circuit();
    let known = only_health(&hub);
    hub.deliveries.claim(session, Vec::new(), 20).commit().unwrap();
    assert!(matches!(probe(&hub, session, &known), Probe::Idle));
    answer(&hub, session, 200);
    assert!(matches!(probe(&hub, session, &known), Probe::Moved(None)));
}

#[test]
fn nothing_but_failures_for_five_days_disables_an_endpoint_and_keeps_what_waits() {
    let (hub, session, id) = with_open_circuit();
    hub.clock.advance(DAYS_5);
    let recorded = answer(&hub, session, 500);
    assert_eq!((recorded.disables, recorded.delivery.state), (Some(Disabled::Failing), DeliveryState::Waiting));
    let endpoint = &hub.endpoints.find(WORKSPACE, id).unwrap().endpoint;
    assert_eq!(endpoint.status, EndpointStatus::Disabled(Disabled::Failing));
    assert_eq!(hub.deliveries.failing().unwrap(), []);
    hub.endpoints.resume(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    hub.clock.advance(Duration::from_mins(10));
    assert_eq!(hub.deliveries.claim(session, Vec::new(), 20).commit().unwrap().work.len(), 11);
}

#[test]
fn one_success_in_five_days_keeps_an_endpoint() {
    let (hub, session, _) = with_open_circuit();
    hub.clock.advance(DAYS_5.saturating_sub(Duration::from_secs(1)));
    answer(&hub, session, 200);
    hub.clock.advance(DAYS_5);
    assert_eq!(answers(&hub, session, 500, 10).disables, None);
}

#[test]
fn an_endpoint_that_was_resumed_or_moved_starts_afresh() {
    let (hub, _, id) = with_open_circuit();
    let renamed = EndpointChanges { description: Some("Shop".to_owned()), ..EndpointChanges::default() };
    hub.endpoints.update(Asker::SYSTEM, WORKSPACE, id, renamed).unwrap().commit().unwrap();
    assert_eq!(hub.deliveries.failing().unwrap().len(), 1, "a name heals nothing");
    assert_eq!(*hub.dispatcher.heals.lock().unwrap(), [], "nor does this node send more than probes");
    let moved = EndpointChanges { url: Some("https://shop.example/new".to_owned()), ..EndpointChanges::default() };
    hub.endpoints.update(Asker::SYSTEM, WORKSPACE, id, moved).unwrap().commit().unwrap();
    assert_eq!(hub.deliveries.failing().unwrap(), []);
    assert_eq!(*hub.dispatcher.heals.lock().unwrap(), [id]);
}

#[test]
fn neither_a_rotation_nor_a_change_that_changes_nothing_heals_anything() {
    let (hub, _, id) = with_open_circuit();
    let nothing = EndpointChanges::default();
    hub.endpoints.update(Asker::SYSTEM, WORKSPACE, id, nothing).unwrap().commit().unwrap();
    assert_eq!(*hub.dispatcher.recalls.lock().unwrap(), []);
    hub.endpoints
        .rotate_secret(Asker::SYSTEM, WORKSPACE, id, NewSecret { secret: None, grace: Grace::DEFAULT })
        .unwrap()
        .commit()
        .unwrap();
    assert_eq!(hub.dispatcher.recalls.lock().unwrap().len(), 1);
    assert_eq!(*hub.dispatcher.heals.lock().unwrap(), []);
    assert_eq!(hub.deliveries.failing().unwrap().len(), 1);
}

#[test]
fn somebody_who_resumes_an_endpoint_that_is_only_probed_closes_its_circuit() {
    let (hub, _, id) = with_open_circuit();
    let before = hub.endpoints.find(WORKSPACE, id).unwrap().endpoint.clone();
    let after = hub.endpoints.resume(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    assert_eq!(after, before);
    assert_eq!(hub.deliveries.failing().unwrap(), []);
    assert_eq!(*hub.dispatcher.heals.lock().unwrap(), [id], "this node forgets it too");
    hub.endpoints.resume(Asker::SYSTEM, WORKSPACE, id).commit().unwrap();
    assert_eq!(*hub.dispatcher.heals.lock().unwrap(), [id, id], "and so it does what the receiver asked it for");
}

#[test]
fn a_failure_where_the_endpoint_was_before_counts_nothing() {
    let hub = Hub::new();
    let (session, id) = (hub.open_session(), hub.create("*").endpoint.id);
    hub.publish("payment.completed");
    let work = hub.handed_over();
    let moved = EndpointChanges { url: Some("https://shop.example/new".to_owned()), ..EndpointChanges::default() };
    hub.endpoints.update(Asker::SYSTEM, WORKSPACE, id, moved).unwrap().commit().unwrap();
    assert_eq!(hub.recorded(session, &work, 500).health, HealthStep::Unchanged);
    assert_eq!(hub.deliveries.failing().unwrap(), []);
}

#[test]
fn a_success_where_the_endpoint_was_before_closes_no_circuit() {
    let hub = Hub::new();
    let (session, id) = (hub.open_session(), hub.create("*").endpoint.id);
    hub.publish("payment.completed");
    let from_before = hub.handed_over();
    let moved = EndpointChanges { url: Some("https://shop.example/new".to_owned()), ..EndpointChanges::default() };
    hub.endpoints.update(Asker::SYSTEM, WORKSPACE, id, moved).unwrap().commit().unwrap();
    assert!(matches!(answers(&hub, session, 500, 10).health, HealthStep::Opened(_)));
    assert_eq!(hub.recorded(session, &from_before, 200).health, HealthStep::Unchanged);
    assert!(only_health(&hub).circuit.is_some());
    assert!(matches!(answer(&hub, session, 200).health, HealthStep::Recovered(_)));
}

#[test]
fn a_rule_of_zeros_stops_nothing() {
    let hub = Hub::new();
    let never = CircuitRule { failures: 0, disable_after: Duration::ZERO, ..CircuitRule::DEFAULT };
    let hub = Hub { deliveries: hub.deliveries.clone().with_circuit(never), ..hub };
    let session = hub.open_session();
    hub.create("*");
    answers(&hub, session, 500, 20);
    hub.clock.advance(DAYS_5);
    let last = answer(&hub, session, 500);
    assert!(matches!((last.disables, last.health), (None, HealthStep::Failing(_))));
}

#[test]
fn case_11_what_the_hub_does_to_an_endpoint_is_an_event_for_others_and_never_for_itself() {
    let hub = Hub::new();
    let session = hub.open_session();
    let failing = hub.create("payment.*").endpoint.id;
    let (by_name, by_group) = (listener(&hub, "endpoint.disabled"), listener(&hub, "endpoint.*"));
    let everything = listener(&hub, "*");
    let all = vec!["endpoint.*".parse().unwrap(), "payment.*".parse().unwrap()];
    let curious = EndpointChanges { event_types: Some(all), ..EndpointChanges::default() };
    hub.endpoints.update(Asker::SYSTEM, WORKSPACE, failing, curious).unwrap().commit().unwrap();
    hub.publish("payment.completed");
    let all: Vec<_> = std::mem::take(&mut *hub.dispatcher.work.lock().unwrap());
    let work = all.iter().find(|work| work.delivery.endpoint_id == failing).unwrap();
    let recorded = hub.recorded(session, work, 410);
    assert_eq!((recorded.disables, recorded.has_told), (Some(Disabled::Gone), true));
    assert_eq!(
        (told(&hub, by_name), told(&hub, by_group)),
        (vec!["endpoint.disabled".to_owned()], vec!["endpoint.disabled".to_owned()])
    );
    assert_eq!(told(&hub, everything), ["payment.completed"]);
    assert_eq!(told(&hub, failing), ["payment.completed"]);
}

#[test]
fn a_recovery_is_an_event() {
    let (hub, session, _) = with_open_circuit();
    let ops = listener(&hub, "endpoint.recovered");
    answer(&hub, session, 200);
    assert_eq!(told(&hub, ops), ["endpoint.recovered"]);
}

#[test]
fn a_delivery_that_is_given_up_is_an_event() {
    let hub = Hub::new();
    let session = hub.open_session();
    hub.create("payment.*");
    let ops = listener(&hub, "delivery.*");
    answer(&hub, session, 500);
    for _ in 2..=9 {
        assert_eq!(told(&hub, ops), Vec::<String>::new());
        hub.clock.advance(Duration::from_hours(28));
        let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
        hub.recorded(session, &work, 500);
    }
    assert_eq!(told(&hub, ops), ["delivery.exhausted"]);
}

#[test]
fn what_happens_to_an_event_of_the_hub_is_no_event() {
    let hub = Hub::new();
    let session = hub.open_session();
    hub.create("payment.*");
    let (first, second) = (listener(&hub, "endpoint.*"), listener(&hub, "endpoint.*"));
    hub.publish("payment.completed");
    let work = hub.handed_over();
    hub.recorded(session, &work, 410);
    let claimed = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work;
    assert_eq!(claimed.len(), 2);
    for work in &claimed {
        let recorded = hub.recorded(session, work, 410);
        assert_eq!((recorded.disables, recorded.has_told), (Some(Disabled::Gone), false));
    }
    assert_eq!((told(&hub, first).len(), told(&hub, second).len()), (1, 1));
}

#[test]
fn nobody_publishes_what_comes_from_the_hub() {
    let hub = Hub::new();
    let refused = hub.events.publish(WORKSPACE, crate::hub::new_event("endpoint.disabled")).commit().unwrap_err();
    assert_eq!(refused.code(), "event_type_reserved");
    assert!(refused.to_string().contains("endpoint.disabled"), "{refused}");
}

#[test]
fn the_payload_of_an_event_of_the_hub_names_the_endpoint_and_hides_its_path_and_query() {
    let hub = Hub::new();
    let session = hub.open_session();
    let new = endpoint("https://shop.example/hook/secret?token=secret", "payment.*");
    let id = hub.endpoints.create(Asker::SYSTEM, WORKSPACE, new).unwrap().commit().unwrap().endpoint.id;
    let ops = listener(&hub, "endpoint.*");
    hub.publish("payment.completed");
    let work = hub.handed_over();
    hub.recorded(session, &work, 410);
    let filter = DeliveryFilter { endpoint_id: Some(ops), ..DeliveryFilter::default() };
    let delivery = hub.deliveries.list(WORKSPACE, &filter, PageRequest::default()).unwrap().items.remove(0);
    let event_id: EventId = delivery.event_id;
    let event = hub.events.find(WORKSPACE, event_id).unwrap();
    let payload: serde_json::Value = serde_json::from_slice(event.payload.as_bytes()).unwrap();
    assert_eq!(payload["event_id"], event_id.to_string());
    assert_eq!(payload["created_at"], hub.clock.now().to_string());
    let data = serde_json::json!({
        "endpoint_id": id.to_string(),
        "url": "https://shop.example",
        "reason": "gone",
        "detail": "the receiver answered 410 Gone",
    });
    assert_eq!(payload["data"], data);
}
