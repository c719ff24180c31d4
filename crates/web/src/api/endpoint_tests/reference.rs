//! What the document says about test sends.

use serde_json::json;
use utoipa::openapi::path::HttpMethod;

use super::body::TestEndpoint;
use crate::api::deliveries::{AttemptBody, attempt_example};
use crate::auth::EndpointsWrite;
use crate::openapi::Operation;

pub(in crate::api) fn operations() -> Vec<Operation> {
    let more = "Signed and sent as a delivery would be, past the queue and whatever the endpoint wants; one that is paused or disabled is \
                tested too. Nothing is stored but a line in the audit log: the answer is 200 with the whole attempt, whatever the \
                receiver said. An endpoint is tested by one caller at a time, eight endpoints at once.";
    vec![
        Operation::new(HttpMethod::Post, "/api/hub/v1/endpoints/{id}/test", "testEndpoint")
            .of("id", "The id of the endpoint.", "whe_06b6rk0004s4g1s0d5ju9o6m0k")
            .needs::<EndpointsWrite>("Sends an endpoint one request, at once, and tells what came of it.", more)
            .may_take::<TestEndpoint<'_>>(json!({ "event_type": "payment.completed" }))
            .answers::<AttemptBody<'_>>("200", "What was sent, and what came back.", attempt_example())
            .fails(&[409]),
    ]
}
