//! The form that filters the log.

use devhub_domain::webhooks::{DeliveryState, EndpointName};

use super::query::LogQuery;
use super::state;
use crate::admin::components::{Field, FieldKind, Select};
use crate::admin::form_errors::{Refusable, Wrong, at_fields};
use crate::admin::webhooks::short_address;

/// Most endpoints that are offered to be chosen from: nobody reads through more, and each makes the page longer.
pub(super) const OFFERED_MAX: usize = 100;

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
            EndpointField::Typed(field("endpoint", "Endpoint id or address", &query.endpoint, "shop.example/hook"))
        } else {
            EndpointField::Chosen(endpoint(&query.endpoint, known))
        };
        Self {
            endpoint,
            event_type: field("type", "Event type", &query.event_type, "payment.completed"),
            status: status(&query.status),
            event: field("event", "Event id", &query.event, "evt_…"),
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

fn field(name: &'static str, label: &str, value: &str, placeholder: &str) -> Field {
    Field {
        name,
        label: label.to_owned(),
        kind: FieldKind::Search,
        value: value.to_owned(),
        placeholder: placeholder.to_owned(),
        max_length: Some(128),
        ..Field::default()
    }
}

fn endpoint(chosen: &str, offered: &[EndpointName]) -> Select {
    let named: Vec<(String, String)> =
        offered.iter().map(|name| (name.id.to_string(), short_address(name.url.as_str()))).collect();
    let is_other = !chosen.is_empty() && named.iter().all(|(id, _)| id != chosen);
    let other = is_other.then_some((chosen, chosen));
    let named = named.iter().map(|(id, url)| (id.as_str(), url.as_str()));
    let options: Vec<_> = [("", "All")].into_iter().chain(other).chain(named).collect();
    Select::new("endpoint", "Endpoint", &options, chosen)
}

fn status(chosen: &str) -> Select {
    let states = DeliveryState::ALL.map(|state| (state.as_str(), state::label(state)));
    let options: Vec<_> = [("", "All")].into_iter().chain(states).collect();
    Select::new("status", "Status", &options, chosen)
}
