//! `/api/hub/v1/deliveries`.

use std::time::Duration;

use devhub_domain::api_keys::{IssuedKey, NewApiKey};
use devhub_domain::testing::label;
use devhub_domain::time::Clock as _;
use devhub_domain::webhooks::{Answer, Exchange, Failure, FailureKind, Outcome, Timings};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::{Hub, OTHER_WORKSPACE, SESSION};

const DELIVERIES: &str = "/api/hub/v1/deliveries";

/// Two endpoints and one event: two deliveries that wait.
async fn two_deliveries(hub: &Hub) -> IssuedKey {
    let key = hub.key("events:write endpoints:write deliveries:read");
    for path in ["a", "b"] {
        let body = json!({ "url": format!("https://shop.example/{path}"), "event_types": ["*"] });
        hub.post("/api/hub/v1/endpoints", &key, &body).await;
    }
    hub.post("/api/hub/v1/events", &key, &json!({ "event_type": "payment.completed", "payload": {} })).await;
    key
}

/// Sends what is due, to the outcome given.
fn attempt(hub: &Hub, outcome: &Outcome) {
    let deliveries = &hub.services.deliveries;
    for work in deliveries.claim(SESSION, Vec::new(), 10).commit().unwrap().work {
        let request = deliveries.request(&work).unwrap();
        let duration = Duration::from_millis(12);
        let exchange = Exchange {
            started_at: request.started_at,
            duration,
            timings: Timings::default(),
            outcome: outcome.clone(),
        };
        deliveries.record(SESSION, work.delivery, &request, &exchange).commit().unwrap();
    }
}

#[actix_web::test]
async fn deliveries_are_listed_newest_first() {
    let hub = Hub::new();
    let key = two_deliveries(&hub).await;
    let first = hub.get(&format!("{DELIVERIES}?limit=1"), &key).await;
    assert_json_snapshot!(first.snapshot());
    let second = hub.get(&format!("{DELIVERIES}?limit=1&cursor={}", first.field("next_cursor")), &key).await.json();
    assert_ne!(second["items"][0]["id"], first.json()["items"][0]["id"]);
    assert_eq!(second["next_cursor"], json!(null));
}

#[actix_web::test]
async fn deliveries_are_filtered_by_event_type_endpoint_and_state() {
    let hub = Hub::new();
    let key = two_deliveries(&hub).await;
    let listed = hub.get(DELIVERIES, &key).await.json()["items"][0].clone();
    let (event, endpoint) = (listed["event_id"].as_str().unwrap(), listed["endpoint_id"].as_str().unwrap());
    let count = async |query: String| {
        hub.get(&format!("{DELIVERIES}?{query}"), &key).await.json()["items"].as_array().unwrap().len()
    };
    assert_eq!(count(format!("event_id={event}")).await, 2);
    assert_eq!(count(format!("event_id={event}&endpoint_id={endpoint}&state=waiting")).await, 1);
    assert_eq!(count("state=delivered".to_owned()).await, 0);
    assert_eq!(count("event_type=payment.completed".to_owned()).await, 2);
    assert_eq!(count("event_type=payment.failed&state=waiting".to_owned()).await, 0);
}

#[actix_web::test]
async fn filters_that_can_match_nothing_are_refused_by_name() {
    let hub = Hub::new();
    let key = hub.key("deliveries:read");
    let answer = hub.get(&format!("{DELIVERIES}?event_id=1&endpoint_id=evt_1&state=lost"), &key).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn the_attempts_of_a_delivery_are_listed_first_to_last() {
    let hub = Hub::new();
    let key = two_deliveries(&hub).await;
    let detail = "connection refused".to_owned();
    attempt(&hub, &Outcome::Failed(Failure { kind: FailureKind::Connect, detail }));
    hub.clock.advance(Duration::from_mins(1));
    let body_excerpt = b"thank you \xff".to_vec();
    attempt(&hub, &Outcome::Answered(Answer { status: 200, body_excerpt, ..Answer::default() }));
    let id = hub.get(DELIVERIES, &key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let first = hub.get(&format!("{DELIVERIES}/{id}/attempts?limit=1"), &key).await;
    assert_eq!((first.json()["items"][0]["number"].clone(), first.field("next_cursor")), (json!(1), "1".to_owned()));
    let second = hub.get(&format!("{DELIVERIES}/{id}/attempts?cursor=1"), &key).await.json();
    assert_eq!((&second["items"][0]["number"], &second["next_cursor"]), (&json!(2), &json!(null)));
    assert_json_snapshot!(hub.get(&format!("{DELIVERIES}/{id}/attempts"), &key).await.snapshot());
}

#[actix_web::test]
async fn a_delivery_that_was_given_up_is_sent_again_when_somebody_asks() {
    let hub = Hub::new();
    let key = two_deliveries(&hub).await;
    let detail = "10.0.0.1 is private".to_owned();
    attempt(&hub, &Outcome::Failed(Failure { kind: FailureKind::Blocked, detail }));
    let operator = hub.key("deliveries:write");
    let id = hub.get(DELIVERIES, &key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let answer = hub.post_text(&format!("{DELIVERIES}/{id}/resend"), &operator, "").await;
    assert_eq!(answer.field("state"), "waiting");
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_delivery_whose_endpoint_is_paused_is_not_sent_again() {
    let hub = Hub::new();
    let key = hub.key("events:write endpoints:write deliveries:read deliveries:write");
    let endpoint = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    let endpoint = hub.post("/api/hub/v1/endpoints", &key, &endpoint).await.field("id");
    hub.post("/api/hub/v1/events", &key, &json!({ "event_type": "a", "payload": 1 })).await;
    hub.post_text(&format!("/api/hub/v1/endpoints/{endpoint}/pause"), &key, "").await;
    let id = hub.get(DELIVERIES, &key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let answer = hub.post_text(&format!("{DELIVERIES}/{id}/resend"), &key, "").await;
    assert_eq!(answer.status_and_code(), (409, "endpoint_inactive".to_owned()));
}

#[actix_web::test]
async fn deliveries_are_filtered_by_when_they_were_made() {
    let hub = Hub::new();
    let key = two_deliveries(&hub).await;
    let made_at = hub.clock.now();
    let count = async |query: String| {
        hub.get(&format!("{DELIVERIES}?{query}"), &key).await.json()["items"].as_array().unwrap().len()
    };
    let later = made_at.plus(Duration::from_millis(1));
    assert_eq!(count(format!("created_from={made_at}&created_before={later}")).await, 2);
    assert_eq!(count(format!("created_before={made_at}")).await, 0);
    let empty = hub.get(&format!("{DELIVERIES}?created_from={later}&created_before={made_at}"), &key).await;
    assert_eq!(empty.json()["errors"][0]["field"], "created_before");
}

#[actix_web::test]
async fn a_blocked_delivery_says_which_address_and_which_rule() {
    let hub = Hub::new();
    let key = two_deliveries(&hub).await;
    let detail = "10.0.0.1 is private".to_owned();
    attempt(&hub, &Outcome::Failed(Failure { kind: FailureKind::Blocked, detail }));
    let id = hub.get(DELIVERIES, &key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let answer = hub.get(&format!("{DELIVERIES}/{id}"), &key).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn unknown_malformed_and_foreign_ids_do_not_exist() {
    let hub = Hub::new();
    let key = two_deliveries(&hub).await;
    let id = hub.get(DELIVERIES, &key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let scopes = "deliveries:read".parse().unwrap();
    let other = hub.issue(OTHER_WORKSPACE, NewApiKey { scopes, ..NewApiKey::with_label(label("Other")) });
    for (path, key) in [(id.as_str(), &other), ("dlv_00000000000000000000000000", &key), ("x", &key)] {
        let answer = hub.get(&format!("{DELIVERIES}/{path}"), key).await;
        assert_eq!(answer.status_and_code(), (404, "delivery_not_found".to_owned()), "{path}");
    }
}
