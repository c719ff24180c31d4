//! Several events at once: all or none.

use devhub_domain::events::{BATCH_DELIVERIES_MAX, BatchError, EventError, EventFilter, NewEvent};
use devhub_domain::page::PageRequest;

use crate::hub::{Hub, WORKSPACE, new_event};

fn with_id(event_type: &str, external_id: &str) -> NewEvent {
    NewEvent { external_id: Some(external_id.parse().unwrap()), ..new_event(event_type) }
}

fn stored(hub: &Hub) -> usize {
    hub.events.list(WORKSPACE, &EventFilter::default(), PageRequest::default()).unwrap().items.len()
}

#[test]
fn a_batch_is_published_in_its_order_and_handed_over_together() {
    let hub = Hub::new();
    hub.open_session();
    hub.create("payment.*");
    let batch = vec![new_event("payment.completed"), new_event("refund.created"), new_event("payment.failed")];
    let published = hub.events.publish_all(WORKSPACE, batch).commit().unwrap();
    let types: Vec<_> = published.iter().map(|published| published.event.event_type.as_str()).collect();
    assert_eq!(types, ["payment.completed", "refund.created", "payment.failed"]);
    assert_eq!(published.iter().map(|published| published.deliveries).collect::<Vec<_>>(), [1, 0, 1]);
    assert_eq!(hub.dispatcher.work.lock().unwrap().len(), 2);
}

#[test]
fn one_refused_event_keeps_the_whole_batch_out_and_is_named() {
    let hub = Hub::new();
    hub.events.publish(WORKSPACE, with_id("payment.completed", "order-1")).commit().unwrap();
    let batch = vec![with_id("payment.completed", "order-2"), with_id("payment.failed", "order-1")];
    let refused = hub.events.publish_all(WORKSPACE, batch).commit();
    assert!(
        matches!(refused, Err(BatchError::Event { position: 1, cause: EventError::ExternalIdReused { .. } })),
        "{refused:?}"
    );
    assert_eq!(stored(&hub), 1);
}

#[test]
fn a_batch_that_goes_to_too_many_endpoints_is_refused_whole() {
    let hub = Hub::new();
    for _ in 0..=BATCH_DELIVERIES_MAX / 100 {
        hub.create("*");
    }
    let refused = hub.events.publish_all(WORKSPACE, vec![new_event("payment.completed"); 100]).commit();
    assert!(matches!(refused, Err(BatchError::TooManyDeliveries)), "{refused:?}");
    assert_eq!(stored(&hub), 0);
}

#[test]
fn an_event_that_was_there_already_is_marked_also_within_one_batch() {
    let hub = Hub::new();
    let twice = vec![with_id("payment.completed", "order-1"), with_id("payment.completed", "order-1")];
    let published = hub.events.publish_all(WORKSPACE, twice).commit().unwrap();
    assert_eq!(published.iter().map(|published| published.is_duplicate).collect::<Vec<_>>(), [false, true]);
    assert_eq!(stored(&hub), 1);
}
