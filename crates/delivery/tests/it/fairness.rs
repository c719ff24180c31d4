//! Who is slow keeps nobody else waiting.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::events::{Events, NewEvent, Payload};
use devhub_domain::id::WorkspaceId;
use devhub_domain::webhooks::{Delivery, Dispatcher, NewEndpoint, NoDispatcher, SettingsChanges};

use crate::support::{Hub, Receiver, WORKSPACE, is_delivered, limits, willing};

const OTHER: WorkspaceId = WorkspaceId::from_bytes([2; 16]);

/// Messages for the slow one: far more than a node holds for one endpoint.
const SLOW_MESSAGES: usize = 300;

/// A receiver that takes requests and answers none of them before their deadline.
async fn slow() -> Receiver {
    Receiver::http(|_| std::future::pending()).await
}

/// Publishes events to a workspace.
fn publish(hub: &Hub, dispatcher: Arc<dyn Dispatcher>, workspace_id: WorkspaceId, count: usize) {
    let store = Arc::new(hub.store.memory.clone());
    let events = Events::new(store, dispatcher, hub.clock.clone(), hub.entropy.clone());
    for _ in 0..count {
        let payload = Payload::new(br#"{"amount":"10.00"}"#, 1_000).unwrap();
        let new = NewEvent { event_type: "payment.completed".parse().unwrap(), payload, external_id: None };
        events.publish(workspace_id, new).commit().unwrap();
    }
}

/// A hub with the limits that it ships with, a slow receiver in one workspace and a fast one in another.
async fn hub() -> (Hub, Receiver) {
    let hub = Hub::new(limits(512, 16));
    let (slow, fast) = (slow().await, willing().await);
    hub.endpoint(&slow.url(), "*");
    let new = NewEndpoint {
        url: fast.url(),
        description: String::new(),
        event_types: vec!["*".parse().unwrap()],
        secret: None,
        settings: SettingsChanges::default(),
    };
    hub.endpoints().create(Asker::SYSTEM, OTHER, new).unwrap().commit().unwrap();
    (hub, slow)
}

/// Waits for the message of the other workspace; by then the slow receiver has let no attempt come to its end.
async fn expect_prompt(hub: &Hub, slow: &Receiver) {
    let delivered = hub.store.until(OTHER, is_delivered).await;
    assert_eq!(delivered.len(), 1);
    let is_untried = |delivery: &Delivery| delivery.attempts == 0;
    assert!(hub.store.deliveries(WORKSPACE).iter().all(is_untried), "it waited for an attempt to end");
    assert!(slow.requests().len() <= 16, "a slow receiver has no more than its share in flight");
}

#[tokio::test]
async fn case_04_three_hundred_messages_for_a_slow_receiver_do_not_delay_another_workspace() {
    let (hub, slow) = hub().await;
    let engine = hub.start();
    publish(&hub, engine.dispatcher(), WORKSPACE, SLOW_MESSAGES);
    publish(&hub, engine.dispatcher(), OTHER, 1);
    expect_prompt(&hub, &slow).await;
}

#[tokio::test]
async fn case_04_what_waits_for_a_slow_receiver_does_not_delay_what_waits_for_another() {
    let (hub, slow) = hub().await;
    publish(&hub, Arc::new(NoDispatcher), WORKSPACE, SLOW_MESSAGES);
    publish(&hub, Arc::new(NoDispatcher), OTHER, 1);
    let _engine = hub.start();
    expect_prompt(&hub, &slow).await;
}
