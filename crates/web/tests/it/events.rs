//! `/api/hub/v1/events`.

use devhub_domain::api_keys::IssuedKey;
use devhub_domain::events::Event;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Answer, Hub, PAYLOAD_BYTES_MAX, WORKSPACE};

const EVENTS: &str = "/api/hub/v1/events";
const BATCH: &str = "/api/hub/v1/events/batch";
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
async fn case_15_what_receivers_could_not_take_is_refused_naming_the_field() {
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
async fn case_15_an_empty_body_is_refused() {
    let hub = Hub::new();
    let answer = hub.post_text(EVENTS, &hub.key(ADMIN), "").await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn case_03_an_event_is_not_accepted_while_the_store_is_away() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    hub.break_store();
    let answer = publish(&hub, &key, &json!({ "event_type": "a", "payload": 1 })).await;
    assert_eq!(answer.status_and_code(), (503, "store_unavailable".to_owned()));
}

#[actix_web::test]
async fn an_event_is_shown_with_the_bytes_of_its_payload() {
    let hub = Hub::new();
    let key = hub.key("events:read events:write");
    let payload = "{ \"amount\" : 1.10,\n \"amount\": \"\\u00e4\" }";
    let body = format!(r#"{{"event_type":"a","external_id":"order-77","payload":{payload}}}"#);
    let id = hub.post_text(EVENTS, &key, body).await.field("id");
    let answer = hub.get(&format!("{EVENTS}/{id}"), &key).await;
    assert!(answer.text.contains(payload), "{}", answer.text);
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn events_are_listed_without_their_payloads_and_filtered() {
    let hub = Hub::new();
    let key = hub.key("events:read events:write");
    publish(&hub, &key, &json!({ "event_type": "a", "payload": "geheim", "external_id": "first" })).await;
    hub.clock.advance(std::time::Duration::from_millis(1));
    publish(&hub, &key, &json!({ "event_type": "b", "payload": 1 })).await;
    let first = hub.get(&format!("{EVENTS}?limit=1"), &key).await;
    assert_json_snapshot!(first.snapshot());
    let second = hub.get(&format!("{EVENTS}?limit=1&cursor={}", first.field("next_cursor")), &key).await;
    assert_eq!(second.json()["items"][0]["external_id"], "first");
    assert!(!second.text.contains("geheim"));
    let count =
        async |query: &str| hub.get(&format!("{EVENTS}?{query}"), &key).await.json()["items"].as_array().unwrap().len();
    assert_eq!((count("event_type=a").await, count("external_id=first").await, count("event_type=c").await), (1, 1, 0));
}

#[actix_web::test]
async fn a_batch_is_stored_in_its_order() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let event = |id: &str| json!({ "event_type": "a", "payload": 1, "external_id": id });
    let answer = hub.post(BATCH, &key, &json!({ "events": [event("1"), event("2"), event("1")] })).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_batch_with_one_bad_event_stores_none_and_names_it() {
    let hub = Hub::new();
    let key = hub.key("events:read events:write");
    let taken = json!({ "event_type": "a", "payload": 1, "external_id": "taken" });
    publish(&hub, &key, &taken).await;
    let good = json!({ "event_type": "a", "payload": 1, "external_id": "new" });
    let deep = json!({ "event_type": "a", "payload": "x".repeat(PAYLOAD_BYTES_MAX) });
    let cases = [
        ("events[1].event_type", 422, json!({ "event_type": "🎉", "payload": 1 })),
        ("events[1].payload", 413, deep),
        ("events[1].external_id", 409, json!({ "event_type": "b", "payload": 1, "external_id": "taken" })),
        ("payload", 422, json!({ "event_type": "a" })),
        ("events[1].id", 422, json!({ "event_type": "a", "payload": 1, "id": 1 })),
    ];
    for (field, status, bad) in cases {
        let answer = hub.post(BATCH, &key, &json!({ "events": [good, bad] })).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["errors"][0]["field"]), (status, &json!(field)), "{bad}");
    }
    let stored = hub.get(EVENTS, &key).await.json();
    assert_eq!(stored["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_batch_has_1_to_100_events() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let batch = |count: usize| json!({ "events": vec![json!({ "event_type": "a", "payload": 1 }); count] });
    assert_eq!(hub.post(BATCH, &key, &batch(100)).await.status.as_u16(), 200);
    for count in [0, 101] {
        let answer = hub.post(BATCH, &key, &batch(count)).await;
        assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()), "{count}");
        assert_eq!(answer.json()["errors"][0]["detail"], "must hold 1 to 100 events");
    }
}

#[actix_web::test]
async fn the_body_of_a_batch_has_the_bytes_of_four_payloads_and_64_kib() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let bytes_max = 4 * PAYLOAD_BYTES_MAX + 64 * 1024;
    let sized = |bytes: usize| {
        let mut body = br#"{"events":[{"event_type":"a","payload":1}]}"#.to_vec();
        body.resize(bytes, b' ');
        body
    };
    assert_eq!(hub.post_text(BATCH, &key, sized(bytes_max)).await.status.as_u16(), 200);
    let past = hub.post_text(BATCH, &key, sized(bytes_max + 1)).await;
    assert_eq!(past.status_and_code(), (413, "body_too_large".to_owned()));
    assert!(past.field("detail").contains(&bytes_max.to_string()));
}
