//! Payments, under both of their names. *Source:* wire contract §2.3, §2.5, §2.6.

use std::time::Duration;

use actix_web::http::Method;
use devhub_domain::api_keys::NewApiKey;
use devhub_domain::testing::label;
use devhub_sandbox::Outcome;
use serde_json::{Value, json};

use super::{get, made, paid, pay, post, request};
use crate::hub::{Hub, OTHER_WORKSPACE};

const BOTH: [&str; 2] = ["/payments", "/payment-intents"];

fn new() -> Value {
    json!({ "amount": "10.00", "currency": "usd", "reference": "77" })
}

#[actix_web::test]
async fn rule_03_a_payment_is_made_with_201_under_both_names() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    for path in BOTH {
        let answer = post(&hub, path, &key, &new()).await;
        assert_eq!(answer.status.as_u16(), 201, "{path}");
        let made = answer.data();
        let (id, token) = (made["payment_id"].as_str().unwrap(), made["token"].as_str().unwrap());
        assert_eq!((id.len(), token.len(), &made["status"]), (36, 64, &"pending".into()), "{path}");
        assert!(made["checkout_url"].as_str().unwrap().ends_with(&format!("/checkout/intent/{token}")), "{path}");
        for other in BOTH {
            let found = get(&hub, &format!("{other}/{id}"), &key).await.data();
            assert_eq!(found["payment_id"], id, "{other}");
        }
    }
}

#[actix_web::test]
async fn a_checkout_stands_under_the_public_address_of_the_hub() {
    let mut hub = Hub::with_workspaces();
    hub.services.pages = hub.services.pages.clone().with_public_url("https://hub.example".parse().unwrap());
    let made = made(&hub, &hub.key("write")).await;
    assert!(made["checkout_url"].as_str().unwrap().starts_with("https://hub.example/checkout/intent/"));
}

#[actix_web::test]
async fn rule_06_amounts_are_texts_with_two_decimals_whatever_they_were_sent_as() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let rows = [
        ("\"10\"", "10.00"),
        ("10", "10.00"),
        ("0.1", "0.10"),
        ("\"9999999999999.99\"", "9999999999999.99"),
        ("10.10", "10.10"),
    ];
    for (sent, shown) in rows {
        let body = format!("{{\"amount\":{sent},\"currency\":\"USD\"}}");
        let answer = hub.post_text("/api/v1/payments", &key, body).await;
        let id = answer.data()["payment_id"].as_str().unwrap().to_owned();
        let found = get(&hub, &format!("/payments/{id}"), &key).await.data();
        assert_eq!((&found["amount"], &found["fee"]), (&shown.into(), &"0.00".into()), "{sent}");
    }
}

#[actix_web::test]
async fn an_amount_that_is_none_is_refused_by_name() {
    let hub = Hub::with_workspaces();
    let key = hub.key("write");
    let sent = [
        "0",
        "-1",
        "\"-1.00\"",
        "1e3",
        "\"1e3\"",
        "0.001",
        "\"10.005\"",
        "\"NaN\"",
        "\"Infinity\"",
        "\"1,000\"",
        "\"\"",
        "\" 1\"",
        "true",
        "null",
        "[]",
        "10000000000000",
        "\"99999999999999999999999999999999999\"",
    ];
    for sent in sent {
        let body = format!("{{\"amount\":{sent},\"currency\":\"USD\"}}");
        let answer = hub.post_text("/api/v1/payments", &key, body).await;
        assert_eq!(answer.failure(), (422, "INVALID_AMOUNT".to_owned()), "{sent}");
        assert_eq!(answer.json()["errors"][0]["field"], "amount", "{sent}");
    }
}

#[actix_web::test]
async fn decimals_are_those_of_the_currency() {
    let hub = Hub::with_workspaces();
    let key = hub.key("write");
    let rows = [("1.234", "KWD", 201), ("1.2345", "KWD", 422), ("100.5", "JPY", 422), ("100", "JPY", 201)];
    for (amount, currency, status) in rows {
        let answer = post(&hub, "/payments", &key, &json!({ "amount": amount, "currency": currency })).await;
        assert_eq!(answer.status.as_u16(), status, "{amount} {currency}");
    }
}

#[actix_web::test]
async fn all_that_is_wrong_is_told_at_once() {
    let hub = Hub::with_workspaces();
    let body = json!({
        "currency": "XXZ", "callback_url": "ftp://a", "redirect_url": "javascript:alert(1)", "cancel_url": 7, "gateway": "a b",
    });
    let answer = post(&hub, "/payments", &hub.key("write"), &body).await;
    let told: Vec<_> = answer.complaints();
    let expected = [
        ("amount", "INVALID_AMOUNT"),
        ("currency", "INVALID_CURRENCY"),
        ("callback_url", "INVALID_CALLBACK_URL"),
        ("redirect_url", "INVALID_REDIRECT_URL"),
        ("cancel_url", "INVALID_CANCEL_URL"),
        ("gateway", "VALIDATION_FAILED"),
    ];
    assert_eq!(told, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    assert_eq!(answer.failure(), (422, "INVALID_AMOUNT".to_owned()));
}

#[actix_web::test]
async fn rule_07_a_body_that_says_nothing_is_refused_for_what_it_lacks() {
    let hub = Hub::with_workspaces();
    let key = hub.key("write");
    for body in ["", "[]", "{}"] {
        let req = request(Method::POST, "/payments", &key).insert_header(("content-type", "application/json"));
        assert_eq!(hub.send(req.set_payload(body)).await.failure(), (422, "INVALID_AMOUNT".to_owned()), "{body:?}");
    }
}

#[actix_web::test]
async fn rule_08_fields_of_plugins_that_nobody_knows_are_passed_over() {
    let hub = Hub::with_workspaces();
    let mut body = new();
    body["logo_url"] = json!("https://shop.example/logo.png");
    body["metadata"] = json!("no object");
    body["customer_mail"] = json!("no address");
    let answer = post(&hub, "/payments", &hub.key("write"), &body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
}

#[actix_web::test]
async fn who_pays_and_what_was_sent_along_comes_back() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let mut body = new();
    body["customer_mail"] = json!("ada@shop.example");
    body["customer_email"] = json!("eve@shop.example");
    body["customer_name"] = json!("<b>Ada</b>");
    body["customer_phone"] = json!(8_801_712_345_678_u64);
    body["metadata"] = json!({ "order": 77 });
    let id = post(&hub, "/payments", &key, &body).await.data()["payment_id"].as_str().unwrap().to_owned();
    let found = get(&hub, &format!("/payments/{id}"), &key).await.data();
    assert_eq!(found["customer"], json!({ "name": "Ada", "email": "ada@shop.example" }));
    assert_eq!((&found["metadata"], &found["reference"]), (&json!({ "order": 77 }), &"77".into()));
    let customer = get(&hub, "/customers/ada@shop.example", &key).await.data();
    assert_eq!(customer["phone"], "8801712345678");
}

#[actix_web::test]
async fn a_description_and_a_customer_in_one_are_read_as_well() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let body = json!({
        "amount": 10, "currency": "USD", "description": "Order 77", "customer": { "name": "Ada", "email": "ada@shop.example" },
    });
    let id = post(&hub, "/payment-intents", &key, &body).await.data()["payment_id"].as_str().unwrap().to_owned();
    let found = get(&hub, &format!("/payment-intents/{id}"), &key).await.data();
    assert_eq!((&found["reference"], &found["customer"]["name"]), (&"Order 77".into(), &"Ada".into()));
}

#[actix_web::test]
async fn a_payment_without_a_transaction_is_told_by_itself() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let made = made(&hub, &key).await;
    let found = get(&hub, &format!("/payments/{}", made["payment_id"].as_str().unwrap()), &key).await.data();
    assert_eq!((&found["status"], &found["id"], &found["trx_id"]), (&"pending".into(), &json!(null), &json!(null)));
    assert_eq!((&found["token"], &found["checkout_url"]), (&made["token"], &made["checkout_url"]));
    assert_eq!(found.get("customer"), None);
}

#[actix_web::test]
async fn rule_15_a_payment_that_was_made_is_completed_and_others_are_failed_or_cancelled() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let rows = [(Outcome::Success, "completed"), (Outcome::Failure, "failed"), (Outcome::Cancel, "cancelled")];
    for (outcome, status) in rows {
        let made = made(&hub, &key).await;
        pay(&hub, &made, outcome);
        let found = get(&hub, &format!("/payments/{}", made["payment_id"].as_str().unwrap()), &key).await.data();
        assert_eq!(found["status"], status);
    }
}

#[actix_web::test]
async fn rule_06_numbers_are_integers_and_uuids_texts() {
    let hub = Hub::with_workspaces();
    let found = paid(&hub, &hub.key("read write"), "10.00").await;
    assert!(found["id"].is_i64() && found["payment_id"].is_string() && found["trx_id"].is_string(), "{found}");
    assert_eq!((&found["amount"], &found["fee"]), (&"10.00".into(), &"0.29".into()));
}

#[actix_web::test]
async fn a_payment_whose_time_is_over_reads_as_expired() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    let made = made(&hub, &key).await;
    hub.clock.advance(Duration::from_mins(10));
    let found = get(&hub, &format!("/payments/{}", made["payment_id"].as_str().unwrap()), &key).await.data();
    assert_eq!(found["status"], "expired");
}

#[actix_web::test]
async fn what_is_no_uuid_is_told_apart_from_what_is_not_there() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read");
    let odd = get(&hub, "/payments/pay_1", &key).await;
    assert_eq!(odd.failure(), (422, "INVALID_PAYMENT_ID".to_owned()));
    let unknown = get(&hub, "/payments/a810b445-564a-4e20-80a5-f1261d7b328a", &key).await;
    assert_eq!(unknown.failure(), (404, "PAYMENT_NOT_FOUND".to_owned()));
}

#[actix_web::test]
async fn a_repeated_request_makes_one_payment_for_its_workspace() {
    let hub = Hub::with_workspaces();
    let (key, other) = (hub.key("read write"), hub.key("write"));
    let first = hub.post_once("/api/v1/payments", &key, "order-77", &new()).await;
    let again = hub.post_once("/api/v1/payments", &other, "order-77", &new()).await;
    assert_eq!((again.status.as_u16(), again.header("idempotent-replayed")), (201, Some("true")));
    assert_eq!(again.text, first.text);
    let changed =
        hub.post_once("/api/v1/payments", &key, "order-77", &json!({ "amount": 11, "currency": "USD" })).await;
    assert_eq!(changed.failure(), (400, "IDEMPOTENCY_KEY_REUSED".to_owned()));
    let elsewhere = hub.post_once("/api/v1/payment-intents", &key, "order-77", &new()).await;
    assert_eq!(elsewhere.failure(), (400, "IDEMPOTENCY_KEY_REUSED".to_owned()));
    let stranger = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Other")));
    let theirs = hub.post_once("/api/v1/payments", &stranger, "order-77", &new()).await;
    assert_ne!(theirs.text, first.text);
}

#[actix_web::test]
async fn what_was_refused_may_be_sent_again_under_its_name() {
    let hub = Hub::with_workspaces();
    let key = hub.key("write");
    let refused = hub.post_once("/api/v1/payments", &key, "order-78", &json!({ "currency": "USD" })).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert_eq!(hub.post_once("/api/v1/payments", &key, "order-78", &new()).await.status.as_u16(), 201);
}

#[actix_web::test]
async fn the_payments_of_another_workspace_are_not_there() {
    let hub = Hub::with_workspaces();
    let paid = paid(&hub, &hub.key("read write"), "10.00").await;
    let stranger = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Other")));
    let text = |name: &str| paid[name].as_str().unwrap().to_owned();
    let cases = [
        (format!("/payments/{}", text("payment_id")), "PAYMENT_NOT_FOUND"),
        (format!("/transactions/{}", text("trx_id")), "TRANSACTION_NOT_FOUND"),
        (format!("/transactions/{}", text("gateway_trx_id")), "TRANSACTION_NOT_FOUND"),
        (format!("/refunds/{}", text("trx_id")), "TRANSACTION_NOT_FOUND"),
    ];
    for (path, code) in cases {
        assert_eq!(get(&hub, &path, &stranger).await.failure(), (404, code.to_owned()), "{path}");
    }
    let refund = post(&hub, "/refunds", &stranger, &json!({ "trx_id": text("trx_id") })).await;
    assert_eq!(refund.failure(), (404, "TRANSACTION_NOT_FOUND".to_owned()));
    for path in ["/transactions", "/refunds", "/customers"] {
        assert_eq!(get(&hub, path, &stranger).await.data(), json!([]), "{path}");
    }
}

#[actix_web::test]
async fn without_a_sandbox_there_is_nothing_here() {
    let mut hub = Hub::with_workspaces();
    hub.services.sandbox = None;
    let key = hub.key("read write");
    for path in ["/payments/a810b445-564a-4e20-80a5-f1261d7b328a", "/transactions", "/refunds", "/customers"] {
        assert_eq!(get(&hub, path, &key).await.failure(), (404, "NOT_FOUND".to_owned()), "{path}");
    }
    for path in ["/payments", "/payment-intents", "/refunds", "/customers"] {
        assert_eq!(post(&hub, path, &key, &new()).await.failure(), (404, "NOT_FOUND".to_owned()), "{path}");
    }
    assert_eq!(get(&hub, "/health", &key).await.data()["gateways"], 0);
}

#[actix_web::test]
async fn metadata_that_no_value_can_hold_is_refused_and_not_emptied() {
    let hub = Hub::with_workspaces();
    let key = hub.key("write");
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(130), "]".repeat(130));
    for metadata in ["{\"a\":1e999}", "{\"a\":\"\\ud800\"}", &deep] {
        let body = format!("{{\"amount\":\"1\",\"currency\":\"USD\",\"metadata\":{metadata}}}");
        let answer = hub.post_text("/api/v1/payments", &key, body).await;
        assert_eq!(answer.status.as_u16(), 422, "{metadata}");
        assert_eq!(answer.complaints(), [("metadata".to_owned(), "VALIDATION_FAILED".to_owned())], "{metadata}");
    }
}

#[actix_web::test]
async fn nothing_of_a_customer_fails_a_payment_and_what_says_nothing_hides_nothing() {
    let hub = Hub::with_workspaces();
    let key = hub.key("read write");
    // (what is sent, name and number of the customer)
    let rows = [
        (json!({ "customer_name": 7, "customer_phone": [] }), "API Customer", json!(null)),
        (json!({ "customer_name": " ", "customer": { "name": "Ada" } }), "Ada", json!(null)),
        (json!({ "customer_phone": "", "customer": { "phone": "+880 17" } }), "API Customer", json!("+880 17")),
        (json!({ "customer_phone": 8_801_712 }), "API Customer", json!("8801712")),
        (json!({ "customer_phone": 8.8e30 }), "API Customer", json!(null)),
    ];
    for (position, (sent, name, phone)) in rows.into_iter().enumerate() {
        let email = format!("payer-{position}@shop.example");
        let mut body = json!({ "amount": "1", "currency": "USD", "customer_mail": email });
        body.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
        assert_eq!(post(&hub, "/payments", &key, &body).await.status.as_u16(), 201, "{sent}");
        let customer = get(&hub, &format!("/customers/{email}"), &key).await.data();
        assert_eq!((&customer["name"], &customer["phone"]), (&json!(name), &phone), "{sent}");
    }
}

#[actix_web::test]
async fn a_rule_for_payments_binds_intents_too() {
    let hub = Hub::with_workspaces();
    let key = hub.key("write limits:write");
    let rule = json!({ "name": "strict", "limit": 1, "window_s": 60, "path": "/api/v1/payments" });
    assert_eq!(hub.post("/api/hub/v1/limits/policies", &key, &rule).await.status.as_u16(), 201);
    assert_eq!(post(&hub, "/payments", &key, &new()).await.status.as_u16(), 201);
    assert_eq!(post(&hub, "/payment-intents", &key, &new()).await.failure(), (429, "RATE_LIMIT_EXCEEDED".to_owned()));
}
