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
async fn an_endpoint_begins_paused_where_that_is_asked_for_and_as_nothing_else() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let body = |status: &str| json!({ "url": "https://shop.example/hook", "event_types": ["*"], "status": status });
    assert_eq!(hub.post(ENDPOINTS, &admin, &body("paused")).await.field("status"), "paused");
    assert_eq!(hub.post(ENDPOINTS, &admin, &body("active")).await.field("status"), "active");
    let refused = hub.post(ENDPOINTS, &admin, &body("disabled")).await;
    let error = json!({ "field": "status", "detail": "must be active or paused" });
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"]), (422, &json!([error])));
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
async fn case_07_an_address_of_the_inside_is_refused_in_every_spelling_with_the_rule() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let cases = [
        ("10.0.0.8", "address 10.0.0.8 is refused: private network 10.0.0.0/8;"),
        ("172.31.0.1", "address 172.31.0.1 is refused: private network 172.16.0.0/12;"),
        ("192.168.0.1", "address 192.168.0.1 is refused: private network 192.168.0.0/16;"),
        ("127.0.0.1", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("2130706433", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("017700000001", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("0x7f.0.0.1", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("127.1", "address 127.0.0.1 is refused: loopback 127.0.0.0/8;"),
        ("0.0.0.0", "address 0.0.0.0 is refused: this network 0.0.0.0/8;"),
        ("169.254.1.1", "address 169.254.1.1 is refused: link-local 169.254.0.0/16;"),
        ("169.254.169.254", "address 169.254.169.254 is refused: cloud metadata 169.254.169.254/32;"),
        ("100.64.0.1", "address 100.64.0.1 is refused: carrier-grade nat 100.64.0.0/10;"),
        ("[::1]", "address ::1 is refused: loopback ::1/128;"),
        ("[::ffff:10.0.0.8]", "address ::ffff:10.0.0.8 is refused: private network 10.0.0.0/8;"),
        ("[64:ff9b::a00:8]", "address 64:ff9b::a00:8 is refused: nat64 64:ff9b::/96;"),
        ("[2002:a00:8::]", "address 2002:a00:8:: is refused: 6to4 2002::/16;"),
        ("[fd00::8]", "address fd00::8 is refused: unique-local fc00::/7;"),
        ("[fe80::1]", "address fe80::1 is refused: link-local fe80::/10;"),
        ("localhost", "endpoint url must name a public host, got \"localhost\": names that end with \".localhost\""),
        ("nas.local", "endpoint url must name a public host, got \"nas.local\": names that end with \".local\""),
        ("metadata.google.internal", "endpoint url must name a public host, got \"metadata.google.internal\""),
    ];
    for (host, detail) in cases {
        let body = json!({ "url": format!("https://{host}/hook"), "event_types": ["*"] });
        let answer = hub.post(ENDPOINTS, &admin, &body).await;
        let error = &answer.json()["errors"][0];
        assert_eq!((answer.status.as_u16(), error["field"].as_str()), (422, Some("url")), "{host}");
        assert!(error["detail"].as_str().unwrap().starts_with(detail), "{host}: {error}");
    }
}

#[actix_web::test]
async fn case_21_an_endpoint_that_leads_to_the_hub_itself_is_refused_also_when_it_is_changed() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let own = json!({ "url": "https://hub.example/api/hub/v1/events", "event_types": ["*"] });
    let refused = hub.post(ENDPOINTS, &admin, &own).await;
    assert_eq!(refused.status_and_code(), (422, "endpoint_url_address".to_owned()));
    assert_json_snapshot!(refused.snapshot());
    let new = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
    let created = hub.post(ENDPOINTS, &admin, &new).await;
    let path = format!("{ENDPOINTS}/{}", created.field("id"));
    let changed = hub.patch(&path, &admin, "*", &json!({ "url": "https://hub.example/" })).await;
    assert_eq!(changed.status_and_code(), (422, "endpoint_url_address".to_owned()));
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
        ("id", "body_not_as_expected", json!({ "url": url, "event_types": ["*"], "id": "whe_1" })),
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
