//! Jobs that resend deliveries, in words that people read.

use devhub_domain::resends::{ESTIMATE_MAX, ResendState, Skipped};
use devhub_domain::webhooks::DeliveryFilter;
use devhub_domain::workspaces::{TimeZone, local_to_second};

use crate::admin::components::{Badge, Tone};
use crate::admin::deliveries::state_label;

/// Where a job stands.
pub(super) fn badge(state: ResendState) -> Badge {
    let (tone, text) = match state {
        ResendState::Running => (Tone::Info, "Running"),
        ResendState::Paused => (Tone::Warn, "Paused"),
        ResendState::Cancelled => (Tone::Neutral, "Cancelled"),
        ResendState::Done => (Tone::Good, "Done"),
        ResendState::Failed => (Tone::Bad, "Failed"),
    };
    Badge { tone, text: text.to_owned() }
}

/// How many deliveries a filter matches, as far as they were counted.
pub(super) fn estimate(count: u64) -> String {
    let is_all = usize::try_from(count).is_ok_and(|count| count < ESTIMATE_MAX);
    match count {
        1 => "1 delivery".to_owned(),
        _ if is_all => format!("{count} deliveries"),
        _ => format!("{count} deliveries or more"),
    }
}

/// Which deliveries a filter means, each clause with its name.
pub(super) fn clauses(filter: &DeliveryFilter, endpoint: Option<&str>, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let endpoint = filter.endpoint_id.map(|id| endpoint.map_or_else(|| id.to_string(), str::to_owned));
    let clauses = [
        ("Endpoint", endpoint),
        ("Event type", filter.event_type.as_ref().map(ToString::to_string)),
        ("Status", filter.state.map(|state| state_label(state).to_owned())),
        ("Event", filter.event_id.map(|id| id.to_string())),
        ("Accepted from", filter.created.from.map(|at| local_to_second(at, zone))),
        ("Accepted before", filter.created.before.map(|at| local_to_second(at, zone))),
    ];
    clauses.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
}

/// Why deliveries were passed over, with how many; those that happened only.
pub(super) fn skips(skipped: &Skipped) -> Vec<(&'static str, u64)> {
    let Skipped { in_flight, held, endpoint_inactive, endpoint_failing, too_many_resends, unreadable } = *skipped;
    let skips = [
        ("on their way at that moment", in_flight),
        ("held for their endpoint", held),
        ("endpoint paused, disabled or deleted", endpoint_inactive),
        ("endpoint fails and is only probed", endpoint_failing),
        ("sent again too often already", too_many_resends),
        ("stored damaged", unreadable),
    ];
    skips.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_to_its_end_is_told_exactly() {
        assert_eq!(estimate(0), "0 deliveries");
        assert_eq!(estimate(1), "1 delivery");
        assert_eq!(estimate(9_999), "9999 deliveries");
        assert_eq!(estimate(10_000), "10000 deliveries or more");
    }
}
