//! What the document says about the secrets of endpoints.

use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;

use super::body::{RotateSecret, RotatedSecretBody, SecretBody};
use crate::auth::{EndpointsRead, EndpointsWrite};
use crate::openapi::Operation;

const ENDPOINT: &str = "whe_06b6rk0004s4g1s0d5ju9o6m0k";
const ID: &str = "whs_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    vec![list(), rotate(), retire()]
}

fn list() -> Operation {
    let more = "All of them sign: `webhook-signature` has one signature for each, and headers with room for one are signed with the \
                oldest. At most 10.";
    of_endpoint(Operation::new(HttpMethod::Get, "/api/hub/v1/endpoints/{id}/secrets", "listEndpointSecrets"))
        .needs::<EndpointsRead>("Lists the secrets that sign for an endpoint, newest first.", more)
        .lists::<SecretBody>("A page of secrets.", &secret(&Value::Null), &json!("1"))
}

fn rotate() -> Operation {
    let more = "It is in this answer and nowhere else. The secret before signs too until its grace ends, so that the receiver may change over \
                at any time until then; headers with room for one signature (`X-OwnPay-Signature`, `X-Signature`) are signed with the \
                oldest. The revision of the endpoint goes up.";
    let mut made = secret(&Value::Null);
    let shown = [
        ("secret".to_owned(), json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")),
        ("already_shown".to_owned(), json!(false)),
        ("signature_schemes".to_owned(), json!(["standard-webhooks", "ownpay"])),
    ];
    made.as_object_mut().into_iter().for_each(|fields| fields.extend(shown.clone()));
    of_endpoint(Operation::new(HttpMethod::Post, "/api/hub/v1/endpoints/{id}/secrets", "rotateEndpointSecret"))
        .needs::<EndpointsWrite>("Gives an endpoint a new secret.", more)
        .may_take::<RotateSecret>(json!({ "grace_s": 86_400 }))
        .answers::<RotatedSecretBody<'_>>("201", "The secret, with its text.", made)
        .with_header("Cache-Control")
        .once()
}

fn retire() -> Operation {
    let more = "Do so when the receiver uses the new secret, or when the old one has leaked. The current secret cannot be retired: rotate \
                first. A secret whose time is over stays as it is, and is removed by the next rotation.";
    let path = "/api/hub/v1/endpoints/{id}/secrets/{secret_id}/retire";
    of_endpoint(Operation::new(HttpMethod::Post, path, "retireEndpointSecret"))
        .of("secret_id", "The id of the secret.", ID)
        .needs::<EndpointsWrite>("Ends the grace of an old secret: it signs nothing from now on.", more)
        .takes_nothing()
        .answers::<SecretBody>("200", "The secret after the change.", secret(&json!("2026-11-24T11:00:00.000000Z")))
        .once()
}

fn of_endpoint(operation: Operation) -> Operation {
    operation.of("id", "The id of the endpoint.", ENDPOINT)
}

fn secret(expires_at: &Value) -> Value {
    json!({
        "id": ID,
        "created_at": "2026-11-24T10:00:00.000000Z",
        "expires_at": expires_at,
        "is_current": expires_at.is_null(),
    })
}
