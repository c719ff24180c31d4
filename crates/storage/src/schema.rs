//! The tables, as both databases have them; a test compares this file with what the migrations make.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    workspaces (id) {
        id -> Binary,
        name -> Text,
        status -> Text,
        created_at_us -> BigInt,
        time_zone -> Text,
        event_checks -> Text,
    }
}

table! {
    installation (id) {
        id -> BigInt,
        sealed_pepper -> Binary,
        default_workspace_id -> Binary,
        created_at_us -> BigInt,
    }
}

table! {
    operators (id) {
        id -> Binary,
        workspace_id -> Binary,
        email -> Text,
        role -> Text,
        created_at_us -> BigInt,
        password_hash -> Nullable<Text>,
        revision -> BigInt,
    }
}

table! {
    operator_second_factors (operator_id) {
        operator_id -> Binary,
        sealed -> Binary,
        last_step -> BigInt,
        recovery -> Binary,
        added_at_us -> BigInt,
    }
}

table! {
    operator_memberships (operator_id, workspace_id) {
        operator_id -> Binary,
        workspace_id -> Binary,
        role -> Text,
        since_us -> BigInt,
    }
}

table! {
    operator_sessions (id) {
        id -> Binary,
        digest -> Binary,
        workspace_id -> Binary,
        operator_id -> Binary,
        created_at_us -> BigInt,
        last_seen_at_us -> BigInt,
        ends_at_us -> BigInt,
        address -> Text,
        user_agent -> Text,
    }
}

table! {
    audit_entries (workspace_id, sequence) {
        workspace_id -> Binary,
        sequence -> BigInt,
        at_us -> BigInt,
        actor -> Text,
        action -> Text,
        subject -> Text,
        detail -> Text,
        previous_hash -> Binary,
        hash -> Binary,
    }
}

table! {
    api_keys (id) {
        id -> Binary,
        workspace_id -> Binary,
        label -> Text,
        prefix -> Text,
        digest -> Binary,
        digest_scheme -> Text,
        scopes -> Text,
        environment -> Text,
        status -> Text,
        expires_at_us -> Nullable<BigInt>,
        allow_list -> Text,
        created_at_us -> BigInt,
        created_by -> Text,
        last_used_at_us -> Nullable<BigInt>,
        revision -> BigInt,
        owner -> Nullable<Text>,
        metadata -> Text,
        rotated_at_us -> Nullable<BigInt>,
        successor_id -> Nullable<Binary>,
    }
}

table! {
    api_key_stragglers (key_id) {
        key_id -> Binary,
        calls -> BigInt,
        last_at_us -> Nullable<BigInt>,
        last_address -> Nullable<Text>,
        last_user_agent -> Nullable<Text>,
    }
}

table! {
    events (id) {
        id -> Binary,
        workspace_id -> Binary,
        event_type -> Text,
        external_id -> Nullable<Text>,
        payload -> Binary,
        accepted_at_us -> BigInt,
    }
}

table! {
    event_types (workspace_id, name) {
        workspace_id -> Binary,
        name -> Text,
        description -> Text,
        schema -> Text,
        sample -> Binary,
        status -> Text,
        created_at_us -> BigInt,
        updated_at_us -> BigInt,
        revision -> BigInt,
    }
}

table! {
    reference_documents (workspace_id) {
        workspace_id -> Binary,
        format -> Text,
        title -> Text,
        text_hash -> Text,
        text_bytes -> BigInt,
        uploaded_at_us -> BigInt,
        uploaded_by -> Text,
        revision -> BigInt,
        text -> Text,
    }
}

table! {
    endpoints (id) {
        id -> Binary,
        workspace_id -> Binary,
        url -> Text,
        description -> Text,
        event_types -> Text,
        status -> Text,
        disabled_reason -> Nullable<Text>,
        created_at_us -> BigInt,
        revision -> BigInt,
        timeout_ms -> BigInt,
        retry_schedule -> Nullable<Text>,
        rate -> Nullable<Text>,
        in_flight_max -> Nullable<BigInt>,
        headers -> Nullable<Text>,
        authorities_pem -> Nullable<Text>,
        origin -> Text,
    }
}

table! {
    endpoint_secrets (id) {
        id -> Binary,
        endpoint_id -> Binary,
        number -> BigInt,
        sealed -> Binary,
        created_at_us -> BigInt,
        expires_at_us -> Nullable<BigInt>,
    }
}

table! {
    endpoint_revisions (endpoint_id, revision) {
        endpoint_id -> Binary,
        revision -> BigInt,
        last_event_id -> Nullable<Binary>,
        url -> Text,
        event_types -> Text,
        status -> Text,
        disabled_reason -> Nullable<Text>,
    }
}

table! {
    endpoint_health (endpoint_id) {
        endpoint_id -> Binary,
        workspace_id -> Binary,
        failures -> BigInt,
        failing_since_us -> BigInt,
        failed_at_us -> BigInt,
        last_error -> Text,
        opened_at_us -> Nullable<BigInt>,
        probe_pause_ms -> Nullable<BigInt>,
        probe_at_us -> Nullable<BigInt>,
    }
}

table! {
    endpoint_hours (endpoint_id, hour) {
        endpoint_id -> Binary,
        hour -> BigInt,
        successes -> BigInt,
        failures -> BigInt,
        latencies -> Binary,
    }
}

table! {
    sessions (id) {
        id -> Binary,
        started_at_us -> BigInt,
        beats -> BigInt,
    }
}

table! {
    deliveries (id) {
        id -> Binary,
        workspace_id -> Binary,
        event_id -> Binary,
        event_type -> Text,
        endpoint_id -> Binary,
        state -> Text,
        due_at_us -> Nullable<BigInt>,
        lease_session_id -> Nullable<Binary>,
        attempts -> BigInt,
        created_at_us -> BigInt,
        finished_at_us -> Nullable<BigInt>,
        last_started_at_us -> Nullable<BigInt>,
        last_duration_ms -> Nullable<BigInt>,
        last_status -> Nullable<BigInt>,
        last_failure -> Nullable<Text>,
        last_detail -> Nullable<Text>,
        resends -> BigInt,
        resend -> Nullable<Text>,
        setbacks -> BigInt,
        interruptions -> BigInt,
        first_success -> Nullable<Binary>,
    }
}

table! {
    attempts (delivery_id, number) {
        delivery_id -> Binary,
        number -> BigInt,
        started_at_us -> BigInt,
        duration_ms -> BigInt,
        status -> Nullable<BigInt>,
        failure -> Nullable<Text>,
        detail -> Nullable<Text>,
        body_excerpt -> Binary,
        secret_ids -> Binary,
        session_id -> Nullable<Binary>,
        report -> Nullable<Binary>,
    }
}

table! {
    resend_jobs (id) {
        id -> Binary,
        workspace_id -> Binary,
        state -> Text,
        event_id -> Nullable<Binary>,
        endpoint_id -> Nullable<Binary>,
        event_type -> Nullable<Text>,
        delivery_state -> Nullable<Text>,
        created_from_us -> Nullable<BigInt>,
        created_before_us -> Nullable<BigInt>,
        ends_before -> Binary,
        cursor -> Nullable<Binary>,
        estimate -> BigInt,
        resent -> BigInt,
        skipped_in_flight -> BigInt,
        skipped_held -> BigInt,
        skipped_inactive -> BigInt,
        skipped_failing -> BigInt,
        skipped_too_many -> BigInt,
        skipped_unreadable -> BigInt,
        failure -> Nullable<Text>,
        created_at_us -> BigInt,
        created_by -> Text,
        finished_at_us -> Nullable<BigInt>,
    }
}

table! {
    idempotency_answers (caller, key) {
        caller -> Binary,
        key -> Binary,
        fingerprint -> Binary,
        status -> BigInt,
        body -> Binary,
        created_at_us -> BigInt,
    }
}

table! {
    rate_states (workspace_id) {
        workspace_id -> Binary,
        revision -> BigInt,
        exempt_networks -> Text,
        networks_revision -> BigInt,
        override_count -> BigInt,
    }
}

table! {
    rate_policies (id) {
        id -> Binary,
        workspace_id -> Binary,
        position -> BigInt,
        name -> Text,
        quota_limit -> BigInt,
        window_ms -> BigInt,
        burst -> BigInt,
        cost -> BigInt,
        subject -> Text,
        methods -> Text,
        path -> Text,
        mode -> Text,
        on_backend_error -> Text,
        created_at_us -> BigInt,
        updated_at_us -> BigInt,
        revision -> BigInt,
    }
}

table! {
    rate_overrides (id) {
        id -> Binary,
        workspace_id -> Binary,
        policy -> Binary,
        subject_kind -> Text,
        subject -> Binary,
        quota_limit -> BigInt,
        window_ms -> BigInt,
        burst -> BigInt,
        created_at_us -> BigInt,
        updated_at_us -> BigInt,
        revision -> BigInt,
    }
}

joinable!(endpoint_secrets -> endpoints (endpoint_id));
joinable!(operator_memberships -> operators (operator_id));
joinable!(operator_memberships -> workspaces (workspace_id));
joinable!(operator_second_factors -> operators (operator_id));
joinable!(operators -> workspaces (workspace_id));
allow_tables_to_appear_in_same_query!(
    endpoints,
    endpoint_secrets,
    endpoint_health,
    endpoint_revisions,
    events,
    deliveries,
    sessions,
    workspaces,
    operators,
    operator_memberships,
    operator_second_factors
);
