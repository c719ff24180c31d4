//! What the document says about rate policies.

use serde_json::{Value, json};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use super::body::{CountsBody, CreateOverride, OverrideBody, PoliciesBody, PolicyBody, SetOrder, SetPolicy, SetQuota};
use super::buckets::{BucketBody, FilledBody, ResetBucket};
use super::networks::{NetworksBody, SetNetworks};
use crate::auth::{LimitsRead, LimitsWrite};
use crate::openapi::Operation;

const KEY: &str = "key_06b6rk0004s4g1s0d5ju9o6m0k";
const POLICY_ID: &str = "rlp_06b6rk0004s4g1s0d5ju9o6m0k";
const OVERRIDE_ID: &str = "rlo_06b6rk0004s4g1s0d5ju9o6m0k";
const POLICIES: &str = "/api/hub/v1/limits/policies";
const POLICY: &str = "/api/hub/v1/limits/policies/{id}";
const OVERRIDES: &str = "/api/hub/v1/limits/overrides";
const OVERRIDE: &str = "/api/hub/v1/limits/overrides/{id}";
const NETWORKS: &str = "/api/hub/v1/limits/exempt-networks";

pub(in crate::api) fn operations() -> Vec<Operation> {
    [policies(), overrides(), networks(), buckets()].into_iter().flatten().collect()
}

fn policies() -> Vec<Operation> {
    let rule = json!({ "name": "exports", "limit": 60, "window_s": 60, "cost": 10, "path": "/api/v1/exports/**" });
    let matching = "Of each subject, the first policy that means a request binds it; the default of every key comes last. A policy in \
                    shadow counts what it would have refused, and leaves its place to the next one.";
    let changing = "The next request is held against it; what was spent stays spent.";
    let all = json!({ "items": [policy()] });
    vec![
        Operation::new(HttpMethod::Get, POLICIES, "listRatePolicies")
            .needs::<LimitsRead>("Lists the rate policies of the workspace in their order.", matching)
            .answers::<PoliciesBody<'_>>("200", "All policies, at most 100.", all.clone()),
        Operation::new(HttpMethod::Post, POLICIES, "createRatePolicy")
            .needs::<LimitsWrite>("Adds a rate policy after all others.", matching)
            .takes::<SetPolicy>(rule.clone())
            .answers::<PolicyBody<'_>>("201", "The policy.", policy())
            .once(),
        Operation::new(HttpMethod::Post, "/api/hub/v1/limits/policies/reorder", "reorderRatePolicies")
            .needs::<LimitsWrite>("Sets the order in which policies are asked.", "")
            .takes::<SetOrder>(json!({ "ids": [POLICY_ID] }))
            .answers::<PoliciesBody<'_>>("200", "All policies in their new order.", all)
            .once(),
        of_policy(Operation::new(HttpMethod::Get, POLICY, "findRatePolicy"))
            .needs::<LimitsRead>("Shows a rate policy.", "")
            .answers::<PolicyBody<'_>>("200", "The policy.", policy())
            .with_header("ETag"),
        of_policy(Operation::new(HttpMethod::Put, POLICY, "replaceRatePolicy"))
            .needs::<LimitsWrite>("Says anew what a rate policy is.", changing)
            .if_match(Required::True)
            .takes::<SetPolicy>(rule)
            .answers::<PolicyBody<'_>>("200", "The policy after the change.", policy())
            .with_header("ETag"),
        of_policy(Operation::new(HttpMethod::Delete, POLICY, "deleteRatePolicy"))
            .needs::<LimitsWrite>("Removes a rate policy and its overrides.", "")
            .if_match(Required::False)
            .answers_nothing("204", "It is removed."),
        of_policy(Operation::new(HttpMethod::Get, "/api/hub/v1/limits/policies/{id}/counts", "countRatePolicy"))
            .needs::<LimitsRead>(
                "Shows what a rate policy has decided.",
                "Counted in memory, since the start of the hub.",
            )
            .answers::<CountsBody>(
                "200",
                "The counts.",
                json!({ "allowed": 1200, "refused": 7, "shadow_refused": 0, "since": "2026-11-24T10:00:00.000000Z" }),
            ),
    ]
}

fn overrides() -> Vec<Operation> {
    let new = json!({ "policy": "default", "subject": KEY, "limit": 1200, "window_s": 60 });
    let more = "The one of the key wins over that of the workspace, and both over what the policy says itself. An override of `default` \
                holds also for a policy of keys that means every request.";
    vec![
        Operation::new(HttpMethod::Get, OVERRIDES, "listRateOverrides")
            .needs::<LimitsRead>("Lists the overrides of the workspace, newest first.", "")
            .lists::<OverrideBody>("A page of overrides.", &made(), &json!(OVERRIDE_ID)),
        Operation::new(HttpMethod::Post, OVERRIDES, "createRateOverride")
            .needs::<LimitsWrite>("Gives a key, or the workspace, another quota.", more)
            .fails(&[404])
            .takes::<CreateOverride>(new)
            .answers::<OverrideBody>("201", "The override.", made())
            .once(),
        of_override(Operation::new(HttpMethod::Get, OVERRIDE, "findRateOverride"))
            .needs::<LimitsRead>("Shows an override.", "")
            .answers::<OverrideBody>("200", "The override.", made())
            .with_header("ETag"),
        of_override(Operation::new(HttpMethod::Put, OVERRIDE, "replaceRateOverride"))
            .needs::<LimitsWrite>("Changes the quota of an override.", "What was spent stays spent.")
            .if_match(Required::True)
            .takes::<SetQuota>(json!({ "limit": 1200, "window_s": 60, "burst": 100 }))
            .answers::<OverrideBody>("200", "The override after the change.", made())
            .with_header("ETag"),
        of_override(Operation::new(HttpMethod::Delete, OVERRIDE, "deleteRateOverride"))
            .needs::<LimitsWrite>("Removes an override.", "What stands behind it holds again.")
            .if_match(Required::False)
            .answers_nothing("204", "It is removed."),
    ]
}

fn networks() -> Vec<Operation> {
    let body = json!({ "networks": ["10.0.0.0/8"], "revision": 2 });
    let more = "Requests from them are neither limited nor counted, except that failed authentications are.";
    vec![
        Operation::new(HttpMethod::Get, NETWORKS, "findExemptNetworks")
            .needs::<LimitsRead>("Shows the networks of the workspace that pass unlimited.", more)
            .answers::<NetworksBody>("200", "The networks.", body.clone())
            .with_header("ETag"),
        Operation::new(HttpMethod::Put, NETWORKS, "replaceExemptNetworks")
            .needs::<LimitsWrite>(
                "Says anew which networks pass unlimited.",
                "Lines that are none are named by number.",
            )
            .if_match(Required::True)
            .takes::<SetNetworks>(json!({ "text": "10.0.0.0/8\n203.0.113.7  # the office\n" }))
            .answers::<NetworksBody>("200", "The networks after the change.", body)
            .with_header("ETag"),
    ]
}

fn buckets() -> Vec<Operation> {
    let bucket = json!({
        "subject": KEY, "policy": "default", "policy_name": "default", "limit": 600, "window_s": 60, "burst": 600,
        "used": 5, "remaining": 595, "full_at": "2026-11-24T10:00:00.500000Z",
    });
    let more = "The one that is full again last stands first; at most 1000 are shown. What is asked between two pages moves buckets.";
    vec![
        Operation::new(HttpMethod::Get, "/api/hub/v1/limits/buckets", "listRateBuckets")
            .needs::<LimitsRead>("Lists buckets of which something is spent.", more)
            .lists::<BucketBody>("A page of buckets.", &bucket, &json!("25")),
        Operation::new(HttpMethod::Post, "/api/hub/v1/limits/buckets/reset", "resetRateBucket")
            .needs::<LimitsWrite>(
                "Fills a bucket at once.",
                "What it had spent is forgotten; the audit log says who did it.",
            )
            .fails(&[404])
            .takes::<ResetBucket>(json!({ "policy": "default", "subject": KEY }))
            .answers::<FilledBody>("200", "It is full.", json!({ "filled": true }))
            .once(),
    ]
}

fn of_policy(operation: Operation) -> Operation {
    operation.of("id", "The id of the policy.", POLICY_ID)
}

fn of_override(operation: Operation) -> Operation {
    operation.of("id", "The id of the override.", OVERRIDE_ID)
}

fn policy() -> Value {
    json!({
        "id": POLICY_ID,
        "name": "exports",
        "limit": 60,
        "window_s": 60,
        "burst": 60,
        "cost": 10,
        "subject": "key",
        "methods": [],
        "path": "/api/v1/exports/**",
        "mode": "enforce",
        "on_backend_error": "allow",
        "created_at": "2026-11-24T10:00:00.000000Z",
        "updated_at": "2026-11-24T10:00:00.000000Z",
        "revision": 1,
    })
}

fn made() -> Value {
    json!({
        "id": OVERRIDE_ID,
        "policy": "default",
        "subject": KEY,
        "limit": 1200,
        "window_s": 60,
        "burst": 1200,
        "created_at": "2026-11-24T10:00:00.000000Z",
        "updated_at": "2026-11-24T10:00:00.000000Z",
        "revision": 1,
    })
}
