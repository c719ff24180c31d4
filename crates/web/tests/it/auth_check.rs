//! `/auth/check`: who is answered and believed, and what a proxy is told.

use std::net::SocketAddr;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::api_keys::{Environment, NewApiKey};
use devhub_domain::rate::{Policy, Quota, RateRules};
use devhub_domain::testing::label;
use devhub_web::AuthCheck;

use crate::hub::{Answer, Hub, WORKSPACE, authorized, rates, request};

const PROXY: &str = "10.0.0.5";
const STRANGER: &str = "198.51.100.9";
const CALLER: &str = "203.0.113.7";

type Header<'a> = (&'static str, &'a str);

fn hub() -> Hub {
    let mut hub = Hub::new();
    hub.services.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
    hub
}

/// A request of a peer with these headers.
fn ask(peer: &str, target: &str, headers: &[Header<'_>]) -> TestRequest {
    let req = request(Method::GET, target).peer_addr(SocketAddr::new(peer.parse().unwrap(), 50_000));
    headers.iter().fold(req, |req, (name, value)| req.append_header((*name, *value)))
}

async fn answer(hub: &Hub, req: TestRequest) -> Answer {
    hub.call(req.to_request()).await
}

#[actix_web::test]
async fn a_proxy_is_told_whom_it_lets_in() {
    let hub = hub();
    let environment = Environment::new("staging é").unwrap();
    let scopes = "read write".parse().unwrap();
    let key = hub.issue(WORKSPACE, NewApiKey { scopes, environment, ..NewApiKey::with_label(label("Shop")) });
    let told = answer(&hub, authorized(ask(PROXY, "/auth/check?scope=read", &[]), &key)).await;
    assert_eq!(told.status.as_u16(), 204);
    assert_eq!(told.header("x-devhub-key-id"), Some(&*key.key.id.to_string()));
    assert_eq!(told.header("x-devhub-workspace-id"), Some(&*WORKSPACE.to_string()));
    assert_eq!(told.header("x-devhub-scopes"), Some("read write"));
    assert_eq!(told.header("x-devhub-environment"), Some("staging%20%C3%A9"));
    assert_eq!((told.header("x-ratelimit-remaining"), told.header("cache-control")), (Some("599"), Some("no-store")));
}

#[actix_web::test]
async fn an_identity_that_a_client_sends_is_not_read() {
    let hub = hub();
    let forged = [("x-devhub-key-id", "key_forged"), ("x-devhub-scopes", "admin")];
    let told = answer(&hub, ask(PROXY, "/auth/check", &forged)).await;
    assert_eq!(told.status_and_code(), (401, "credential_missing".to_owned()));
    assert_eq!((told.header("x-devhub-key-id"), told.header("x-devhub-scopes")), (None, None));
    let key = hub.key("read");
    let told = answer(&hub, authorized(ask(PROXY, "/auth/check", &forged), &key)).await;
    assert_eq!(told.header("x-devhub-scopes"), Some("read"));
}

#[actix_web::test]
async fn only_trusted_proxies_are_answered_unless_the_operator_says_otherwise() {
    let cases = [
        (AuthCheck::TrustedProxies, STRANGER, (403, "proxy_not_trusted")),
        (AuthCheck::Nobody, PROXY, (404, "route_not_found")),
        (AuthCheck::TrustedProxies, PROXY, (401, "credential_missing")),
        (AuthCheck::Anybody, STRANGER, (401, "credential_missing")),
    ];
    for (auth_check, peer, (status, code)) in cases {
        let mut hub = hub();
        hub.services.auth_check = auth_check;
        let told = answer(&hub, ask(peer, "/auth/check", &[])).await;
        assert_eq!(told.status_and_code(), (status, code.to_owned()), "{auth_check:?} {peer}");
    }
}

#[actix_web::test]
async fn whoever_is_no_proxy_is_believed_in_nothing() {
    let mut hub = hub();
    hub.services.auth_check = AuthCheck::Anybody;
    let allow_list = vec![format!("{CALLER}/32").parse().unwrap()];
    let key = hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Shop")) });
    let claims = [("x-forwarded-for", CALLER), ("x-original-uri", "no path")];
    let stranger = answer(&hub, authorized(ask(STRANGER, "/auth/check", &claims), &key)).await;
    assert_eq!(stranger.status_and_code(), (403, "ip_not_allowed".to_owned()));
    let claims = [("x-forwarded-for", CALLER), ("x-original-uri", "/orders")];
    let proxy = answer(&hub, authorized(ask(PROXY, "/auth/check", &claims), &key)).await;
    assert_eq!(proxy.status.as_u16(), 204);
}

#[actix_web::test]
async fn what_a_client_writes_before_the_proxy_does_not_move_its_address() {
    let hub = hub();
    let allow_list = vec![format!("{CALLER}/32").parse().unwrap()];
    let key = hub.issue(WORKSPACE, NewApiKey { allow_list, ..NewApiKey::with_label(label("Shop")) });
    let spoofed = format!("{CALLER}, {STRANGER}");
    let told = answer(&hub, authorized(ask(PROXY, "/auth/check", &[("x-forwarded-for", &spoofed)]), &key)).await;
    assert_eq!(told.status_and_code(), (403, "ip_not_allowed".to_owned()));
}

#[actix_web::test]
async fn what_was_asked_is_told_once_or_not_at_all() {
    let hub = hub();
    let key = hub.key("read");
    let cases: [(&str, &[Header<'_>], u16); 8] = [
        ("nginx", &[("x-original-method", "POST"), ("x-original-uri", "/orders?page=2")], 204),
        ("Caddy and Traefik", &[("x-forwarded-method", "POST"), ("x-forwarded-uri", "/orders")], 204),
        ("a proxy that says nothing", &[], 204),
        ("both", &[("x-original-uri", "/orders"), ("x-forwarded-uri", "/exports")], 400),
        ("one twice", &[("x-forwarded-uri", "/orders"), ("x-forwarded-uri", "/exports")], 400),
        ("two methods", &[("x-original-method", "GET"), ("x-forwarded-method", "POST")], 400),
        ("no path", &[("x-original-uri", "orders")], 400),
        ("no text", &[("x-original-uri", "/\u{e9}")], 400),
    ];
    for (name, headers, status) in cases {
        let told = answer(&hub, authorized(ask(PROXY, "/auth/check", headers), &key)).await;
        assert_eq!(told.status.as_u16(), status, "{name}: {}", told.text);
        assert!(status == 204 || told.field("code") == "original_request_ambiguous", "{name}");
    }
}

#[actix_web::test]
async fn a_token_in_the_address_that_the_proxy_was_asked_for_is_refused() {
    let hub = hub();
    let key = hub.key("read");
    let claims = [("x-forwarded-uri", "/orders?api_key=a")];
    let told = answer(&hub, authorized(ask(PROXY, "/auth/check?scope=read", &claims), &key)).await;
    assert_eq!(told.status_and_code(), (400, "credential_in_query".to_owned()));
    let told = answer(&hub, authorized(ask(PROXY, "/auth/check?token=a", &[]), &key)).await;
    assert_eq!(told.status_and_code(), (400, "credential_in_query".to_owned()));
}

#[actix_web::test]
async fn a_header_can_demand_more_and_never_less() {
    let hub = hub();
    let key = hub.key("read");
    let demanding = |header: &'static str| [("x-devhub-require-scope", header)];
    for (target, header, status) in [
        ("/auth/check", "write", 403),
        ("/auth/check?scope=read", "read", 204),
        ("/auth/check?scope=read", "write", 403),
        ("/auth/check?scope=write", "read", 403),
        ("/auth/check?scope=write", "", 403),
        ("/auth/check?scope=read,write", "", 403),
        ("/auth/check?scope=read%20write", "", 403),
    ] {
        let told = answer(&hub, authorized(ask(PROXY, target, &demanding(header)), &key)).await;
        assert_eq!(told.status.as_u16(), status, "{target} {header}");
    }
}

#[actix_web::test]
async fn a_header_full_of_words_leaves_the_demand_of_the_query_whole() {
    let hub = hub();
    let key = hub.key("read");
    let words = |count: usize| vec!["read"; count].join(" ");
    let write = "/auth/check?scope=write".to_owned();
    let full = format!("/auth/check?scope={}", words(64).replace(' ', ","));
    let (too_long, last) = (full.clone() + ",read", full.clone() + ",write");
    let half = words(32);
    for (target, headers, status) in [
        (&write, vec![words(64)], 403),
        (&write, vec![half.clone(), half], 403),
        (&write, vec![words(65)], 422),
        (&write, vec![words(64), words(1)], 422),
        (&full, vec![words(64)], 204),
        (&too_long, vec![], 422),
        (&last, vec![], 422),
    ] {
        let headers: Vec<_> = headers.iter().map(|words| ("x-devhub-require-scope", &**words)).collect();
        let told = answer(&hub, authorized(ask(PROXY, target, &headers), &key)).await;
        assert_eq!(told.status.as_u16(), status, "{target} {headers:?}");
    }
}

#[actix_web::test]
async fn a_demand_that_cannot_be_read_lets_nobody_in() {
    let hub = hub();
    let key = hub.key("read");
    for (target, field) in [
        ("/auth/check?scope=reed", "scope"),
        ("/auth/check?cost=-1", "cost"),
        ("/auth/check?cost=1000001", "cost"),
        ("/auth/check?status=200", "status"),
        ("/auth/check?scopes=read", "scopes"),
    ] {
        let told = answer(&hub, authorized(ask(PROXY, target, &[]), &key)).await;
        assert_eq!(told.status_and_code(), (422, "validation_failed".to_owned()), "{target}");
        assert_eq!(told.json()["errors"][0]["field"], field, "{target}");
    }
}

#[actix_web::test]
async fn nginx_is_told_with_403_what_it_would_make_a_500_of() {
    let mut hub = hub();
    let default = Policy::default_per_key(Quota::per_minute(1.try_into().unwrap()));
    hub.services.rates = rates(RateRules { default, ..RateRules::default() }, hub.clock.clone());
    let key = hub.key("read");
    let target = "/auth/check?scope=read&status=403";
    assert_eq!(answer(&hub, authorized(ask(PROXY, target, &[]), &key)).await.status.as_u16(), 204);
    let limited = answer(&hub, authorized(ask(PROXY, target, &[]), &key)).await;
    assert_eq!(limited.status_and_code(), (403, "rate_limited".to_owned()));
    assert_eq!((limited.header("x-devhub-status"), limited.header("retry-after")), (Some("429"), Some("60")));
    let missing = answer(&hub, ask(PROXY, target, &[])).await;
    assert_eq!((missing.status.as_u16(), missing.header("x-devhub-status")), (401, Some("401")));
    let twice = [("authorization", "Bearer a"), ("x-api-key", "a")];
    let ambiguous = answer(&hub, ask(PROXY, target, &twice)).await;
    assert_eq!((ambiguous.status.as_u16(), ambiguous.header("x-devhub-status")), (403, Some("400")));
}

#[actix_web::test]
async fn any_method_is_answered() {
    let hub = hub();
    let key = hub.key("read");
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"] {
        let req = ask(PROXY, "/auth/check?scope=read", &[]).method(Method::from_bytes(method.as_bytes()).unwrap());
        assert_eq!(answer(&hub, authorized(req, &key)).await.status.as_u16(), 204, "{method}");
    }
}

#[actix_web::test]
async fn a_revoked_key_is_refused_by_the_next_check() {
    let hub = hub();
    let key = hub.key("read");
    let check = || authorized(ask(PROXY, "/auth/check", &[]), &key);
    assert_eq!(answer(&hub, check()).await.status.as_u16(), 204);
    hub.revoke(key.key.id);
    assert_eq!(answer(&hub, check()).await.status_and_code(), (401, "invalid_token".to_owned()));
}
