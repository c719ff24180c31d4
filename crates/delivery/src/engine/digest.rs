//! Keeps notices from becoming a flood: of each kind an endpoint causes one at once, and at most one more for each hour after it.
//!
//! Whether an endpoint fails or works again is one matter of two kinds: what is told last must be how it is. So only the latest of both
//! is held back, and nothing once it says what was told last.

use std::collections::HashMap;
use std::time::Duration;

use devhub_domain::id::EndpointId;
use devhub_domain::notices::Notice;

/// How long an endpoint is quiet after a notice of a kind: nobody reads a second mail about the same thing sooner.
pub(super) const QUIET: Duration = Duration::from_hours(1);

/// Endpoints and matters that are remembered, as many as notices can wait.
const QUIETED_MAX: usize = 1_000;

/// What was told lately, and what has been held back since.
#[derive(Default)]
pub(super) struct Digest(HashMap<(EndpointId, Matter), Quieted>);

/// What notices are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Matter {
    /// Whether the endpoint works: the latest notice counts.
    Health,
    /// Deliveries that were given up: they add up.
    Deliveries,
}

struct Quieted {
    /// The kinds that were told lately, and until when nothing more of them is told; at most two.
    quiet: Vec<(&'static str, Duration)>,
    /// The kind that was told last.
    told: &'static str,
    /// The latest notice that was held back; one of deliveries counts them.
    held: Option<Notice>,
}

/// What becomes of a notice.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Passed {
    /// It is told now.
    Now(Notice),
    /// It is told later, with others about the same; or not at all, where it says what was told last.
    Later,
    /// Too many endpoints have something to tell.
    Lost,
}

impl Digest {
    /// Whether a notice is told at `now`. What disables an endpoint always is: nothing more comes after it, nor what was held back of
    /// its health.
    pub(super) fn pass(&mut self, notice: Notice, now: Duration) -> Passed {
        let Some(key) = key(&notice) else {
            if let Notice::EndpointDisabled { endpoint_id, .. } = notice {
                self.0.remove(&(endpoint_id, Matter::Health));
            }
            return Passed::Now(notice);
        };
        if let Some(quieted) = self.0.get_mut(&key) {
            return quieted.pass(key.1, notice, now);
        }
        if self.0.len() >= QUIETED_MAX {
            return Passed::Lost;
        }
        let mut quieted = Quieted { quiet: Vec::new(), told: notice.kind(), held: None };
        quieted.tell(notice.kind(), now);
        self.0.insert(key, quieted);
        Passed::Now(notice)
    }

    /// What was held back for long enough at `now`; whoever had nothing more to tell is forgotten.
    pub(super) fn due(&mut self, now: Duration) -> Vec<Notice> {
        let mut due = Vec::new();
        self.0.retain(|_, quieted| {
            quieted.quiet.retain(|(_, until)| now < *until);
            let is_due = quieted.held.as_ref().is_some_and(|held| !quieted.is_quiet(held.kind()));
            if let Some(held) = quieted.held.take_if(|_| is_due) {
                quieted.tell(held.kind(), now);
                due.push(held);
            }
            !quieted.quiet.is_empty()
        });
        due
    }

    /// Everything that is held back, for the end.
    pub(super) fn finish(self) -> Vec<Notice> {
        self.0.into_values().filter_map(|quieted| quieted.held).collect()
    }
}

impl Quieted {
    fn pass(&mut self, matter: Matter, notice: Notice, now: Duration) -> Passed {
        let kind = notice.kind();
        let before = self.held.take();
        match matter {
            Matter::Deliveries => self.held = Some(joined(before, notice)),
            Matter::Health if !self.is_quiet(kind) => {
                self.tell(kind, now);
                return Passed::Now(notice);
            }
            Matter::Health if self.told == kind => {}
            Matter::Health => self.held = Some(notice),
        }
        Passed::Later
    }

    fn is_quiet(&self, kind: &str) -> bool {
        self.quiet.iter().any(|(quiet, _)| *quiet == kind)
    }

    /// Notes that a kind is told at `now`.
    fn tell(&mut self, kind: &'static str, now: Duration) {
        self.told = kind;
        self.quiet.push((kind, now.saturating_add(QUIET)));
    }
}

/// What a notice is held back with; `None` for one that is always told.
fn key(notice: &Notice) -> Option<(EndpointId, Matter)> {
    match notice {
        Notice::DeliveryExhausted { endpoint_id, .. } => Some((*endpoint_id, Matter::Deliveries)),
        Notice::EndpointFailing { endpoint_id, .. } | Notice::EndpointRecovered { endpoint_id, .. } => {
            Some((*endpoint_id, Matter::Health))
        }
        Notice::EndpointDisabled { .. }
        | Notice::DeliveryParked { .. }
        | Notice::DeliveriesExpired { .. }
        | Notice::KeysChanged { .. }
        | Notice::KeySpray { .. } => None,
    }
}

/// The later of two notices of deliveries, which counts those of both.
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
    use devhub_domain::time::Timestamp;

    use super::*;

    const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([1; 16]);
    const ENDPOINT: EndpointId = EndpointId::from_bytes([2; 16]);
    const MINUTE: Duration = Duration::from_mins(1);

    /// One that failed for the n-th time.
    fn failing(failures: u32) -> Notice {
        let (url, last_error) = ("https://shop.example".to_owned(), "the receiver answered 500".to_owned());
        Notice::EndpointFailing { workspace_id: WORKSPACE, endpoint_id: ENDPOINT, url, failures, last_error }
    }

    fn recovered(since: i64) -> Notice {
        let (url, failing_since) = ("https://shop.example".to_owned(), Timestamp::from_seconds(since));
        Notice::EndpointRecovered { workspace_id: WORKSPACE, endpoint_id: ENDPOINT, url, failing_since }
    }

    /// Passed at the minutes of their places.
    fn passed(digest: &mut Digest, notices: Vec<Notice>) -> Vec<Passed> {
        (0..).zip(notices).map(|(minute, notice)| digest.pass(notice, MINUTE.saturating_mul(minute))).collect()
    }

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

    #[test]
    fn case_12_an_endpoint_that_fails_and_recovers_all_the_time_is_told_of_as_it_is() {
        let mut digest = Digest::default();
        let told = passed(&mut digest, vec![failing(1), recovered(1), failing(2), recovered(2), failing(3)]);
        assert_eq!(
            told,
            [Passed::Now(failing(1)), Passed::Now(recovered(1)), Passed::Later, Passed::Later, Passed::Later]
        );
        assert_eq!(digest.due(QUIET), [failing(3)], "the latest, which is not what was told last");
        assert_eq!(digest.due(QUIET + MINUTE), []);
        let back = QUIET + MINUTE + MINUTE;
        assert_eq!(digest.pass(recovered(3), back), Passed::Now(recovered(3)));
        assert_eq!(digest.finish(), []);
    }

    #[test]
    fn case_12_what_was_told_last_is_not_told_again_after_the_opposite_was_held_back() {
        let mut digest = Digest::default();
        passed(&mut digest, vec![failing(1), recovered(1), failing(2), recovered(2)]);
        assert_eq!(digest.due(QUIET), []);
        assert_eq!(digest.due(QUIET + MINUTE), []);
        assert_eq!(digest.pass(failing(3), QUIET + MINUTE), Passed::Now(failing(3)), "the endpoint is forgotten");
    }

    #[test]
    fn case_12_whichever_was_told_first_the_latest_counts() {
        let mut digest = Digest::default();
        passed(&mut digest, vec![recovered(1), failing(1), recovered(2), failing(2)]);
        assert_eq!(digest.pass(recovered(3), MINUTE * 4), Passed::Later);
        assert_eq!(digest.due(QUIET), [recovered(3)]);
        assert_eq!(digest.pass(recovered(4), QUIET + MINUTE), Passed::Later);
        assert_eq!(digest.pass(failing(3), QUIET + MINUTE), Passed::Later);
        assert_eq!(digest.due(QUIET + MINUTE), [failing(3)]);
    }

    #[test]
    fn an_endpoint_that_is_disabled_is_not_told_of_as_failing_or_well_afterwards() {
        let mut digest = Digest::default();
        passed(&mut digest, vec![failing(1), recovered(1), failing(2)]);
        let (url, reason) = ("https://shop.example".to_owned(), "gone".to_owned());
        let disabled = Notice::EndpointDisabled { workspace_id: WORKSPACE, endpoint_id: ENDPOINT, url, reason };
        assert_eq!(digest.pass(disabled.clone(), MINUTE * 3), Passed::Now(disabled));
        assert_eq!(digest.finish(), []);
    }
}
