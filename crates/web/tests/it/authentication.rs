//! Who is let in, and what the others are told.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Environment, NewApiKey, ScopeSet, Trust};
use devhub_domain::testing::label;
use devhub_domain::time::Clock;
use insta::assert_json_snapshot;

use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE, authorized, request, token};

const WHOAMI: &str = "/api/hub/v1/whoami";
const UNKNOWN: &str = "op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";

fn bearer(token: &str) -> TestRequest {
    TestRequest::get().uri(WHOAMI).insert_header(("authorization", format!("Bearer {token}")))
}

#[actix_web::test]
async fn a_key_is_told_what_it_is() {
    let hub = Hub::new();
    let key = hub.key("read keys:read");
    let answer = hub.get(WHOAMI, &key).await;
    assert_eq!(answer.field("key_id"), key.key.id.to_string());
    assert_eq!(answer.field("workspace_id"), WORKSPACE.to_string());
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_head_request_is_answered_like_a_get() {
    let hub = Hub::new();
    let key = hub.key("read");
    let answer = hub.send(authorized(request(Method::HEAD, WHOAMI), &key)).await;
    assert_eq!(answer.status.as_u16(), 200);
}

#[actix_web::test]
async fn the_scheme_may_be_written_in_any_case() {
    let hub = Hub::new();
    let key = hub.key("read");
    let req = TestRequest::get().uri(WHOAMI).insert_header(("authorization", format!("bEARER {}", token(&key))));
    assert_eq!(hub.send(req).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn without_a_credential_the_challenge_has_no_error_code() {
    let answer = Hub::new().send(request(Method::GET, WHOAMI)).await;
    assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"devhub\""));
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn another_scheme_is_no_credential() {
    let req = request(Method::GET, WHOAMI).insert_header(("authorization", "Basic b3A6cGFzcw=="));
    assert_eq!(Hub::new().send(req).await.status_and_code(), (401, "credential_missing".to_owned()));
}

#[actix_web::test]
async fn an_unknown_token_is_answered_with_a_challenge() {
    let answer = Hub::new().send(bearer(UNKNOWN)).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn malformed_unknown_revoked_locked_and_expired_tokens_get_one_and_the_same_answer() {
    let hub = Hub::new();
    let (revoked, locked) = (hub.key("read"), hub.key("read"));
    hub.revoke(revoked.key.id);
    hub.services.keys.lock(Asker::SYSTEM, WORKSPACE, locked.key.id).commit().unwrap();
    let expires_at = Some(hub.clock.now().plus(Duration::from_secs(1)));
    let expired = hub.issue(WORKSPACE, NewApiKey { expires_at, ..NewApiKey::with_label(label("Short")) });
    hub.clock.advance(Duration::from_secs(1));
    let unknown = hub.send(bearer(UNKNOWN)).await.snapshot();
    for token in ["op_short", "", "ä", token(&revoked), token(&locked), token(&expired)] {
        assert_eq!(hub.send(bearer(token)).await.snapshot(), unknown, "{token}");
    }
}

#[actix_web::test]
async fn a_revoked_key_is_refused_by_the_very_next_request() {
    let hub = Hub::new();
    let (admin, key) = (hub.key("keys:write"), hub.key("read"));
    assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), 200);
    let path = format!("/api/hub/v1/keys/{}/revoke", key.key.id);
    assert_eq!(hub.post(&path, &admin, &serde_json::json!({})).await.status.as_u16(), 200);
    assert_eq!(hub.get(WHOAMI, &key).await.status_and_code(), (401, "invalid_token".to_owned()));
}

#[actix_web::test]
async fn two_authorization_headers_are_refused() {
    let hub = Hub::new();
    let key = hub.key("read");
    let req = authorized(request(Method::GET, WHOAMI), &key).append_header(("authorization", "Bearer op_other"));
    let answer = hub.send(req).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_token_in_the_query_string_is_refused_whatever_the_header_says() {
    let hub = Hub::new();
    let key = hub.key("read");
    for name in ["api_key", "access_token", "token", "KEY", "apikey", "cursor"] {
        let answer = hub.get(&format!("{WHOAMI}?{name}={}", token(&key)), &key).await;
        assert_eq!(answer.status_and_code(), (400, "credential_in_query".to_owned()), "{name}");
        assert!(!answer.text.contains(token(&key)), "{name}");
    }
    let answer = hub.send(request(Method::GET, &format!("{WHOAMI}?token={}", token(&key)))).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_key_without_the_scope_is_told_which_one_it_lacks() {
    let hub = Hub::new();
    let answer = hub.get("/api/hub/v1/keys", &hub.key("read write admin")).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn every_route_asks_for_its_own_scope() {
    let hub = Hub::new();
    let key = hub.key("read write admin limits:read limits:write audit:read");
    let id = "00000000000000000000000000";
    let cases = [
        (Method::GET, "/api/hub/v1/keys".to_owned(), "keys:read"),
        (Method::POST, "/api/hub/v1/keys".to_owned(), "keys:write"),
        (Method::GET, format!("/api/hub/v1/keys/key_{id}"), "keys:read"),
        (Method::POST, format!("/api/hub/v1/keys/key_{id}/revoke"), "keys:write"),
        (Method::POST, format!("/api/hub/v1/keys/key_{id}/lock"), "keys:write"),
        (Method::POST, format!("/api/hub/v1/keys/key_{id}/unlock"), "keys:write"),
        (Method::GET, "/api/hub/v1/endpoints".to_owned(), "endpoints:read"),
        (Method::POST, "/api/hub/v1/endpoints".to_owned(), "endpoints:write"),
        (Method::POST, "/api/hub/v1/events".to_owned(), "events:write"),
        (Method::GET, "/api/hub/v1/deliveries".to_owned(), "deliveries:read"),
        (Method::GET, format!("/api/hub/v1/deliveries/dlv_{id}"), "deliveries:read"),
    ];
    for (method, path, scope) in cases {
        let answer = hub.send(authorized(request(method, &path), &key)).await;
        assert_eq!(answer.status_and_code(), (403, "insufficient_scope".to_owned()), "{path}");
        let challenge = format!("Bearer realm=\"devhub\", error=\"insufficient_scope\", scope=\"{scope}\"");
        assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()), "{path}");
    }
}

#[actix_web::test]
async fn a_key_is_refused_from_an_address_outside_its_allow_list() {
    let hub = Hub::new();
    let allow_list = vec!["10.0.0.0/8".parse().unwrap()];
    let key = hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Office")) });
    let answer = hub.get(WHOAMI, &key).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn an_ipv4_address_on_an_ipv6_socket_is_found_on_the_allow_list() {
    let hub = Hub::new();
    let allow_list = vec!["10.0.0.0/8".parse().unwrap()];
    let key = hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Office")) });
    let mapped: SocketAddr = "[::ffff:10.1.2.3]:50000".parse().unwrap();
    let req = authorized(request(Method::GET, WHOAMI), &key).peer_addr(mapped).to_request();
    assert_eq!(hub.call(req).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn a_forwarded_address_of_nobody_trusted_is_not_believed() {
    let hub = Hub::new();
    let allow_list = vec!["10.0.0.0/8".parse().unwrap()];
    let key = hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Office")) });
    let req = authorized(request(Method::GET, WHOAMI), &key).insert_header(("x-forwarded-for", "10.0.0.1"));
    assert_eq!(hub.send(req).await.status_and_code(), (403, "ip_not_allowed".to_owned()));
}

#[actix_web::test]
async fn a_forwarded_address_of_a_trusted_proxy_is_what_an_allow_list_sees() {
    let mut hub = Hub::new();
    hub.services.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let allow_list = vec!["10.0.0.0/8".parse().unwrap()];
    let key = hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Office")) });
    let from = |forwarded| authorized(request(Method::GET, WHOAMI), &key).insert_header(("x-forwarded-for", forwarded));
    assert_eq!(hub.send(from("203.0.113.9, 10.0.0.1")).await.status.as_u16(), 200);
    assert_eq!(hub.send(from("10.0.0.1, 203.0.113.9")).await.status_and_code(), (403, "ip_not_allowed".to_owned()));
}

#[actix_web::test]
async fn a_key_of_a_suspended_workspace_is_told_so() {
    let hub = Hub::new();
    let key = hub.key("read");
    hub.directory.set_suspended(WORKSPACE, true);
    let answer = hub.get(WHOAMI, &key).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_key_opens_its_own_workspace_and_no_other() {
    let hub = Hub::new();
    let scopes: ScopeSet = "keys:read".parse().unwrap();
    let new = NewApiKey { scopes, environment: Environment::default(), ..NewApiKey::with_label(label("Other")) };
    let other = hub.issue(OTHER_WORKSPACE, new);
    let mine = hub.key("read");
    assert_eq!(hub.get("/api/hub/v1/keys", &other).await.json()["items"].as_array().unwrap().len(), 1);
    let answer = hub.get(&format!("/api/hub/v1/keys/{}", mine.key.id), &other).await;
    assert_eq!(answer.status_and_code(), (404, "key_not_found".to_owned()));
}

#[actix_web::test]
async fn a_directory_that_is_not_whole_reads_through() {
    let hub = Hub::new();
    hub.directory.set_trust(Trust::Lost);
    assert_eq!(hub.get(WHOAMI, &hub.key("read")).await.status.as_u16(), 200);
    assert_eq!(hub.send(bearer(UNKNOWN)).await.status_and_code(), (401, "invalid_token".to_owned()));
}

#[actix_web::test]
async fn a_store_that_is_away_is_neither_yes_nor_no() {
    let hub = Hub::new();
    hub.directory.set_trust(Trust::Loading);
    hub.break_store();
    let answer = hub.send(bearer(UNKNOWN)).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_key_in_memory_is_accepted_while_the_store_is_away() {
    let hub = Hub::new();
    let key = hub.key("read");
    hub.break_store();
    assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), 200);
}
