//! `/api/hub/v1/deliveries`: list, show with attempts.

use std::borrow::Cow;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use devhub_domain::id::{DeliveryId, EndpointId, EndpointSecretId, EventId};
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Attempt, Delivery, DeliveryFilter, DeliveryState, FailureKind, Summary};
use serde::Serialize;

use crate::auth::{Caller, DeliveriesRead};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Params, Text, get, ok, page_request, resource};
use crate::services::Services;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/api/hub/v1/deliveries", "GET, HEAD").route(get().to(list)))
        .service(resource("/api/hub/v1/deliveries/{id}", "GET, HEAD").route(get().to(find)));
}

#[derive(Serialize)]
struct DeliveryBody<'a> {
    id: Text<DeliveryId>,
    event_id: Text<EventId>,
    event_type: &'a str,
    endpoint_id: Text<EndpointId>,
    state: &'static str,
    due_at: Option<Text<Timestamp>>,
    attempt_count: u32,
    last_attempt: Option<SummaryBody<'a>>,
    created_at: Text<Timestamp>,
    finished_at: Option<Text<Timestamp>>,
}

#[derive(Serialize)]
struct SummaryBody<'a> {
    started_at: Text<Timestamp>,
    duration_ms: u32,
    status: Option<u16>,
    failure: Option<&'static str>,
    /// Why the request never left; a request that did has its own detail among the attempts.
    detail: Option<&'a str>,
}

/// A delivery with the log of its attempts, first to last.
#[derive(Serialize)]
struct DeliveryDetailBody<'a> {
    #[serde(flatten)]
    delivery: DeliveryBody<'a>,
    attempts: Vec<AttemptBody<'a>>,
}

#[derive(Serialize)]
struct AttemptBody<'a> {
    number: u32,
    started_at: Text<Timestamp>,
    duration_ms: u32,
    status: Option<u16>,
    failure: Option<&'static str>,
    detail: Option<&'a str>,
    /// What the receiver answered, as text: bytes that are none show as replacement characters.
    body_excerpt: Cow<'a, str>,
    secret_ids: Vec<Text<EndpointSecretId>>,
}

impl<'a> From<&'a Delivery> for DeliveryBody<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self {
            id: Text(delivery.id),
            event_id: Text(delivery.event_id),
            event_type: delivery.event_type.as_str(),
            endpoint_id: Text(delivery.endpoint_id),
            state: delivery.state.as_str(),
            due_at: delivery.due_at.map(Text),
            attempt_count: delivery.attempts,
            last_attempt: delivery.last.as_ref().map(SummaryBody::from),
            created_at: Text(delivery.created_at),
            finished_at: delivery.finished_at.map(Text),
        }
    }
}

impl<'a> From<&'a Summary> for SummaryBody<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            started_at: Text(summary.started_at),
            duration_ms: summary.duration_ms,
            status: summary.status,
            failure: summary.failure.map(FailureKind::as_str),
            detail: summary.detail.as_deref(),
        }
    }
}

impl<'a> From<&'a Attempt> for AttemptBody<'a> {
    fn from(attempt: &'a Attempt) -> Self {
        Self {
            number: attempt.number,
            started_at: Text(attempt.started_at),
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            failure: attempt.failure.map(FailureKind::as_str),
            detail: attempt.detail.as_deref(),
            body_excerpt: String::from_utf8_lossy(&attempt.body_excerpt),
            secret_ids: attempt.secret_ids.iter().copied().map(Text).collect(),
        }
    }
}

async fn list(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&["event_id", "endpoint_id", "state", "limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let filter = filter(&params, &mut invalid);
    let request = page_request(&params, &mut invalid);
    invalid.finish()?;
    let deliveries = services.deliveries.clone();
    let page = blocking::run(move || deliveries.list(caller.workspace_id, filter, request)).await?;
    ok(&PageBody::new(&page, DeliveryBody::from))
}

async fn find(
    caller: Caller<DeliveriesRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = incoming.path_id().ok_or_else(|| Problem::no_such("delivery_not_found", "delivery"))?;
    let deliveries = services.deliveries.clone();
    let (delivery, attempts) = blocking::run(move || deliveries.find(caller.workspace_id, id)).await?;
    let attempts = attempts.iter().map(AttemptBody::from).collect();
    ok(&DeliveryDetailBody { delivery: (&delivery).into(), attempts })
}

fn filter(params: &Params<'_>, invalid: &mut Invalid) -> DeliveryFilter {
    let event_id = params.find("event_id").map(|text| text.parse::<EventId>());
    let endpoint_id = params.find("endpoint_id").map(|text| text.parse::<EndpointId>());
    let state = params.find("state").map(|word| DeliveryState::parse(word).ok_or_else(known_states));
    DeliveryFilter {
        event_id: event_id.and_then(|id| invalid.check("event_id", id)),
        endpoint_id: endpoint_id.and_then(|id| invalid.check("endpoint_id", id)),
        state: state.and_then(|state| invalid.check("state", state)),
    }
}

fn known_states() -> String {
    format!("must be one of {}", DeliveryState::ALL.map(DeliveryState::as_str).join(", "))
}
