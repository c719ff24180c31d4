//! The form that filters the log.

use devhub_domain::webhooks::EndpointName;
use devhub_domain::workspaces::TimeZone;

use super::choices::{OFFERED_MAX, endpoints, moment_field, states, text_field};
use super::query::{CREATED_BEFORE, CREATED_FROM, LogQuery};
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
    pub(super) created_from: Field,
    pub(super) created_before: Field,
    /// Whose time it is.
    pub(super) zone: String,
    /// Whether there is something to clear.
    pub(super) is_filtered: bool,
}

impl FilterForm {
    /// The form with what is in force.
    pub(super) fn new(query: &LogQuery, known: &[EndpointName], zone: &TimeZone) -> Self {
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
            created_from: moment_field(CREATED_FROM, "Created from", &query.created_from),
            created_before: moment_field(CREATED_BEFORE, "Created before", &query.created_before),
            zone: zone.to_string(),
            is_filtered: query.is_filtered(),
        }
    }

    /// Says what cannot be looked for, at its field.
    pub(super) fn refused(&mut self, wrong: &[Wrong]) {
        let Self { endpoint, event_type, status, event, created_from, created_before, zone: _, is_filtered: _ } = self;
        let endpoint: &mut dyn Refusable = match endpoint {
            EndpointField::Chosen(select) => select,
            EndpointField::Typed(field) => field,
        };
        at_fields(&mut [endpoint, event_type, status, event, created_from, created_before], wrong);
    }
}
