//! `/api/hub/v1/limits/…`: policies, overrides, exempt networks and buckets.

use std::sync::Arc;

use actix_web::http::Method;
use devhub_domain::api_keys::IssuedKey;
use devhub_domain::rate::{FAILED_AUTHENTICATIONS_PER_MINUTE, OnBackendError, Quota, RateLimits, RateRules};
use devhub_domain::testing::{BrokenLimiter, MemoryFailures};
use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::hub::{Answer, Hub, OTHER_WORKSPACE, WORKSPACE, authorized, request};

const WHOAMI: &str = "/api/hub/v1/whoami";
const POLICIES: &str = "/api/hub/v1/limits/policies";
const OVERRIDES: &str = "/api/hub/v1/limits/overrides";
const NETWORKS: &str = "/api/hub/v1/limits/exempt-networks";
const BUCKETS: &str = "/api/hub/v1/limits/buckets";

fn admin(hub: &Hub) -> IssuedKey {
    hub.key("limits:read limits:write keys:read keys:write audit:read")
}

async fn put(hub: &Hub, path: &str, key: &IssuedKey, tag: &str, body: &Value) -> Answer {
    let req = request(Method::PUT, path).insert_header(("if-match", tag)).set_json(body);
    hub.send(authorized(req, key)).await
}

async fn delete(hub: &Hub, path: &str, key: &IssuedKey) -> Answer {
    hub.send(authorized(request(Method::DELETE, path), key)).await
}

/// A policy of two requests a minute at one path.
fn strict(path: &str) -> Value {
    json!({ "name": "strict", "limit": 2, "window_s": 60, "path": path })
}

async fn make(hub: &Hub, key: &IssuedKey, body: &Value) -> String {
    let answer = hub.post(POLICIES, key, body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    answer.field("id")
}

#[actix_web::test]
async fn a_policy_is_made_shown_replaced_and_removed() {
    let hub = Hub::new();
    let key = admin(&hub);
    let body = json!({
        "name": "exports", "limit": 60, "window_s": 60, "burst": 30, "cost": 10, "subject": "workspace",
        "methods": ["POST", "GET"], "path": "/api/v1/exports/**", "mode": "shadow", "on_backend_error": "deny",
    });
    let made = hub.post(POLICIES, &key, &body).await;
    assert_json_snapshot!(made.snapshot());
    let path = format!("{POLICIES}/{}", made.field("id"));
    let shown = hub.get(&path, &key).await;
    assert_eq!((shown.header("etag"), &shown.json()), (Some("\"1\""), &made.json()));
    let replaced = put(&hub, &path, &key, "\"1\"", &strict("/a")).await;
    assert_eq!((replaced.status.as_u16(), replaced.header("etag")), (200, Some("\"2\"")));
    let stale = put(&hub, &path, &key, "\"1\"", &strict("/b")).await;
    assert_eq!(stale.status_and_code(), (412, "revision_stale".to_owned()));
    assert_eq!(delete(&hub, &path, &key).await.status.as_u16(), 204);
    assert_eq!(hub.get(&path, &key).await.status_and_code(), (404, "rate_policy_not_found".to_owned()));
    assert_eq!(hub.get(POLICIES, &key).await.json(), json!({ "items": [] }));
}

#[actix_web::test]
async fn a_policy_binds_the_next_request_and_is_told_in_its_headers() {
    let hub = Hub::new();
    let (admin, key) = (admin(&hub), hub.key("read"));
    make(&hub, &admin, &strict(WHOAMI)).await;
    let first = hub.get(WHOAMI, &key).await;
    let told = |name| first.header(name);
    assert_eq!((told("x-ratelimit-limit"), told("x-ratelimit-remaining")), (Some("2"), Some("1")));
    assert_eq!(told("ratelimit-policy"), Some("\"strict\";q=2;w=60"));
    assert_eq!(told("ratelimit"), Some("\"strict\";r=1;t=30"));
    assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), 200);
    let refused = hub.get(WHOAMI, &key).await;
    assert_eq!(refused.status_and_code(), (429, "rate_limited".to_owned()));
    assert_eq!((refused.header("retry-after"), &refused.json()["retry_after"]), (Some("30"), &json!(30)));
    assert_eq!(hub.get(POLICIES, &admin).await.header("x-ratelimit-limit"), Some("600"));
}

#[actix_web::test]
async fn another_way_to_write_a_path_meets_the_same_policy() {
    let hub = Hub::new();
    let (admin, key) = (admin(&hub), hub.key("read"));
    make(&hub, &admin, &strict(WHOAMI)).await;
    let app = actix_web::test::init_service(devhub_web::app(hub.services.clone())).await;
    for path in ["/api/hub/v1/who%61mi", "/api/hub/v1/%77hoami"] {
        let peer = std::net::SocketAddr::from(([127, 0, 0, 1], 50_000));
        let req = authorized(request(Method::GET, path), &key).peer_addr(peer).to_request();
        let answer = actix_web::test::call_service(&app, req).await;
        let limit = answer.headers().get("x-ratelimit-limit").unwrap();
        assert_eq!((answer.status().as_u16(), limit.to_str().unwrap()), (200, "2"), "{path}");
    }
}

#[actix_web::test]
async fn all_policies_that_bind_are_listed_and_the_tightest_is_told() {
    let hub = Hub::new();
    let (admin, key) = (admin(&hub), hub.key("read"));
    let together =
        json!({ "name": "together", "limit": 100, "window_s": 3600, "subject": "workspace", "path": WHOAMI });
    make(&hub, &admin, &together).await;
    let answer = hub.get(WHOAMI, &key).await;
    assert_eq!(answer.header("ratelimit-policy"), Some("\"default\";q=600;w=60, \"together\";q=100;w=3600"));
    assert_eq!(answer.header("ratelimit"), Some("\"together\";r=99;t=36"));
}

#[actix_web::test]
async fn a_shadow_refuses_nothing_and_its_counts_are_shown() {
    let hub = Hub::new();
    let (admin, key) = (admin(&hub), hub.key("read"));
    let mut shadow = strict(WHOAMI);
    shadow["mode"] = json!("shadow");
    let id = make(&hub, &admin, &shadow).await;
    for _ in 0..5 {
        let answer = hub.get(WHOAMI, &key).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-limit")), (200, Some("600")));
    }
    let counts = hub.get(&format!("{POLICIES}/{id}/counts"), &admin).await.json();
    assert_eq!((&counts["allowed"], &counts["refused"], &counts["shadow_refused"]), (&json!(2), &json!(0), &json!(3)));
    assert_eq!(counts["since"], "2026-11-24T10:00:00.000000Z");
}

#[actix_web::test]
async fn policies_are_put_in_order() {
    let hub = Hub::new();
    let key = admin(&hub);
    let first = make(&hub, &key, &strict("/a")).await;
    let second = make(&hub, &key, &json!({ "name": "second", "limit": 1, "window_s": 1, "path": "/b" })).await;
    let path = format!("{POLICIES}/reorder");
    let moved = hub.post(&path, &key, &json!({ "ids": [second, first] })).await;
    assert_eq!((moved.status.as_u16(), &moved.json()["items"][0]["name"]), (200, &json!("second")));
    let partial = hub.post(&path, &key, &json!({ "ids": [second] })).await;
    assert_eq!(partial.status_and_code(), (409, "rate_order_stale".to_owned()));
}

#[actix_web::test]
async fn what_makes_no_sense_is_named_by_its_field() {
    let hub = Hub::new();
    let key = admin(&hub);
    let wrong = json!({
        "name": "A B", "limit": 0, "window_s": 0, "cost": 0, "subject": "shop", "methods": ["GET", "BREW"],
        "path": "/a*", "mode": "on", "on_backend_error": "maybe",
    });
    let answer = hub.post(POLICIES, &key, &wrong).await;
    assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()));
    let mut fields: Vec<_> =
        answer.json()["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    fields.sort_by_key(ToString::to_string);
    let expected = ["cost", "limit", "methods[1]", "mode", "name", "on_backend_error", "path", "subject"];
    assert_eq!(fields, expected);
    let window = hub.post(POLICIES, &key, &json!({ "name": "a", "limit": 1, "window_s": 86_401 })).await;
    assert_eq!(window.json()["errors"][0]["field"], "window_s");
    let costly = hub.post(POLICIES, &key, &json!({ "name": "a", "limit": 1, "window_s": 60, "cost": 2 })).await;
    assert_eq!(costly.status_and_code(), (422, "rate_cost_above_burst".to_owned()));
    let reserved = hub.post(POLICIES, &key, &json!({ "name": "default", "limit": 1, "window_s": 60 })).await;
    assert_eq!(reserved.status_and_code(), (409, "rate_policy_taken".to_owned()));
}

#[actix_web::test]
async fn an_override_is_made_changed_and_removed() {
    let hub = Hub::new();
    let (admin, key) = (admin(&hub), hub.key("read"));
    let body = json!({ "policy": "default", "subject": key.key.id.to_string(), "limit": 5, "window_s": 60 });
    let made = hub.post(OVERRIDES, &admin, &body).await;
    assert_json_snapshot!(made.snapshot());
    assert_eq!(hub.get(WHOAMI, &key).await.header("x-ratelimit-limit"), Some("5"));
    let taken = hub.post(OVERRIDES, &admin, &body).await;
    assert_eq!(taken.status_and_code(), (409, "rate_override_taken".to_owned()));
    let path = format!("{OVERRIDES}/{}", made.field("id"));
    let tag = hub.get(&path, &admin).await.header("etag").unwrap().to_owned();
    let changed = put(&hub, &path, &admin, &tag, &json!({ "limit": 7, "window_s": 60, "burst": 3 })).await;
    assert_eq!(changed.status.as_u16(), 200, "{}", changed.text);
    assert_eq!(hub.get(WHOAMI, &key).await.header("x-ratelimit-limit"), Some("7"));
    assert_eq!(hub.get(OVERRIDES, &admin).await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(delete(&hub, &path, &admin).await.status.as_u16(), 204);
    assert_eq!(hub.get(WHOAMI, &key).await.header("x-ratelimit-limit"), Some("600"));
}

#[actix_web::test]
async fn exempt_networks_are_taken_as_lines_or_as_a_list() {
    let hub = Hub::new();
    let (admin, key) = (admin(&hub), hub.key("read"));
    let shown = hub.get(NETWORKS, &admin).await;
    assert_eq!((shown.header("etag"), &shown.json()["networks"]), (Some("\"1\""), &json!([])));
    let wrong = put(&hub, NETWORKS, &admin, "\"1\"", &json!({ "text": "10.0.0.0/8\n10.0.0.0/33\n\nnone\n" })).await;
    assert_json_snapshot!(wrong.snapshot());
    let text = json!({ "text": "127.0.0.1/8  # here\n2001:db8::1\n" });
    let set = put(&hub, NETWORKS, &admin, "\"1\"", &text).await;
    assert_eq!(set.json(), json!({ "networks": ["127.0.0.0/8", "2001:db8::1/128"], "revision": 2 }));
    assert_eq!(hub.get(WHOAMI, &key).await.header("x-ratelimit-limit"), None);
    let stale = put(&hub, NETWORKS, &admin, "\"1\"", &json!({ "networks": [] })).await;
    assert_eq!(stale.status_and_code(), (412, "revision_stale".to_owned()));
    let set = put(&hub, NETWORKS, &admin, "\"2\"", &json!({ "networks": ["10.0.0.0/8"] })).await;
    assert_eq!(set.status.as_u16(), 200);
    assert_eq!(hub.get(WHOAMI, &key).await.header("x-ratelimit-limit"), Some("600"));
    for body in [json!({}), json!({ "networks": [], "text": "" })] {
        assert_eq!(put(&hub, NETWORKS, &admin, "*", &body).await.status_and_code().1, "validation_failed", "{body}");
    }
}

#[actix_web::test]
async fn a_bucket_is_shown_filled_and_noted() {
    let hub = Hub::new();
    let (admin, key) = (admin(&hub), hub.key("read"));
    let id = make(&hub, &admin, &strict(WHOAMI)).await;
    for status in [200, 200, 429] {
        assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), status);
    }
    let page = hub.get(&format!("{BUCKETS}?limit=1"), &admin).await;
    let expected = json!({
        "items": [{
            "subject": key.key.id.to_string(), "policy": id, "policy_name": "strict", "limit": 2, "window_s": 60, "burst": 2,
            "used": 2, "remaining": 0, "full_at": "2026-11-24T10:01:00.000000Z",
        }],
        "next_cursor": "1",
    });
    assert_eq!(page.json(), expected);
    let body = json!({ "policy": id, "subject": key.key.id.to_string() });
    let filled = hub.post(&format!("{BUCKETS}/reset"), &admin, &body).await;
    assert_eq!(filled.json(), json!({ "filled": true }));
    assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), 200);
    let log = hub.get("/api/hub/v1/audit?limit=1", &admin).await.json();
    assert_eq!(log["items"][0]["action"], "rate_bucket.reset");
    let foreign = json!({ "policy": "default", "subject": OTHER_WORKSPACE.to_string() });
    let refused = hub.post(&format!("{BUCKETS}/reset"), &admin, &foreign).await;
    assert_eq!(refused.status_and_code(), (422, "rate_subject_mismatch".to_owned()));
    for subject in ["203.0.113.7", "203.0.113.7/32", "2001:db8::/64", &WORKSPACE.to_string()] {
        let body = json!({ "policy": "default", "subject": subject });
        assert_eq!(hub.post(&format!("{BUCKETS}/reset"), &admin, &body).await.status.as_u16(), 200, "{subject}");
    }
}

#[actix_web::test]
async fn a_key_is_issued_with_a_rate_of_its_own_and_given_another() {
    let hub = Hub::new();
    let admin = hub.key("read write limits:read limits:write keys:read keys:write");
    let rate = |limit| json!({ "limit": limit, "window_s": 60, "burst": 2 });
    let issued = hub.post("/api/hub/v1/keys", &admin, &json!({ "label": "Till", "rate_limit": rate(5) })).await;
    assert_eq!(issued.status.as_u16(), 201, "{}", issued.text);
    let token = format!("Bearer {}", issued.field("token"));
    let limit = async || {
        let req = request(Method::GET, WHOAMI).insert_header(("authorization", token.clone()));
        hub.send(req).await.header("x-ratelimit-limit").map(str::to_owned)
    };
    assert_eq!(limit().await.as_deref(), Some("5"));
    let path = format!("/api/hub/v1/keys/{}", issued.field("id"));
    let changed = hub.patch(&path, &admin, "\"1\"", &json!({ "rate_limit": rate(7) })).await;
    assert_eq!((changed.status.as_u16(), changed.header("etag")), (200, Some("\"2\"")));
    let shown = hub.get(&path, &admin).await.json();
    let listed = hub.get("/api/hub/v1/keys?search=Till", &admin).await.json()["items"][0].clone();
    assert_eq!((&changed.json()["rate_limit"], &shown["rate_limit"], &listed), (&rate(7), &rate(7), &shown));
    let table = hub.get("/api/hub/v1/keys/export?format=csv&search=Till", &admin).await.text;
    assert!(table.contains(",2,7,60,2\r\n"), "{table}");
    assert_eq!(limit().await.as_deref(), Some("7"));
    let label = hub.patch(&path, &admin, "\"2\"", &json!({ "label": "Shop 2" })).await;
    assert_eq!((label.status.as_u16(), limit().await.as_deref()), (200, Some("7")));
    let gone = hub.patch(&path, &admin, "\"3\"", &json!({ "rate_limit": null })).await;
    assert_eq!((gone.status.as_u16(), limit().await.as_deref()), (200, Some("600")));
    assert_eq!(hub.get(OVERRIDES, &admin).await.json()["items"], json!([]));
}

#[actix_web::test]
async fn a_key_that_may_not_change_limits_gives_none_away() {
    let hub = Hub::new();
    let issuer = hub.key("read write keys:read keys:write");
    let body = json!({ "label": "Shop", "rate_limit": { "limit": 1_000_000, "window_s": 1 } });
    let refused = hub.post("/api/hub/v1/keys", &issuer, &body).await;
    assert_eq!(refused.status_and_code(), (403, "insufficient_scope".to_owned()));
    let path = format!("/api/hub/v1/keys/{}", issuer.key.id);
    let refused = hub.patch(&path, &issuer, "*", &json!({ "rate_limit": null })).await;
    assert_eq!(refused.status_and_code(), (403, "insufficient_scope".to_owned()));
}

#[actix_web::test]
async fn a_spray_of_unknown_tokens_makes_no_buckets() {
    let hub = Hub::new();
    let admin = admin(&hub);
    make(&hub, &admin, &json!({ "name": "address", "limit": 9, "window_s": 60, "subject": "address", "path": WHOAMI }))
        .await;
    for number in 0..50 {
        let token = format!("Bearer op_{number:08x}.aae2b54e89c755d768a9db81b820643d3da4257474735ebd");
        hub.send(request(Method::GET, WHOAMI).insert_header(("authorization", token))).await;
    }
    let shown = hub.get(BUCKETS, &admin).await.json();
    assert_eq!(shown["items"].as_array().unwrap().len(), 1);
    assert_eq!(shown["items"][0]["subject"], admin.key.id.to_string());
}

fn with_broken_limiter(on_backend_error: OnBackendError) -> Hub {
    let mut hub = Hub::new();
    let failures = MemoryFailures::new(Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE), hub.clock.clone());
    let rules = RateRules { on_backend_error, ..RateRules::default() };
    hub.services.rates = RateLimits::new(rules, Arc::new(BrokenLimiter), Arc::new(failures), hub.clock.clone());
    hub
}

#[actix_web::test]
async fn a_limiter_that_fails_lets_requests_pass_or_refuses_them_as_was_said() {
    let hub = with_broken_limiter(OnBackendError::Allow);
    let answer = hub.get(WHOAMI, &hub.key("read")).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-limit")), (200, None));
    let hub = with_broken_limiter(OnBackendError::Deny);
    let answer = hub.get(WHOAMI, &hub.key("read")).await;
    assert_eq!(answer.status_and_code(), (503, "limiter_unavailable".to_owned()));
    assert_eq!(answer.header("retry-after"), Some("1"));
}
