//! `/api/hub/v1/keys/{id}/explain`.

use actix_web::test::TestRequest;
use devhub_domain::api_keys::{IssuedKey, NewApiKey};
use devhub_domain::testing::label;
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Answer, Hub, OTHER_WORKSPACE, WORKSPACE, authorized, token};

async fn ask(hub: &Hub, reader: &IssuedKey, of: &IssuedKey, body: &Value) -> Answer {
    hub.post(&format!("/api/hub/v1/keys/{}/explain", of.key.id), reader, body).await
}

fn local(hub: &Hub) -> IssuedKey {
    let allow_list = vec!["127.0.0.0/8".parse().unwrap()];
    hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Shop")) })
}

#[actix_web::test]
async fn every_check_is_told_with_what_it_looks_at() {
    let hub = Hub::new();
    let (reader, shop) = (hub.key("keys:read"), local(&hub));
    let body = json!({ "method": "POST", "path": "/api/v1/payments", "address": "203.0.113.7" });
    let answer = ask(&hub, &reader, &shop, &body).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_refused_request_is_explained_by_its_id() {
    let hub = Hub::new();
    let (reader, shop) = (hub.key("keys:read"), hub.key("read"));
    let req = TestRequest::get().uri("/api/hub/v1/keys?limit=1").insert_header(("x-request-id", "order-77"));
    assert_eq!(hub.send(authorized(req, &shop)).await.status.as_u16(), 403);
    let told = ask(&hub, &reader, &shop, &json!({ "request_id": "order-77" })).await.json();
    assert_eq!((&told["code"], &told["request"]["code"]), (&json!("INSUFFICIENT_SCOPE"), &json!("INSUFFICIENT_SCOPE")));
    assert_eq!((&told["request"]["method"], &told["request"]["path"]), (&json!("GET"), &json!("/api/hub/v1/keys")));
    let gone = ask(&hub, &reader, &shop, &json!({ "request_id": "order-78" })).await;
    assert_eq!(gone.status_and_code(), (404, "request_not_kept".to_owned()));
}

#[actix_web::test]
async fn a_mistyped_token_is_told_and_never_repeated() {
    let hub = Hub::new();
    let (reader, shop) = (hub.key("keys:read"), hub.key("read"));
    let mistyped = token(&shop).replacen('.', ".0", 1);
    let answer = ask(&hub, &reader, &shop, &json!({ "token": mistyped, "address": "127.0.0.1" })).await;
    let told = answer.json();
    assert_eq!(
        (&told["code"], &told["token"]),
        (&json!("NOT_FOUND"), &json!({ "belongs_to": "no_key", "has_valid_checksum": false }))
    );
    assert!(!answer.text.contains(mistyped.split_once('.').unwrap().1));
}

#[actix_web::test]
async fn an_explanation_spends_nothing() {
    let hub = Hub::new();
    let (reader, shop) = (hub.key("keys:read"), hub.key("read"));
    for _ in 0..3 {
        let told = ask(&hub, &reader, &shop, &json!({ "address": "127.0.0.1", "cost": 600 })).await.json();
        assert_eq!((&told["code"], &told["rate_limit"]["remaining"]), (&json!("VALID"), &json!(0)));
    }
    let told = ask(&hub, &reader, &shop, &json!({ "address": "127.0.0.1", "cost": 601 })).await.json();
    assert_eq!((&told["code"], &told["rate_limit"]["retry_after_s"]), (&json!("RATE_LIMITED"), &Value::Null));
}

#[actix_web::test]
async fn what_is_wrong_with_a_question_is_told_by_field() {
    let hub = Hub::new();
    let reader = hub.key("keys:read");
    for (body, field) in [
        (json!({ "address": "here" }), "address"),
        (json!({ "cost": 0 }), "cost"),
        (json!({ "at": "tomorrow" }), "at"),
        (json!({ "scopes": ["fly"] }), "scopes[0]"),
        (json!({ "method": "" }), "method"),
        (json!({ "path": "x".repeat(201) }), "path"),
        (json!({ "token": "x".repeat(257) }), "token"),
        (json!({ "request_id": "a", "method": "GET" }), "request_id"),
        (json!({ "request_id": "" }), "request_id"),
    ] {
        let answer = ask(&hub, &reader, &reader, &body).await;
        assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()), "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
    }
}

#[actix_web::test]
async fn the_keys_and_tokens_of_others_do_not_exist() {
    let hub = Hub::new();
    let reader = hub.key("keys:read");
    let stranger = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Other")));
    let answer = ask(&hub, &reader, &stranger, &json!({})).await;
    assert_eq!(answer.status_and_code(), (404, "key_not_found".to_owned()));
    let told = ask(&hub, &reader, &reader, &json!({ "token": token(&stranger) })).await.json();
    assert_eq!((&told["code"], &told["token"]["belongs_to"]), (&json!("NOT_FOUND"), &json!("no_key")));
}
