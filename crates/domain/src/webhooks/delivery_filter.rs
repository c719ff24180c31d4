//! Which deliveries are meant: of a list, or of a job.

use super::{Delivery, DeliveryState};
use crate::events::EventType;
use crate::id::{EndpointId, EventId};
use crate::page::Period;

/// Which deliveries a list shows; all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// Only those of this event.
    pub event_id: Option<EventId>,
    /// Only those of events of this type.
    pub event_type: Option<EventType>,
    /// Only those to this endpoint.
    pub endpoint_id: Option<EndpointId>,
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those of events that were accepted in this period.
    pub created: Period,
}

impl DeliveryFilter {
    /// Whether it shows a delivery.
    pub fn wants(&self, delivery: &Delivery) -> bool {
        self.event_id.is_none_or(|id| delivery.event_id == id)
            && self.event_type.as_ref().is_none_or(|event_type| delivery.event_type == *event_type)
            && self.endpoint_id.is_none_or(|id| delivery.endpoint_id == id)
            && self.state.is_none_or(|state| delivery.state == state)
            && self.created.contains(delivery.created_at)
    }

    /// Whether it shows everything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
