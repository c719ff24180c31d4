//! From an endpoint to a recorded attempt, and what is taken over of others.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::events::{EventError, NewEvent};
use devhub_domain::page::PageRequest;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::secret::Secret;
use devhub_domain::store::{Lane, UnitOfWork, read, write};
use devhub_domain::testing::SeededEntropy;
use devhub_domain::time::Clock;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::address::AddressPolicy;
use devhub_domain::webhooks::verify::{Verifier, look_up};
use devhub_domain::webhooks::{
    DeliveryFilter, DeliveryState, EndpointError, EndpointRules, EndpointStatus, Endpoints, NewEndpoint,
    OutboundRequest, SESSION_SILENT_FOR, SigningSecret,
};

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, endpoint, exchange, new_event};

#[test]
fn an_endpoint_into_a_private_network_is_not_created() {
    let hub = Hub::new();
    for url in
        ["https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "https://localhost/", "http://shop.example/"]
    {
        let refused = hub.endpoints.create(Asker::SYSTEM, WORKSPACE, endpoint(url, "*")).map(drop);
        assert!(matches!(refused, Err(EndpointError::Url(_))), "{url}");
    }
}

#[test]
fn loopback_is_reached_where_it_is_allowed_by_name() {
    let hub = Hub::new();
    let rules = EndpointRules { allows_http: true, policy: AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()]) };
    let sealer = Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32])));
    let entropy = Arc::new(SeededEntropy::new(1));
    let endpoints = Endpoints::new(hub.store.clone(), sealer, rules, hub.clock.clone(), entropy);
    let new = endpoint("http://127.0.0.1:9000/hook", "*");
    assert!(endpoints.create(Asker::SYSTEM, WORKSPACE, new).is_ok());
}

#[test]
fn an_endpoint_wants_something_and_says_not_too_much() {
    let hub = Hub::new();
    let create = |new| hub.endpoints.create(Asker::SYSTEM, WORKSPACE, new).map(drop).unwrap_err().code();
    let valid = endpoint("https://shop.example/hook", "*");
    assert_eq!(create(NewEndpoint { event_types: Vec::new(), ..valid.clone() }), "event_types_invalid");
    assert_eq!(create(NewEndpoint { description: "d".repeat(201), ..valid.clone() }), "description_invalid");
    assert_eq!(create(NewEndpoint { description: "a\0b".to_owned(), ..valid }), "description_invalid");
}

#[test]
fn a_secret_is_returned_once_and_sealed_in_the_store() {
    let hub = Hub::new();
    let created = hub.create("*");
    assert!(created.secret.expose().starts_with("whsec_"));
    let target = hub.endpoints.find(WORKSPACE, created.endpoint.id).unwrap();
    let sealed = target.secrets()[0].sealed.as_bytes();
    assert!(!sealed.windows(8).any(|window| created.secret.expose().as_bytes().windows(8).any(|text| text == window)));
}

#[test]
fn an_endpoint_of_another_workspace_does_not_exist() {
    let hub = Hub::new();
    let created = hub.create("*");
    let found = hub.endpoints.find(OTHER_WORKSPACE, created.endpoint.id);
    assert!(matches!(found, Err(EndpointError::NotFound(_))));
}

#[test]
fn an_event_is_handed_over_in_memory_while_this_node_sends() {
    let hub = Hub::new();
    let session = hub.open_session();
    let created = hub.create("payment.*");
    let event = hub.publish("payment.completed");
    let work = hub.handed_over();
    assert_eq!((work.delivery.event_id, work.target.endpoint.id), (event.id, created.endpoint.id));
    assert_eq!(hub.answer(session, &work, 204), DeliveryState::Delivered);
    assert_eq!(*hub.dispatcher.wakes.lock().unwrap(), 0, "nothing waits in the store");
}

#[test]
fn an_event_waits_in_the_store_while_this_node_does_not_send() {
    let hub = Hub::new();
    hub.create("*");
    hub.publish("payment.completed");
    assert_eq!(*hub.dispatcher.wakes.lock().unwrap(), 1);
    let session = hub.open_session();
    let work = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work;
    assert_eq!(work.len(), 1);
}

#[test]
fn an_event_that_nobody_wants_is_stored_without_deliveries() {
    let hub = Hub::new();
    hub.create("refund.*");
    let published = hub.events.publish(WORKSPACE, new_event("payment.completed")).commit().unwrap();
    assert_eq!(published.deliveries, 0);
    assert!(hub.events.find(WORKSPACE, published.event.id).is_ok());
}

#[test]
fn a_request_carries_the_payload_to_the_byte_and_verifies() {
    let hub = Hub::new();
    hub.open_session();
    let created = hub.create("*");
    let event = hub.publish("payment.completed");
    let request = hub.deliveries.request(&hub.handed_over()).unwrap();
    assert_eq!(request.body.as_bytes(), br#"{ "amount": "10.00" }"#);
    let secret = SigningSecret::new(Secret::new(created.secret.expose())).unwrap();
    let receiver = Verifier::new(vec![secret]).unwrap();
    let (header, body) = (look_up(&request.headers), request.body.as_bytes());
    let verified = receiver.standard(header, body, hub.clock.now()).unwrap();
    assert_eq!(verified.id, event.id.to_string());
    receiver.own_pay(header, body, hub.clock.now()).unwrap();
}

#[test]
fn each_attempt_is_signed_for_its_own_moment_under_the_same_id() {
    let hub = Hub::new();
    hub.open_session();
    hub.create("*");
    hub.publish("payment.completed");
    let work = hub.handed_over();
    let value = |request: &OutboundRequest, name: &str| {
        request.headers.iter().find(|(given, _)| *given == name).map(|(_, value)| value.clone()).unwrap()
    };
    let first = hub.deliveries.request(&work).unwrap();
    hub.clock.advance(Duration::from_mins(1));
    let second = hub.deliveries.request(&work).unwrap();
    assert_eq!(value(&first, "webhook-id"), value(&second, "webhook-id"));
    assert_ne!(value(&first, "webhook-timestamp"), value(&second, "webhook-timestamp"));
    assert_ne!(value(&first, "webhook-signature"), value(&second, "webhook-signature"));
}

#[test]
fn a_failed_delivery_is_claimed_again_when_it_is_due() {
    let hub = Hub::new();
    let session = hub.open_session();
    hub.create("*");
    hub.publish("payment.completed");
    let work = hub.handed_over();
    assert_eq!(hub.answer(session, &work, 500), DeliveryState::Waiting);
    assert!(hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.is_empty());
    // 5 s of the schedule and its 15 % of jitter.
    hub.clock.advance(Duration::from_millis(5_800));
    let again = hub.deliveries.claim(session, Vec::new(), 10).commit().unwrap().work.remove(0);
    assert_eq!(hub.answer(session, &again, 200), DeliveryState::Delivered);
    let (delivery, attempts) = hub.deliveries.find(WORKSPACE, work.delivery.id).unwrap();
    assert_eq!(delivery.attempts, 2);
    assert_eq!(attempts.iter().map(|attempt| attempt.status).collect::<Vec<_>>(), [Some(500), Some(200)]);
}

#[test]
fn a_first_success_is_shown_as_an_attempt_although_it_has_no_row() {
    let hub = Hub::new();
    let session = hub.open_session();
    hub.create("*");
    hub.publish("payment.completed");
    let work = hub.handed_over();
    hub.answer(session, &work, 204);
    let (_, attempts) = hub.deliveries.find(WORKSPACE, work.delivery.id).unwrap();
    assert_eq!(attempts.iter().map(|attempt| (attempt.number, attempt.status)).collect::<Vec<_>>(), [(1, Some(204))]);
}

#[test]
fn a_receiver_that_is_gone_disables_its_endpoint_and_later_events_are_held() {
    let hub = Hub::new();
    let session = hub.open_session();
    let created = hub.create("*");
    hub.publish("payment.completed");
    assert_eq!(hub.answer(session, &hub.handed_over(), 410), DeliveryState::Held);
    let status = hub.endpoints.find(WORKSPACE, created.endpoint.id).unwrap().endpoint.status;
    assert!(matches!(status, EndpointStatus::Disabled(_)));
    hub.publish("payment.completed");
    assert!(hub.dispatcher.work.lock().unwrap().is_empty());
}

#[test]
fn case_14_the_same_external_id_is_one_event_and_another_body_is_refused() {
    let hub = Hub::new();
    let with_id = |event_type| {
        let new = NewEvent { external_id: Some("order-77".parse().unwrap()), ..new_event(event_type) };
        hub.events.publish(WORKSPACE, new).commit()
    };
    let first = with_id("payment.completed").unwrap();
    let again = with_id("payment.completed").unwrap();
    assert_eq!((again.event.id, again.is_duplicate), (first.event.id, true));
    assert!(matches!(with_id("payment.failed"), Err(EventError::ExternalIdReused { .. })));
}

#[test]
fn case_18_a_silent_session_is_taken_over_and_its_late_result_is_fenced() {
    let hub = Hub::new();
    let frozen = hub.open_session();
    hub.create("*");
    hub.publish("payment.completed");
    let work = hub.handed_over();
    let mut other = hub.recovery();
    let own = other.open(&SeededEntropy::new(10)).unwrap();
    for _ in 0..5 {
        assert_eq!(other.take_over_silent(own).unwrap(), 0, "it has not been silent for long enough");
        hub.clock.advance(SESSION_SILENT_FOR / 5);
    }
    assert_eq!(other.take_over_silent(own).unwrap(), 1);
    assert!(!hub.recovery().beat(frozen).unwrap(), "the frozen node learns that it lost its session");
    let request = hub.deliveries.request(&work).unwrap();
    let late = hub.deliveries.record(frozen, work.delivery, &request, &exchange(&request, 200)).commit().unwrap();
    assert_eq!(late, None);
    assert_eq!(hub.deliveries.claim(own, Vec::new(), 10).commit().unwrap().work.len(), 1);
}

#[test]
fn case_13_a_session_that_beats_is_left_alone_even_when_the_wall_clock_jumps() {
    let hub = Hub::new();
    let alive = hub.open_session();
    let mut other = hub.recovery();
    let own = other.open(&SeededEntropy::new(10)).unwrap();
    other.take_over_silent(own).unwrap();
    hub.clock.jump_to(hub.clock.now().plus(Duration::from_hours(1)));
    for _ in 0..10 {
        hub.clock.advance(SESSION_SILENT_FOR / 5);
        assert!(hub.recovery().beat(alive).unwrap());
        other.take_over_silent(own).unwrap();
    }
    assert!(hub.recovery().beat(alive).unwrap());
}

#[test]
fn nobody_is_taken_over_for_a_silence_that_nobody_could_have_heard() {
    let hub = Hub::new();
    let alive = hub.open_session();
    let mut other = hub.recovery();
    let own = other.open(&SeededEntropy::new(10)).unwrap();
    other.take_over_silent(own).unwrap();
    hub.clock.advance(SESSION_SILENT_FOR);
    other.take_over_silent(own).unwrap();
    assert!(hub.recovery().beat(alive).unwrap(), "the store was away for everybody");
}

#[test]
fn an_embedder_publishes_within_its_own_transaction() {
    use devhub_domain::events::{PreparedEvent, publish};
    let hub = Hub::new();
    hub.create("*");
    let prepared =
        PreparedEvent::new(WORKSPACE, new_event("payment.completed"), hub.clock.now(), &SeededEntropy::new(5));
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let undone: Result<(), EventError> = write(store, Lane::Interactive, |tx| {
        publish(tx, &prepared, None)?;
        Err(EventError::NotFound(devhub_domain::id::EventId::from_bytes([0; 16])))
    });
    assert!(undone.is_err());
    let deliveries = |store: &dyn UnitOfWork<dyn Tx>| {
        read(store, |tx| tx.list_deliveries(WORKSPACE, &DeliveryFilter::default(), PageRequest::default()))
            .unwrap()
            .items
            .len()
    };
    assert_eq!(deliveries(store), 0, "an event whose cause was undone does not exist");
    write(store, Lane::Interactive, |tx| publish(tx, &prepared, None)).unwrap();
    assert_eq!(deliveries(store), 1);
}
