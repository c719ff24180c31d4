//! `/api/hub/v1/endpoints`.

use insta::assert_json_snapshot;
use serde_json::json;

use crate::hub::Hub;

const ENDPOINTS: &str = "/api/hub/v1/endpoints";
const ADMIN: &str = "endpoints:read endpoints:write";

#[actix_web::test]
async fn an_endpoint_is_created_with_its_secret_once() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let body = json!({ "url": "https://shop.example/hook", "event_types": ["payment.*"], "description": "Shop" });
    let answer = hub.post(ENDPOINTS, &admin, &body).await;
    assert!(answer.field("secret").starts_with("whsec_"));
    assert_json_snapshot!(answer.snapshot());
    let listed = hub.get(ENDPOINTS, &admin).await;
    assert!(!listed.text.contains("whsec_"));
    assert_json_snapshot!(listed.snapshot());
}

#[actix_web::test]
async fn a_given_secret_is_kept() {
    let hub = Hub::new();
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let body = json!({ "url": "https://shop.example/hook", "event_types": ["*"], "secret": secret });
    let answer = hub.post(ENDPOINTS, &hub.key(ADMIN), &body).await;
    assert_eq!(answer.field("secret"), secret);
    assert_eq!(answer.json()["signature_schemes"], json!(["standard-webhooks", "ownpay"]));
}

#[actix_web::test]
async fn a_secret_that_cannot_sign_in_the_standard_scheme_says_so() {
    let hub = Hub::new();
    for secret in ["shop-secret", "whsec_", "whsec_c2hvcnQ="] {
        let body = json!({ "url": "https://shop.example/hook", "event_types": ["*"], "secret": secret });
        let answer = hub.post(ENDPOINTS, &hub.key(ADMIN), &body).await;
        assert_eq!(answer.json()["signature_schemes"], json!(["ownpay"]), "{secret}");
    }
}

#[actix_web::test]
async fn an_address_inside_the_network_is_refused_with_the_rule() {
    let hub = Hub::new();
    let body = json!({ "url": "https://169.254.169.254/latest", "event_types": ["*"] });
    assert_json_snapshot!(hub.post(ENDPOINTS, &hub.key(ADMIN), &body).await.snapshot());
}

#[actix_web::test]
async fn a_field_that_the_rules_refuse_is_named() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let url = "https://shop.example/hook";
    let cases = [
        ("url", "endpoint_url_scheme", json!({ "url": "http://shop.example/", "event_types": ["*"] })),
        ("url", "endpoint_url_malformed", json!({ "url": "shop", "event_types": ["*"] })),
        ("event_types", "event_types_invalid", json!({ "url": url, "event_types": [] })),
        ("event_types[1]", "validation_failed", json!({ "url": url, "event_types": ["*", "zahlung.ü"] })),
        (
            "description",
            "description_invalid",
            json!({ "url": url, "event_types": ["*"], "description": "a".repeat(201) }),
        ),
        ("secret", "webhook_secret_length", json!({ "url": url, "event_types": ["*"], "secret": "" })),
        ("event_types", "body_not_as_expected", json!({ "url": url })),
        ("status", "body_not_as_expected", json!({ "url": url, "event_types": ["*"], "status": "active" })),
    ];
    for (field, code, body) in cases {
        let answer = hub.post(ENDPOINTS, &admin, &body).await;
        assert_eq!(answer.status_and_code(), (422, code.to_owned()), "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
    }
}

#[actix_web::test]
async fn a_secret_is_not_repeated_when_it_is_refused() {
    let hub = Hub::new();
    let body = json!({ "url": "https://shop.example/hook", "event_types": ["*"], "secret": "geheim-ä" });
    let answer = hub.post(ENDPOINTS, &hub.key(ADMIN), &body).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert!(!answer.text.contains("geheim"), "{}", answer.text);
}

#[actix_web::test]
async fn endpoints_are_paged() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    for path in ["a", "b", "c"] {
        let body = json!({ "url": format!("https://shop.example/{path}"), "event_types": ["*"] });
        assert_eq!(hub.post(ENDPOINTS, &admin, &body).await.status.as_u16(), 201);
        hub.clock.advance(std::time::Duration::from_millis(1));
    }
    let first = hub.get(&format!("{ENDPOINTS}?limit=2"), &admin).await;
    assert_eq!(first.json()["items"][0]["url"], "https://shop.example/c");
    let second = hub.get(&format!("{ENDPOINTS}?limit=2&cursor={}", first.field("next_cursor")), &admin).await;
    assert_eq!(second.json()["items"][0]["url"], "https://shop.example/a");
}
