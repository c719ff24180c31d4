//! What is said about an event at an endpoint.

use devhub_domain::events::EventPattern;
use devhub_domain::webhooks::{Reach, Reached, WhyNot};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::deliveries::DeliveryBody;
use crate::openapi::{EndpointIdText, EventPatternText, WhyNotWord};
use crate::request::Text;

/// What became of an event at one endpoint: its delivery, or the reason why there is none.
#[derive(Serialize, ToSchema)]
#[schema(as = EventOutcome)]
pub(super) struct OutcomeBody<'a> {
    endpoint_id: EndpointIdText,
    /// What people call the endpoint.
    endpoint_description: &'a str,
    /// Null when there is none. One that is `held` waits for its endpoint, which is paused or disabled.
    delivery: Option<DeliveryBody<'a>>,
    /// Why there is none; null when there is one.
    #[schema(value_type = Option<WhyNotWord>)]
    reason: Option<&'static str>,
    /// What the endpoint wanted when the event was accepted, where that is the reason.
    #[schema(value_type = Option<Vec<EventPatternText>>)]
    event_types: Option<Vec<&'a str>>,
    /// In which revision of the endpoint that was so.
    endpoint_revision: Option<i64>,
}

impl<'a> From<&'a Reach> for OutcomeBody<'a> {
    fn from(reach: &'a Reach) -> Self {
        let (delivery, why) = match &reach.reached {
            Reached::Delivery(delivery) => (Some(DeliveryBody::from(&**delivery)), None),
            Reached::Not(why) => (None, Some(why)),
        };
        let (event_types, endpoint_revision) = match why {
            Some(WhyNot::NotSubscribed { event_types, revision }) => {
                (Some(event_types.iter().map(EventPattern::as_str).collect()), Some(*revision))
            }
            _ => (None, None),
        };
        Self {
            endpoint_id: Text(reach.endpoint.id),
            endpoint_description: &reach.endpoint.description,
            delivery,
            reason: why.map(WhyNot::as_str),
            event_types,
            endpoint_revision,
        }
    }
}
