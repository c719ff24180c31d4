//! `/api/hub/v1/events/{id}/outcomes`: why did event X not reach endpoint Y?

use std::time::Duration;

use devhub_domain::api_keys::IssuedKey;
use serde_json::{Value, json};

use crate::hub::Hub;

const ENDPOINTS: &str = "/api/hub/v1/endpoints";

async fn create(hub: &Hub, key: &IssuedKey, pattern: &str) -> String {
    let body = json!({ "url": "https://shop.example/hook", "event_types": [pattern] });
    hub.post(ENDPOINTS, key, &body).await.field("id")
}

async fn publish(hub: &Hub, key: &IssuedKey) -> String {
    // Ids sort by the millisecond.
    hub.clock.advance(Duration::from_millis(5));
    let event = json!({ "event_type": "payment.completed", "payload": {} });
    let id = hub.post("/api/hub/v1/events", key, &event).await.field("id");
    hub.clock.advance(Duration::from_millis(5));
    id
}

fn full_key(hub: &Hub) -> IssuedKey {
    hub.key("events:write endpoints:read endpoints:write deliveries:read")
}

async fn outcomes(hub: &Hub, key: &IssuedKey, event: &str, query: &str) -> Vec<Value> {
    let page = hub.get(&format!("/api/hub/v1/events/{event}/outcomes{query}"), key).await.json();
    page["items"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn case_24_every_endpoint_has_a_delivery_or_a_reason_why_not() {
    let hub = Hub::new();
    let key = full_key(&hub);
    let wants = create(&hub, &key, "payment.*").await;
    let other = create(&hub, &key, "refund.*").await;
    let paused = create(&hub, &key, "*").await;
    hub.post_text(&format!("{ENDPOINTS}/{paused}/pause"), &key, "").await;
    let event = publish(&hub, &key).await;
    let later = create(&hub, &key, "*").await;

    let mut told: Vec<_> = outcomes(&hub, &key, &event, "").await;
    told.sort_unstable_by_key(|outcome| outcome["endpoint_id"].as_str().unwrap().to_owned());
    let told: Vec<_> = told
        .iter()
        .map(|outcome| {
            (outcome["endpoint_id"].clone(), outcome["delivery"]["state"].clone(), outcome["reason"].clone())
        })
        .collect();
    let mut wanted = vec![
        (json!(wants), json!("waiting"), json!(null)),
        (json!(other), json!(null), json!("not_subscribed")),
        (json!(paused), json!("held"), json!(null)),
        (json!(later), json!(null), json!("created_later")),
    ];
    wanted.sort_unstable_by_key(|(id, ..)| id.as_str().unwrap().to_owned());
    assert_eq!(told, wanted);
}

#[actix_web::test]
async fn case_24_the_reason_is_what_the_endpoint_wanted_then_and_not_now() {
    let hub = Hub::new();
    let key = full_key(&hub);
    let endpoint = create(&hub, &key, "refund.*").await;
    let event = publish(&hub, &key).await;
    hub.patch(&format!("{ENDPOINTS}/{endpoint}"), &key, "\"1\"", &json!({ "event_types": ["*"] })).await;
    let told = outcomes(&hub, &key, &event, &format!("?endpoint_id={endpoint}")).await;
    let [only] = &told[..] else { panic!("one outcome") };
    assert_eq!((&only["reason"], &only["event_types"]), (&json!("not_subscribed"), &json!(["refund.*"])));
    assert_eq!(only["endpoint_revision"], 1);
    let event = publish(&hub, &key).await;
    assert_eq!(outcomes(&hub, &key, &event, "").await[0]["delivery"]["state"], "waiting");
}

#[actix_web::test]
async fn case_24_a_deleted_endpoint_is_told_when_it_is_asked_for() {
    let hub = Hub::new();
    let key = full_key(&hub);
    let endpoint = create(&hub, &key, "*").await;
    hub.send(crate::hub::authorized(
        actix_web::test::TestRequest::delete().uri(&format!("{ENDPOINTS}/{endpoint}")),
        &key,
    ))
    .await;
    let event = publish(&hub, &key).await;
    assert_eq!(outcomes(&hub, &key, &event, "").await, Vec::<Value>::new());
    let told = outcomes(&hub, &key, &event, &format!("?endpoint_id={endpoint}")).await;
    assert_eq!(told[0]["reason"], "deleted");
}

#[actix_web::test]
async fn outcomes_are_told_page_by_page() {
    let hub = Hub::new();
    let key = full_key(&hub);
    for _ in 0..3 {
        create(&hub, &key, "*").await;
    }
    let event = publish(&hub, &key).await;
    let path = format!("/api/hub/v1/events/{event}/outcomes?limit=2");
    let first = hub.get(&path, &key).await;
    let second = hub.get(&format!("{path}&cursor={}", first.field("next_cursor")), &key).await.json();
    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!((count(&first.json()), count(&second), &second["next_cursor"]), (2, 1, &json!(null)));
}

#[actix_web::test]
async fn what_is_not_there_has_no_outcome() {
    let hub = Hub::new();
    let key = full_key(&hub);
    let event = publish(&hub, &key).await;
    let nobody = "whe_00000000000000000000000000";
    let cases = [("evt_00000000000000000000000000".to_owned(), "event_not_found"), ("x".to_owned(), "event_not_found")];
    for (id, code) in cases {
        let answer = hub.get(&format!("/api/hub/v1/events/{id}/outcomes"), &key).await;
        assert_eq!(answer.status_and_code(), (404, code.to_owned()), "{id}");
    }
    let answer = hub.get(&format!("/api/hub/v1/events/{event}/outcomes?endpoint_id={nobody}"), &key).await;
    assert_eq!(answer.status_and_code(), (404, "endpoint_not_found".to_owned()));
}
