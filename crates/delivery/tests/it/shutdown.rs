//! How an engine ends, and what the next one finds.

use std::sync::Arc;
use std::time::Duration;

use devhub_delivery::{DispatchHandle, EngineOptions, ShutdownReport};
use devhub_domain::store::{StoreError, UnitOfWork, read};
use devhub_domain::webhooks::{DeliveryState, DeliveryTx, Dispatcher};

use crate::support::{Hub, Receiver, WORKSPACE, answer, gated, is_delivered, is_waiting, limits};

fn sessions(hub: &Hub) -> usize {
    let store: &dyn UnitOfWork<dyn DeliveryTx> = &hub.store.memory;
    let sessions: Result<_, StoreError> = read(store, |tx| tx.list_sessions());
    sessions.unwrap().len()
}

#[tokio::test]
async fn what_has_left_comes_to_its_end_and_what_has_not_is_given_back() {
    let (receiver, arrived, leave) = gated().await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let dispatcher = engine.dispatcher();
    hub.publish(&dispatcher, "payment.completed", 2);
    arrived.acquire().await.unwrap().forget();
    let stopping = tokio::spawn(engine.shutdown(Duration::from_mins(1)));
    leave.add_permits(1);
    let report = stopping.await.unwrap();
    assert_eq!(report, ShutdownReport { finished: 1, released: 1, interrupted: 0 });
    let states = hub.all(|delivery| is_waiting(delivery) || is_delivered(delivery)).await;
    assert_eq!((states.iter().filter(|delivery| is_delivered(delivery)).count(), sessions(&hub)), (1, 0));
    assert_eq!((dispatcher.session(), receiver.requests().len()), (None, 1));
}

#[tokio::test]
async fn what_there_is_to_tell_is_told_before_a_shutdown_ends() {
    let receiver = Receiver::http(|_| async { answer(410, "") }).await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let gate = hub.told.gate.lock().await;
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(|delivery| delivery.state == DeliveryState::Held).await;
    let mut stopping = tokio::spawn(engine.shutdown(Duration::from_mins(1)));
    // Far longer than a shutdown takes that does not wait for the notifier.
    assert!(tokio::time::timeout(Duration::from_millis(100), &mut stopping).await.is_err());
    drop(gate);
    stopping.await.unwrap();
    assert_eq!(hub.told.so_far().len(), 1);
}

#[tokio::test]
async fn a_shutdown_is_over_when_its_grace_is() {
    let (receiver, arrived, _never) = gated().await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    arrived.acquire().await.unwrap().forget();
    let report = engine.shutdown(Duration::from_millis(10)).await;
    assert_eq!(report, ShutdownReport { finished: 0, released: 0, interrupted: 1 });
    let cut = hub.all(is_waiting).await.remove(0);
    assert_eq!((cut.attempts, cut.interruptions, sessions(&hub)), (1, 1, 0));
}

#[tokio::test]
async fn a_shutdown_is_over_also_when_the_store_is_away() {
    let (receiver, arrived, leave) = gated().await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    arrived.acquire().await.unwrap().forget();
    hub.store.fail(usize::MAX);
    leave.add_permits(1);
    let report = engine.shutdown(Duration::from_millis(10)).await;
    assert_eq!(report, ShutdownReport { finished: 0, released: 0, interrupted: 1 });
    assert_eq!(hub.store.deliveries(WORKSPACE)[0].state, DeliveryState::Leased);
    assert_eq!(sessions(&hub), 1, "the next start takes over from it");
}

#[tokio::test]
async fn a_start_takes_over_at_once_what_a_crash_left() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let hub = Hub::new(limits(4, 2));
    hub.endpoint(&receiver.url(), "*");
    let crashed = hub.start();
    // Leased to the first session, and lost with its memory.
    drop(hub.lease(&crashed.dispatcher(), "payment.completed", 3));
    let second = hub.start();
    second.dispatcher().wake();
    assert_eq!(hub.all(is_delivered).await.len(), 3);
    assert_eq!(receiver.requests().len(), 3);
}

#[tokio::test]
async fn what_is_dispatched_to_an_engine_that_has_ended_is_given_back() {
    let receiver = Receiver::http(|_| async { answer(200, "") }).await;
    let hub = Hub::new(limits(4, 2));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let dispatcher = engine.dispatcher();
    let late = hub.lease(&dispatcher, "payment.completed", 1);
    engine.shutdown(Duration::from_secs(1)).await;
    dispatcher.dispatch(late);
    assert_eq!(hub.all(is_waiting).await.len(), 1);
    assert!(receiver.requests().is_empty());
}

#[tokio::test]
async fn a_handle_without_an_engine_takes_nothing() {
    let hub = Hub::new(limits(4, 2));
    let endpoint_id = hub.endpoint("http://127.0.0.1:9/", "*");
    let handle: Arc<dyn Dispatcher> = Arc::new(DispatchHandle::new(EngineOptions::default()));
    assert_eq!((handle.session(), handle.has_room(WORKSPACE, endpoint_id)), (None, false));
    hub.publish(&handle, "payment.completed", 1);
    assert_eq!(hub.all(is_waiting).await.len(), 1);
}
