//! What is said about deliveries.

use devhub_domain::webhooks::{Delivery, ErrorKind, Summary};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::{
    DeliveryIdText, DeliveryStateWord, EndpointIdText, EventIdText, EventTypeText, FailureWord, TimeText,
};
use crate::request::Text;

/// The delivery of one event to one endpoint.
#[derive(Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(in crate::api) struct DeliveryBody<'a> {
    id: DeliveryIdText,
    event_id: EventIdText,
    #[schema(value_type = EventTypeText)]
    event_type: &'a str,
    endpoint_id: EndpointIdText,
    #[schema(value_type = DeliveryStateWord)]
    state: &'static str,
    /// When the next attempt is due; null unless it is waiting.
    due_at: Option<TimeText>,
    /// How many requests have left, resends and interrupted ones included.
    attempt_count: u32,
    /// How many of them somebody asked for.
    resend_count: u32,
    /// How many of them were cut off with the node that sent them: they may have been sent, and use up none of the schedule.
    interruption_count: u32,
    /// The latest attempt; null before the first.
    last_attempt: Option<SummaryBody<'a>>,
    created_at: TimeText,
    /// When it came to its end.
    finished_at: Option<TimeText>,
}

/// The latest attempt of a delivery.
#[derive(Serialize, ToSchema)]
#[schema(as = AttemptSummary)]
pub(in crate::api) struct SummaryBody<'a> {
    started_at: TimeText,
    duration_ms: u32,
    /// The status that was answered; null when nothing was.
    #[schema(minimum = 100, maximum = 999)]
    status: Option<u16>,
    /// Why it is no success; null when it is one.
    #[schema(value_type = Option<FailureWord>)]
    failure: Option<&'static str>,
    /// Why the request never left; a request that did has its own detail among the attempts.
    detail: Option<&'a str>,
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
            resend_count: delivery.resends,
            interruption_count: delivery.interruptions,
            last_attempt: delivery.last.as_ref().map(SummaryBody::from),
            created_at: Text(delivery.created_at),
            finished_at: delivery.ended_at().map(Text),
        }
    }
}

impl<'a> From<&'a Summary> for SummaryBody<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            started_at: Text(summary.started_at),
            duration_ms: summary.duration_ms,
            status: summary.status,
            failure: summary.error_kind().map(ErrorKind::as_str),
            detail: summary.detail.as_deref(),
        }
    }
}
