//! What the document says about the health of an endpoint.

use serde_json::json;
use utoipa::openapi::path::HttpMethod;

use super::body::HealthBody;
use crate::auth::EndpointsRead;
use crate::openapi::Operation;

const ID: &str = "whe_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    let more = "An endpoint that keeps failing is only probed until a request succeeds, and disabled when nothing but failures happened for \
                too long; what waits for it is kept for as long as events are (`webhooks.retention_days`), then it expires. Resuming it forgets its failures. Whoever wants to be told subscribes to \
                `endpoint.disabled`, `endpoint.recovered` and `delivery.exhausted` with another endpoint.";
    let answers = json!({ "successes": 980, "failures": 20, "success_percent": 98.0, "p50_ms": 96, "p95_ms": 384 });
    let example = json!({
        "state": "probed",
        "rule": "after 10 failures in a row an endpoint is asked by one request at a time, first after 30 s, then after pauses that double \
                 up to 15 min, until one succeeds; after 5 d with nothing but failures, and at least 10 of them, it is disabled.",
        "failures": 11,
        "failing_since": "2026-11-24T10:00:00.000000Z",
        "failed_at": "2026-11-24T10:20:00.000000Z",
        "last_error": "the receiver answered 500",
        "probed_since": "2026-11-24T10:19:00.000000Z",
        "next_probe_at": "2026-11-24T10:21:00.000000Z",
        "backlog": 42,
        "oldest_waiting_at": "2026-11-24T10:00:00.000000Z",
        "last_24_h": answers,
        "last_7_d": answers,
    });
    vec![
        Operation::new(HttpMethod::Get, "/api/hub/v1/endpoints/{id}/health", "findEndpointHealth")
            .of("id", "The id of the endpoint.", ID)
            .needs::<EndpointsRead>(
                "Shows how an endpoint does: its circuit, what waits for it, how it has answered.",
                more,
            )
            .answers::<HealthBody<'_>>("200", "How it does.", example),
    ]
}
