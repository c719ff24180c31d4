//! What the document says about event types.

use serde_json::{Value, json};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use super::body::{CreateEventType, EventTypeBody, UpdateEventType};
use crate::auth::{EventTypesWrite, EventsRead};
use crate::openapi::Operation;

pub(in crate::api) fn operations() -> Vec<Operation> {
    vec![list(), create(), find(), update(), remove()]
}

fn list() -> Operation {
    let more = "Those that come with the hub in their order, then those of the workspace by name. Others may be published, too, \
                unless the workspace is strict.";
    Operation::new(HttpMethod::Get, "/api/hub/v1/event-types", "listEventTypes")
        .needs::<EventsRead>("Lists the event types of the catalogue.", more)
        .lists::<EventTypeBody<'_>>("A page of event types.", &own_type(), &json!("order.paid"))
}

fn create() -> Operation {
    let body = json!({
        "name": "order.paid",
        "description": "An order was paid.",
        "schema": schema(),
        "sample": { "order": 77 },
    });
    let more =
        "In the schema, `$ref` stays inside it, patterns run in linear time, and what is not understood is refused.";
    Operation::new(HttpMethod::Post, "/api/hub/v1/event-types", "createEventType")
        .needs::<EventTypesWrite>("Adds an event type to the catalogue of the workspace.", more)
        .takes::<CreateEventType<'_>>(body)
        .answers::<EventTypeBody<'_>>("201", "The event type.", own_type())
        .once()
}

fn find() -> Operation {
    of_name(Operation::new(HttpMethod::Get, "/api/hub/v1/event-types/{name}", "findEventType"))
        .needs::<EventsRead>("Shows an event type.", "")
        .answers::<EventTypeBody<'_>>("200", "The event type.", own_type())
        .with_header("ETag")
}

fn update() -> Operation {
    let more = "A strict workspace holds what is published afterwards against it.";
    of_name(Operation::new(HttpMethod::Patch, "/api/hub/v1/event-types/{name}", "updateEventType"))
        .needs::<EventTypesWrite>("Changes an event type of the workspace.", more)
        .if_match(Required::True)
        .takes::<UpdateEventType<'_>>(json!({ "description": "An order was paid.", "archived": false }))
        .answers::<EventTypeBody<'_>>("200", "The event type after the change.", own_type())
        .with_header("ETag")
}

fn remove() -> Operation {
    let more = "Events of it remain in the log, and endpoints that want it want it still.";
    of_name(Operation::new(HttpMethod::Delete, "/api/hub/v1/event-types/{name}", "deleteEventType"))
        .needs::<EventTypesWrite>("Removes an event type of the workspace.", more)
        .if_match(Required::False)
        .answers_nothing("204", "It is removed.")
}

fn of_name(operation: Operation) -> Operation {
    operation.of("name", "The name of the event type.", "order.paid")
}

fn schema() -> Value {
    json!({ "type": "object", "required": ["order"], "properties": { "order": { "type": "integer" } } })
}

fn own_type() -> Value {
    json!({
        "name": "order.paid",
        "description": "An order was paid.",
        "sample": { "order": 77 },
        "schema": schema(),
        "own": true,
        "archived": false,
        "created_at": "2026-11-24T10:00:00.000000Z",
        "updated_at": "2026-11-24T10:00:00.000000Z",
        "revision": 1,
    })
}
