//! `/api/hub/v1/deliveries/{id}/attempts`: what was sent and what came back, also of a success that has no row of its own.

use std::time::Duration;

use devhub_domain::api_keys::IssuedKey;
use devhub_domain::id::SessionId;
use devhub_domain::store::{Lane, UnitOfWork};
use devhub_domain::testing::SeededEntropy;
use devhub_domain::tx::Tx;
use devhub_domain::webhooks::{Answer, CustomHeaders, Exchange, KeptHeaders, Outcome, Recovery, Timings};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Hub, SESSION};

const DELIVERIES: &str = "/api/hub/v1/deliveries";

/// A delivery that waits, and who may look at it and change its endpoint.
async fn one_delivery(hub: &Hub) -> (IssuedKey, String, String) {
    let key = hub.key("events:read events:write endpoints:read endpoints:write deliveries:read deliveries:write");
    let endpoint = json!({ "url": "https://shop.example/old", "event_types": ["*"] });
    let endpoint = hub.post("/api/hub/v1/endpoints", &key, &endpoint).await.field("id");
    hub.post("/api/hub/v1/events", &key, &json!({ "event_type": "payment.completed", "payload": {"order": 77} })).await;
    let id = hub.get(DELIVERIES, &key).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    (key, endpoint, id)
}

/// Sends what is due, to this answer.
fn attempt(hub: &Hub, answer: &Answer) {
    let deliveries = &hub.services.deliveries;
    for work in deliveries.claim(SESSION, Vec::new(), 10).commit().unwrap().work {
        let request = deliveries.request(&work).unwrap();
        let micros = |count| Some(Duration::from_micros(count));
        let exchange = Exchange {
            started_at: request.started_at,
            duration: Duration::from_millis(12),
            timings: Timings { dns: micros(10), connect: micros(20), tls: micros(3_000), first_byte: micros(9_000) },
            outcome: Outcome::Answered(answer.clone()),
        };
        deliveries.record(SESSION, work.delivery, &request, &exchange).commit().unwrap();
    }
}

fn answer(status: u16) -> Answer {
    let headers: [(&str, &[u8]); 3] =
        [("server", b"nginx"), ("location", b"https://u:p@shop.example/new"), ("set-cookie", b"sid=secret")];
    Answer {
        status,
        headers: KeptHeaders::keep(headers),
        body_excerpt: b"thank you".to_vec(),
        body_bytes_read: 20_000,
        is_body_cut: true,
        ..Answer::default()
    }
}

fn header<'a>(request: &'a Value, name: &str) -> Option<&'a str> {
    let mut headers = request["headers"].as_array().unwrap().iter();
    headers.find(|header| header["name"] == name).and_then(|header| header["value"].as_str())
}

#[actix_web::test]
async fn an_attempt_shows_the_request_as_it_was_sent_and_all_that_came_back() {
    let hub = Hub::new();
    let (key, _, id) = one_delivery(&hub).await;
    attempt(&hub, &answer(307));
    let shown = hub.get(&format!("{DELIVERIES}/{id}/attempts/1"), &key).await;
    let body = shown.json();
    assert_eq!((&body["failure"], &body["location"]), (&json!("redirect"), &json!("https://shop.example/new")));
    assert_eq!(body["request"]["body"], r#"{"order":77}"#);
    let signature = header(&body["request"], "webhook-signature").unwrap();
    assert!(signature.starts_with("v1,") && signature.ends_with('…') && signature.chars().count() == 10, "{signature}");
    assert!(!shown.text.contains("sid=secret"));
}

#[actix_web::test]
async fn a_list_of_attempts_has_neither_bodies_nor_signatures_which_cost_a_hash_of_the_payload_each() {
    let hub = Hub::new();
    let (key, _, id) = one_delivery(&hub).await;
    attempt(&hub, &answer(307));
    let request = hub.get(&format!("{DELIVERIES}/{id}/attempts"), &key).await.json()["items"][0]["request"].clone();
    assert_eq!((&request["body"], &request["body_bytes"]), (&json!(null), &json!(12)));
    assert_eq!((&request["body_withheld"], &request["signature_complete"]), (&json!(null), &json!(true)));
    assert!(!request["headers"].to_string().contains("signature"), "{request}");
    assert!(header(&request, "webhook-timestamp").is_some(), "{request}");
}

#[actix_web::test]
async fn who_reads_deliveries_alone_sees_neither_payload_nor_the_query_of_the_address() {
    let hub = Hub::new();
    let key = hub.key("events:write endpoints:write");
    let endpoint = json!({ "url": "https://shop.example/hook?token=s3cret", "event_types": ["*"] });
    hub.post("/api/hub/v1/endpoints", &key, &endpoint).await;
    hub.post("/api/hub/v1/events", &key, &json!({ "event_type": "payment.completed", "payload": {"order": 77} })).await;
    attempt(&hub, &answer(500));
    let watcher = hub.key("deliveries:read");
    let id = hub.get(DELIVERIES, &watcher).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("{DELIVERIES}/{id}/attempts/1");
    let request = hub.get(&path, &watcher).await.json()["request"].clone();
    assert_eq!((&request["body"], &request["body_withheld"]), (&json!(null), &json!("needs_events_read")));
    assert_eq!((&request["url"], &request["body_bytes"]), (&json!("https://shop.example/hook?…"), &json!(12)));
    let listed = hub.get(&format!("{DELIVERIES}/{id}/attempts"), &watcher).await;
    assert!(!listed.text.contains("s3cret"), "{}", listed.text);
    let whole = hub.get(&path, &hub.key("deliveries:read events:read endpoints:read")).await.json()["request"].clone();
    assert_eq!((&whole["body"], &whole["body_withheld"]), (&json!(r#"{"order":77}"#), &json!(null)));
    assert_eq!(whole["url"], endpoint["url"]);
}

#[actix_web::test]
async fn a_success_at_once_shows_as_much_as_any_attempt() {
    let hub = Hub::new();
    let (key, _, id) = one_delivery(&hub).await;
    attempt(&hub, &answer(200));
    let body = hub.get(&format!("{DELIVERIES}/{id}/attempts/1"), &key).await.json();
    assert_eq!((&body["failure"], &body["status"], &body["location"]), (&json!(null), &json!(200), &json!(null)));
    assert_eq!(body["timings"], json!({ "dns_us": 10, "connect_us": 20, "tls_us": 3_000, "first_byte_us": 9_000 }));
    assert_eq!(body["response_headers"][0], json!({ "name": "server", "value": "nginx" }));
    assert_eq!(
        (&body["body_excerpt"], &body["body_bytes_read"], &body["body_cut"]),
        (&json!("thank you"), &json!(20_000), &json!(true))
    );
    assert_eq!((&body["request"]["signature_complete"], &body["node"]), (&json!(true), &json!(SESSION.to_string())));
}

#[actix_web::test]
async fn case_20_an_attempt_shows_where_it_went_whatever_the_endpoint_is_now() {
    let hub = Hub::new();
    let (key, endpoint, id) = one_delivery(&hub).await;
    attempt(&hub, &answer(500));
    let path = format!("/api/hub/v1/endpoints/{endpoint}");
    hub.patch(&path, &key, "\"1\"", &json!({ "url": "https://shop.example/moved" })).await;
    hub.clock.advance(Duration::from_mins(1));
    attempt(&hub, &answer(200));
    let listed = hub.get(&format!("{DELIVERIES}/{id}/attempts"), &key).await.json();
    let urls: Vec<_> = listed["items"].as_array().unwrap().iter().map(|item| &item["request"]["url"]).collect();
    assert_eq!(urls, ["https://shop.example/old", "https://shop.example/moved"]);
}

#[actix_web::test]
async fn an_attempt_shows_the_endpoints_own_headers_masked_by_flag_and_by_name_and_says_when_they_may_have_changed() {
    let hub = Hub::new();
    let (key, endpoint, id) = one_delivery(&hub).await;
    let path = format!("/api/hub/v1/endpoints/{endpoint}");
    let headers = json!([
        { "name": "X-Shop-Id", "value": "77" },
        { "name": "X-Till", "value": "s3cret", "is_sensitive": true },
        { "name": "X-Api-Key", "value": "k3y" },
    ]);
    hub.patch(&path, &key, "\"1\"", &json!({ "headers": headers })).await;
    attempt(&hub, &answer(500));
    let attempt_path = format!("{DELIVERIES}/{id}/attempts/1");
    let shown = hub.get(&attempt_path, &key).await;
    assert!(!shown.text.contains("s3cret") && !shown.text.contains("k3y"), "{}", shown.text);
    let request = shown.json()["request"].clone();
    let own = ["X-Shop-Id", "X-Till", "X-Api-Key"].map(|name| header(&request, name));
    assert_eq!(own, [Some("77"), Some("…"), Some("…")]);
    assert_eq!((&request["endpoint_changed"], &request["signature_complete"]), (&json!(false), &json!(true)));
    hub.patch(&path, &key, "\"2\"", &json!({ "headers": [{ "name": "X-Shop-Id", "value": "78" }] })).await;
    let request = hub.get(&attempt_path, &key).await.json()["request"].clone();
    assert_eq!((header(&request, "X-Shop-Id"), &request["endpoint_changed"]), (Some("78"), &json!(true)));
}

/// Damages what a sensitive header of the only endpoint says.
fn damage_header(hub: &Hub, key: &IssuedKey, endpoint: &str) {
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let written = store.write(Lane::Interactive, &mut |tx| {
        let target = tx.find_target(key.key.workspace_id, endpoint.parse().unwrap())?.unwrap();
        let mut damaged = target.endpoint.clone();
        damaged.settings.headers = CustomHeaders::from_stored("X-Till;AAAA").unwrap();
        damaged.revision += 1;
        tx.update_endpoint(&damaged)
    });
    written.unwrap();
}

#[actix_web::test]
async fn a_header_that_does_not_open_hides_no_attempt_and_fails_a_test_as_a_fault_of_the_hub() {
    let hub = Hub::new();
    let (key, endpoint, id) = one_delivery(&hub).await;
    attempt(&hub, &answer(500));
    damage_header(&hub, &key, &endpoint);
    let request = hub.get(&format!("{DELIVERIES}/{id}/attempts/1"), &key).await.json()["request"].clone();
    assert_eq!((header(&request, "X-Till"), &request["signature_complete"]), (Some("…"), &json!(true)));
    let test = hub.post_text(&format!("/api/hub/v1/endpoints/{endpoint}/test"), &key, "").await;
    assert_eq!(test.status_and_code(), (500, "internal_error".to_owned()));
}

#[actix_web::test]
async fn a_signature_is_not_shown_once_its_secret_is_gone() {
    let hub = Hub::new();
    let (key, endpoint, id) = one_delivery(&hub).await;
    attempt(&hub, &answer(500));
    hub.post(&format!("/api/hub/v1/endpoints/{endpoint}/secrets"), &key, &json!({ "grace_s": 0 })).await;
    hub.clock.advance(Duration::from_secs(1));
    hub.post(&format!("/api/hub/v1/endpoints/{endpoint}/secrets"), &key, &json!({ "grace_s": 0 })).await;
    let request = hub.get(&format!("{DELIVERIES}/{id}/attempts/1"), &key).await.json()["request"].clone();
    assert_eq!((&request["signature_complete"], header(&request, "webhook-signature")), (&json!(false), None));
    assert_eq!(header(&request, "x-ownpay-event"), Some("payment.completed"));
}

#[actix_web::test]
async fn case_01_an_interrupted_attempt_says_that_it_may_have_been_sent() {
    let hub = Hub::new();
    let (key, _, id) = one_delivery(&hub).await;
    let mut recovery = Recovery::new(hub.store.clone(), hub.clock.clone());
    let own = recovery.open(&SeededEntropy::new(9)).unwrap();
    let lost = SessionId::from_bytes([9; 16]);
    hub.services.deliveries.claim(lost, Vec::new(), 10).commit().unwrap();
    recovery.take_over_all(own).unwrap();
    let delivery = hub.get(&format!("{DELIVERIES}/{id}"), &key).await.json();
    assert_eq!((&delivery["attempt_count"], &delivery["interruption_count"]), (&json!(1), &json!(1)));
    assert_json_snapshot!(hub.get(&format!("{DELIVERIES}/{id}/attempts/1"), &key).await.snapshot());
}

#[actix_web::test]
async fn an_attempt_that_there_is_not_is_not_found() {
    let hub = Hub::new();
    let (key, _, id) = one_delivery(&hub).await;
    for number in ["1", "0", "x", "4294967296"] {
        let answer = hub.get(&format!("{DELIVERIES}/{id}/attempts/{number}"), &key).await;
        assert_eq!(answer.status_and_code(), (404, "attempt_not_found".to_owned()), "{number}");
    }
}
