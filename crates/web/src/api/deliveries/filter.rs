//! Which deliveries are wanted: the same words in the query of their list and in the body of a job.

use devhub_domain::webhooks::{DeliveryFilter, DeliveryState};

use crate::request::{Invalid, period_of};

/// What each part of a filter says; `None` where nothing is said.
pub(in crate::api) struct FilterTexts<'t> {
    pub(in crate::api) event_id: Option<&'t str>,
    pub(in crate::api) event_type: Option<&'t str>,
    pub(in crate::api) endpoint_id: Option<&'t str>,
    pub(in crate::api) state: Option<&'t str>,
    pub(in crate::api) created_from: Option<&'t str>,
    pub(in crate::api) created_before: Option<&'t str>,
}

impl FilterTexts<'_> {
    /// The filter; complaints name its parts behind `within`, which is empty for a query.
    pub(in crate::api) fn check(&self, within: &str, invalid: &mut Invalid) -> DeliveryFilter {
        let name = |part: &str| format!("{within}{part}");
        let event_id = self.event_id.map(str::parse);
        let event_type = self.event_type.map(str::parse);
        let endpoint_id = self.endpoint_id.map(str::parse);
        let state = self.state.map(|word| DeliveryState::parse(word).ok_or_else(known_states));
        DeliveryFilter {
            event_id: event_id.and_then(|id| invalid.check(name("event_id"), id)),
            event_type: event_type.and_then(|event_type| invalid.check(name("event_type"), event_type)),
            endpoint_id: endpoint_id.and_then(|id| invalid.check(name("endpoint_id"), id)),
            state: state.and_then(|state| invalid.check(name("state"), state)),
            created: period_of(
                within,
                invalid,
                ("created_from", self.created_from),
                ("created_before", self.created_before),
            ),
        }
    }
}

fn known_states() -> String {
    format!("must be one of {}", DeliveryState::ALL.map(DeliveryState::as_str).join(", "))
}
