//! What the document says about keys.

use serde_json::{Value, json};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use super::body::{IssueKey, IssuedKeyBody, KeyBody, KeyDetailsBody, UpdateKey};
use super::import::{ImportBody, ImportKeys};
use super::receipt::RefusedKeyBody;
use super::rotation::{RotateKey, RotatedKeyBody, StragglersBody};
use super::verify::{VerificationBody, VerifyKey};
use super::{bulk, export, filter};
use crate::auth::{KeysRead, KeysWrite};
use crate::openapi::Operation;

const ID: &str = "key_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    let refusal = |path, id, summary, status| {
        change(path, id)
            .needs::<KeysWrite>(summary, AGAIN)
            .takes_nothing()
            .answers::<RefusedKeyBody<'_>>(
                "200",
                "The key after the change, and which nodes obey.",
                with_fields(key(status), [("receipt", receipt())]),
            )
            .once()
    };
    let unlock = change("/api/hub/v1/keys/{id}/unlock", "unlockKey")
        .needs::<KeysWrite>("Unlocks a key: it is accepted again.", AGAIN)
        .takes_nothing()
        .answers::<KeyBody<'_>>("200", "The key after the change.", key("active"))
        .once();
    let lock = "Locks a key: it is refused until it is unlocked.";
    let revoke = "Revokes a key for good: the next request with it is refused.";
    vec![
        list(),
        issue(),
        bulk::operation(),
        export::operation(details()),
        verify(),
        import(),
        find(),
        update(),
        rotate(),
        stragglers(),
        refusal("/api/hub/v1/keys/{id}/lock", "lockKey", lock, "locked"),
        unlock,
        refusal("/api/hub/v1/keys/{id}/revoke", "revokeKey", revoke, "revoked"),
    ]
}

const AGAIN: &str = "A change that was made before changes nothing.";

fn change(path: &'static str, id: &'static str) -> Operation {
    of_id(Operation::new(HttpMethod::Post, path, id))
}

fn receipt() -> Value {
    let node = json!({ "node": "local", "acknowledged_after_ms": 1.234 });
    json!({ "effective_at": "2026-11-24T10:00:00.001234Z", "nodes": [node], "missing": [] })
}

fn with_fields<const N: usize>(mut body: Value, more: [(&str, Value); N]) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    body
}

fn rotate() -> Operation {
    let more = "The successor has the label, scopes, environment, allow_list, expires_at and rates of the key, and is locked if the key is. The key \
                is accepted beside it until the grace ends, or until its own expiry if that comes first. Only who could issue such a key \
                may rotate it.";
    let replaced = with_fields(
        key("retiring"),
        [("expires_at", json!(RETIRES_AT)), ("retires_at", json!(RETIRES_AT)), ("successor_id", json!(SUCCESSOR))],
    );
    let rotated = with_fields(
        key("active"),
        [
            ("id", json!(SUCCESSOR)),
            ("token", json!(TOKEN)),
            ("already_shown", json!(false)),
            ("replaced", replaced),
            ("receipt", receipt()),
        ],
    );
    change("/api/hub/v1/keys/{id}/rotate", "rotateKey")
        .needs::<KeysWrite>("Issues a key in the place of another.", more)
        .may_take::<RotateKey>(json!({ "grace_s": 86_400 }))
        .answers::<RotatedKeyBody<'_>>("201", "The successor, with its token.", rotated)
        .with_header("Cache-Control")
        .once()
}

fn stragglers() -> Operation {
    let told = json!({
        "calls": 12,
        "last_at": "2026-11-24T10:00:00.000000Z",
        "last_address": "203.0.113.7",
        "last_user_agent": "OwnPay-NodeJS/1.0.0",
    });
    of_id(Operation::new(HttpMethod::Get, "/api/hub/v1/keys/{id}/stragglers", "findKeyStragglers"))
        .needs::<KeysRead>("Tells who has called with a key since it was rotated.", "")
        .answers::<StragglersBody<'_>>("200", "How often, and the latest call.", told)
}

fn import() -> Operation {
    let more = "For keys of which OwnPay keeps the SHA-256 of the whole token, which go on working unchanged. The digest decides whether \
                a key is there already; it stays as it is then. Each line is judged by itself. Of the whole installation, because a digest \
                does not prove whose key it is, so that only a key of its first workspace may import.";
    let content = "name,key_prefix,key_hash,scopes,status\nShop,8ae87c48,\
                   41cea3b1ac3262502612d2ab11cb3c7c21ae30dd394d13acc44c8bb3c1243297,\"[\"\"read\"\"]\",active\n";
    let refused = json!([{ "line": 7, "detail": "status must be active, locked or revoked" }]);
    Operation::new(HttpMethod::Post, "/api/hub/v1/keys/import", "importKeys")
        .needs::<KeysWrite>("Takes over keys of OwnPay.", more)
        .takes::<ImportKeys>(json!({ "content": content, "time_zone": "Asia/Dhaka", "dry_run": true }))
        .answers::<ImportBody>(
            "200",
            "What became of the keys.",
            json!({ "dry_run": true, "new": 1, "existing": 0, "refused": refused }),
        )
        .once()
}

const SUCCESSOR: &str = "key_06b6rk0004s4g1s0d5ju9o6m1k";
const RETIRES_AT: &str = "2026-11-25T10:00:00.000000Z";
const TOKEN: &str = "op_8ae87c48.aae2f50bc1e19b4f2d8e3c0a5b6d7e8f9a0b1c2d3e4f5a6b";

fn list() -> Operation {
    let list = Operation::new(HttpMethod::Get, "/api/hub/v1/keys", "listKeys")
        .needs::<KeysRead>("Lists the keys of the workspace, newest first.", "");
    filter::described(list).lists::<KeyDetailsBody<'_>>("A page of keys.", &details(), &json!(ID))
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
    let issued = with_fields(key("active"), [("token", json!(TOKEN)), ("already_shown", json!(false))]);
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
        "cost": 1,
    });
    let found = json!({
        "valid": true,
        "code": "VALID",
        "key": { "id": ID, "label": "WooCommerce Plugin", "scopes": ["read", "write"], "environment": "live",
            "metadata": { "plan": "gold" }, "owner": "checkout team", "expires_at": "2027-11-24T10:00:00.000000Z" },
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
        .answers::<KeyDetailsBody<'_>>("200", "The key.", details())
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
        .answers::<KeyDetailsBody<'_>>("200", "The key after the change.", details())
        .with_header("ETag")
}

fn details() -> Value {
    with_fields(key("active"), [("rate_limit", json!({ "limit": 100, "window_s": 60, "burst": 100 }))])
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
        "retires_at": null,
        "successor_id": null,
    })
}
