//! What the document says about keys on OwnPay's API.

use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;

use super::body::{IssueKey, IssuedKeyBody, KeyBody, RevokedBody};
use crate::openapi::{Operation, header_parameter};
use crate::v1::{ReadsKeys, WritesKeys};

const ID: &str = "key_06b6rk0004s4g1s0d5ju9o6m0k";
const NAMED: &str = "`X-Super-Admin-Email` names an owner or administrator of the workspace; it may be left out where the owner of the \
                     key is the address of one.";

pub(in crate::v1) fn operations() -> Vec<Operation> {
    let shown = json!({
        "key": "op_8ae87c48.aae2f50bc1e19b4f2d8e3c0a5b6d7e8f9a0b1c2d3e4f5a6b",
        "prefix": "8ae87c48",
        "warning": "Store this key securely. It will not be shown again.",
    });
    let list = Operation::new(HttpMethod::Get, "/api/v1/api-keys", "listMerchantKeys")
        .permits::<ReadsKeys>("Lists the active keys of the workspace, newest first.", NAMED)
        .wraps_all::<KeyBody<'_>>("The keys, 1,000 at most.", &key(), None);
    let issue = Operation::new(HttpMethod::Post, "/api/v1/api-keys", "issueMerchantKey")
        .permits::<WritesKeys>("Issues a key.", &format!("The key is in this answer and nowhere else. {NAMED}"))
        .may_take::<IssueKey<'_>>(json!({ "name": "WooCommerce", "scopes": ["read", "write"] }))
        .wraps::<IssuedKeyBody<'_>>("201", "The key.", &shown)
        .with_header("Cache-Control")
        .once_in_workspace();
    let revoke = Operation::new(HttpMethod::Delete, "/api/v1/api-keys/{id}", "revokeMerchantKey")
        .of("id", "The id of the key, as the list tells it.", ID)
        .permits::<WritesKeys>("Revokes a key for good: the next request with it is refused.", NAMED)
        .wraps::<RevokedBody>("200", "It is revoked.", &json!({ "message": "Key revoked" }));
    [list, issue, revoke].map(named).into()
}

fn named(operation: Operation) -> Operation {
    let description = "The address of an owner or administrator of the workspace.";
    operation.parameter(header_parameter("X-Super-Admin-Email", description, "ada@shop.example", 254)).fails(&[400])
}

fn key() -> Value {
    json!({
        "id": ID, "name": "WooCommerce", "prefix": "8ae87c48", "status": "active", "last_used": null,
        "expires_at": null, "created_at": "2026-11-24T10:00:00.000000Z",
    })
}
