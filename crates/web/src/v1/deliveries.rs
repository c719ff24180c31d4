//! `GET /api/v1/webhooks/deliveries`: the last deliveries of the workspace. *Source:* wire contract §2.11.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};
use devhub_domain::webhooks::{Delivery, DeliveryFilter, DeliveryState};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use super::routes::path;
use super::{Answer, Failure, Merchant, Reads};
use crate::blocking;
use crate::openapi::{DeliveryIdText, EventTypeText, Operation, TimeText};
use crate::request::{Path, Text, get};
use crate::services::Services;

/// How many are shown.
const SHOWN: u64 = 50;

pub(super) fn paths() -> Vec<Path> {
    vec![path("/api/v1/webhooks/deliveries", "GET, HEAD").route(get().to(list))]
}

pub(super) fn operations() -> Vec<Operation> {
    let item = json!({
        "id": "dlv_06b6rk0004s4g1s0d5ju9o6m0k", "event": "payment.completed", "url": "https://shop.example/?wc-api=ownpay",
        "direction": "outbound", "status_code": 200, "response_time_ms": 120, "attempt": 1, "status": "delivered",
        "created_at": "2026-11-24T10:00:00.000000Z",
    });
    vec![
        Operation::new(HttpMethod::Get, "/api/v1/webhooks/deliveries", "listMerchantDeliveries")
            .permits::<Reads>(
                "Lists the last 50 deliveries of events, newest first.",
                "The hub's own API tells more of each.",
            )
            .wraps_all::<DeliveryBody<'_>>("The deliveries.", &item, None),
    ]
}

/// The delivery of an event.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantDelivery)]
struct DeliveryBody<'a> {
    id: DeliveryIdText,
    /// What happened.
    #[schema(value_type = EventTypeText)]
    event: &'a str,
    /// Where its endpoint is now; empty when that was deleted.
    url: &'a str,
    /// `outbound`: nothing comes in here.
    direction: &'static str,
    /// The status that was answered last; null when nothing was.
    #[schema(minimum = 100, maximum = 999)]
    status_code: Option<u16>,
    /// How long the last attempt took; milliseconds.
    #[schema(minimum = 0)]
    response_time_ms: Option<u32>,
    /// How many requests have left.
    attempt: u32,
    /// `received` while it is under way, `delivered`, `failed`, or `rejected` when its address is not allowed or it was given up.
    status: &'static str,
    created_at: TimeText,
}

impl<'a> DeliveryBody<'a> {
    fn new(delivery: &'a Delivery, urls: &'a BTreeMap<EndpointId, String>) -> Self {
        let last = delivery.last.as_ref();
        Self {
            id: Text(delivery.id),
            event: delivery.event_type.as_str(),
            url: urls.get(&delivery.endpoint_id).map(String::as_str).unwrap_or_default(),
            direction: "outbound",
            status_code: last.and_then(|last| last.status),
            response_time_ms: last.map(|last| last.duration_ms),
            attempt: delivery.attempts,
            status: status(delivery),
            created_at: Text(delivery.created_at),
        }
    }
}

/// OwnPay's word for where a delivery stands. One that failed and will be tried again has failed so far.
fn status(delivery: &Delivery) -> &'static str {
    match delivery.state {
        DeliveryState::Delivered => "delivered",
        DeliveryState::Exhausted | DeliveryState::Parked => "failed",
        DeliveryState::Closed(_) => "rejected",
        DeliveryState::Leased | DeliveryState::Waiting | DeliveryState::Held | DeliveryState::Withheld => {
            if delivery.last.is_some() { "failed" } else { "received" }
        }
    }
}

async fn list(merchant: Merchant<Reads>, services: Data<Services>) -> Result<HttpResponse, Failure> {
    let workspace_id = merchant.workspace_id;
    let (deliveries, urls) = blocking::run(move || listed(&services, workspace_id)).await?;
    let bodies: Vec<_> = deliveries.iter().map(|delivery| DeliveryBody::new(delivery, &urls)).collect();
    Ok(Answer::ok(&bodies).into_response())
}

fn listed(
    services: &Services,
    workspace_id: WorkspaceId,
) -> Result<(Vec<Delivery>, BTreeMap<EndpointId, String>), Failure> {
    let size = PageSize::new(SHOWN).map_err(|error| Failure::internal(&error))?;
    let page = services.deliveries.list(workspace_id, &DeliveryFilter::default(), PageRequest { size, after: None })?;
    let names = services.endpoints.list_names(workspace_id)?.into_iter();
    let urls = names.map(|name| (name.id, name.url.as_str().to_owned())).collect();
    Ok((page.items, urls))
}
