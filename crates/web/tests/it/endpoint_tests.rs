//! `/api/hub/v1/endpoints/{id}/test`.

use devhub_domain::api_keys::IssuedKey;
use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::{Hub, PAYLOAD_BYTES_MAX};

const ENDPOINTS: &str = "/api/hub/v1/endpoints";

async fn endpoint(hub: &Hub) -> (IssuedKey, String) {
    let key = hub.key("endpoints:read endpoints:write deliveries:read audit:read");
    let body = json!({ "url": "https://shop.example/hook", "event_types": ["payment.*"] });
    let id = hub.post(ENDPOINTS, &key, &body).await.field("id");
    (key, format!("{ENDPOINTS}/{id}/test"))
}

#[actix_web::test]
async fn a_test_sends_the_test_event_and_answers_with_the_whole_attempt() {
    let hub = Hub::new();
    let (key, path) = endpoint(&hub).await;
    let answer = hub.post_text(&path, &key, "").await;
    assert_json_snapshot!(answer.snapshot());
    let deliveries = hub.get("/api/hub/v1/deliveries", &key).await.json();
    assert_eq!(deliveries["items"], json!([]));
    let audit = hub.get("/api/hub/v1/audit?action=endpoint.tested", &key).await.json();
    assert_eq!(audit["items"][0]["detail"]["event_type"], "webhook.test");
}

#[actix_web::test]
async fn a_test_of_a_type_sends_its_sample_or_what_is_given() {
    let hub = Hub::new();
    let (key, path) = endpoint(&hub).await;
    let sample = hub.post(&path, &key, &json!({ "event_type": "refund.created" })).await.json();
    assert!(sample["request"]["body"].as_str().unwrap().starts_with(r#"{"event":"refund.created""#));
    let given = hub.post_text(&path, &key, r#"{"event_type":"own.thing","payload":{ "a": 1.10 }}"#).await.json();
    assert_eq!(given["request"]["body"], r#"{ "a": 1.10 }"#);
}

#[actix_web::test]
async fn a_test_sends_the_sample_of_whatever_the_catalogue_of_the_workspace_has() {
    let hub = Hub::new();
    let (key, path) = endpoint(&hub).await;
    let own = json!({ "name": "own.thing", "description": "It happens.", "schema": {}, "sample": { "own": 7 } });
    let added = hub.post("/api/hub/v1/event-types", &hub.key("event_types:write"), &own).await;
    assert_eq!(added.status, 201, "{}", added.text);
    let told = hub.post(&path, &key, &json!({ "event_type": "own.thing" })).await.json();
    assert_eq!(told["request"]["body"], r#"{"own":7}"#);
    let told = hub.post(&path, &key, &json!({ "event_type": "endpoint.disabled" })).await.json();
    assert!(told["request"]["body"].as_str().unwrap().starts_with(r#"{"event":"endpoint.disabled""#), "{told}");
}

#[actix_web::test]
async fn a_test_shows_the_headers_of_ones_own_as_they_are_spelt_and_no_secret_of_them() {
    let hub = Hub::new();
    let (key, path) = endpoint(&hub).await;
    let headers =
        json!([{ "name": "X-Shop-Id", "value": "77" }, { "name": "X-Till", "value": "s3cret", "is_sensitive": true }]);
    hub.patch(path.trim_end_matches("/test"), &key, "\"1\"", &json!({ "headers": headers })).await;
    let answer = hub.post_text(&path, &key, "").await;
    assert!(!answer.text.contains("s3cret"), "{}", answer.text);
    let shown = answer.json()["request"].clone();
    let last = shown["headers"].as_array().unwrap().iter().rev().take(2).collect::<Vec<_>>();
    assert_eq!(last, [&json!({ "name": "X-Till", "value": "…" }), &json!({ "name": "X-Shop-Id", "value": "77" })]);
    assert_eq!(shown["endpoint_changed"], false);
}

#[actix_web::test]
async fn a_test_that_cannot_be_sent_names_what_is_wrong() {
    let hub = Hub::new();
    let (key, path) = endpoint(&hub).await;
    let large = "x".repeat(PAYLOAD_BYTES_MAX);
    let cases = [
        (json!({ "event_type": "own.thing" }), 422, "validation_failed", "payload"),
        (json!({ "event_type": "a b" }), 422, "validation_failed", "event_type"),
        (json!({ "payload": large }), 413, "payload_too_large", "payload"),
    ];
    for (body, status, code, field) in cases {
        let answer = hub.post(&path, &key, &body).await;
        assert_eq!(answer.status_and_code(), (status, code.to_owned()));
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    let nobody = format!("{ENDPOINTS}/whe_00000000000000000000000000/test");
    assert_eq!(hub.post_text(&nobody, &key, "").await.status_and_code(), (404, "endpoint_not_found".to_owned()));
    let reader = hub.key("endpoints:read");
    assert_eq!(hub.post_text(&path, &reader, "").await.status_and_code(), (403, "insufficient_scope".to_owned()));
}
