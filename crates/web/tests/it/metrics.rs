//! What is counted, under which labels, and what cannot become one.

use std::num::NonZeroU32;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::test::{self, TestRequest};
use devhub_domain::api_keys::Trust;
use devhub_domain::rate::{Policy, Quota, RateRules};
use devhub_web::Metrics;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::json;

use crate::hub::{Hub, authorized, rates, request, token};

/// A hub whose keys may make `per_minute` requests, and the registry that counts them.
fn counted(per_minute: u32) -> (Hub, Registry) {
    let mut hub = Hub::new();
    let mut registry = Registry::default();
    hub.services.metrics = Metrics::registered(&mut registry);
    let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap());
    let rules = RateRules { default: Policy::default_per_key(quota), ..RateRules::default() };
    hub.services.rates = rates(rules, hub.clock.clone());
    (hub, registry)
}

/// The samples of a scrape in the order of their text, but for the classes of durations.
fn samples(registry: &Registry) -> Vec<String> {
    let mut text = String::new();
    encode(&mut text, registry).unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#') && !line.contains("_bucket{"));
    let mut samples: Vec<_> = samples.map(str::to_owned).collect();
    samples.sort();
    samples
}

/// The samples that are not 0.
fn counts(registry: &Registry) -> String {
    let counted = samples(registry).into_iter().filter(|sample| !sample.ends_with(" 0") && !sample.ends_with(" 0.0"));
    counted.collect::<Vec<_>>().join("\n")
}

#[actix_web::test]
async fn each_request_is_counted_once_by_how_it_was_judged_and_answered() {
    let (hub, registry) = counted(1);
    let (shop, publisher, revoked) = (hub.key("read"), hub.key("events:write"), hub.key("read"));
    hub.revoke(revoked.key.id);
    hub.get("/api/hub/v1/whoami", &shop).await;
    hub.get("/api/hub/v1/whoami", &shop).await;
    hub.get("/api/hub/v1/whoami", &revoked).await;
    hub.send(request(Method::GET, "/api/hub/v1/whoami")).await;
    hub.get("/api/hub/v1/keys", &publisher).await;
    let event = json!({ "event_type": "a.b", "payload": {}, "external_id": "order-1" });
    hub.post("/api/hub/v1/events", &publisher, &event).await;
    hub.clock.advance(Duration::from_mins(1));
    hub.post("/api/hub/v1/events", &publisher, &event).await;
    insta::assert_snapshot!(counts(&registry), @r#"
    devhub_authentications_total{code="CREDENTIAL_MISSING"} 1
    devhub_authentications_total{code="INSUFFICIENT_SCOPE"} 1
    devhub_authentications_total{code="RATE_LIMITED"} 1
    devhub_authentications_total{code="REVOKED"} 1
    devhub_authentications_total{code="VALID"} 3
    devhub_events_published_total{outcome="accepted"} 1
    devhub_events_published_total{outcome="duplicate"} 1
    devhub_http_request_duration_seconds_count{route="/api/hub/v1/events"} 2
    devhub_http_request_duration_seconds_count{route="/api/hub/v1/keys"} 1
    devhub_http_request_duration_seconds_count{route="/api/hub/v1/whoami"} 4
    devhub_http_requests_total{route="/api/hub/v1/events",method="POST",status="200"} 1
    devhub_http_requests_total{route="/api/hub/v1/events",method="POST",status="201"} 1
    devhub_http_requests_total{route="/api/hub/v1/keys",method="GET",status="403"} 1
    devhub_http_requests_total{route="/api/hub/v1/whoami",method="GET",status="200"} 1
    devhub_http_requests_total{route="/api/hub/v1/whoami",method="GET",status="401"} 2
    devhub_http_requests_total{route="/api/hub/v1/whoami",method="GET",status="429"} 1
    devhub_rate_decisions_total{outcome="allowed"} 3
    devhub_rate_decisions_total{outcome="refused"} 1
    "#);
}

#[actix_web::test]
async fn a_fresh_surface_shows_every_word_of_its_labels() {
    let (_hub, registry) = counted(1);
    insta::assert_snapshot!(samples(&registry).join("\n"), @r#"
    devhub_authentication_throttles_total 0
    devhub_authentications_total{code="CREDENTIAL_AMBIGUOUS"} 0
    devhub_authentications_total{code="CREDENTIAL_IN_QUERY"} 0
    devhub_authentications_total{code="CREDENTIAL_MISSING"} 0
    devhub_authentications_total{code="EXPIRED"} 0
    devhub_authentications_total{code="INSUFFICIENT_SCOPE"} 0
    devhub_authentications_total{code="IP_NOT_ALLOWED"} 0
    devhub_authentications_total{code="LOCKED"} 0
    devhub_authentications_total{code="MALFORMED"} 0
    devhub_authentications_total{code="NOT_FOUND"} 0
    devhub_authentications_total{code="RATE_LIMITED"} 0
    devhub_authentications_total{code="REVOKED"} 0
    devhub_authentications_total{code="STORE_FAILED"} 0
    devhub_authentications_total{code="VALID"} 0
    devhub_authentications_total{code="WORKSPACE_SUSPENDED"} 0
    devhub_events_published_total{outcome="accepted"} 0
    devhub_events_published_total{outcome="duplicate"} 0
    devhub_http_request_duration_seconds_count{route="unknown"} 0
    devhub_http_request_duration_seconds_sum{route="unknown"} 0.0
    devhub_rate_decisions_total{outcome="allowed"} 0
    devhub_rate_decisions_total{outcome="exempt"} 0
    devhub_rate_decisions_total{outcome="refused"} 0
    devhub_rate_decisions_total{outcome="unavailable"} 0
    devhub_rate_decisions_total{outcome="unchecked"} 0
    devhub_verifications_total{code="CREDENTIAL_AMBIGUOUS"} 0
    devhub_verifications_total{code="CREDENTIAL_IN_QUERY"} 0
    devhub_verifications_total{code="CREDENTIAL_MISSING"} 0
    devhub_verifications_total{code="EXPIRED"} 0
    devhub_verifications_total{code="INSUFFICIENT_SCOPE"} 0
    devhub_verifications_total{code="IP_NOT_ALLOWED"} 0
    devhub_verifications_total{code="LOCKED"} 0
    devhub_verifications_total{code="MALFORMED"} 0
    devhub_verifications_total{code="NOT_FOUND"} 0
    devhub_verifications_total{code="RATE_LIMITED"} 0
    devhub_verifications_total{code="REVOKED"} 0
    devhub_verifications_total{code="STORE_FAILED"} 0
    devhub_verifications_total{code="VALID"} 0
    devhub_verifications_total{code="WORKSPACE_SUSPENDED"} 0
    "#);
}

#[actix_web::test]
async fn a_token_that_a_caller_asks_about_is_counted_by_how_it_was_judged() {
    let (hub, registry) = counted(600);
    let (asker, asked) = (hub.key("keys:read"), hub.key("read"));
    for token in [token(&asked), "op_short"] {
        hub.post("/api/hub/v1/keys/verify", &asker, &serde_json::json!({ "token": token })).await;
    }
    hub.revoke(asked.key.id);
    hub.post("/api/hub/v1/keys/verify", &asker, &serde_json::json!({ "token": token(&asked) })).await;
    let counts = counts(&registry);
    for code in ["VALID", "MALFORMED", "REVOKED"] {
        let expected = format!("devhub_verifications_total{{code=\"{code}\"}} 1");
        assert!(counts.contains(&expected), "{expected} is not in\n{counts}");
    }
}

#[actix_web::test]
async fn an_exempt_address_and_a_throttled_one_are_counted() {
    let (mut hub, registry) = counted(1);
    let key = hub.key("read");
    for _ in 0..62 {
        hub.send(request(Method::GET, "/api/hub/v1/whoami")).await;
    }
    let exempt_networks = vec!["127.0.0.0/8".parse().unwrap()];
    hub.services.rates = rates(RateRules { exempt_networks, ..RateRules::default() }, hub.clock.clone());
    hub.get("/api/hub/v1/whoami", &key).await;
    let counts = counts(&registry);
    for expected in [
        "devhub_authentication_throttles_total 2",
        "devhub_authentications_total{code=\"CREDENTIAL_MISSING\"} 62",
        "devhub_authentications_total{code=\"VALID\"} 1",
        "devhub_rate_decisions_total{outcome=\"exempt\"} 1",
    ] {
        assert!(counts.contains(expected), "{expected} is not in\n{counts}");
    }
}

#[actix_web::test]
async fn a_key_that_could_not_be_read_is_counted() {
    let (hub, registry) = counted(600);
    hub.directory.set_trust(Trust::Loading);
    hub.break_store();
    let unread = format!("Bearer op_00000000.{}", "0".repeat(48));
    let req = TestRequest::get().uri("/api/hub/v1/whoami").insert_header(("authorization", unread));
    assert_eq!(hub.send(req).await.status.as_u16(), 503);
    let counts = counts(&registry);
    assert!(counts.contains("devhub_authentications_total{code=\"STORE_FAILED\"} 1"), "{counts}");
}

#[actix_web::test]
async fn a_thousand_odd_requests_add_no_series() {
    let (hub, registry) = counted(600);
    let key = hub.key("read");
    let app = test::init_service(devhub_web::app(hub.services.clone())).await;
    let ask = async |number: u32| {
        let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        let path = format!("/odd/{number}/op_8ae87c48.canary?x={number}");
        let odd = request(method, &path).insert_header(("x-request-id", format!("id-{number}")));
        let known = TestRequest::get().uri("/api/hub/v1/keys/key_canary?api_key=op_8ae87c48.canary");
        let known = known.insert_header(("user-agent", format!("canary/{number}")));
        let stranger = TestRequest::get().uri("/api/hub/v1/whoami");
        let stranger = stranger.insert_header(("authorization", format!("Bearer op_8ae87c48.canary{number}")));
        for req in [odd, known, stranger, authorized(TestRequest::get().uri("/healthz"), &key)] {
            drop(test::try_call_service(&app, req.to_request()).await);
        }
    };
    ask(0).await;
    // The address fails too often on the way, and is told so: one more status of two routes.
    for number in 1..60 {
        ask(number).await;
    }
    let before = samples(&registry);
    for number in 60..1_000 {
        ask(number).await;
    }
    let after = samples(&registry);
    let names = |samples: &[String]| -> Vec<String> {
        samples.iter().map(|sample| sample.rsplit_once(' ').unwrap().0.to_owned()).collect()
    };
    assert_eq!(names(&before), names(&after));
    assert!(!after.concat().contains("canary"), "{after:#?}");
    assert!(after.iter().any(|sample| {
        sample == "devhub_http_requests_total{route=\"unknown\",method=\"other\",status=\"404\"} 1000"
    }));
}

#[actix_web::test]
async fn a_surface_without_a_registry_counts_for_nobody() {
    let hub = Hub::new();
    let key = hub.key("read");
    assert_eq!(hub.get("/api/hub/v1/whoami", &key).await.status.as_u16(), 200);
}
