//! Endpoints with settings of their own, from an event to what their receivers see.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_domain::secret::Secret;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::{
    EndpointChanges, HeaderName, HeaderText, InFlightMax, NewHeader, NewHeaders, RetrySchedule, Setting,
    SettingsChanges,
};

use crate::support::{Hub, WORKSPACE, gated, is_delivered, is_waiting, limits, saying, willing};

fn rate(text: &str) -> SettingsChanges {
    SettingsChanges { rate: Setting::Own(text.parse().unwrap()), ..SettingsChanges::default() }
}

#[tokio::test]
async fn a_receiver_sees_the_headers_of_its_endpoint() {
    let receiver = willing().await;
    let hub = Hub::new(limits(8, 4));
    let header = |name: &str, value: &str| NewHeader {
        name: HeaderName::new(name).unwrap(),
        value: Some(HeaderText::new(Secret::new(value)).unwrap()),
        is_sensitive: None,
    };
    let headers = NewHeaders::new(vec![header("X-Shop", "12"), header("Authorization", "Bearer 7f6f")]).unwrap();
    let settings = SettingsChanges { headers: Setting::Own(headers), ..SettingsChanges::default() };
    hub.endpoint_with(&receiver.url(), "*", settings);
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    hub.all(is_delivered).await;
    let seen = receiver.requests().remove(0).headers;
    assert_eq!((&seen["x-shop"], &seen["authorization"]), (&"12".parse().unwrap(), &"Bearer 7f6f".parse().unwrap()));
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_as_the_schedule_of_its_endpoint_says() {
    let receiver = saying(&[500, 200]).await;
    let hub = Hub::new(limits(8, 4));
    let retry_schedule = Setting::Own(RetrySchedule::from_seconds(&[0, 3_600], Some(0)).unwrap());
    hub.endpoint_with(&receiver.url(), "*", SettingsChanges { retry_schedule, ..SettingsChanges::default() });
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 1);
    let waiting = hub.all(is_waiting).await.remove(0);
    let wait = waiting.due_at.unwrap().since(hub.clock.now());
    assert!(wait >= Duration::from_hours(1), "{wait:?}");
    hub.advance(&engine.dispatcher(), wait);
    hub.all(is_delivered).await;
}

#[tokio::test]
async fn an_endpoint_with_a_rate_gets_its_requests_one_by_one_while_others_get_theirs() {
    let (paced, arrived, leave) = gated().await;
    let fast = willing().await;
    leave.add_permits(100);
    let hub = Hub::new(limits(8, 4));
    hub.endpoint_with(&paced.url(), "paced.thing", rate("100/second"));
    hub.endpoint(&fast.url(), "fast.thing");
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "paced.thing", 6);
    // Two at once after a pause, and one more for each interval that the clock goes on.
    arrived.acquire_many(2).await.unwrap().forget();
    hub.publish(&engine.dispatcher(), "fast.thing", 20);
    hub.all(|delivery| is_delivered(delivery) || delivery.event_type.as_str() == "paced.thing").await;
    for expected in 3..=6 {
        assert_eq!(paced.requests().len(), expected - 1, "the clock stands still");
        hub.advance(&engine.dispatcher(), Duration::from_millis(10));
        arrived.acquire().await.unwrap().forget();
    }
    hub.all(is_delivered).await;
}

#[tokio::test]
async fn what_a_slow_rate_leaves_behind_waits_in_the_store_and_not_in_memory() {
    let (paced, arrived, leave) = gated().await;
    leave.add_permits(100);
    let hub = Hub::new(limits(8, 4));
    hub.endpoint_with(&paced.url(), "*", rate("1/minute"));
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 5);
    arrived.acquire_many(2).await.unwrap().forget();
    hub.all(|delivery| is_delivered(delivery) || is_waiting(delivery)).await;
    assert_eq!(paced.requests().len(), 2);
    for _ in 0..3 {
        hub.advance(&engine.dispatcher(), Duration::from_mins(1));
        arrived.acquire().await.unwrap().forget();
    }
    hub.all(is_delivered).await;
    assert_eq!(paced.requests().len(), 5);
}

#[tokio::test]
async fn an_endpoint_never_has_more_in_flight_than_its_own_cap_also_when_that_changes() {
    let (receiver, arrived, leave) = gated().await;
    let hub = Hub::new(limits(8, 4));
    let cap = |max| {
        let in_flight_max = Setting::Own(InFlightMax::new(max).unwrap());
        SettingsChanges { in_flight_max, ..SettingsChanges::default() }
    };
    let id = hub.endpoint_with(&receiver.url(), "*", cap(1));
    let engine = hub.start();
    hub.publish(&engine.dispatcher(), "payment.completed", 6);
    arrived.acquire().await.unwrap().forget();
    assert_eq!(receiver.requests().len(), 1);
    let endpoints = hub.endpoints().with_dispatcher(engine.dispatcher());
    let changes = EndpointChanges { settings: cap(3), ..EndpointChanges::default() };
    endpoints.update(Asker::SYSTEM, WORKSPACE, id, changes).unwrap().commit().unwrap();
    arrived.acquire_many(2).await.unwrap().forget();
    assert_eq!(receiver.requests().len(), 3);
    leave.add_permits(100);
    hub.all(is_delivered).await;
}
