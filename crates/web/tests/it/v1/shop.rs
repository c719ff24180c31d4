//! What a shop does with OwnPay's API, and what it looks at in an answer.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use devhub_domain::api_keys::IssuedKey;
use devhub_sandbox::{CheckoutToken, Outcome};
use serde_json::{Value, json};

use crate::hub::{Answer, Hub, authorized};

/// A GET with a key.
pub(super) async fn get(hub: &Hub, path: &str, key: &IssuedKey) -> Answer {
    hub.get(&format!("/api/v1{path}"), key).await
}

/// A POST with a key.
pub(super) async fn post(hub: &Hub, path: &str, key: &IssuedKey, body: &Value) -> Answer {
    hub.post(&format!("/api/v1{path}"), key, body).await
}

/// A request with a key, to be completed.
pub(super) fn request(method: Method, path: &str, key: &IssuedKey) -> TestRequest {
    authorized(TestRequest::default().method(method).uri(&format!("/api/v1{path}")), key)
}

/// A payment of 10.00 USD that was just made.
pub(super) async fn made(hub: &Hub, key: &IssuedKey) -> Value {
    made_of(hub, key, "10.00").await
}

/// The same of another amount.
async fn made_of(hub: &Hub, key: &IssuedKey, amount: &str) -> Value {
    let body = json!({ "amount": amount, "currency": "USD", "reference": "77" });
    let answer = post(hub, "/payments", key, &body).await;
    assert_eq!(answer.status.as_u16(), 201, "{}", answer.text);
    answer.data()
}

/// What whoever pays does on the page of a payment.
pub(super) fn pay(hub: &Hub, payment: &Value, outcome: Outcome) {
    let token: CheckoutToken = payment["token"].as_str().unwrap().parse().unwrap();
    let checkouts = &hub.services.sandbox.as_ref().unwrap().checkouts;
    checkouts.pay(&token, "test_card".parse().unwrap(), Some(outcome)).commit().unwrap();
}

/// A payment of so much that was paid, as it stands then.
pub(super) async fn paid(hub: &Hub, key: &IssuedKey, amount: &str) -> Value {
    let payment = made_of(hub, key, amount).await;
    pay(hub, &payment, Outcome::Success);
    get(hub, &format!("/payments/{}", payment["payment_id"].as_str().unwrap()), key).await.data()
}

impl Answer {
    /// The fields and codes of all errors.
    pub(super) fn complaints(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let body = self.json();
        let errors = body["errors"].as_array().unwrap();
        errors.iter().map(|error| (text(&error["field"]), text(&error["code"]))).collect()
    }

    /// The status and the code of the first error, after a look at what every failure must have.
    pub(super) fn failure(&self) -> (u16, String) {
        let body = self.json();
        let first = &body["errors"][0];
        assert_eq!(body["success"], false, "{body}");
        assert_eq!(body["error"], body["message"], "{body}");
        assert_eq!(body["error"], first["message"], "{body}");
        assert_eq!(body["request_id"], self.header("x-request-id").unwrap(), "{body}");
        (self.status.as_u16(), first["code"].as_str().unwrap().to_owned())
    }

    /// What was answered, after a look at the envelope.
    pub(super) fn data(&self) -> Value {
        let mut body = self.json();
        assert!(self.status.is_success(), "{body}");
        assert_eq!(body["success"], true, "{body}");
        body["data"].take()
    }
}
