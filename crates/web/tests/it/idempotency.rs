//! `Idempotency-Key`: a request that is sent again changes nothing more and gets the answer of the first.

use actix_web::rt::System;
use actix_web::test::TestRequest;
use devhub_domain::events::EventFilter;
use devhub_domain::id::EventId;
use devhub_domain::page::PageRequest;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Answer, Hub, WORKSPACE, authorized};

const KEYS: &str = "/api/hub/v1/keys";
const EVENTS: &str = "/api/hub/v1/events";
const ENDPOINTS: &str = "/api/hub/v1/endpoints";
const ADMIN: &str = "read write keys:read keys:write events:write endpoints:read endpoints:write deliveries:write";

fn replayed(answer: &Answer) -> Option<&str> {
    answer.header("idempotent-replayed")
}

fn events(hub: &Hub) -> usize {
    let all = hub.services.events.list(WORKSPACE, &EventFilter::default(), PageRequest::<EventId>::default());
    all.unwrap().items.len()
}

#[actix_web::test]
async fn a_repeated_publish_gets_the_bytes_of_the_first_answer() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let event = json!({ "event_type": "payment.completed", "payload": { "amount": 1 } });
    let first = hub.post_once(EVENTS, &key, "order-77", &event).await;
    let second = hub.post_once(EVENTS, &key, "order-77", &event).await;
    assert_eq!((replayed(&first), replayed(&second)), (None, Some("true")));
    assert_eq!((second.status, &second.text), (first.status, &first.text));
    assert_eq!(events(&hub), 1);
}

#[actix_web::test]
async fn a_token_is_never_shown_again() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let first = hub.post_once(KEYS, &key, "shop", &json!({ "label": "Shop" })).await;
    let second = hub.post_once(KEYS, &key, "shop", &json!({ "label": "Shop" })).await;
    assert_eq!(second.field("id"), first.field("id"));
    assert!(!second.text.contains(&first.field("token")));
    assert_json_snapshot!(second.snapshot());
}

#[actix_web::test]
async fn a_signing_secret_is_never_shown_again() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let body = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    let first = hub.post_once(ENDPOINTS, &key, "shop", &body).await;
    let second = hub.post_once(ENDPOINTS, &key, "shop", &body).await;
    assert_eq!(second.field("id"), first.field("id"));
    assert!(!second.text.contains("whsec_"));
    assert_json_snapshot!(second.snapshot());
}

#[actix_web::test]
async fn another_request_under_the_same_name_is_refused() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let event = |amount| json!({ "event_type": "a", "payload": amount });
    assert_eq!(hub.post_once(EVENTS, &key, "order-77", &event(1)).await.status.as_u16(), 201);
    let reused = (422, "idempotency_key_reused".to_owned());
    assert_eq!(hub.post_once(EVENTS, &key, "order-77", &event(2)).await.status_and_code(), reused);
    let elsewhere = hub.post_once(KEYS, &key, "order-77", &json!({ "label": "Shop" })).await;
    assert_eq!(elsewhere.status_and_code(), reused);
    assert_eq!(events(&hub), 1);
}

#[actix_web::test]
async fn two_keys_may_choose_the_same_name() {
    let hub = Hub::new();
    let event = json!({ "event_type": "a", "payload": 1 });
    for _ in 0..2 {
        let answer = hub.post_once(EVENTS, &hub.key(ADMIN), "order-77", &event).await;
        assert_eq!((answer.status.as_u16(), replayed(&answer)), (201, None));
    }
    assert_eq!(events(&hub), 2);
}

#[actix_web::test]
async fn a_request_that_was_refused_may_be_mended_under_its_name() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let refused = hub.post_once(EVENTS, &key, "order-77", &json!({ "event_type": "🎉", "payload": 1 })).await;
    assert_eq!(refused.status.as_u16(), 422);
    let mended = hub.post_once(EVENTS, &key, "order-77", &json!({ "event_type": "a", "payload": 1 })).await;
    assert_eq!(mended.status.as_u16(), 201);
}

#[actix_web::test]
async fn an_answer_is_kept_for_a_day() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let event = json!({ "event_type": "a", "payload": 1 });
    hub.post_once(EVENTS, &key, "order-77", &event).await;
    hub.clock.advance(std::time::Duration::from_hours(24));
    assert_eq!(replayed(&hub.post_once(EVENTS, &key, "order-77", &event).await), None);
    assert_eq!(events(&hub), 2);
}

#[actix_web::test]
async fn every_post_without_a_body_may_be_named() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let victim = hub.key("read").key.id;
    let lock = format!("{KEYS}/{victim}/lock");
    let first = hub.post_once(&lock, &key, "lock", &json!({})).await;
    hub.post_text(&format!("{KEYS}/{victim}/unlock"), &key, "").await;
    let empty = authorized(TestRequest::post().uri(&lock).insert_header(("idempotency-key", "lock")), &key);
    let second = hub.send(empty).await;
    assert_eq!((second.status, replayed(&second)), (first.status, Some("true")));
    // The receipt is of the one moment in which the change was made.
    let mut kept = first.json();
    kept["receipt"] = json!(null);
    assert_eq!(second.json(), kept);
    let shown = hub.get(&format!("{KEYS}/{victim}"), &key).await;
    assert_eq!(shown.field("status"), "active");
}

#[actix_web::test]
async fn a_malformed_or_repeated_name_is_refused_before_the_body_is_read() {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let invalid = (400, "idempotency_key_invalid".to_owned());
    for name in ["", "a b", "ä", &"a".repeat(256)] {
        let req = TestRequest::post().uri(EVENTS).insert_header(("idempotency-key", name));
        assert_eq!(hub.send(authorized(req, &key)).await.status_and_code(), invalid, "{name}");
    }
    let twice = TestRequest::post().uri(EVENTS);
    let twice = twice.append_header(("idempotency-key", "a")).append_header(("idempotency-key", "a"));
    let answer = hub.send(authorized(twice, &key)).await;
    assert_eq!(answer.status_and_code(), invalid);
    assert_json_snapshot!(answer.snapshot());
}

/// Sends the same request from so many threads at once.
fn at_once(threads: usize, path: &'static str, name: Option<&'static str>, body: &Value) -> (Hub, Vec<Answer>) {
    let hub = Hub::new();
    let key = hub.key(ADMIN);
    let start = std::sync::Barrier::new(threads);
    let send = || {
        System::new().block_on(async {
            let mut req = authorized(TestRequest::post().uri(path).set_json(body), &key);
            if let Some(name) = name {
                req = req.insert_header(("idempotency-key", name));
            }
            start.wait();
            hub.send(req).await
        })
    };
    let answers = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(send)).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    (hub, answers)
}

#[test]
fn eight_requests_at_once_have_one_effect_and_eight_equal_answers() {
    let event = json!({ "event_type": "payment.completed", "payload": { "amount": 1 } });
    let (hub, answers) = at_once(8, EVENTS, Some("order-77"), &event);
    assert_eq!(answers.iter().filter(|answer| replayed(answer).is_none()).count(), 1);
    let first = &answers[0];
    assert!(answers.iter().all(|answer| (answer.status, &answer.text) == (first.status, &first.text)));
    assert_eq!(events(&hub), 1);
}

#[test]
fn of_eight_requests_at_once_one_sees_the_token() {
    let (_, answers) = at_once(8, KEYS, Some("shop"), &json!({ "label": "Shop" }));
    assert_eq!(answers.iter().filter(|answer| answer.json()["already_shown"] == false).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.text.contains("\"op_")).count(), 1);
    assert!(answers.iter().all(|answer| answer.field("id") == answers[0].field("id")));
}

/// *Source:* webhooks §5 case 14.
#[test]
fn case_14_the_same_external_id_100_times_at_once_is_one_event_and_99_duplicates() {
    let event = json!({ "event_type": "payment.completed", "payload": 1, "external_id": "order-77" });
    let (hub, answers) = at_once(100, EVENTS, None, &event);
    assert_eq!(answers.iter().filter(|answer| answer.status.as_u16() == 201).count(), 1);
    assert_eq!(answers.iter().filter(|answer| answer.json()["duplicate"] == true).count(), 99);
    assert_eq!(events(&hub), 1);
}
