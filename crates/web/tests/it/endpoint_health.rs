//! `/api/hub/v1/endpoints/{id}/health`, and the events that come from the hub itself.

use std::time::Duration;

use actix_web::http::Method;
use devhub_domain::api_keys::IssuedKey;
use devhub_domain::webhooks::{Answer, Exchange, Outcome};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::{Hub, SESSION, authorized, request};

/// A hub with one endpoint, the key that made it, and where its health is.
async fn one_endpoint() -> (Hub, IssuedKey, String) {
    let hub = Hub::new();
    let key = hub.key("events:write endpoints:read endpoints:write");
    let body = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    let id = hub.post("/api/hub/v1/endpoints", &key, &body).await.field("id");
    (hub, key, format!("/api/hub/v1/endpoints/{id}/health"))
}

/// Publishes an event, and has the receiver answer after so many milliseconds.
async fn attempt(hub: &Hub, key: &IssuedKey, status: u16, took_ms: u64) {
    hub.post("/api/hub/v1/events", key, &json!({ "event_type": "payment.completed", "payload": {} })).await;
    let deliveries = &hub.services.deliveries;
    let work = deliveries.claim(SESSION, Vec::new(), 1).commit().unwrap().work.remove(0);
    let request = deliveries.request(&work).unwrap();
    let outcome = Outcome::Answered(Answer { status, ..Answer::default() });
    let (duration, timings) = (Duration::from_millis(took_ms), devhub_domain::webhooks::Timings::default());
    let exchange = Exchange { started_at: request.started_at, duration, timings, outcome };
    deliveries.record(SESSION, work.delivery, &request, &exchange).commit().unwrap();
    deliveries.write_tallies().unwrap();
}

#[actix_web::test]
async fn an_endpoint_that_was_never_asked_is_well() {
    let (hub, key, path) = one_endpoint().await;
    assert_json_snapshot!(hub.get(&path, &key).await.snapshot());
}

#[actix_web::test]
async fn an_endpoint_that_keeps_failing_is_probed_and_says_why() {
    let (hub, key, path) = one_endpoint().await;
    attempt(&hub, &key, 200, 10).await;
    for _ in 0..10 {
        attempt(&hub, &key, 500, 300).await;
    }
    assert_json_snapshot!(hub.get(&path, &key).await.snapshot());
}

#[actix_web::test]
async fn a_list_of_endpoints_tells_of_each_how_it_does() {
    let (hub, key, _) = one_endpoint().await;
    for _ in 0..10 {
        attempt(&hub, &key, 500, 300).await;
    }
    // Ids sort by the millisecond.
    hub.clock.advance(Duration::from_millis(5));
    let well = json!({ "url": "https://shop.example/other", "event_types": ["refund.*"] });
    let well = hub.post("/api/hub/v1/endpoints", &key, &well).await.field("id");
    let health = || async {
        let listed = hub.get("/api/hub/v1/endpoints", &key).await.json();
        let items = listed["items"].as_array().unwrap().iter();
        items.map(|item| item["health"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(health().await, ["healthy", "probed"]);
    hub.post_text(&format!("/api/hub/v1/endpoints/{well}/pause"), &key, "").await;
    assert_eq!(health().await, ["paused", "probed"]);
}

#[actix_web::test]
async fn what_a_day_does_not_hold_a_week_does() {
    let (hub, key, path) = one_endpoint().await;
    attempt(&hub, &key, 200, 10).await;
    hub.clock.advance(Duration::from_hours(25));
    attempt(&hub, &key, 200, 10).await;
    let health = hub.get(&path, &key).await.json();
    assert_eq!((&health["last_24_h"]["successes"], &health["last_7_d"]["successes"]), (&json!(1), &json!(2)));
}

#[actix_web::test]
async fn an_endpoint_that_is_not_there_has_no_health() {
    let (hub, key, path) = one_endpoint().await;
    hub.send(authorized(request(Method::DELETE, path.trim_end_matches("/health")), &key)).await;
    assert_eq!(hub.get(&path, &key).await.status_and_code(), (404, "endpoint_not_found".to_owned()));
}

#[actix_web::test]
async fn events_of_the_hub_are_published_by_nobody_else() {
    let hub = Hub::new();
    let key = hub.key("events:write");
    let body = json!({ "event_type": "endpoint.disabled", "payload": {} });
    let refused = hub.post("/api/hub/v1/events", &key, &body).await;
    assert_eq!(refused.status_and_code(), (422, "event_type_reserved".to_owned()));
    let refused = hub.post("/api/hub/v1/events/batch", &key, &json!({ "events": [body] })).await;
    assert_eq!(refused.status_and_code(), (422, "event_type_reserved".to_owned()));
}
