//! The addresses that payments name: sent to, tried again and sent once more as any other, and refused as any other.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::events::{EventError, NewEvent, Payload, PreparedEvent, hand_over, publish_to};
use devhub_domain::store::{Lane, UnitOfWork, write};
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{
    Close, Delivery, DeliveryState, DeliveryTx, Dispatcher, DrawnCallback, ErrorKind, callback_endpoint, callback_url,
};

use crate::support::{Hub, WORKSPACE, is_delivered, is_waiting, limits, saying, sealed_by, willing};

/// Publishes an event of a payment that names an address, as whoever makes payments does: in one transaction with the endpoint.
fn pay(hub: &Hub, dispatcher: &Arc<dyn Dispatcher>, url: &str) {
    let (now, url) = (hub.clock.now(), callback_url(url).unwrap());
    let new = NewEvent {
        event_type: "payment.completed".parse().unwrap(),
        payload: Payload::new(br#"{"status":"completed"}"#, 1_000).unwrap(),
        external_id: None,
    };
    let prepared = PreparedEvent::new(WORKSPACE, new, now, &*hub.entropy);
    let (drawn, sealer) = (DrawnCallback::draw(now, &*hub.entropy), sealed_by(7));
    let store: &dyn UnitOfWork<dyn DeliveryTx> = &hub.store.memory;
    let published = write(store, Lane::Interactive, |tx| {
        let also = callback_endpoint(tx, WORKSPACE, &url, &drawn, &sealer)?;
        publish_to(tx, &prepared, also, Some(&**dispatcher))
    });
    let mut published = published.map_err(|error: EventError| error.code()).unwrap();
    hand_over(&**dispatcher, std::slice::from_mut(&mut published));
}

fn is_closed(delivery: &Delivery) -> bool {
    delivery.state == DeliveryState::Closed(Close::Blocked)
}

#[tokio::test]
async fn a_payment_s_event_reaches_its_address_and_those_who_want_it() {
    let (named, wanting) = (willing().await, willing().await);
    let hub = Hub::new(limits(8, 4));
    hub.endpoint(&wanting.url(), "payment.*");
    let engine = hub.start();
    pay(&hub, &engine.dispatcher(), &named.url());
    pay(&hub, &engine.dispatcher(), &wanting.url());
    assert_eq!(hub.all(is_delivered).await.len(), 3);
    assert_eq!((named.requests().len(), wanting.requests().len()), (1, 2));
    let seen = named.requests().remove(0);
    assert_eq!(&seen.body[..], br#"{"status":"completed"}"#);
    assert!(seen.headers.contains_key("x-ownpay-signature") && seen.headers.contains_key("webhook-signature"));
}

#[tokio::test]
async fn an_address_that_fails_is_tried_again_and_can_be_sent_the_event_once_more() {
    let receiver = saying(&[500, 200]).await;
    let hub = Hub::new(limits(8, 4));
    let engine = hub.start();
    pay(&hub, &engine.dispatcher(), &receiver.url());
    hub.all(is_waiting).await;
    hub.advance(&engine.dispatcher(), Duration::from_secs(7));
    let delivered = hub.all(is_delivered).await.remove(0);
    hub.resend(&engine.dispatcher(), &delivered);
    let resent = hub.all(|delivery| is_delivered(delivery) && delivery.attempts == 3).await.remove(0);
    assert_eq!((resent.id, receiver.requests().len()), (delivered.id, 3));
}

#[tokio::test]
async fn an_address_of_the_inside_is_accepted_with_its_payment_and_refused_when_it_is_sent_to() {
    let hub = Hub::new(limits(8, 4));
    let engine = hub.start();
    pay(&hub, &engine.dispatcher(), "http://10.0.0.8/?wc-api=ownpay");
    let closed = hub.all(is_closed).await.remove(0);
    let last = closed.last.clone().unwrap();
    assert_eq!(last.error_kind().map(ErrorKind::as_str), Some("forbidden_address"));
    assert!(last.detail.unwrap().starts_with("address 10.0.0.8 is refused: "));
}
