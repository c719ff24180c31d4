//! What the document says about events.

use serde_json::{Value, json};
use utoipa::PartialSchema as _;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::{Object, Type};

use super::body::{EventBody, EventHeadBody, PublishEvent, PublishEvents, PublishedBatchBody, PublishedBody};
use crate::auth::{EventsRead, EventsWrite};
use crate::openapi::{EventTypeText, Operation, filter, instant};

const ID: &str = "evt_06b6rk0004s4g1s0d5ju9o6m0k";
const ONCE: &str = "Accepted once under an external_id: publishing it again with the same type and payload answers 200 and changes \
                    nothing; with others it is refused.";

pub(in crate::api) fn operations() -> Vec<Operation> {
    vec![list(), publish(), publish_all(), find()]
}

fn publish() -> Operation {
    let more = format!("The event and its deliveries are stored before the answer, or none of them is. {ONCE}");
    Operation::new(HttpMethod::Post, "/api/hub/v1/events", "publishEvent")
        .needs::<EventsWrite>("Publishes an event to every endpoint that wants it.", &more)
        .takes::<PublishEvent<'_>>(new_event())
        .answers::<PublishedBody<'_>>("200", "It was published before; nothing was changed.", published(true))
        .answers::<PublishedBody<'_>>("201", "It is accepted.", published(false))
        .once()
}

fn publish_all() -> Operation {
    let more = format!(
        "All of them are stored, or none. {ONCE} The body may have four times the bytes of the largest payload."
    );
    Operation::new(HttpMethod::Post, "/api/hub/v1/events/batch", "publishEvents")
        .needs::<EventsWrite>("Publishes up to 100 events.", &more)
        .takes::<PublishEvents<'_>>(json!({ "events": [new_event()] }))
        .answers::<PublishedBatchBody<'_>>("200", "All are accepted.", json!({ "items": [published(false)] }))
        .once()
}

fn list() -> Operation {
    let external_id = Object::builder()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(64))
        .pattern(Some("^[A-Za-z0-9_.-]+$"));
    let head = json!({
        "id": ID,
        "event_type": "payment.completed",
        "external_id": "order-77",
        "payload_bytes": 42,
        "accepted_at": "2026-11-24T10:00:00.000000Z",
    });
    Operation::new(HttpMethod::Get, "/api/hub/v1/events", "listEvents")
        .needs::<EventsRead>("Lists the events of the workspace without their payloads, newest first.", "")
        .parameter(filter(
            "event_type",
            "Only events of this type.",
            EventTypeText::schema(),
            &json!("payment.completed"),
        ))
        .parameter(filter("external_id", "Only the event with this identifier.", external_id, &json!("order-77")))
        .parameter(instant("accepted_from", "Only events accepted from then on, to the millisecond."))
        .parameter(instant("accepted_before", "Only events accepted before then, to the millisecond."))
        .lists::<EventHeadBody<'_>>("A page of events.", &head, &json!(ID))
}

fn find() -> Operation {
    let event = json!({
        "id": ID,
        "event_type": "payment.completed",
        "external_id": "order-77",
        "payload": { "order": 77 },
        "accepted_at": "2026-11-24T10:00:00.000000Z",
    });
    Operation::new(HttpMethod::Get, "/api/hub/v1/events/{id}", "findEvent")
        .of("id", "The id of the event.", ID)
        .needs::<EventsRead>("Shows an event with its payload.", "")
        .answers::<EventBody<'_>>("200", "The event.", event)
}

fn new_event() -> Value {
    json!({ "event_type": "payment.completed", "payload": { "order": 77 }, "external_id": "order-77" })
}

fn published(is_duplicate: bool) -> Value {
    json!({
        "id": ID,
        "event_type": "payment.completed",
        "external_id": "order-77",
        "accepted_at": "2026-11-24T10:00:00.000000Z",
        "deliveries": if is_duplicate { Value::Null } else { json!(2) },
        "duplicate": is_duplicate,
    })
}
