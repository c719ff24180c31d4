//! `POST /api/v1/webhooks/tests`: sends the test event to the oldest active endpoint. *Source:* wire contract §2.11.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::events::{Payload, TEST_EVENT};
use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::webhooks::{Endpoint, EndpointOrigin, EndpointStatus, Endpoints, NewTest, ShownAttempt};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use super::input::{demand, fields};
use super::routes::path;
use super::{Answer, Code, Failure, Merchant, Writes};
use crate::openapi::Operation;
use crate::request::{Incoming, Path, post};
use crate::services::Services;
use crate::{blocking, test_sends, writes};

pub(super) fn paths() -> Vec<Path> {
    vec![path("/api/v1/webhooks/tests", "POST").route(post().to(test))]
}

pub(super) fn operations() -> Vec<Operation> {
    let more = "To the oldest active endpoint, signed and sent as a delivery would be. Whatever keeps it from arriving is a 400 whose \
                message has the status that was answered. A WooCommerce shop answers 404, because no order matches a test. An \
                `Idempotency-Key` changes nothing: whoever tests again wants to know how it is now, so that each call sends.";
    vec![
        Operation::new(HttpMethod::Post, "/api/v1/webhooks/tests", "testMerchantWebhook")
            .permits::<Writes>("Sends the test event.", more)
            .may_take::<Nothing>(json!({}))
            .wraps::<TestBody>("200", "It arrived.", &json!({ "status_code": 200, "response_time_ms": 120 }))
            .fails(&[422]),
    ]
}

/// What is said of a test: nothing.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMerchantWebhookTest)]
struct Nothing {}

/// What came of a test.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantWebhookTest)]
struct TestBody {
    /// The status that the receiver answered.
    #[schema(minimum = 100, maximum = 999)]
    status_code: Option<u16>,
    /// How long that took; milliseconds.
    #[schema(minimum = 0)]
    response_time_ms: Option<u32>,
}

/// Not carried out once under an `Idempotency-Key`, which is only read: whoever tests again wants to know how it is now.
async fn test(
    merchant: Merchant<Writes>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let demand = demand(incoming, services.limits).await?;
    fields::<Nothing>(&demand.body)?;
    let (endpoints, workspace_id) = (services.endpoints.clone(), merchant.workspace_id);
    let found = blocking::run(move || oldest_active(&endpoints, workspace_id)).await?;
    let id = found.ok_or_else(|| failed("no active endpoint is set up"))?;
    let event_type = TEST_EVENT.name.parse().map_err(|error| Failure::internal(&error))?;
    let sample = TEST_EVENT.sample.as_bytes();
    let payload = Payload::new(sample, sample.len()).map_err(|error| Failure::internal(&error))?;
    let tests = &services.endpoint_tests;
    let ready = tests.get_ready(merchant.asker(), workspace_id, id, NewTest { event_type, payload })?;
    let shown = test_sends::run(tests, writes::run(ready).await?).await?;
    outcome(&shown)
}

/// The oldest of those that people set up: what a payment named as its `callback_url` is no endpoint of OwnPay's. All pages are looked
/// at, because lists begin with the newest; a workspace has a hundred endpoints or so.
fn oldest_active(endpoints: &Endpoints, workspace_id: WorkspaceId) -> Result<Option<EndpointId>, Failure> {
    let is_meant =
        |endpoint: &&Endpoint| (endpoint.origin, endpoint.status) == (EndpointOrigin::Manual, EndpointStatus::Active);
    let (mut oldest, mut after) = (None, None);
    loop {
        let page = endpoints.list(workspace_id, PageRequest { size: PageSize::MAX, after })?;
        let found = page.items.iter().rfind(is_meant);
        oldest = found.map(|endpoint| endpoint.id).or(oldest);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(oldest),
        }
    }
}

fn outcome(shown: &ShownAttempt) -> Result<HttpResponse, Failure> {
    let attempt = &shown.attempt;
    match (attempt.error_kind(), attempt.status) {
        (None, status) => {
            let response_time_ms = Some(attempt.duration_ms);
            Ok(Answer::ok(&TestBody { status_code: status, response_time_ms }).into_response())
        }
        (Some(_), Some(status)) => Err(failed(&format!("the endpoint answered HTTP {status}"))),
        (Some(kind), None) => Err(failed(&format!("the endpoint did not answer ({})", kind.as_str()))),
    }
}

fn failed(why: &str) -> Failure {
    Failure::new(Code::WebhookTestFailed, format!("Webhook test failed: {why}"))
}
