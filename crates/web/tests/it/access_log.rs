//! The access log: one line a request, with what an operator needs and no secret. And panics, which end there.

use std::num::NonZeroU32;

use actix_web::http::Method;
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};
use devhub_domain::rate::{Policy, Quota, RateRules};
use devhub_web::{Telemetry, configure};
use serde_json::json;

use crate::hub::{Hub, authorized, rates, request, token};
use crate::log::Log;

#[actix_web::test]
async fn a_request_is_one_line_with_the_route_and_the_key() {
    let hub = Hub::new();
    let key = hub.key("keys:read");
    let (log, _guard) = Log::start();
    let path = format!("/api/hub/v1/keys/{}", key.key.id);
    let req = TestRequest::get().uri(&path).insert_header(("x-request-id", "r1"));
    hub.send(authorized(req, &key)).await;
    let expected = format!(
        "INFO message=answered request.id=\"r1\" method=\"GET\" route=\"/api/hub/v1/keys/{{id}}\" status=200 \
         duration_ms=0.0 key.id={}",
        key.key.id
    );
    assert_eq!(log.lines(), [expected]);
}

#[actix_web::test]
async fn a_refused_request_is_logged_with_the_exact_reason() {
    let hub = Hub::new();
    let key = hub.key("read");
    hub.revoke(key.key.id);
    let (log, _guard) = Log::start();
    hub.get("/api/hub/v1/whoami", &key).await;
    let lines = log.lines();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].ends_with(&format!("key.id={} denial=\"REVOKED\"", key.key.id)), "{}", lines[0]);
}

/// ASVS 5.0, 16.3.2.
#[actix_web::test]
async fn who_may_not_do_something_is_logged_with_what_it_was_and_why() {
    let hub = Hub::new();
    let key = hub.key("keys:read");
    let other = hub.key("read");
    let (log, _guard) = Log::start();
    hub.get("/api/hub/v1/audit?q=confidential", &key).await;
    let path = format!("/api/hub/v1/keys/{}/revoke", other.key.id);
    hub.post(&path, &key, &json!({ "note": "confidential" })).await;
    let ends = |code: &str| {
        format!("status=403 code=\"{code}\" duration_ms=0.0 key.id={} denial=\"INSUFFICIENT_SCOPE\"", key.key.id)
    };
    let expected = [("GET", "/api/hub/v1/audit"), ("POST", "/api/hub/v1/keys/{id}/revoke")];
    let lines = log.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for ((method, route), line) in expected.iter().zip(&lines) {
        assert!(
            line.contains(&format!("method=\"{method}\" route=\"{route}\" {}", ends("insufficient_scope"))),
            "{line}"
        );
    }
    let secret = token(&key).split_once('.').unwrap().1;
    assert!(!lines.concat().contains(secret) && !lines.concat().contains("confidential"), "{lines:?}");
}

#[actix_web::test]
async fn a_request_that_comes_too_often_is_logged_with_its_key() {
    let mut hub = Hub::new();
    let quota = Quota::per_minute(NonZeroU32::MIN);
    let rules = RateRules { default: Policy::default_per_key(quota), ..RateRules::default() };
    hub.services.rates = rates(rules, hub.clock.clone());
    let key = hub.key("read");
    hub.get("/api/hub/v1/whoami", &key).await;
    let (log, _guard) = Log::start();
    hub.get("/api/hub/v1/whoami", &key).await;
    let expected = format!("code=\"rate_limited\" duration_ms=0.0 key.id={} denial=\"RATE_LIMITED\"", key.key.id);
    assert!(log.lines()[0].ends_with(&expected), "{:?}", log.lines());
}

#[actix_web::test]
async fn a_failure_that_comes_too_often_is_logged_with_its_own_reason() {
    let hub = Hub::new();
    let key = hub.key("read");
    hub.revoke(key.key.id);
    let (log, _guard) = Log::start();
    for _ in 0..61 {
        hub.get("/api/hub/v1/whoami", &key).await;
    }
    let expected = format!("code=\"rate_limited\" duration_ms=0.0 key.id={} denial=\"REVOKED\"", key.key.id);
    assert!(log.lines()[60].ends_with(&expected), "{:?}", log.lines().last());
}

#[actix_web::test]
async fn an_unknown_path_is_not_repeated_in_the_log() {
    let hub = Hub::new();
    let (log, _guard) = Log::start();
    hub.send(request(Method::GET, "/op_8ae87c48.secret?token=op_8ae87c48.secret")).await;
    let expected = "route=\"unknown\" status=404 code=\"route_not_found\"";
    assert!(log.lines()[0].contains(expected), "{:?}", log.lines());
    assert!(!log.lines().concat().contains("secret"));
}

#[actix_web::test]
async fn a_method_that_is_not_known_is_not_repeated_in_the_log() {
    let hub = Hub::new();
    let (log, _guard) = Log::start();
    hub.send(request(Method::from_bytes(b"op_8ae87c48.secret").unwrap(), "/api/hub/v1/whoami")).await;
    assert!(log.lines()[0].contains("method=\"other\" route=\"/api/hub/v1/whoami\" status=405"), "{:?}", log.lines());
    assert!(!log.lines().concat().contains("secret"));
}

#[actix_web::test]
async fn no_secret_is_in_the_log() {
    let hub = Hub::new();
    let key = hub.key("read write keys:write endpoints:write events:write");
    let (log, _guard) = Log::start();
    let issued = hub.post("/api/hub/v1/keys", &key, &json!({ "label": "Canary" })).await.field("token");
    let endpoint = json!({ "url": "https://canary.example/hook", "event_types": ["*"] });
    let secret = hub.post("/api/hub/v1/endpoints", &key, &endpoint).await.field("secret");
    hub.post("/api/hub/v1/events", &key, &json!({ "event_type": "a", "payload": "canary-payload" })).await;
    hub.get(&format!("/api/hub/v1/whoami?token={issued}"), &key).await;
    hub.post_text("/api/hub/v1/keys", &key, format!("{{\"{issued}\":1}}")).await;
    let text = log.lines().concat();
    assert_eq!(log.lines().len(), 5);
    for hidden in [issued.as_str(), secret.as_str(), token(&key), "canary"] {
        assert!(!text.contains(hidden), "{text}");
    }
}

#[actix_web::test]
async fn a_failure_inside_is_logged_with_its_cause_and_answered_without() {
    let hub = Hub::new();
    let key = hub.key("keys:read");
    hub.break_store();
    let (log, _guard) = Log::start();
    let answer = hub.get("/api/hub/v1/keys", &key).await;
    assert!(log.lines()[0].contains("request failed: the store is unavailable: poisoned lock"), "{:?}", log.lines());
    assert!(!answer.text.contains("poisoned"));
}

#[actix_web::test]
async fn a_handler_that_panics_is_a_500_that_says_a_request_id_and_nothing_else() {
    async fn broken() -> &'static str {
        panic!("the shelf is broken")
    }
    let hub = Hub::new();
    let (log, _guard) = Log::start();
    let app = App::new().configure(configure(hub.services.clone())).route("/broken", web::get().to(broken));
    let app = test::init_service(app.wrap(Telemetry::new(&hub.services))).await;
    let req = TestRequest::get().uri("/broken").insert_header(("x-request-id", "r1")).to_request();
    let error = test::try_call_service(&app, req).await.map(drop).unwrap_err();
    let res = error.error_response();
    assert_eq!(res.status().as_u16(), 500);
    assert_eq!(res.headers().get("x-request-id").unwrap(), "r1");
    let body = actix_web::body::to_bytes(res.into_body()).await.unwrap();
    let expected = json!({
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "something went wrong: tell the operator the request id",
        "code": "internal_error",
        "request_id": "r1",
    });
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&body).unwrap(), expected);
    assert!(log.lines()[0].contains("a handler panicked: the shelf is broken"), "{:?}", log.lines());
}

#[actix_web::test]
async fn the_routes_work_without_the_middleware() {
    let hub = Hub::new();
    let key = hub.key("read");
    let app = test::init_service(App::new().configure(configure(hub.services.clone()))).await;
    let req = authorized(TestRequest::get().uri("/api/hub/v1/whoami"), &key).to_request();
    assert_eq!(test::call_service(&app, req).await.status().as_u16(), 200);
    let req = TestRequest::get().uri("/api/hub/v1/whoami").to_request();
    assert_eq!(test::call_service(&app, req).await.status().as_u16(), 401);
}
