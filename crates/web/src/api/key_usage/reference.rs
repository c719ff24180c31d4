//! What the document says about the usage of keys.

use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{Object, Type};

use super::body::{KeyTotalBody, UnknownAttemptsBody, UsageBody};
use crate::auth::{AuditRead, KeysRead};
use crate::openapi::{Operation, filter, instant};

const ID: &str = "key_06b6rk0004s4g1s0d5ju9o6m0k";

const COUNTED: &str = "Counted in memory and written every few seconds: the last ones may be missing, and a crash may cost them. Kept for \
                       90 days unless the hub is configured otherwise. `from` and `to` are widened to whole steps; without `to` up to \
                       now, without `from` the 30 days before. With `format=csv`, or `Accept: text/csv`, the same as a table, in which \
                       texts that a spreadsheet could take for formulas begin with an apostrophe.";

pub(in crate::api) fn operations() -> Vec<Operation> {
    vec![list(), unknown_attempts(), find()]
}

fn find() -> Operation {
    let more = format!("A refused call is counted by its answer and by its reason. At most 2,208 steps. {COUNTED}");
    let step = words(&["hour", "day"]);
    timed(Operation::new(HttpMethod::Get, "/api/hub/v1/keys/{id}/usage", "findKeyUsage"))
        .of("id", "The id of the key.", ID)
        .parameter(filter("step", "How fine: `day` when absent, which is one of UTC.", step, &json!("day")))
        .needs::<KeysRead>("Shows what a key was used for: calls, refusals and where they came from.", &more)
        .answers::<UsageBody>("200", "What became of its calls.", report())
        .or_csv("from,calls,2xx,…")
}

fn list() -> Operation {
    let more = format!("A table holds all keys from `cursor` on, and is cut off when it fails on the way. {COUNTED}");
    let mut example = json!({ "key_id": ID, "label": "WooCommerce Plugin", "prefix": "8ae87c48" });
    example.as_object_mut().into_iter().for_each(|fields| fields.extend(counts()));
    timed(Operation::new(HttpMethod::Get, "/api/hub/v1/keys/usage", "listKeyUsage"))
        .needs::<KeysRead>("Lists the keys of the workspace with what they were used for, the newest key first.", &more)
        .lists::<KeyTotalBody<'_>>("A page of keys.", &example, &json!(ID))
        .or_csv("key_id,label,prefix,…")
}

fn unknown_attempts() -> Operation {
    let more = format!(
        "Of the whole installation, so that only a key of its first workspace may ask. Never a token. A table holds all lines from \
         `cursor` on, and is cut off when it fails on the way. {COUNTED}"
    );
    let example =
        json!({ "from": "2026-11-24T10:00:00.000000Z", "network": "203.0.113.0/24", "unknown": 61, "malformed": 2 });
    timed(Operation::new(HttpMethod::Get, "/api/hub/v1/keys/unknown-attempts", "listUnknownAttempts"))
        .needs::<AuditRead>("Lists attempts with tokens that no key has, by network, the newest hour first.", &more)
        .lists::<UnknownAttemptsBody>("A page of networks and hours.", &example, &json!("498922@203.0.113.0/24"))
        .or_csv("from,network,unknown,malformed")
}

fn timed(operation: Operation) -> Operation {
    operation
        .parameter(instant("from", "The first instant that counts."))
        .parameter(instant("to", "The first instant that does not count any more."))
        .parameter(filter("format", "`json` or `csv`.", words(&["json", "csv"]), &json!("json")))
}

fn words(words: &[&str]) -> utoipa::openapi::schema::ObjectBuilder {
    Object::builder().schema_type(Type::String).enum_values(Some(words.iter().copied()))
}

fn counts() -> serde_json::Map<String, Value> {
    let refusals = json!({
        "REVOKED": 0, "LOCKED": 0, "EXPIRED": 0, "WORKSPACE_SUSPENDED": 0, "IP_NOT_ALLOWED": 3, "INSUFFICIENT_SCOPE": 0, "RATE_LIMITED": 2
    });
    let counts = json!({
        "calls": 105,
        "answers": { "2xx": 90, "3xx": 0, "4xx": 3, "429": 2, "5xx": 0 },
        "verifications": 10,
        "refused": 5,
        "refusals": refusals,
    });
    counts.as_object().cloned().unwrap_or_default()
}

fn report() -> Value {
    let addresses = json!([{ "address": "203.0.113.7", "at": "2026-11-24T10:00:00.000000Z" }]);
    let mut point = json!({ "from": "2026-11-24T00:00:00.000000Z", "last_addresses": addresses });
    point.as_object_mut().into_iter().for_each(|fields| fields.extend(counts()));
    json!({
        "key_id": ID,
        "from": "2026-10-26T00:00:00.000000Z",
        "to": "2026-11-25T00:00:00.000000Z",
        "step": "day",
        "total": counts(),
        "last_addresses": addresses,
        "items": [point],
    })
}
