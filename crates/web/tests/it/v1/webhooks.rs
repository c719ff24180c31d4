//! Tests of endpoints, and the last deliveries. *Source:* wire contract §2.11.

use serde_json::json;

use super::{get, post};
use crate::hub::{Hub, OTHER_WORKSPACE};

const ADMIN: &str = "endpoints:write endpoints:read events:write";

#[actix_web::test]
async fn a_test_goes_to_an_active_endpoint_and_tells_what_it_answered() {
    let hub = Hub::new();
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    hub.post("/api/hub/v1/endpoints", &hub.key(ADMIN), &endpoint).await;
    let answer = post(&hub, "/webhooks/tests", &hub.key("write"), &json!({})).await;
    assert_eq!(answer.data(), json!({ "status_code": 201, "response_time_ms": 2 }));
}

#[actix_web::test]
async fn without_an_endpoint_a_test_fails_with_a_reason() {
    let hub = Hub::new();
    let answer = post(&hub, "/webhooks/tests", &hub.key("write"), &json!({})).await;
    assert_eq!(answer.failure(), (400, "WEBHOOK_TEST_FAILED".to_owned()));
    assert_eq!(answer.field("error"), "Webhook test failed: no active endpoint is set up");
}

#[actix_web::test]
async fn the_last_deliveries_are_listed_with_where_they_went() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    hub.post("/api/hub/v1/endpoints", &admin, &endpoint).await;
    let event = json!({ "event_type": "payment.completed", "payload": 1 });
    hub.post("/api/hub/v1/events", &admin, &event).await;
    let listed = get(&hub, "/webhooks/deliveries", &hub.key("read")).await.data();
    let (first, count) = (&listed[0], listed.as_array().unwrap().len());
    assert_eq!(count, 1);
    assert_eq!((&first["event"], &first["url"]), (&"payment.completed".into(), &"https://shop.example/hook".into()));
    assert_eq!((&first["direction"], &first["status"]), (&"outbound".into(), &"received".into()));
    assert_eq!((&first["attempt"], &first["status_code"]), (&0.into(), &json!(null)));
}

#[actix_web::test]
async fn another_workspace_sees_no_deliveries_and_tests_no_endpoint_of_this_one() {
    let hub = Hub::new();
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    hub.post("/api/hub/v1/endpoints", &hub.key(ADMIN), &endpoint).await;
    let new = devhub_domain::api_keys::NewApiKey::with_label(devhub_domain::testing::label("Other"));
    let stranger = hub.issue(OTHER_WORKSPACE, new);
    assert_eq!(get(&hub, "/webhooks/deliveries", &stranger).await.data(), json!([]));
    let answer = post(&hub, "/webhooks/tests", &stranger, &json!({})).await;
    assert_eq!(answer.failure(), (400, "WEBHOOK_TEST_FAILED".to_owned()));
}

#[actix_web::test]
async fn a_test_is_sent_each_time_whatever_it_is_named() {
    let hub = Hub::new();
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    hub.post("/api/hub/v1/endpoints", &hub.key(ADMIN), &endpoint).await;
    let key = hub.key("write");
    for _ in 0..2 {
        let answer = hub.post_once("/api/v1/webhooks/tests", &key, "test-77", &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.header("idempotent-replayed")), (200, None));
    }
}

#[actix_web::test]
async fn an_address_that_a_payment_named_is_not_tested() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write endpoints:read");
    let payment = json!({ "amount": "1", "currency": "USD", "callback_url": "https://shop.example/orders/77" });
    assert_eq!(post(&hub, "/payments", &key, &payment).await.status.as_u16(), 201);
    let listed = hub.get("/api/hub/v1/endpoints", &key).await.json();
    assert_eq!((&listed["items"][0]["origin"], &listed["items"][0]["status"]), (&json!("callback"), &json!("active")));
    let answer = post(&hub, "/webhooks/tests", &key, &json!({})).await;
    assert_eq!(answer.field("error"), "Webhook test failed: no active endpoint is set up");
}
