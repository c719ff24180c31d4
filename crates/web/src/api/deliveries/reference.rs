//! What the document says about deliveries.

use serde_json::{Value, json};
use utoipa::PartialSchema as _;
use utoipa::openapi::path::HttpMethod;

use super::attempt_body::AttemptBody;
use super::body::DeliveryBody;
use crate::auth::{DeliveriesRead, DeliveriesWrite};
use crate::openapi::{DeliveryStateWord, EndpointIdText, EventIdText, EventTypeText, Operation, filter, instant};

const ID: &str = "dlv_06b6rk0004s4g1s0d5ju9o6m0k";
const EVENT: &str = "evt_06b6rk0004s4g1s0d5ju9o6m0k";
const ENDPOINT: &str = "whe_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    vec![list(), find(), attempts(), attempt(), resend()]
}

fn list() -> Operation {
    Operation::new(HttpMethod::Get, "/api/hub/v1/deliveries", "listDeliveries")
        .needs::<DeliveriesRead>("Lists the deliveries of the workspace, newest first.", "")
        .parameter(filter("event_id", "Only those of this event.", EventIdText::schema(), &json!(EVENT)))
        .parameter(filter(
            "event_type",
            "Only those of events of this type.",
            EventTypeText::schema(),
            &json!("payment.completed"),
        ))
        .parameter(filter("endpoint_id", "Only those to this endpoint.", EndpointIdText::schema(), &json!(ENDPOINT)))
        .parameter(filter("state", "Only those in this state.", DeliveryStateWord::schema(), &json!("exhausted")))
        .parameter(instant("created_from", "Only those of events accepted from then on, to the millisecond."))
        .parameter(instant("created_before", "Only those of events accepted before then, to the millisecond."))
        .lists::<DeliveryBody<'_>>("A page of deliveries.", &delivery(), &json!(ID))
}

fn find() -> Operation {
    of_id(Operation::new(HttpMethod::Get, "/api/hub/v1/deliveries/{id}", "findDelivery"))
        .needs::<DeliveriesRead>("Shows a delivery.", "")
        .answers::<DeliveryBody<'_>>("200", "The delivery.", delivery())
}

fn attempts() -> Operation {
    let more = "A request that was never sent, because the address is not allowed, is no attempt: the delivery tells why. Bodies of \
                requests are left out, and signatures: one attempt alone tells them.";
    let mut listed = attempt_example();
    listed.pointer_mut("/request/body").into_iter().for_each(|body| *body = Value::Null);
    if let Some(headers) = listed.pointer_mut("/request/headers").and_then(Value::as_array_mut) {
        headers.retain(|header| header["name"] != "webhook-signature");
    }
    of_id(Operation::new(HttpMethod::Get, "/api/hub/v1/deliveries/{id}/attempts", "listAttempts"))
        .needs::<DeliveriesRead>("Lists the attempts of a delivery, first to last.", more)
        .lists::<AttemptBody<'_>>("A page of attempts.", &listed, &json!("1"))
}

fn attempt() -> Operation {
    let more = "The request is made again from what is stored; of its secrets and signatures only the beginning is shown. Its body \
                needs `events:read` besides, and the query of its address `endpoints:read`.";
    of_id(Operation::new(HttpMethod::Get, "/api/hub/v1/deliveries/{id}/attempts/{number}", "findAttempt"))
        .of("number", "Which attempt, counted from 1.", "1")
        .needs::<DeliveriesRead>("Shows an attempt with the request that was sent.", more)
        .answers::<AttemptBody<'_>>("200", "The attempt.", attempt_example())
}

/// An attempt that a receiver did not like.
pub(in crate::api) fn attempt_example() -> Value {
    json!({
        "number": 1,
        "started_at": "2026-11-24T10:00:00.000000Z",
        "duration_ms": 120,
        "timings": { "dns_us": 8_200, "connect_us": 12_000, "tls_us": 30_400, "first_byte_us": 118_000 },
        "node": "ses_06b6rk0004s4g1s0d5ju9o6m0k",
        "status": 500,
        "failure": "status",
        "detail": null,
        "response_headers": [{ "name": "content-type", "value": "text/plain" }],
        "response_headers_cut": false,
        "location": null,
        "body_excerpt": "out of order",
        "body_bytes_read": 12,
        "body_cut": false,
        "secret_ids": ["whs_06b6rk0004s4g1s0d5ju9o6m0k"],
        "request": {
            "method": "POST",
            "url": "https://shop.example/hooks",
            "headers": [
                { "name": "content-type", "value": "application/json" },
                { "name": "webhook-id", "value": EVENT },
                { "name": "webhook-timestamp", "value": "1795514400" },
                { "name": "webhook-signature", "value": "v1,tZ1I4/…" },
            ],
            "endpoint_changed": false,
            "signature_complete": true,
            "body": "{\"order\":77}",
            "body_withheld": null,
            "body_bytes": 12,
        },
    })
}

fn resend() -> Operation {
    let more = "Whether it waited or had come to its end, it goes on from there when this attempt fails. Asking again before the attempt \
                has left changes nothing.";
    let mut waiting = delivery();
    let changes = [("state".to_owned(), json!("waiting")), ("due_at".to_owned(), json!("2026-11-24T12:00:00.000000Z"))];
    waiting.as_object_mut().into_iter().for_each(|fields| fields.extend(changes.clone()));
    of_id(Operation::new(HttpMethod::Post, "/api/hub/v1/deliveries/{id}/resend", "resendDelivery"))
        .needs::<DeliveriesWrite>("Sends a delivery once more, at once.", more)
        .takes_nothing()
        .answers::<DeliveryBody<'_>>("202", "The delivery, due at once.", waiting)
        .once()
}

fn of_id(operation: Operation) -> Operation {
    operation.of("id", "The id of the delivery.", ID)
}

fn delivery() -> Value {
    json!({
        "id": ID,
        "event_id": EVENT,
        "event_type": "payment.completed",
        "endpoint_id": ENDPOINT,
        "state": "exhausted",
        "due_at": null,
        "attempt_count": 1,
        "resend_count": 0,
        "interruption_count": 0,
        "last_attempt": {
            "started_at": "2026-11-24T10:00:00.000000Z",
            "duration_ms": 120,
            "status": 500,
            "failure": "status",
            "detail": null,
        },
        "created_at": "2026-11-24T10:00:00.000000Z",
        "finished_at": "2026-11-24T10:00:00.120000Z",
    })
}
