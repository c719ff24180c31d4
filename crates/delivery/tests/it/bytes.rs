//! What was published reaches its receiver byte for byte.

use std::sync::Arc;

use devhub_domain::events::{Events, NewEvent, Payload};

use crate::support::{Hub, WORKSPACE, is_delivered, limits, willing};

/// Everything that a detour through a parsed value would change: white space, the order and the repetition of names, the spelling of
/// numbers, and escapes beside the characters that they stand for.
const ODD: &str = "{ \"z\" : 1.0E+2,\n\t\"a\":100 ,\"a\": -0.0, \"é\":\"\\u00e9 é \\/ / \\uD83C\\uDF89\",\r\n \"big\":12345678901234567890123, \"far\" : 1e400 }";

#[tokio::test]
async fn a_body_reaches_its_receiver_as_it_was_published() {
    let receiver = willing().await;
    let hub = Hub::new(limits(8, 4));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let store = Arc::new(hub.store.memory.clone());
    let events = Events::new(store, engine.dispatcher(), hub.clock.clone(), hub.entropy.clone());
    let payload = Payload::new(ODD.as_bytes(), 1_000).unwrap();
    let new = NewEvent { event_type: "a".parse().unwrap(), payload, external_id: None };
    events.publish(WORKSPACE, new).commit().unwrap();
    hub.all(is_delivered).await;
    let [request] = &receiver.requests()[..] else { panic!("one request") };
    assert_eq!(request.body, ODD.as_bytes());
    assert_eq!(request.headers["content-length"], ODD.len().to_string().as_str());
}
