//! `/api/hub/v1/events`.

use devhub_domain::api_keys::IssuedKey;
use devhub_domain::events::Event;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Answer, Hub, PAYLOAD_BYTES_MAX, WORKSPACE};

const EVENTS: &str = "/api/hub/v1/events";
const ADMIN: &str = "events:write endpoints:write";

async fn publish(hub: &Hub, key: &IssuedKey, body: &Value) -> Answer {
    hub.post(EVENTS, key, body).await
}

fn stored(hub: &Hub, answer: &Answer) -> Event {
    hub.services.events.find(WORKSPACE, answer.field("id").parse().unwrap()).unwrap()
}

#[actix_web::test]
async fn an_event_is_accepted_and_goes_to_whoever_wants_it() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["payment.*"] });
    hub.post("/api/hub/v1/endpoints", &key, &endpoint).await;
    let event = json!({ "event_type": "payment.completed", "external_id": "order-77", "payload": { "amount": 1 } });
    let answer = publish(&hub, &key, &event).await;
    assert_json_snapshot!(answer.snapshot());
    assert_eq!(stored(&hub, &answer).payload.as_bytes(), br#"{"amount":1}"#);
}

#[actix_web::test]
async fn an_event_that_was_published_before_is_a_marked_duplicate() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let event = json!({ "event_type": "payment.completed", "external_id": "order-77", "payload": { "amount": 1 } });
    let first = publish(&hub, &key, &event).await;
    let second = publish(&hub, &key, &event).await;
    assert_eq!(second.field("id"), first.field("id"));
    assert_json_snapshot!(second.snapshot());
}

#[actix_web::test]
async fn an_external_id_with_another_payload_is_a_conflict() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let event = |amount| json!({ "event_type": "a", "external_id": "order-77", "payload": { "amount": amount } });
    let first = publish(&hub, &key, &event(1)).await;
    let second = publish(&hub, &key, &event(2)).await;
    assert_eq!(second.status_and_code(), (409, "external_id_reused".to_owned()));
    assert!(second.field("detail").contains(&first.field("id")));
}

#[actix_web::test]
async fn a_payload_is_kept_byte_for_byte() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let payload = "{ \"amount\" : 1.10,\n\t\"amount\": \"\\u00e4ä\\/\", \"big\": 1e400 , \"n\":-0}";
    let body = format!("{{\"event_type\":\"a\",  \"payload\": {payload} \n}}");
    let answer = hub.post_text(EVENTS, &key, body).await;
    assert_eq!(stored(&hub, &answer).payload.as_bytes(), payload.as_bytes());
}

#[actix_web::test]
async fn any_json_value_is_a_payload() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    for payload in ["null", "true", "1", "\"text\"", "[]", "{}"] {
        let answer = hub.post_text(EVENTS, &key, format!(r#"{{"event_type":"a","payload":{payload}}}"#)).await;
        assert_eq!(answer.status.as_u16(), 201, "{payload}");
        assert_eq!(stored(&hub, &answer).payload.as_bytes(), payload.as_bytes());
    }
}

#[actix_web::test]
async fn a_payload_past_the_limit_is_refused_with_the_limit() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let event = |bytes: usize| json!({ "event_type": "a", "payload": "x".repeat(bytes - 2) });
    assert_eq!(publish(&hub, &key, &event(PAYLOAD_BYTES_MAX)).await.status.as_u16(), 201);
    assert_json_snapshot!(publish(&hub, &key, &event(PAYLOAD_BYTES_MAX + 1)).await.snapshot());
    let far = publish(&hub, &key, &event(PAYLOAD_BYTES_MAX + 5_000)).await;
    assert_eq!(far.status_and_code(), (413, "body_too_large".to_owned()));
}

#[actix_web::test]
async fn what_receivers_could_not_take_is_refused_naming_the_field() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let nested = format!(r#"{{"event_type":"a","payload":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let cases: [(&str, &[u8], u16, &str, &str); 6] = [
        ("nested", nested.as_bytes(), 422, "payload_too_deep", "payload"),
        ("not utf-8", b"{\"event_type\":\"a\",\"payload\":\"\xff\"}", 400, "body_not_json", "payload"),
        ("emoji", "{\"event_type\":\"🎉\",\"payload\":1}".as_bytes(), 422, "validation_failed", "event_type"),
        ("line end", br#"{"event_type":"a\r\nb","payload":1}"#, 422, "validation_failed", "event_type"),
        ("odd id", br#"{"event_type":"a","payload":1,"external_id":"a b"}"#, 422, "validation_failed", "external_id"),
        ("no payload", br#"{"event_type":"a"}"#, 422, "body_not_as_expected", "payload"),
    ];
    for (name, body, status, code, field) in cases {
        let answer = hub.post_text(EVENTS, &key, body).await;
        assert_eq!(answer.status_and_code(), (status, code.to_owned()), "{name}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{name}");
    }
}

#[actix_web::test]
async fn an_empty_body_is_refused() {
    let hub = Hub::new();
    let answer = hub.post_text(EVENTS, &hub.key(ADMIN), "").await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn an_event_is_not_accepted_while_the_store_is_away() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    hub.break_store();
    let answer = publish(&hub, &key, &json!({ "event_type": "a", "payload": 1 })).await;
    assert_eq!(answer.status_and_code(), (503, "store_unavailable".to_owned()));
}
