//! Who is let in, and what the others are told. *Source:* wire contract §1.5.

use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::access::Asker;
use devhub_domain::api_keys::NewApiKey;
use devhub_domain::testing::label;
use devhub_domain::time::Clock;

use super::get;
use crate::hub::{Answer, Hub, WORKSPACE, authorized, request, token};

const PATH: &str = "/api/v1/webhooks/deliveries";
const UNKNOWN: &str = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";

async fn with(hub: &Hub, authorization: &str) -> Answer {
    hub.send(TestRequest::get().uri(PATH).insert_header(("authorization", authorization))).await
}

fn told(status: u16, code: &str, text: &str) -> (u16, String, String) {
    (status, code.to_owned(), text.to_owned())
}

fn said(answer: &Answer) -> (u16, String, String) {
    let (status, code) = answer.failure();
    (status, code, answer.field("error"))
}

#[actix_web::test]
async fn without_a_key_the_scheme_is_asked_for() {
    let hub = Hub::new();
    let expected = told(401, "AUTHENTICATION_REQUIRED", "Authentication required. Provide Bearer token.");
    let bare = hub.send(request(Method::GET, PATH)).await;
    assert_eq!(said(&bare), expected);
    assert!(bare.header("www-authenticate").unwrap().starts_with("Bearer"));
    for header in ["", "Bearer", "Bearer ", "Basic b3A6", "op_8ae87c48.aae2"] {
        assert_eq!(said(&with(&hub, header).await), expected, "{header:?}");
    }
}

#[actix_web::test]
async fn the_scheme_is_one_word_and_one_space() {
    let hub = Hub::new();
    let key = hub.key("read");
    assert_eq!(with(&hub, &format!("Bearer {}", token(&key))).await.status.as_u16(), 200);
    for scheme in ["bearer ", "BEARER ", "Bearer  "] {
        let answer = with(&hub, &format!("{scheme}{}", token(&key))).await;
        assert_eq!(answer.failure(), (401, "AUTHENTICATION_REQUIRED".to_owned()), "{scheme:?}");
    }
}

#[actix_web::test]
async fn what_can_be_no_key_is_told_apart_from_one_that_is_not_accepted() {
    let hub = Hub::new();
    for text in ["sk_live_12345678", "op_1234"] {
        let answer = with(&hub, &format!("Bearer {text}")).await;
        assert_eq!(said(&answer), told(401, "INVALID_API_KEY_FORMAT", "Invalid API key format"), "{text}");
    }
    let answer = with(&hub, &format!("Bearer {UNKNOWN}")).await;
    assert_eq!(said(&answer), told(401, "INVALID_API_KEY", "Invalid API key"));
}

#[actix_web::test]
async fn unknown_locked_and_revoked_keys_are_one_answer() {
    let hub = Hub::new();
    let (revoked, locked) = (hub.key("read"), hub.key("read"));
    hub.revoke(revoked.key.id);
    hub.services.keys.lock(Asker::SYSTEM, WORKSPACE, locked.key.id).commit().unwrap();
    for key in [token(&revoked), token(&locked), UNKNOWN] {
        let answer = with(&hub, &format!("Bearer {key}")).await;
        assert_eq!(said(&answer), told(401, "INVALID_API_KEY", "Invalid API key"));
    }
}

#[actix_web::test]
async fn a_key_whose_time_is_over_is_told_so() {
    let hub = Hub::new();
    let expires_at = Some(hub.clock.now().plus(Duration::from_secs(1)));
    let key = hub.issue(WORKSPACE, NewApiKey { expires_at, ..NewApiKey::with_label(label("Short")) });
    hub.clock.advance(Duration::from_secs(1));
    assert_eq!(said(&get(&hub, "/webhooks/deliveries", &key).await), told(401, "API_KEY_EXPIRED", "API key expired"));
}

#[actix_web::test]
async fn reading_needs_read_and_everything_else_write() {
    let hub = Hub::new();
    let reader = hub.key("read");
    let write = hub.send(authorized(request(Method::POST, "/api/v1/webhooks/tests"), &reader)).await;
    assert_eq!(said(&write), told(403, "INSUFFICIENT_SCOPE", "Insufficient scope. Required: write"));
    let writer = hub.key("write admin");
    let read = get(&hub, "/webhooks/deliveries", &writer).await;
    assert_eq!(said(&read), told(403, "INSUFFICIENT_SCOPE", "Insufficient scope. Required: read"));
}

#[actix_web::test]
async fn scopes_of_the_hub_open_nothing_here() {
    let hub = Hub::new();
    let answer = get(&hub, "/webhooks/deliveries", &hub.key("deliveries:read endpoints:read")).await;
    assert_eq!(answer.failure(), (403, "INSUFFICIENT_SCOPE".to_owned()));
}

#[actix_web::test]
async fn a_suspended_workspace_is_an_inactive_merchant() {
    let hub = Hub::new();
    let key = hub.key("read");
    hub.directory.set_suspended(WORKSPACE, true);
    let answer = get(&hub, "/webhooks/deliveries", &key).await;
    assert_eq!(said(&answer), told(403, "MERCHANT_INACTIVE", "Merchant account is suspended or inactive"));
}

#[actix_web::test]
async fn a_key_in_the_query_or_twice_is_refused() {
    let hub = Hub::new();
    let key = hub.key("read");
    let query = get(&hub, &format!("/webhooks/deliveries?api_key={}", token(&key)), &key).await;
    assert_eq!(query.failure(), (400, "CREDENTIAL_IN_QUERY".to_owned()));
    let twice = authorized(request(Method::GET, PATH), &key).append_header(("authorization", "Bearer op_other"));
    assert_eq!(hub.send(twice).await.failure(), (400, "CREDENTIAL_AMBIGUOUS".to_owned()));
}

#[actix_web::test]
async fn a_key_may_be_used_from_its_networks_alone() {
    let hub = Hub::new();
    let allow_list = vec!["10.0.0.0/8".parse().unwrap()];
    let key = hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Office")) });
    let answer = get(&hub, "/webhooks/deliveries", &key).await;
    assert_eq!(answer.failure(), (403, "IP_NOT_ALLOWED".to_owned()));
}

#[actix_web::test]
async fn answers_tell_how_much_of_the_rate_is_left() {
    let hub = Hub::new();
    let answer = get(&hub, "/webhooks/deliveries", &hub.key("read")).await;
    for name in ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        assert!(answer.header(name).is_some(), "{name}");
    }
}
