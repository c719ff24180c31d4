//! How much a key may ask, how often an address may fail, and what both are told.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::api_keys::IssuedKey;
use devhub_domain::rate::{Policy, Quota, RateRules};
use devhub_web::RateLimitFields;
use serde_json::json;

use crate::hub::{Answer, Hub, authorized, rates, request};

const WHOAMI: &str = "/api/hub/v1/whoami";
const UNKNOWN: &str = "Bearer op_8ae87c48.aae2b54e89c755d768a9db81b820643d3da4257474735ebd";
const HEADERS: [&str; 6] =
    ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-policy", "ratelimit", "retry-after"];

/// Those that are there, in the order of [`HEADERS`].
fn told(answer: &Answer) -> Vec<&str> {
    HEADERS.iter().filter_map(|name| answer.header(name)).collect()
}

/// A hub with a burst of two.
pub(crate) fn hub_of_two() -> Hub {
    let mut hub = Hub::new();
    let quota = Quota::per_minute(NonZeroU32::new(30).unwrap()).with_burst(NonZeroU32::new(2).unwrap()).unwrap();
    let rules = RateRules { default: Policy::default_per_key(quota), ..RateRules::default() };
    hub.services.rates = rates(rules, hub.clock.clone());
    hub
}

async fn spend_all(hub: &Hub, key: &IssuedKey) {
    let app = actix_web::test::init_service(devhub_web::app(hub.services.clone())).await;
    for number in 1..=600 {
        let peer = SocketAddr::from(([127, 0, 0, 1], 50_000));
        let req = authorized(TestRequest::get().uri(WHOAMI), key).peer_addr(peer).to_request();
        let res = actix_web::test::call_service(&app, req).await;
        assert_eq!(res.status().as_u16(), 200, "request {number}");
    }
}

async fn fail(hub: &Hub, peer: &str) -> Answer {
    let req = TestRequest::get().uri(WHOAMI).insert_header(("authorization", UNKNOWN));
    hub.call(req.peer_addr(format!("{peer}:50000").parse().unwrap()).to_request()).await
}

/// Uses up what one address may fail.
async fn fail_often(hub: &Hub, peer: &str) {
    for number in 1..=60 {
        assert_eq!(fail(hub, peer).await.status.as_u16(), 401, "failure {number}");
    }
}

#[actix_web::test]
async fn an_answer_tells_where_its_key_stands() {
    // The clock shows 2026-11-24T10:00:00Z, and one of 600 comes back in 100 ms.
    let hub = Hub::new();
    let answer = hub.get(WHOAMI, &hub.key("read")).await;
    let expected = ["600", "599", "1795514401", "\"default\";q=600;w=60", "\"default\";r=599;t=1"];
    assert_eq!(told(&answer), expected);
}

#[actix_web::test]
async fn errors_after_authentication_tell_it_too() {
    let hub = Hub::new();
    let key = hub.key("keys:read keys:write");
    let not_found = hub.get("/api/hub/v1/keys/key_nonsense", &key).await;
    assert_eq!((not_found.status.as_u16(), told(&not_found)[1]), (404, "599"));
    let invalid = hub.post("/api/hub/v1/keys", &key, &json!({ "label": 1 })).await;
    assert_eq!((invalid.status.as_u16(), told(&invalid)[1]), (422, "598"));
    let malformed = authorized(request(Method::POST, "/api/hub/v1/keys"), &key).insert_header(("idempotency-key", ""));
    let refused = hub.send(malformed).await;
    assert_eq!((refused.status.as_u16(), told(&refused)[1]), (400, "597"));
}

#[actix_web::test]
async fn the_601st_request_of_a_frozen_minute_waits_for_as_long_as_it_is_told() {
    let hub = Hub::new();
    let key = hub.key("read");
    spend_all(&hub, &key).await;
    let refused = hub.get(WHOAMI, &key).await;
    assert_eq!(refused.status_and_code(), (429, "rate_limited".to_owned()));
    let expected = ["600", "0", "1795514460", "\"default\";q=600;w=60", "\"default\";r=0;t=60", "1"];
    assert_eq!(told(&refused), expected);
    hub.clock.advance(Duration::from_secs(1));
    assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn a_wait_is_told_in_whole_seconds_rounded_up_and_is_true() {
    // 30 a minute: one comes back in two seconds.
    let hub = hub_of_two();
    let key = hub.key("read");
    assert_eq!(hub.get(WHOAMI, &key).await.header("x-ratelimit-remaining"), Some("1"));
    assert_eq!(hub.get(WHOAMI, &key).await.header("x-ratelimit-remaining"), Some("0"));
    hub.clock.advance(Duration::from_millis(100));
    assert_eq!(hub.get(WHOAMI, &key).await.header("retry-after"), Some("2"));
    hub.clock.advance(Duration::from_millis(1_899));
    assert_eq!(hub.get(WHOAMI, &key).await.header("retry-after"), Some("1"));
    hub.clock.advance(Duration::from_millis(1));
    assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn keys_at_one_address_do_not_share() {
    let hub = hub_of_two();
    let (busy, calm) = (hub.key("read"), hub.key("read"));
    for status in [200, 200, 429] {
        assert_eq!(hub.get(WHOAMI, &busy).await.status.as_u16(), status);
    }
    assert_eq!(hub.get(WHOAMI, &calm).await.header("x-ratelimit-remaining"), Some("1"));
}

#[actix_web::test]
async fn a_key_that_may_not_do_this_spends_nothing() {
    let hub = Hub::new();
    let key = hub.key("read");
    let refused = hub.get("/api/hub/v1/keys", &key).await;
    assert_eq!((refused.status.as_u16(), told(&refused)), (403, vec![]));
    assert_eq!(hub.get(WHOAMI, &key).await.header("x-ratelimit-remaining"), Some("599"));
}

#[actix_web::test]
async fn an_address_that_fails_too_often_is_told_to_wait() {
    let hub = Hub::new();
    fail_often(&hub, "203.0.113.7").await;
    let refused = fail(&hub, "203.0.113.7").await;
    assert_eq!(refused.status_and_code(), (429, "rate_limited".to_owned()));
    assert_eq!(told(&refused), ["1"]);
    assert_eq!(fail(&hub, "203.0.113.8").await.status.as_u16(), 401);
    hub.clock.advance(Duration::from_secs(1));
    assert_eq!(fail(&hub, "203.0.113.7").await.status.as_u16(), 401);
}

#[actix_web::test]
async fn requests_without_a_token_fail_as_well() {
    let hub = Hub::new();
    fail_often(&hub, "127.0.0.1").await;
    assert_eq!(hub.send(request(Method::GET, WHOAMI)).await.status_and_code(), (429, "rate_limited".to_owned()));
}

#[actix_web::test]
async fn a_network_of_64_bits_fails_as_one_address() {
    let hub = Hub::new();
    fail_often(&hub, "[2001:db8:1:1::1]").await;
    assert_eq!(fail(&hub, "[2001:db8:1:1:ffff::2]").await.status.as_u16(), 429);
    assert_eq!(fail(&hub, "[2001:db8:1:2::1]").await.status.as_u16(), 401);
}

#[actix_web::test]
async fn a_valid_key_is_never_refused_for_its_neighbours() {
    let hub = Hub::new();
    let key = hub.key("read");
    fail_often(&hub, "127.0.0.1").await;
    assert_eq!(fail(&hub, "127.0.0.1").await.status.as_u16(), 429);
    let answer = hub.get(WHOAMI, &key).await;
    assert_eq!((answer.status.as_u16(), told(&answer)[1]), (200, "599"));
    // It authenticated, so it is told what it lacks.
    assert_eq!(hub.get("/api/hub/v1/keys", &key).await.status.as_u16(), 403);
}

#[actix_web::test]
async fn an_exempt_network_is_not_limited_and_told_nothing() {
    let mut hub = Hub::new();
    let rules = RateRules { exempt_networks: vec!["127.0.0.0/8".parse().unwrap()], ..RateRules::default() };
    hub.services.rates = rates(rules, hub.clock.clone());
    let key = hub.key("read");
    spend_all(&hub, &key).await;
    let answer = hub.get(WHOAMI, &key).await;
    assert_eq!((answer.status.as_u16(), told(&answer)), (200, vec![]));
    fail_often(&hub, "127.0.0.1").await;
    assert_eq!(fail(&hub, "127.0.0.1").await.status.as_u16(), 401);
}

#[actix_web::test]
async fn an_exempt_ipv4_network_is_found_on_an_ipv6_socket() {
    let mut hub = Hub::new();
    let rules = RateRules { exempt_networks: vec!["10.0.0.0/8".parse().unwrap()], ..RateRules::default() };
    hub.services.rates = rates(rules, hub.clock.clone());
    let mapped: SocketAddr = "[::ffff:10.1.2.3]:50000".parse().unwrap();
    let req = authorized(request(Method::GET, WHOAMI), &hub.key("read")).peer_addr(mapped).to_request();
    assert_eq!(told(&hub.call(req).await), Vec::<&str>::new());
}

#[actix_web::test]
async fn the_fields_of_the_draft_can_be_switched_off() {
    let mut hub = Hub::new();
    hub.services.rate_limit_fields = RateLimitFields::Off;
    assert_eq!(told(&hub.get(WHOAMI, &hub.key("read")).await), ["600", "599", "1795514401"]);
}

#[actix_web::test]
async fn probes_are_not_limited() {
    let answer = Hub::new().send(request(Method::GET, "/healthz")).await;
    assert_eq!((answer.status.as_u16(), told(&answer)), (200, vec![]));
}

#[actix_web::test]
async fn limits_bind_while_the_store_is_away() {
    let hub = hub_of_two();
    let key = hub.key("read");
    hub.break_store();
    for status in [200, 200, 429] {
        assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), status);
    }
}

#[actix_web::test]
async fn a_key_that_is_read_through_is_limited_as_well() {
    let hub = hub_of_two();
    let key = hub.key("read");
    hub.directory.set_trust(devhub_domain::api_keys::Trust::Lost);
    for status in [200, 200, 429] {
        assert_eq!(hub.get(WHOAMI, &key).await.status.as_u16(), status);
    }
}
