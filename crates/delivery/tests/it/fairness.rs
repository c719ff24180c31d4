//! Who is slow keeps nobody else waiting.

use std::sync::Arc;

use devhub_domain::access::Asker;
use devhub_domain::events::{Events, NewEvent, Payload};
use devhub_domain::id::WorkspaceId;
use devhub_domain::webhooks::{Delivery, Dispatcher, FirstStatus, NewEndpoint, NoDispatcher, SettingsChanges};
use tokio::sync::Semaphore;

use crate::support::{Hub, Receiver, WORKSPACE, gated, is_delivered, limits, willing};

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
    endpoint_of(&hub, OTHER, &fast);
    (hub, slow)
}

fn endpoint_of(hub: &Hub, workspace_id: WorkspaceId, receiver: &Receiver) {
    let new = NewEndpoint {
        url: receiver.url(),
        description: String::new(),
        event_types: vec!["*".parse().unwrap()],
        secret: None,
        settings: SettingsChanges::default(),
        status: FirstStatus::Active,
    };
    hub.endpoints().create(Asker::SYSTEM, workspace_id, new).unwrap().commit().unwrap();
}

/// A hub with 128 requests in flight and 4 to an endpoint, 64 slow endpoints in each of these workspaces, and a fast one in another;
/// with what says that a request has come to a slow one.
async fn crowded(slow_workspaces: &[WorkspaceId]) -> (Hub, Receiver, Arc<Semaphore>) {
    let hub = Hub::new(limits(128, 4));
    let ((slow, arrived, _), fast) = (gated().await, willing().await);
    for workspace_id in slow_workspaces {
        (0..64).for_each(|_| endpoint_of(&hub, *workspace_id, &slow));
    }
    endpoint_of(&hub, OTHER, &fast);
    (hub, slow, arrived)
}

/// Messages for each slow endpoint: more than it has places for.
const EACH: usize = 20;

/// Waits for so many requests to slow endpoints.
async fn has_arrived(arrived: &Semaphore, count: u32) {
    arrived.acquire_many(count).await.unwrap().forget();
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

#[tokio::test]
async fn case_04_a_workspace_with_64_slow_receivers_does_not_delay_another_workspace() {
    let (hub, slow, arrived) = crowded(&[WORKSPACE]).await;
    let engine = hub.start();
    publish(&hub, engine.dispatcher(), WORKSPACE, EACH);
    has_arrived(&arrived, 96).await;
    publish(&hub, engine.dispatcher(), OTHER, 1);
    assert_eq!(hub.store.until(OTHER, is_delivered).await.len(), 1);
    assert_eq!(slow.requests().len(), 96, "three quarters of the turns, and none was given back meanwhile");
}

#[tokio::test]
async fn case_04_what_waits_for_64_slow_receivers_does_not_delay_what_waits_for_another_workspace() {
    let (hub, slow, _arrived) = crowded(&[WORKSPACE]).await;
    publish(&hub, Arc::new(NoDispatcher), WORKSPACE, EACH);
    publish(&hub, Arc::new(NoDispatcher), OTHER, 1);
    let _engine = hub.start();
    assert_eq!(hub.store.until(OTHER, is_delivered).await.len(), 1);
    assert!(slow.requests().len() <= 96, "a workspace has no more than three quarters of the turns");
}

#[tokio::test]
async fn case_04_three_workspaces_with_slow_receivers_do_not_delay_a_fourth() {
    let slow_workspaces = [WORKSPACE, WorkspaceId::from_bytes([3; 16]), WorkspaceId::from_bytes([4; 16])];
    let (hub, slow, arrived) = crowded(&slow_workspaces).await;
    let engine = hub.start();
    // One after the other, so that the first has most and the last the least that there is.
    for (workspace_id, turns) in slow_workspaces.into_iter().zip([96, 24, 1]) {
        publish(&hub, engine.dispatcher(), workspace_id, EACH);
        has_arrived(&arrived, turns).await;
    }
    publish(&hub, engine.dispatcher(), OTHER, 1);
    assert_eq!(hub.store.until(OTHER, is_delivered).await.len(), 1);
    assert_eq!(slow.requests().len(), 96 + 24 + 1, "seven turns are free");
}
