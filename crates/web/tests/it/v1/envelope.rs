//! What every answer has, whoever asks for whatever.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::json;

use super::{get, post, request};
use crate::hub::{self, Answer, BODY_BYTES_MAX, Hub, authorized};
use crate::rate_limits::hub_of_two;

fn is_json_object(answer: &Answer) -> bool {
    answer.header("content-type") == Some("application/json; charset=UTF-8") && answer.json().is_object()
}

#[actix_web::test]
async fn rule_01_every_answer_is_a_json_object_and_says_so() {
    let hub = Hub::new();
    let key = hub.key("read write");
    let cases = [
        (Method::GET, "/api/v1/health", 200),
        (Method::GET, "/api/v1", 404),
        (Method::GET, "/api/v1/", 404),
        (Method::GET, "/api/v1/nowhere", 404),
        (Method::DELETE, "/api/v1/health", 405),
        (Method::OPTIONS, "/api/v1/health", 405),
        (Method::PATCH, "/api/v1/webhooks/tests", 405),
        (Method::DELETE, "/api/v1/api-keys/1", 403),
        (Method::POST, "/api/v1/webhooks/tests", 400),
    ];
    for (method, path, status) in cases {
        let answer = hub.send(authorized(hub::request(method.clone(), path), &key)).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert!(is_json_object(&answer), "{method} {path}");
        assert!(answer.header("x-api-version").is_some(), "{method} {path}");
    }
}

#[actix_web::test]
async fn rule_01_what_is_refused_before_any_route_is_one_too() {
    let hub = Hub::new();
    let long = format!("/api/v1/health?{}", "a".repeat(9_000));
    let answer = hub.send(hub::request(Method::GET, &long)).await;
    assert_eq!(answer.failure(), (414, "URI_TOO_LONG".to_owned()));
    assert!(is_json_object(&answer));
}

#[actix_web::test]
async fn rule_02_success_is_the_boolean_true() {
    let hub = Hub::new();
    let answer = get(&hub, "/webhooks/deliveries", &hub.key("read")).await;
    assert_eq!(answer.json(), json!({ "success": true, "data": [] }));
}

#[actix_web::test]
async fn rule_04_a_failure_says_the_same_in_error_message_and_its_first_entry() {
    let hub = Hub::new();
    let answer = get(&hub, "/nowhere", &hub.key("read")).await;
    assert_eq!(answer.failure(), (404, "NOT_FOUND".to_owned()));
    let told = answer.header("x-request-id").unwrap();
    let text = "nothing is here: see the API reference for the paths";
    let errors = json!([{ "code": "NOT_FOUND", "message": text }]);
    let body = json!({ "success": false, "error": text, "message": text, "errors": errors, "request_id": told });
    assert_eq!(answer.json(), body);
}

#[actix_web::test]
async fn the_id_of_a_request_comes_back_in_header_and_body() {
    let hub = Hub::new();
    let id = "7f6f3f2e-1a8c-4a55-9d0c-6d1b2f1f0a11";
    let answer = hub.send(hub::request(Method::GET, "/api/v1/nowhere").insert_header(("x-request-id", id))).await;
    assert_eq!((answer.header("x-request-id"), answer.field("request_id").as_str()), (Some(id), id));
}

#[actix_web::test]
async fn a_slash_at_the_end_of_a_path_is_passed_over() {
    let hub = Hub::new();
    let key = hub.key("read");
    for path in ["/health/", "/webhooks/deliveries/"] {
        assert_eq!(get(&hub, path, &key).await.status.as_u16(), 200, "{path}");
    }
}

#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let hub = Hub::new();
    let answer = hub.send(request(Method::PUT, "/webhooks/tests", &hub.key("read write"))).await;
    assert_eq!(answer.failure(), (405, "METHOD_NOT_ALLOWED".to_owned()));
    assert_eq!(answer.header("allow"), Some("POST"));
}

#[actix_web::test]
async fn head_is_answered_wherever_get_is() {
    let hub = Hub::new();
    let answer = hub.send(request(Method::HEAD, "/webhooks/deliveries", &hub.key("read"))).await;
    assert_eq!(answer.status.as_u16(), 200);
}

#[actix_web::test]
async fn a_body_that_is_too_large_broken_or_of_another_type_is_named() {
    let hub = Hub::new();
    let key = hub.key("write");
    let send = |kind: &'static str, body: String| {
        let req = request(Method::POST, "/webhooks/tests", &key).insert_header(("content-type", kind));
        hub.send(req.set_payload(body))
    };
    let large = format!("{{\"a\":\"{}\"}}", "a".repeat(BODY_BYTES_MAX));
    assert_eq!(send("application/json", large).await.failure(), (413, "BODY_TOO_LARGE".to_owned()));
    assert_eq!(send("application/json", "{".to_owned()).await.failure(), (400, "INVALID_JSON".to_owned()));
    assert_eq!(send("text/plain", "a".to_owned()).await.failure(), (415, "UNSUPPORTED_MEDIA_TYPE".to_owned()));
    assert_eq!(send("application/json", "[1]".to_owned()).await.failure(), (422, "VALIDATION_FAILED".to_owned()));
}

#[actix_web::test]
async fn rule_07_a_body_that_says_nothing_may_be_absent_or_an_empty_list() {
    let hub = Hub::new();
    let key = hub.key("write");
    for body in ["", "[]", "{}", " [] "] {
        let req = request(Method::POST, "/webhooks/tests", &key).insert_header(("content-type", "application/json"));
        let answer = hub.send(req.set_payload(body)).await;
        // What it fails for is that there is nobody to test.
        assert_eq!(answer.failure(), (400, "WEBHOOK_TEST_FAILED".to_owned()), "{body:?}");
    }
}

#[actix_web::test]
async fn rule_08_fields_and_parameters_that_nobody_knows_are_passed_over() {
    let hub = Hub::new();
    let key = hub.key("read write");
    let answer = post(&hub, "/webhooks/tests", &key, &json!({ "logo_url": "https://shop.example/a.png" })).await;
    assert_eq!(answer.failure(), (400, "WEBHOOK_TEST_FAILED".to_owned()));
    assert_eq!(get(&hub, "/webhooks/deliveries?limit=7&limit=8", &key).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn rule_05_a_429_has_its_seconds_in_header_and_body() {
    let hub = hub_of_two();
    let key = hub.key("read");
    let mut last = None;
    for _ in 0..5 {
        last = Some(get(&hub, "/webhooks/deliveries", &key).await);
    }
    let answer = last.unwrap();
    assert_eq!(answer.failure(), (429, "RATE_LIMIT_EXCEEDED".to_owned()));
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(answer.json()["retry_after"], seconds);
    assert!(seconds > 0 && answer.header("x-ratelimit-remaining") == Some("0"));
}

#[actix_web::test]
async fn a_panic_is_a_failure_that_says_nothing() {
    let hub = Hub::new();
    let key = hub.key("read");
    hub.break_store();
    let answer = get(&hub, "/webhooks/deliveries", &key).await;
    assert!(answer.status.is_server_error());
    answer.failure();
}

#[actix_web::test]
async fn a_name_of_a_request_is_64_letters_and_digits() {
    let hub = Hub::new();
    let key = hub.key("write");
    for name in ["", "a b", "a.b", "ä", &"a".repeat(65)] {
        let req: TestRequest = request(Method::POST, "/webhooks/tests", &key).insert_header(("idempotency-key", name));
        assert_eq!(hub.send(req).await.failure(), (400, "INVALID_IDEMPOTENCY_KEY".to_owned()), "{name}");
    }
}
