//! From an event to a recorded delivery.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use devhub_delivery::EngineOptions;
use devhub_domain::id::SessionId;
use devhub_domain::notices::Notice;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{Delivery, DeliveryState, Lease, RetrySchedule, SESSION_SILENT_FOR};
use tokio::sync::{Barrier, Notify};

use crate::support::{
    Hub, Receiver, WORKSPACE, answer, gated, is_delivered, is_waiting, limits, saying, sealed_by, willing,
};

/// A receiver that takes requests and says nothing.
async fn silent() -> Receiver {
    Receiver::http(|_| std::future::pending()).await
}

#[tokio::test]
async fn a_delivery_is_sent_without_a_claim_and_recorded_in_one_write() {
    let receiver = willing().await;
    let hub = Hub::new(limits(8, 4));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let writes_before = hub.store.writes();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let deliveries = hub.all(is_delivered).await;
    assert_eq!((deliveries.len(), deliveries[0].attempts, deliveries[0].lease), (1, 1, None));
    assert_eq!(deliveries[0].last.as_ref().unwrap().status, Some(200));
    assert_eq!(hub.store.writes() - writes_before, 1);
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_when_its_time_has_come() {
    let receiver = saying(&[500, 200]).await;
    let hub = Hub::new(limits(8, 4));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let waiting = hub.all(is_waiting).await.remove(0);
    let wait = waiting.due_at.unwrap().since(hub.clock.now());
    // The schedule's 5 s ± 15 %, and the time that the first attempt took.
    assert!((Duration::from_millis(4_250)..=Duration::from_secs(7)).contains(&wait), "{wait:?}");
    hub.advance(&engine.dispatcher(), Duration::from_secs(7));
    let delivered = hub.all(is_delivered).await.remove(0);
    let attempts = hub.attempts(&delivered);
    let told: Vec<_> = attempts.iter().map(|attempt| (attempt.number, attempt.status.unwrap())).collect();
    assert_eq!(told, [(1, 500), (2, 200)]);
    assert_eq!(attempts[0].body_excerpt, b"seen");
    let [first, second] = &receiver.requests()[..] else { panic!("two requests") };
    assert_eq!(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert_ne!(first.headers["webhook-timestamp"], second.headers["webhook-timestamp"]);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone_and_its_owner_told() {
    let receiver = saying(&[410]).await;
    let hub = Hub::new(limits(8, 4));
    let endpoint_id = hub.endpoint(&format!("{}?token=secret", receiver.url()), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(|delivery| delivery.state == DeliveryState::Held).await;
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    assert_eq!(hub.all(|delivery| delivery.state == DeliveryState::Held).await.len(), 2);
    let told = Notice::EndpointDisabled {
        workspace_id: WORKSPACE,
        endpoint_id,
        url: receiver.url().trim_end_matches("/hook").to_owned(),
        reason: "the receiver answered 410 Gone".to_owned(),
    };
    assert_eq!(hub.told.first().await, told);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn what_waits_for_a_receiver_that_is_gone_does_not_leave() {
    let receiver = saying(&[410]).await;
    let hub = Hub::new(limits(4, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    // The answer is recorded at the second try: meanwhile nothing more may leave.
    hub.store.fail(1);
    hub.publish(&engine.dispatcher(), "payment.completed", 3);
    let deliveries = hub.all(|delivery| delivery.lease.is_none()).await;
    assert_eq!(deliveries.iter().filter(|delivery| is_waiting(delivery)).count(), 2);
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn successes_that_could_not_be_recorded_together_are_recorded_one_by_one() {
    let receiver = willing().await;
    let hub = Hub::new(limits(4, 4));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.store.fail(1);
    hub.publish(&engine.dispatcher(), "payment.completed", 3);
    let delivered = hub.all(is_delivered).await;
    assert_eq!(delivered.iter().map(|delivery| delivery.attempts).collect::<Vec<_>>(), [1, 1, 1]);
    assert_eq!((hub.store.failures(), receiver.requests().len()), (0, 3));
}

#[tokio::test]
async fn a_delivery_that_was_given_up_is_told() {
    let receiver = saying(&[500]).await;
    let schedule = RetrySchedule::new(vec![Duration::ZERO], 0).unwrap();
    let hub = Hub { schedule, ..Hub::new(limits(8, 4)) };
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let given_up = hub.all(|delivery| delivery.state == DeliveryState::Exhausted).await.remove(0);
    let told = hub.told.first().await;
    assert!(matches!(told, Notice::DeliveryExhausted { delivery_id, .. } if delivery_id == given_up.id));
}

#[tokio::test]
async fn a_receiver_that_never_answers_does_not_hold_up_another() {
    let (slow, fast) = (silent().await, willing().await);
    let hub = Hub::new(limits(4, 2));
    hub.endpoint(&slow.url(), "slow.thing");
    hub.endpoint(&fast.url(), "fast.thing");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "slow.thing", 10);
    hub.publish(&engine.dispatcher(), "fast.thing", 20);
    hub.all(|delivery| is_delivered(delivery) || delivery.event_type.as_str() == "slow.thing").await;
    assert_eq!(fast.requests().len(), 20);
    assert!(slow.accepted() <= 2, "{} connections to the slow one", slow.accepted());
}

#[tokio::test]
async fn an_endpoint_never_has_more_in_flight_than_its_share() {
    let (in_flight, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    // Each request waits for a second one: the share is used, and `most` shows that it is not passed.
    let pair = Arc::new(Barrier::new(2));
    let seen = Arc::clone(&most);
    let receiver = Receiver::http(move |_| {
        let (in_flight, most, pair) = (Arc::clone(&in_flight), Arc::clone(&most), Arc::clone(&pair));
        async move {
            most.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            pair.wait().await;
            in_flight.fetch_sub(1, Ordering::SeqCst);
            answer(200, "")
        }
    })
    .await;
    let hub = Hub::new(limits(8, 2));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 20);
    assert_eq!(hub.all(is_delivered).await.len(), 20);
    assert_eq!(seen.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn what_found_no_room_is_claimed_once_there_is_some() {
    let gate = Arc::new(Notify::new());
    let opened = Arc::clone(&gate);
    let receiver = Receiver::http(move |_| {
        let gate = Arc::clone(&opened);
        async move {
            gate.notified().await;
            gate.notify_one();
            answer(200, "")
        }
    })
    .await;
    let hub = Hub::new(limits(2, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 12);
    let waiting = hub.store.deliveries(WORKSPACE).iter().filter(|delivery| is_waiting(delivery)).count();
    assert_eq!(waiting, 10, "one in flight and one that comes next are leased");
    gate.notify_one();
    assert_eq!(hub.all(is_delivered).await.len(), 12);
    assert_eq!(receiver.requests().len(), 12);
}

#[tokio::test]
async fn what_is_dispatched_beyond_all_room_is_given_back_and_sent_later() {
    let receiver = willing().await;
    let hub = Hub::new(limits(1, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let work = hub.lease(&engine.dispatcher(), "payment.completed", 5);
    engine.dispatcher().dispatch(work);
    assert_eq!(hub.all(is_delivered).await.len(), 5);
    assert_eq!(receiver.requests().len(), 5);
}

#[tokio::test]
async fn what_is_dispatched_at_once_for_one_endpoint_leaves_room_for_another() {
    let (slow, fast) = (silent().await, willing().await);
    let hub = Hub::new(limits(8, 2));
    hub.endpoint(&slow.url(), "slow.thing");
    hub.endpoint(&fast.url(), "fast.thing");
    let engine = hub.start();
    let dispatcher = engine.dispatcher();
    // As one commit of many publications, each of which had asked for room before any took it.
    dispatcher.dispatch(hub.lease(&dispatcher, "slow.thing", 40));
    hub.publish(&dispatcher, "fast.thing", 1);
    hub.all(|delivery| is_delivered(delivery) || delivery.event_type.as_str() == "slow.thing").await;
    assert_eq!(fast.requests().len(), 1);
}

#[tokio::test]
async fn what_is_leased_to_this_node_and_lost_on_the_way_is_found_and_sent() {
    let receiver = willing().await;
    let hub = Hub::new(EngineOptions { recount: Duration::from_millis(1), ..limits(8, 4) });
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    // As after a commit whose publisher was told that the store was away.
    drop(hub.lease(&engine.dispatcher(), "payment.completed", 3));
    assert_eq!(hub.all(is_delivered).await.len(), 3);
    assert_eq!(receiver.requests().len(), 3);
}

#[tokio::test]
async fn what_another_node_has_taken_over_is_not_sent() {
    let receiver = willing().await;
    let hub = Hub::new(limits(8, 1));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let (lost, other) = (SessionId::from_bytes([1; 16]), SessionId::from_bytes([2; 16]));
    let stale = hub.lease_to(Some(lost), "payment.completed", 1);
    let taken_over = Delivery { lease: Some(Lease { session_id: other }), ..stale[0].delivery.clone() };
    assert!(hub.store.overwrite(lost, &taken_over));
    engine.dispatcher().dispatch(stale);
    // One at a time: the second has its turn after the first.
    hub.publish(&engine.dispatcher(), "payment.refunded", 1);
    hub.all(|delivery| is_delivered(delivery) || delivery.event_type.as_str() == "payment.completed").await;
    assert_eq!(receiver.requests().len(), 1);
}

#[tokio::test]
async fn case_18_what_a_node_holds_that_was_silent_for_too_long_does_not_leave() {
    let (receiver, arrived, leave) = gated().await;
    // No beat of its own, as while it is frozen.
    let hub = Hub::new(EngineOptions { single_owner: false, beat: Duration::from_hours(1), ..limits(8, 1) });
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.created", 1);
    arrived.acquire().await.unwrap().forget();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.clock.advance(SESSION_SILENT_FOR);
    leave.add_permits(2);
    hub.all(|delivery| is_delivered(delivery) || is_waiting(delivery)).await;
    assert_eq!(receiver.requests().len(), 1, "others may have sent the second: it had not left");
}

#[tokio::test]
async fn a_result_is_recorded_however_often_the_store_fails() {
    let receiver = willing().await;
    let hub = Hub::new(limits(8, 4));
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.store.fail(3);
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    assert_eq!(hub.all(is_delivered).await[0].attempts, 1);
    assert_eq!((hub.store.failures(), receiver.requests().len()), (0, 1));
}

#[tokio::test]
async fn a_request_that_cannot_be_signed_waits_and_uses_up_no_attempt() {
    let receiver = willing().await;
    let hub = Hub::new(limits(8, 4));
    let endpoint_id = hub.endpoint(&receiver.url(), "*");
    let engine = hub.start_with(sealed_by(8));
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let waiting = hub.all(is_waiting).await.remove(0);
    assert_eq!((waiting.attempts, waiting.last, receiver.requests().len()), (0, None, 0));
    assert!(!engine.dispatcher().has_room(WORKSPACE, endpoint_id), "it is left alone for a minute");
    hub.advance(&engine.dispatcher(), Duration::from_mins(1));
    assert!(engine.dispatcher().has_room(WORKSPACE, endpoint_id));
}
