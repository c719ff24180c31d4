//! What the document says about keys.

use serde_json::{Value, json};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use super::body::{IssueKey, IssuedKeyBody, KeyBody, UpdateKey};
use super::verify::{VerificationBody, VerifyKey};
use super::{bulk, export, filter};
use crate::auth::{KeysRead, KeysWrite};
use crate::openapi::Operation;

const ID: &str = "key_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    let mut operations =
        vec![list(), issue(), bulk::operation(), export::operation(key("active")), verify(), find(), update()];
    let changes = [
        ("/api/hub/v1/keys/{id}/lock", "lockKey", "Locks a key: it is refused until it is unlocked.", "locked"),
        ("/api/hub/v1/keys/{id}/unlock", "unlockKey", "Unlocks a key: it is accepted again.", "active"),
        (
            "/api/hub/v1/keys/{id}/revoke",
            "revokeKey",
            "Revokes a key for good: the next request with it is refused.",
            "revoked",
        ),
    ];
    operations.extend(changes.map(|(path, id, summary, status)| {
        of_id(Operation::new(HttpMethod::Post, path, id))
            .needs::<KeysWrite>(summary, "A change that was made before changes nothing.")
            .takes_nothing()
            .answers::<KeyBody<'_>>("200", "The key after the change.", key(status))
            .once()
    }));
    operations
}

fn list() -> Operation {
    let list = Operation::new(HttpMethod::Get, "/api/hub/v1/keys", "listKeys")
        .needs::<KeysRead>("Lists the keys of the workspace, newest first.", "");
    filter::described(list).lists::<KeyBody<'_>>("A page of keys.", &key("active"), &json!(ID))
}

fn issue() -> Operation {
    let body = json!({
        "label": "WooCommerce Plugin",
        "scopes": ["read", "write"],
        "environment": "live",
        "expires_at": "2027-11-24T10:00:00Z",
        "allow_list": ["203.0.113.7"],
        "owner": "checkout team",
        "metadata": { "customer": 17 },
    });
    let more = "The token is in this answer and nowhere else. Scopes that the calling key lacks are refused.";
    let mut issued = key("active");
    let token = "op_8ae87c48.aae2f50bc1e19b4f2d8e3c0a5b6d7e8f9a0b1c2d3e4f5a6b";
    let more_fields = [("token".to_owned(), json!(token)), ("already_shown".to_owned(), json!(false))];
    issued.as_object_mut().into_iter().for_each(|fields| fields.extend(more_fields.clone()));
    Operation::new(HttpMethod::Post, "/api/hub/v1/keys", "issueKey")
        .needs::<KeysWrite>("Issues a key.", more)
        .takes::<IssueKey>(body)
        .answers::<IssuedKeyBody<'_>>("201", "The key, with its token.", issued)
        .with_header("Cache-Control")
        .once()
}

fn verify() -> Operation {
    let more = "For a service that guards its own door with the hub's keys. The first reason to refuse is the `code`; the rate of the \
                verified key is spent only when nothing else refuses it. A token of another workspace is `NOT_FOUND`. Nothing is \
                changed, so that an Idempotency-Key is passed over and every answer is of its own moment. Without `address`, a key \
                with an allow_list is `IP_NOT_ALLOWED` (unless the list holds all of IPv6, `::/0`).";
    let body = json!({
        "token": "op_8ae87c48.aae2f50bc1e19b4f2d8e3c0a5b6d7e8f9a0b1c2d3e4f5a6b",
        "scopes": ["read"],
        "address": "203.0.113.7",
    });
    let found = json!({
        "valid": true,
        "code": "VALID",
        "key": {
            "id": ID,
            "label": "WooCommerce Plugin",
            "scopes": ["read", "write"],
            "environment": "live",
            "metadata": { "customer": 17 },
        },
        "rate_limit": { "limit": 600, "remaining": 599, "resets_at": "2026-11-24T10:00:00.100000Z", "retry_after_s": null },
    });
    Operation::new(HttpMethod::Post, "/api/hub/v1/keys/verify", "verifyKey")
        .needs::<KeysRead>("Tells whether a token opens the door.", more)
        .takes::<VerifyKey>(body)
        .answers::<VerificationBody<'_>>("200", "What the token is worth at this moment.", found)
}

fn find() -> Operation {
    of_id(Operation::new(HttpMethod::Get, "/api/hub/v1/keys/{id}", "findKey"))
        .needs::<KeysRead>("Shows a key.", "")
        .answers::<KeyBody<'_>>("200", "The key.", key("active"))
        .with_header("ETag")
}

fn update() -> Operation {
    of_id(Operation::new(HttpMethod::Patch, "/api/hub/v1/keys/{id}", "updateKey"))
        .needs::<KeysWrite>(
            "Changes what a key may do and what it is called.",
            "The next request with it is judged anew.",
        )
        .if_match(Required::True)
        .takes::<UpdateKey>(json!({ "label": "WooCommerce Plugin", "expires_at": null }))
        .answers::<KeyBody<'_>>("200", "The key after the change.", key("active"))
        .with_header("ETag")
}

fn of_id(operation: Operation) -> Operation {
    operation.of("id", "The id of the key.", ID)
}

fn key(status: &str) -> Value {
    json!({
        "id": ID,
        "label": "WooCommerce Plugin",
        "prefix": "8ae87c48",
        "scopes": ["read", "write"],
        "environment": "live",
        "status": status,
        "expires_at": "2027-11-24T10:00:00.000000Z",
        "allow_list": ["203.0.113.7/32"],
        "owner": "checkout team",
        "metadata": { "customer": 17 },
        "created_at": "2026-11-24T10:00:00.000000Z",
        "created_by": "command-line",
        "last_used_at": null,
        "revision": 1,
    })
}
