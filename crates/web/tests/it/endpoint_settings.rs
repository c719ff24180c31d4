//! Settings of endpoints through `/api/hub/v1/endpoints`.

use devhub_domain::api_keys::IssuedKey;
use serde_json::{Value, json};

use crate::hub::{Answer, Hub};

const ENDPOINTS: &str = "/api/hub/v1/endpoints";
const ADMIN: &str = "endpoints:read endpoints:write audit:read";
const TOKEN: &str = "Bearer 7f6f3f2e1a8c";
const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/// An endpoint that has all of them.
fn shop() -> Value {
    json!({
        "url": "https://shop.example/hook",
        "event_types": ["*"],
        "timeout_s": 3,
        "retry_schedule": { "delays_s": [0, 60, 3600], "jitter_percent": 0 },
        "rate": { "limit": 30, "per": "minute" },
        "in_flight_max": 2,
        "headers": [{ "name": "X-SHOP", "value": "12" }, { "name": "Authorization", "value": TOKEN }],
        "ca_pem": PEM,
    })
}

fn settings(body: &Value) -> Value {
    let names = ["timeout_s", "retry_schedule", "rate", "in_flight_max", "headers", "ca_pem"];
    names.map(|name| (name.to_owned(), body[name].clone())).into_iter().collect()
}

async fn change(hub: &Hub, admin: &IssuedKey, id: &str, body: &Value) -> Answer {
    hub.patch(&format!("{ENDPOINTS}/{id}"), admin, "*", body).await
}

#[actix_web::test]
async fn settings_come_back_as_they_were_given_without_what_is_sensitive() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let created = hub.post(ENDPOINTS, &admin, &shop()).await;
    let mut expected = settings(&shop());
    expected["headers"] = json!([
        { "name": "X-SHOP", "value": "12", "is_sensitive": false },
        { "name": "Authorization", "value": null, "is_sensitive": true },
    ]);
    assert_eq!(settings(&created.json()), expected);
    let found = hub.get(&format!("{ENDPOINTS}/{}", created.field("id")), &admin).await;
    assert_eq!(settings(&found.json()), expected);
    let listed = hub.get(ENDPOINTS, &admin).await;
    let logged = hub.get("/api/hub/v1/audit", &admin).await;
    assert!(logged.text.contains("X-SHOP"), "{}", logged.text);
    assert!([created, found, listed, logged].iter().all(|answer| !answer.text.contains("7f6f3f2e1a8c")));
}

#[actix_web::test]
async fn what_is_absent_stays_and_what_is_null_goes_back_to_the_default() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let created = hub.post(ENDPOINTS, &admin, &shop()).await;
    let id = created.field("id");
    let kept = change(&hub, &admin, &id, &json!({ "description": "Shop", "timeout_s": 4 })).await;
    let mut expected = settings(&created.json());
    expected["timeout_s"] = json!(4);
    assert_eq!(settings(&kept.json()), expected);
    let nothing = json!({
        "timeout_s": null, "retry_schedule": null, "rate": null, "in_flight_max": null, "headers": null, "ca_pem": null,
    });
    let cleared = change(&hub, &admin, &id, &nothing).await;
    let mut expected = nothing.clone();
    (expected["timeout_s"], expected["headers"]) = (json!(10), json!([]));
    assert_eq!(settings(&cleared.json()), expected);
}

#[actix_web::test]
async fn headers_that_were_read_can_be_sent_back_with_one_more() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let created = hub.post(ENDPOINTS, &admin, &shop()).await.json();
    let mut headers = created["headers"].clone();
    headers.as_array_mut().unwrap().push(json!({ "name": "X-Till", "value": "3", "is_sensitive": true }));
    let answer = change(&hub, &admin, created["id"].as_str().unwrap(), &json!({ "headers": headers })).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    headers[2]["value"] = Value::Null;
    assert_eq!(answer.json()["headers"], headers);
}

#[actix_web::test]
async fn a_setting_that_the_rules_refuse_is_named_and_not_repeated() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let header = |name: &str, value: &str| json!({ "headers": [{ "name": name, "value": value }] });
    let cases = [
        ("timeout_s", json!({ "timeout_s": 31 })),
        ("retry_schedule", json!({ "retry_schedule": { "delays_s": [] } })),
        ("retry_schedule", json!({ "retry_schedule": { "delays_s": [0, 86_401] } })),
        ("retry_schedule", json!({ "retry_schedule": { "delays_s": [0], "jitter_percent": 51 } })),
        ("rate.limit", json!({ "rate": { "limit": 0, "per": "second" } })),
        ("rate.per", json!({ "rate": { "limit": 1, "per": "hour" } })),
        ("in_flight_max", json!({ "in_flight_max": 1_001 })),
        ("headers[0].name", header("Host", "geheim")),
        ("headers[0].name", header("x-ownpay-signature", "geheim")),
        ("headers[0].value", header("X-Shop", "geheim\r\nHost: other.example")),
        ("headers[1].name", json!({ "headers": [{ "name": "X-A", "value": "a" }, { "name": "x-a", "value": "b" }] })),
        ("ca_pem", json!({ "ca_pem": "geheim" })),
    ];
    for (field, settings) in cases {
        let mut body = json!({ "url": "https://shop.example/hook", "event_types": ["*"] });
        body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let answer = hub.post(ENDPOINTS, &admin, &body).await;
        assert_eq!(answer.status_and_code(), (422, "validation_failed".to_owned()), "{body}");
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
        assert!(!answer.text.contains("geheim"), "{}", answer.text);
    }
}

#[actix_web::test]
async fn every_wrong_setting_is_told_at_once() {
    let hub = Hub::new();
    let wrong = json!({
        "url": "https://shop.example/hook",
        "event_types": ["*", "zahlung.ü"],
        "timeout_s": 0,
        "headers": [{ "name": "te", "value": "" }],
    });
    let answer = hub.post(ENDPOINTS, &hub.key(ADMIN), &wrong).await.json();
    let fields: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| error["field"].clone()).collect();
    assert_eq!(fields, ["event_types[1]", "timeout_s", "headers[0].name", "headers[0].value"]);
}

#[actix_web::test]
async fn a_sensitive_header_without_a_value_that_is_kept_is_named_by_its_place() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let id = hub.post(ENDPOINTS, &admin, &shop()).await.field("id");
    let body = json!({ "headers": [{ "name": "X-A", "value": "a" }, { "name": "X-Till", "is_sensitive": true }] });
    let answer = change(&hub, &admin, &id, &body).await;
    assert_eq!(answer.status_and_code(), (422, "header_value_missing".to_owned()));
    assert_eq!(answer.json()["errors"][0]["field"], "headers[1].value");
}

#[actix_web::test]
async fn a_url_that_leads_elsewhere_asks_for_every_sensitive_header_again() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let mut body = shop();
    body["headers"].as_array_mut().unwrap().push(json!({ "name": "X-Till", "value": "3", "is_sensitive": true }));
    let id = hub.post(ENDPOINTS, &admin, &body).await.field("id");
    let answer = change(&hub, &admin, &id, &json!({ "url": "https://echo.example/hook" })).await;
    assert_eq!(answer.status_and_code(), (422, "header_values_needed".to_owned()));
    let needed = |field: &str| json!({ "field": field, "detail": "is needed again because the url leads elsewhere" });
    assert_eq!(answer.json()["errors"], json!([needed("headers[1].value"), needed("headers[2].value")]));
    let path = change(&hub, &admin, &id, &json!({ "url": "https://shop.example/other" })).await;
    assert_eq!(path.status.as_u16(), 200, "{}", path.text);
}

#[actix_web::test]
async fn a_secret_that_is_the_current_one_is_not_rotated_to() {
    let hub = Hub::new();
    let admin = hub.key(ADMIN);
    let created = hub.post(ENDPOINTS, &admin, &shop()).await;
    let path = format!("{ENDPOINTS}/{}/secrets", created.field("id"));
    let answer = hub.post(&path, &admin, &json!({ "secret": created.field("secret") })).await;
    assert_eq!(answer.status_and_code(), (422, "endpoint_secret_unchanged".to_owned()));
    assert_eq!(answer.json()["errors"][0]["field"], "secret");
}
