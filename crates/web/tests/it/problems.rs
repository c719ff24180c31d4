//! What is refused before a use case is asked, and what request ids are.

use actix_http::Payload;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use devhub_domain::api_keys::Pepper;
use devhub_domain::testing::label;
use devhub_domain::webhooks::{HOP_HEADER, HopMark};
use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::{Hub, authorized, request};

const KEYS: &str = "/api/hub/v1/keys";

#[actix_web::test]
async fn an_unknown_path_is_a_problem() {
    let answer = Hub::new().send(request(Method::GET, "/api/hub/v1/unknown")).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_head_past_its_limits_is_refused_by_name_whatever_the_path() {
    let mut many = request(Method::GET, "/nowhere");
    for number in 0..65 {
        many = many.append_header((format!("x-{number}"), "a"));
    }
    let large = request(Method::GET, "/nowhere").insert_header(("x-large", "a".repeat(32 * 1024)));
    let long = request(Method::GET, &format!("/{}", "a".repeat(8 * 1024)));
    for (req, status, code) in
        [(many, 431, "headers_too_large"), (large, 431, "headers_too_large"), (long, 414, "uri_too_long")]
    {
        let answer = Hub::new().send(req).await;
        assert_eq!(answer.status_and_code(), (status, code.to_owned()));
        assert_eq!(answer.header("x-request-id").map(str::len), Some(32));
    }
}

#[actix_web::test]
async fn case_21_a_request_that_the_hub_sent_itself_is_refused_whatever_the_path_and_the_key() {
    let hub = Hub::new();
    let [own, other] = [7, 8].map(|byte| HopMark::of(&Pepper::from_bytes([byte; 32])).to_string());
    let key = hub.key("keys:read");
    for path in [KEYS, "/healthz", "/openapi.json", "/nowhere"] {
        let req = authorized(request(Method::GET, path), &key).insert_header((HOP_HEADER, own.as_str()));
        assert_eq!(hub.send(req).await.status_and_code(), (508, "loop_detected".to_owned()), "{path}");
    }
    let req = authorized(request(Method::GET, KEYS), &key).insert_header((HOP_HEADER, other.as_str()));
    assert_eq!(hub.send(req).await.status.as_u16(), 200, "another hub is a caller like others");
}

#[actix_web::test]
async fn another_method_is_a_problem_that_names_the_allowed_ones() {
    let answer = Hub::new().send(request(Method::DELETE, KEYS)).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn another_content_type_is_refused() {
    let hub = Hub::new();
    let key = hub.key("keys:write");
    for media_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", "ä"] {
        let req = TestRequest::post().uri(KEYS).insert_header(("content-type", media_type)).set_payload("{}");
        let answer = hub.send(authorized(req, &key)).await;
        assert_eq!(answer.status_and_code(), (415, "content_type_unsupported".to_owned()), "{media_type}");
    }
    let answer = hub.send(authorized(TestRequest::post().uri(KEYS).set_payload("{}"), &key)).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_content_type_may_have_parameters() {
    let hub = Hub::new();
    let req = TestRequest::post().uri(KEYS).insert_header(("content-type", "Application/JSON; charset=utf-8"));
    let req = authorized(req, &hub.key("read write keys:write")).set_payload(r#"{"label":"Shop"}"#);
    assert_eq!(hub.send(req).await.status.as_u16(), 201);
}

#[actix_web::test]
async fn a_compressed_body_is_refused() {
    let hub = Hub::new();
    let req = TestRequest::post().uri(KEYS).insert_header(("content-type", "application/json"));
    let req = authorized(req.insert_header(("content-encoding", "gzip")), &hub.key("keys:write")).set_payload("x");
    assert_eq!(hub.send(req).await.status_and_code(), (415, "content_encoding_unsupported".to_owned()));
}

#[actix_web::test]
async fn nobody_without_a_key_can_make_the_hub_read_a_body() {
    let req =
        TestRequest::post().uri(KEYS).insert_header(("content-type", "text/plain")).set_payload("x".repeat(9_999));
    assert_eq!(Hub::new().send(req).await.status_and_code(), (401, "credential_missing".to_owned()));
}

#[actix_web::test]
async fn a_post_that_says_it_all_in_its_path_takes_an_empty_object_or_nothing() {
    let hub = Hub::new();
    let (admin, id) = (hub.key("keys:write"), hub.key("read").key.id);
    let lock = format!("{KEYS}/{id}/lock");
    let bare = |req: TestRequest| authorized(req.method(Method::POST).uri(&lock), &admin);
    assert_eq!(hub.send(bare(TestRequest::default())).await.status.as_u16(), 200);
    assert_eq!(hub.send(bare(TestRequest::default().set_json(json!({})))).await.status.as_u16(), 200);
    let unknown = hub.send(bare(TestRequest::default().set_json(json!({ "reason": 1 })))).await;
    assert_json_snapshot!(unknown.snapshot());
    let text = hub.send(bare(TestRequest::default().set_payload("please"))).await;
    assert_eq!(text.status_and_code(), (415, "content_type_unsupported".to_owned()));
}

#[actix_web::test]
async fn a_body_that_is_nested_too_deeply_is_told_the_limit() {
    let hub = Hub::new();
    let nested = format!(r#"{{"label":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let answer = hub.post_text(KEYS, &hub.key("keys:write"), nested).await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_read_may_carry_an_idempotency_key() {
    let hub = Hub::new();
    let req = TestRequest::get().uri(KEYS).insert_header(("idempotency-key", "order-77"));
    assert_eq!(hub.send(authorized(req, &hub.key("keys:read"))).await.status.as_u16(), 200);
}

#[actix_web::test]
async fn a_body_that_is_not_json_is_named_with_its_position() {
    let hub = Hub::new();
    let answer = hub.post_text(KEYS, &hub.key("keys:write"), "{\"label\": \"Shop\",\n oops}").await;
    assert_json_snapshot!(answer.snapshot());
}

#[actix_web::test]
async fn a_body_that_never_ends_is_given_up() {
    tokio::time::pause();
    let hub = Hub::new();
    let req = TestRequest::post().uri(KEYS).insert_header(("content-type", "application/json"));
    // The sender lives as long as the test and sends nothing.
    let (_sender, payload) = actix_http::h1::Payload::create(false);
    let (req, _) = authorized(req, &hub.key("keys:write")).to_request().replace_payload(Payload::from(payload));
    assert_eq!(hub.call(req).await.status_and_code(), (408, "body_too_slow".to_owned()));
}

#[actix_web::test]
async fn a_body_that_breaks_off_is_incomplete() {
    let hub = Hub::new();
    let (mut sender, payload) = actix_http::h1::Payload::create(false);
    sender.feed_data(Bytes::from_static(b"{\"label\":"));
    sender.set_error(actix_http::error::PayloadError::Incomplete(None));
    let req = TestRequest::post().uri(KEYS).insert_header(("content-type", "application/json"));
    let (req, _) = authorized(req, &hub.key("keys:write")).to_request().replace_payload(Payload::from(payload));
    assert_eq!(hub.call(req).await.status_and_code(), (400, "body_incomplete".to_owned()));
}

#[actix_web::test]
async fn the_id_of_the_caller_comes_back_in_header_and_problem() {
    let hub = Hub::new();
    let answer = hub.send(request(Method::GET, "/nowhere").insert_header(("x-request-id", "order-77"))).await;
    assert_eq!(answer.header("x-request-id"), Some("order-77"));
    assert_eq!(answer.field("request_id"), "order-77");
}

#[actix_web::test]
async fn a_request_without_an_id_gets_one_of_32_hex_digits() {
    let hub = Hub::new();
    let key = hub.issue(crate::hub::WORKSPACE, devhub_domain::api_keys::NewApiKey::with_label(label("Shop")));
    let answer = hub.get("/api/hub/v1/whoami", &key).await;
    let id = answer.header("x-request-id").unwrap();
    assert_eq!(id.len(), 32);
    assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
}

#[actix_web::test]
async fn an_id_that_could_forge_a_log_line_is_replaced() {
    let hub = Hub::new();
    let answer = hub.send(request(Method::GET, "/healthz").insert_header(("x-request-id", "a level=error"))).await;
    assert_eq!(answer.header("x-request-id").unwrap().len(), 32);
}
