//! The tables of what keys are used for, and of what rate policies decide, as both databases have them; the test of `schema.rs` compares this file as well.

use diesel::table;

table! {
    key_hours (key_id, hour) {
        key_id -> Binary,
        hour -> BigInt,
        success -> BigInt,
        redirect -> BigInt,
        client_error -> BigInt,
        too_many -> BigInt,
        server_error -> BigInt,
        verifications -> BigInt,
        revoked -> BigInt,
        locked -> BigInt,
        expired -> BigInt,
        workspace_suspended -> BigInt,
        ip_not_allowed -> BigInt,
        insufficient_scope -> BigInt,
        rate_limited -> BigInt,
        addresses -> Binary,
    }
}

table! {
    workspace_hours (workspace_id, hour) {
        workspace_id -> Binary,
        hour -> BigInt,
        success -> BigInt,
        redirect -> BigInt,
        client_error -> BigInt,
        too_many -> BigInt,
        server_error -> BigInt,
        verifications -> BigInt,
        revoked -> BigInt,
        locked -> BigInt,
        expired -> BigInt,
        workspace_suspended -> BigInt,
        ip_not_allowed -> BigInt,
        insufficient_scope -> BigInt,
        rate_limited -> BigInt,
        latencies -> Binary,
    }
}

table! {
    unknown_attempts (hour, network) {
        hour -> BigInt,
        network -> Text,
        unknown -> BigInt,
        malformed -> BigInt,
    }
}

table! {
    policy_hours (workspace_id, policy, hour) {
        workspace_id -> Binary,
        policy -> Binary,
        hour -> BigInt,
        allowed -> BigInt,
        refused -> BigInt,
        shadow_refused -> BigInt,
    }
}
