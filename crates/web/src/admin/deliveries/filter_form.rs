//! The form that filters the log.

use devhub_domain::webhooks::EndpointName;

use super::choices::{OFFERED_MAX, endpoints, states, text_field};
use super::query::LogQuery;
use crate::admin::components::{Field, Select};
use crate::admin::form_errors::{Refusable, Wrong, at_fields};

/// Where an endpoint is named: chosen from a list, or typed where the list would be too long.
pub(super) enum EndpointField {
    Chosen(Select),
    Typed(Field),
}

/// Where the log is filtered.
pub(super) struct FilterForm {
    pub(super) endpoint: EndpointField,
    pub(super) event_type: Field,
    pub(super) status: Select,
    pub(super) event: Field,
    /// Whether there is something to clear.
    pub(super) is_filtered: bool,
}

impl FilterForm {
    /// The form with what is in force.
    pub(super) fn new(query: &LogQuery, known: &[EndpointName]) -> Self {
        let endpoint = if known.len() > OFFERED_MAX {
            EndpointField::Typed(text_field("endpoint", "Endpoint id or address", &query.endpoint, "shop.example/hook"))
        } else {
            EndpointField::Chosen(endpoints("All", &query.endpoint, known))
        };
        Self {
            endpoint,
            event_type: text_field("type", "Event type", &query.event_type, "payment.completed"),
            status: states("All", &query.status),
            event: text_field("event", "Event id", &query.event, "evt_…"),
            is_filtered: query.is_filtered(),
        }
    }

    /// Says what cannot be looked for, at its field.
    pub(super) fn refused(&mut self, wrong: &[Wrong]) {
        let Self { endpoint, event_type, status, event, is_filtered: _ } = self;
        let endpoint: &mut dyn Refusable = match endpoint {
            EndpointField::Chosen(select) => select,
            EndpointField::Typed(field) => field,
        };
        at_fields(&mut [endpoint, event_type, status, event], wrong);
    }
}
