//! Deliveries that cannot be tried or written down: set back, and parked in the end, whatever becomes of the others.

use std::sync::Arc;
use std::time::Duration;

use devhub_delivery::EngineOptions;
use devhub_domain::notices::Notice;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{DeliveryState, SETBACK_PAUSE, SETBACKS_MAX, Work};

use crate::support::{Hub, Receiver, Trouble, WORKSPACE, answer, is_delivered, is_waiting, limits, willing};

/// One request at a time, and no beat that could meet the trouble instead.
fn undisturbed() -> EngineOptions {
    EngineOptions { beat: Duration::from_hours(1), ..limits(4, 1) }
}

/// Writes that are refused before a result is: with the others that come with it, and then by itself.
const REFUSALS: usize = 2;

/// A receiver that answers 200, and lets the store come to this, so many times, when the first result is written.
async fn troubling(hub: &Hub, trouble: Trouble, count: usize) -> Receiver {
    let (store, first) = (Arc::clone(&hub.store), Arc::new(std::sync::Once::new()));
    Receiver::http(move |_| {
        first.call_once(|| store.trouble(trouble, count));
        std::future::ready(answer(200, ""))
    })
    .await
}

#[tokio::test]
async fn case_15_a_delivery_that_breaks_down_is_set_back_and_the_others_go_on() {
    let hub = Hub::new(undisturbed());
    let receiver = troubling(&hub, Trouble::Panic, 1).await;
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.created", 1);
    let set_back = hub.all(is_waiting).await.remove(0);
    assert_eq!((set_back.setbacks, set_back.attempts), (1, 0));
    assert_eq!(set_back.due_at, Some(hub.clock.now().plus(SETBACK_PAUSE)));
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(|delivery| is_delivered(delivery) || delivery.event_type.as_str() == "payment.created").await;
    hub.advance(&engine.dispatcher(), SETBACK_PAUSE);
    let delivered = hub.all(is_delivered).await;
    assert!(delivered.iter().all(|delivery| delivery.setbacks == 0));
}

#[tokio::test]
async fn a_result_that_the_store_refuses_sets_its_delivery_back() {
    let hub = Hub::new(undisturbed());
    let receiver = troubling(&hub, Trouble::Refusal, REFUSALS).await;
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let set_back = hub.all(is_waiting).await.remove(0);
    assert_eq!((set_back.setbacks, receiver.requests().len()), (1, 1));
    assert_eq!(set_back.due_at, Some(hub.clock.now().plus(SETBACK_PAUSE)));
    assert_eq!(hub.told.so_far(), [], "it is tried again");
}

#[tokio::test]
async fn a_success_that_is_refused_with_others_is_recorded_by_itself() {
    let hub = Hub::new(undisturbed());
    let receiver = troubling(&hub, Trouble::Refusal, 1).await;
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let delivered = hub.all(is_delivered).await.remove(0);
    assert_eq!((delivered.setbacks, receiver.requests().len()), (0, 1));
}

/// A delivery that was set back as often as it may be.
fn worn_out(hub: &Hub, engine: &devhub_delivery::Engine) -> Work {
    let mut work = hub.lease(&engine.dispatcher(), "payment.completed", 1).remove(0);
    work.delivery.setbacks = SETBACKS_MAX - 1;
    assert!(hub.store.overwrite(engine.dispatcher().session().unwrap(), &work.delivery));
    work
}

#[tokio::test]
async fn case_15_a_delivery_that_is_set_back_too_often_is_parked_and_told() {
    let hub = Hub::new(undisturbed());
    let receiver = troubling(&hub, Trouble::Refusal, REFUSALS).await;
    let endpoint_id = hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let work = worn_out(&hub, &engine);
    let delivery_id = work.delivery.id;
    engine.dispatcher().dispatch(vec![work]);
    hub.all(|delivery| delivery.state == DeliveryState::Parked).await;
    let told = Notice::DeliveryParked { workspace_id: WORKSPACE, endpoint_id, delivery_id };
    assert_eq!(hub.told.first().await, told);
}

#[tokio::test]
async fn a_parked_delivery_is_sent_when_somebody_asks() {
    let hub = Hub::new(undisturbed());
    let receiver = willing().await;
    hub.endpoint(&receiver.url(), "*");
    let engine = hub.start();
    let work = worn_out(&hub, &engine);
    hub.store.trouble(Trouble::Panic, 1);
    engine.dispatcher().dispatch(vec![work]);
    let parked = hub.all(|delivery| delivery.state == DeliveryState::Parked).await.remove(0);
    hub.resend(&engine.dispatcher(), &parked);
    assert_eq!(hub.all(is_delivered).await[0].setbacks, 0);
}
