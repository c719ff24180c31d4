//! What the document says about the outcomes of events.

use serde_json::json;
use utoipa::PartialSchema as _;
use utoipa::openapi::path::HttpMethod;

use super::body::OutcomeBody;
use crate::auth::DeliveriesRead;
use crate::openapi::{EndpointIdText, Operation, filter};

const EVENT: &str = "evt_06b6rk0004s4g1s0d5ju9o6m0k";
const ENDPOINT: &str = "whe_06b6rk0004s4g1s0d5ju9o6m0k";

pub(in crate::api) fn operations() -> Vec<Operation> {
    let more = "Every endpoint that the event could have met, newest first: those that had been deleted before are left out, unless one \
                is asked for. The reason follows from what the endpoint was when the event was accepted.";
    let outcome = json!({
        "endpoint_id": ENDPOINT,
        "endpoint_description": "The shop",
        "delivery": null,
        "reason": "not_subscribed",
        "event_types": ["refund.*"],
        "endpoint_revision": 3,
    });
    let endpoint = filter("endpoint_id", "Only at this endpoint.", EndpointIdText::schema(), &json!(ENDPOINT));
    vec![
        Operation::new(HttpMethod::Get, "/api/hub/v1/events/{id}/outcomes", "listEventOutcomes")
            .of("id", "The id of the event.", EVENT)
            .needs::<DeliveriesRead>("Tells for each endpoint the delivery of an event, or why there is none.", more)
            .parameter(endpoint)
            .lists::<OutcomeBody<'_>>("A page of outcomes.", &outcome, &json!(ENDPOINT)),
    ]
}
