//! Keeps notices from becoming a flood: of each kind an endpoint causes one at once, and at most one more for each hour after it.

use std::collections::HashMap;
use std::time::Duration;

use devhub_domain::id::EndpointId;
use devhub_domain::notices::Notice;

/// How long an endpoint is quiet after a notice of a kind: nobody reads a second mail about the same thing sooner.
pub(super) const QUIET: Duration = Duration::from_hours(1);

/// Endpoints and kinds that are remembered, as many as notices can wait.
const QUIETED_MAX: usize = 1_000;

/// What was told lately, and what has been held back since.
#[derive(Default)]
pub(super) struct Digest(HashMap<(EndpointId, &'static str), Quieted>);

struct Quieted {
    /// Until when nothing more is told.
    until: Duration,
    /// The latest notice that was held back; one of deliveries counts them.
    held: Option<Notice>,
}

/// What becomes of a notice.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// It is told now.
    Now(Notice),
    /// It is told later, with others of its kind.
    Later,
    /// Too many endpoints have something to tell.
    Lost,
}

impl Digest {
    /// Whether a notice is told at `now`. What disables an endpoint always is: nothing more comes after it.
    pub(super) fn pass(&mut self, notice: Notice, now: Duration) -> Passed {
        let Some(key) = key(&notice) else { return Passed::Now(notice) };
        if let Some(quieted) = self.0.get_mut(&key) {
            let before = quieted.held.take();
            quieted.held = Some(joined(before, notice));
            return Passed::Later;
        }
        if self.0.len() >= QUIETED_MAX {
            return Passed::Lost;
        }
        self.0.insert(key, Quieted { until: now.saturating_add(QUIET), held: None });
        Passed::Now(notice)
    }

    /// What was held back for long enough at `now`; whoever had nothing more to tell is forgotten.
    pub(super) fn due(&mut self, now: Duration) -> Vec<Notice> {
        let mut due = Vec::new();
        self.0.retain(|_, quieted| {
            if now < quieted.until {
                return true;
            }
            quieted.until = now.saturating_add(QUIET);
            let held = quieted.held.take();
            let goes_on = held.is_some();
            due.extend(held);
            goes_on
        });
        due
    }

    /// Everything that is held back, for the end.
    pub(super) fn finish(self) -> Vec<Notice> {
        self.0.into_values().filter_map(|quieted| quieted.held).collect()
    }
}

/// What a notice is held back with; `None` for one that is always told.
fn key(notice: &Notice) -> Option<(EndpointId, &'static str)> {
    match notice {
        Notice::DeliveryExhausted { endpoint_id, .. }
        | Notice::EndpointFailing { endpoint_id, .. }
        | Notice::EndpointRecovered { endpoint_id, .. } => Some((*endpoint_id, notice.kind())),
        Notice::EndpointDisabled { .. } | Notice::DeliveryParked { .. } => None,
    }
}

/// The later of two notices of one kind, which counts the deliveries of both.
fn joined(before: Option<Notice>, mut notice: Notice) -> Notice {
    if let (Some(Notice::DeliveryExhausted { deliveries: earlier, .. }), Notice::DeliveryExhausted { deliveries, .. }) =
        (before, &mut notice)
    {
        *deliveries = deliveries.saturating_add(earlier);
    }
    notice
}

#[cfg(test)]
mod tests {
    use devhub_domain::id::{DeliveryId, WorkspaceId};

    use super::*;

    fn exhausted(endpoint: usize, deliveries: u32) -> Notice {
        Notice::DeliveryExhausted {
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            endpoint_id: EndpointId::from_bytes(u128::try_from(endpoint).unwrap().to_be_bytes()),
            delivery_id: DeliveryId::from_bytes([1; 16]),
            deliveries,
        }
    }

    #[test]
    fn the_first_is_told_at_once_and_the_rest_of_the_hour_in_one() {
        let mut digest = Digest::default();
        assert_eq!(digest.pass(exhausted(1, 1), Duration::ZERO), Passed::Now(exhausted(1, 1)));
        for _ in 0..3 {
            assert_eq!(digest.pass(exhausted(1, 1), Duration::from_secs(1)), Passed::Later);
        }
        assert_eq!(digest.due(QUIET.saturating_sub(Duration::from_secs(1))), []);
        assert_eq!(digest.due(QUIET), [exhausted(1, 3)]);
        assert_eq!(digest.pass(exhausted(1, 1), QUIET), Passed::Later, "the next hour has begun");
    }

    #[test]
    fn whoever_was_quiet_for_an_hour_is_told_of_at_once() {
        let mut digest = Digest::default();
        digest.pass(exhausted(1, 1), Duration::ZERO);
        assert_eq!(digest.due(QUIET), []);
        assert_eq!(digest.pass(exhausted(1, 1), QUIET), Passed::Now(exhausted(1, 1)));
    }

    #[test]
    fn endpoints_do_not_share_an_hour_and_there_is_an_end_of_them() {
        let mut digest = Digest::default();
        for endpoint in 0..QUIETED_MAX {
            assert!(matches!(digest.pass(exhausted(endpoint, 1), Duration::ZERO), Passed::Now(_)));
        }
        assert_eq!(digest.pass(exhausted(QUIETED_MAX, 1), Duration::ZERO), Passed::Lost);
    }

    #[test]
    fn the_end_tells_what_is_held_back() {
        let mut digest = Digest::default();
        (0..3).for_each(|_| drop(digest.pass(exhausted(1, 1), Duration::ZERO)));
        assert_eq!(digest.finish(), [exhausted(1, 2)]);
    }
}
