//! What the document says about explanations.

use devhub_domain::api_keys::Check;
use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;

use super::body::{ExplainKey, ExplanationBody};
use crate::auth::KeysRead;
use crate::openapi::Operation;

const ID: &str = "key_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    let more = "Nothing is spent, noted or changed. A request is explained as the key, its workspace and its rate are at this moment, also one \
                that was refused before: of these the last 4,096 of the process that answers are kept, and no accepted request. A token \
                of another workspace is that of no key. An Idempotency-Key is passed over.";
    let body = json!({ "method": "GET", "path": "/api/v1/payments", "address": "203.0.113.7" });
    vec![
        Operation::new(HttpMethod::Post, "/api/hub/v1/keys/{id}/explain", "explainKey")
            .of("id", "The id of the key.", ID)
            .needs::<KeysRead>("Tells why a request with this key is accepted or refused, check by check.", more)
            .takes::<ExplainKey>(body)
            .answers::<ExplanationBody<'_>>("200", "Every check in order.", explanation()),
    ]
}

fn explanation() -> Value {
    let check = |check: Check| {
        let outcome = match check {
            Check::IpNotAllowed => "failed",
            Check::InsufficientScope | Check::RateLimited => "not_reached",
            _ => "passed",
        };
        let inputs = match check {
            Check::IpNotAllowed => json!([
                { "name": "address", "value": "203.0.113.7" },
                { "name": "allow_list", "value": "198.51.100.0/24" },
            ]),
            _ => json!([]),
        };
        json!({ "code": check.code(), "outcome": outcome, "inputs": inputs })
    };
    json!({
        "valid": false,
        "code": "IP_NOT_ALLOWED",
        "key_id": ID,
        "at": "2026-11-24T10:00:00.000000Z",
        "checks": Check::ALL.map(check),
        "token": null,
        "rate_limit": {
            "policy": "default",
            "limit": 600,
            "fits": true,
            "remaining": 599,
            "resets_at": "2026-11-24T10:00:00.100000Z",
            "retry_after_s": null,
        },
        "request": null,
    })
}
