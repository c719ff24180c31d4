//! What the document says about jobs that resend deliveries.

use serde_json::{Value, json};
use utoipa::openapi::path::HttpMethod;

use super::body::{CreateResend, EstimateBody, FilterInput, ResendJobBody};
use crate::auth::{DeliveriesRead, DeliveriesWrite};
use crate::openapi::Operation;

const ID: &str = "job_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    vec![create(), list(), find(), pause(), resume(), cancel()]
}

fn create() -> Operation {
    let more = "It goes on by itself, oldest delivery first and few at a time, so that live deliveries are not held up; after a \
                restart it goes on where it was. A workspace has one job that is not over. With `dry_run` nothing is resent, and what \
                would be is counted.";
    let example = json!({
        "filter": {
            "endpoint_id": "whe_06b6rk0004s4g1s0d5ju9o6m0k",
            "state": "exhausted",
            "created_from": "2026-11-24T10:00:00Z",
        },
        "dry_run": false,
    });
    Operation::new(HttpMethod::Post, "/api/hub/v1/deliveries/resends", "createResendJob")
        .needs::<DeliveriesWrite>("Resends all deliveries that a filter matches.", more)
        .takes::<CreateResend>(example)
        .takes_within::<FilterInput>()
        .answers::<EstimateBody>(
            "200",
            "What a job would resend.",
            json!({ "estimate": 120, "estimate_is_minimum": false }),
        )
        .answers::<ResendJobBody<'_>>("202", "The job, which has begun.", job("running"))
        .once()
}

fn list() -> Operation {
    Operation::new(HttpMethod::Get, "/api/hub/v1/deliveries/resends", "listResendJobs")
        .needs::<DeliveriesRead>(
            "Lists the jobs that resend deliveries, newest first.",
            "The newest 100 of a workspace are kept.",
        )
        .lists::<ResendJobBody<'_>>("A page of jobs.", &job("running"), &json!(ID))
}

fn find() -> Operation {
    of_id(Operation::new(HttpMethod::Get, "/api/hub/v1/deliveries/resends/{id}", "findResendJob"))
        .needs::<DeliveriesRead>("Shows a job that resends deliveries, how far it has come, and what it waits for.", "")
        .answers::<ResendJobBody<'_>>("200", "The job.", job("running"))
}

fn pause() -> Operation {
    of_id(Operation::new(HttpMethod::Post, "/api/hub/v1/deliveries/resends/{id}/pause", "pauseResendJob"))
        .needs::<DeliveriesWrite>("Stops a job for a while.", "What it has resent is sent all the same.")
        .takes_nothing()
        .answers::<ResendJobBody<'_>>("200", "The job, paused.", job("paused"))
        .once()
}

fn resume() -> Operation {
    of_id(Operation::new(HttpMethod::Post, "/api/hub/v1/deliveries/resends/{id}/resume", "resumeResendJob"))
        .needs::<DeliveriesWrite>("Has a paused job go on where it was.", "")
        .takes_nothing()
        .answers::<ResendJobBody<'_>>("200", "The job, running.", job("running"))
        .once()
}

fn cancel() -> Operation {
    of_id(Operation::new(HttpMethod::Post, "/api/hub/v1/deliveries/resends/{id}/cancel", "cancelResendJob"))
        .needs::<DeliveriesWrite>("Ends a job.", "What it has resent is sent all the same.")
        .takes_nothing()
        .answers::<ResendJobBody<'_>>("200", "The job, cancelled.", job("cancelled"))
        .once()
}

fn of_id(operation: Operation) -> Operation {
    operation.of("id", "The id of the job.", ID)
}

fn job(state: &str) -> Value {
    let finished_at = if state == "cancelled" { json!("2026-11-24T12:00:05.000000Z") } else { Value::Null };
    json!({
        "id": ID,
        "state": state,
        "waiting_for": null,
        "filter": {
            "event_id": null,
            "event_type": null,
            "endpoint_id": "whe_06b6rk0004s4g1s0d5ju9o6m0k",
            "state": "exhausted",
            "created_from": "2026-11-24T10:00:00.000000Z",
            "created_before": null,
        },
        "estimate": 120,
        "estimate_is_minimum": false,
        "matched": 50,
        "resent": 49,
        "skipped": {
            "in_flight": 1,
            "held": 0,
            "endpoint_inactive": 0,
            "endpoint_failing": 0,
            "too_many_resends": 0,
            "unreadable": 0,
        },
        "failure": null,
        "created_at": "2026-11-24T12:00:00.000000Z",
        "created_by": "key_06b6rk0004s4g1s0d5ju9o6m0k",
        "finished_at": finished_at,
    })
}
