//! What the document says about endpoints.

use serde_json::{Value, json};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use super::body::{CreateEndpoint, CreatedEndpointBody, EndpointBody, ListedEndpointBody, UpdateEndpoint};
use crate::auth::{EndpointsRead, EndpointsWrite};
use crate::openapi::Operation;

const ID: &str = "whe_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    let mut operations = vec![list(), create(), find(), update(), remove()];
    let changes = [
        (
            "/api/hub/v1/endpoints/{id}/pause",
            "pauseEndpoint",
            "Holds the deliveries of an endpoint back until it is resumed.",
            "paused",
        ),
        (
            "/api/hub/v1/endpoints/{id}/resume",
            "resumeEndpoint",
            "Lets a paused or disabled endpoint get its deliveries again, also those that were held back.",
            "active",
        ),
    ];
    operations.extend(changes.map(|(path, id, summary, status)| {
        of_id(Operation::new(HttpMethod::Post, path, id))
            .needs::<EndpointsWrite>(summary, "A change that was made before changes nothing.")
            .takes_nothing()
            .answers::<EndpointBody<'_>>("200", "The endpoint after the change.", endpoint(status))
            .once()
    }));
    operations
}

fn list() -> Operation {
    let mut listed = endpoint("active");
    listed.as_object_mut().into_iter().for_each(|fields| drop(fields.insert("health".to_owned(), json!("healthy"))));
    Operation::new(HttpMethod::Get, "/api/hub/v1/endpoints", "listEndpoints")
        .needs::<EndpointsRead>("Lists the endpoints of the workspace and how each does, newest first.", "")
        .lists::<ListedEndpointBody<'_>>("A page of endpoints.", &listed, &json!(ID))
}

fn create() -> Operation {
    let body = json!({
        "url": "https://shop.example/hooks",
        "event_types": ["payment.*", "refund.completed"],
        "description": "The shop",
        "rate": { "limit": 30, "per": "minute" },
        "in_flight_max": 4,
        "headers": [
            { "name": "X-Shop", "value": "12" },
            { "name": "Authorization", "value": "Bearer 7f6f3f2e", "is_sensitive": true },
        ],
    });
    let mut made = endpoint("active");
    let more = [
        ("secret".to_owned(), json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=")),
        ("already_shown".to_owned(), json!(false)),
        ("signature_schemes".to_owned(), json!(["standard-webhooks", "ownpay"])),
    ];
    made.as_object_mut().into_iter().for_each(|fields| fields.extend(more.clone()));
    Operation::new(HttpMethod::Post, "/api/hub/v1/endpoints", "createEndpoint")
        .needs::<EndpointsWrite>("Creates an endpoint.", "Its secret is in this answer and nowhere else.")
        .takes::<CreateEndpoint>(body)
        .answers::<CreatedEndpointBody<'_>>("201", "The endpoint, with its secret.", made)
        .with_header("Cache-Control")
        .once()
}

fn find() -> Operation {
    of_id(Operation::new(HttpMethod::Get, "/api/hub/v1/endpoints/{id}", "findEndpoint"))
        .needs::<EndpointsRead>("Shows an endpoint.", "")
        .answers::<EndpointBody<'_>>("200", "The endpoint.", endpoint("active"))
        .with_header("ETag")
}

fn update() -> Operation {
    let more = "Attempts from now on are made as it is then, also those of earlier events. What is absent stays as it is, null is the default.";
    of_id(Operation::new(HttpMethod::Patch, "/api/hub/v1/endpoints/{id}", "updateEndpoint"))
        .needs::<EndpointsWrite>(
            "Changes where an endpoint is, what it wants, what it is called and how requests to it are made.",
            more,
        )
        .if_match(Required::True)
        .takes::<UpdateEndpoint>(json!({ "event_types": ["*"], "timeout_s": 5, "rate": null }))
        .answers::<EndpointBody<'_>>("200", "The endpoint after the change.", endpoint("active"))
        .with_header("ETag")
}

fn remove() -> Operation {
    let more = "Deliveries that wait for it are closed; those that came to their end remain in the log.";
    of_id(Operation::new(HttpMethod::Delete, "/api/hub/v1/endpoints/{id}", "deleteEndpoint"))
        .needs::<EndpointsWrite>("Deletes an endpoint and its secrets.", more)
        .if_match(Required::False)
        .answers_nothing("204", "It is deleted.")
}

fn of_id(operation: Operation) -> Operation {
    operation.of("id", "The id of the endpoint.", ID)
}

fn endpoint(status: &str) -> Value {
    json!({
        "id": ID,
        "url": "https://shop.example/hooks",
        "description": "The shop",
        "event_types": ["payment.*", "refund.completed"],
        "origin": "manual",
        "status": status,
        "disabled_reason": null,
        "timeout_s": 10,
        "retry_schedule": null,
        "rate": { "limit": 30, "per": "minute" },
        "in_flight_max": 4,
        "headers": [
            { "name": "X-Shop", "value": "12", "is_sensitive": false },
            { "name": "Authorization", "value": null, "is_sensitive": true },
        ],
        "ca_pem": null,
        "created_at": "2026-11-24T10:00:00.000000Z",
        "revision": 1,
    })
}
