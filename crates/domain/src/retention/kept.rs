//! Which deliveries keep an old event, and which of them wait in vain: pure decisions.

use std::time::Duration;

use crate::id::{DeliveryId, EndpointId, EventId, WorkspaceId};
use crate::time::Timestamp;
use crate::webhooks::{Circuit, Close, DeliveryState, Health};

/// How long a delivery that has expired stays with its event: so long somebody may still see it, and have it sent.
pub const EXPIRED_KEPT_FOR: Duration = Duration::from_hours(24);

/// How late a probe may be of an endpoint that counts as asked: for a hub that was restarted, or is busy. Later than that, nobody asks.
const PROBE_LATE_MAX: Duration = Duration::from_hours(1);

/// A delivery, as far as its removal needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptDelivery {
    /// Its identifier.
    pub id: DeliveryId,
    /// Whose delivery it is.
    pub workspace_id: WorkspaceId,
    /// The event that it brings.
    pub event_id: EventId,
    /// Where that goes.
    pub endpoint_id: EndpointId,
    /// Where it stands; `None` when that cannot be read.
    pub state: Option<DeliveryState>,
    /// When its next attempt is due.
    pub due_at: Option<Timestamp>,
    /// When it was tried last.
    pub tried_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it came to its end; of one that is withheld, since when it is that.
    pub finished_at: Option<Timestamp>,
    /// Whether it had come to its end before somebody asked for it again: then `finished_at` is that end.
    pub was_over: bool,
}

impl KeptDelivery {
    /// Since when it could have been sent, or somebody could have decided; `None` where nobody kept that, see
    /// [`Delivery::withheld_at`](crate::webhooks::Delivery::withheld_at).
    ///
    /// What is withheld counts from then, however old it is: on a store that was restored late, everything is older than the policy.
    pub fn waits_since(&self) -> Option<Timestamp> {
        if self.state == Some(DeliveryState::Withheld) {
            return self.finished_at.filter(|_| !self.was_over);
        }
        Some(self.due_at.or(self.tried_at).unwrap_or(self.created_at))
    }
}

/// What is old at an instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ages {
    pub(super) now: Timestamp,
    /// What happened before this is older than the policy.
    pub(super) before: Timestamp,
    /// What expired up to this was there for long enough.
    pub(super) expired_until: Timestamp,
}

impl Ages {
    pub(super) fn at(now: Timestamp, kept_for: Duration) -> Self {
        Self { now, before: now.minus(kept_for), expired_until: now.minus(EXPIRED_KEPT_FOR) }
    }

    /// The lowest id of an event that is young.
    pub(super) fn end(&self) -> EventId {
        EventId::lowest_at(self.before)
    }

    /// Whether a delivery keeps its event. One whose state cannot be read does.
    pub(super) fn keeps_event(&self, delivery: &KeptDelivery) -> bool {
        match delivery.state {
            Some(DeliveryState::Closed(Close::Expired)) => {
                delivery.finished_at.is_some_and(|finished_at| finished_at > self.expired_until)
            }
            Some(state) => !state.is_over(),
            None => true,
        }
    }

    /// Whether a delivery has waited for longer than events are kept, for its endpoint or for somebody's decision. One of which nobody
    /// knows since when it waits has not: it stays until somebody decides.
    pub(super) fn is_overdue(&self, delivery: &KeptDelivery) -> bool {
        let waits = match delivery.state {
            Some(DeliveryState::Waiting | DeliveryState::Held | DeliveryState::Withheld) => true,
            Some(
                DeliveryState::Leased
                | DeliveryState::Delivered
                | DeliveryState::Exhausted
                | DeliveryState::Closed(_)
                | DeliveryState::Parked,
            )
            | None => false,
        };
        waits && delivery.waits_since().is_some_and(|since| since < self.before)
    }

    /// Whether an endpoint is only probed for longer than events are kept, has failed since, and is being asked still.
    ///
    /// A hub that was down has not asked, however shortly before that the endpoint failed: what it finds open is asked first.
    pub(super) fn is_given_up_by(&self, health: &Health) -> bool {
        let is_asked =
            |circuit: Circuit| circuit.opened_at < self.before && circuit.probe_at.plus(PROBE_LATE_MAX) >= self.now;
        health.circuit.is_some_and(is_asked) && health.failed_at >= self.before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(10_000_000);
    const MONTH: Duration = Duration::from_hours(24 * 30);

    fn ages() -> Ages {
        Ages::at(NOW, MONTH)
    }

    fn kept(state: DeliveryState, waits_since: Timestamp) -> KeptDelivery {
        KeptDelivery {
            id: DeliveryId::from_bytes([1; 16]),
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            event_id: EventId::from_bytes([1; 16]),
            endpoint_id: EndpointId::from_bytes([1; 16]),
            state: Some(state),
            due_at: Some(waits_since).filter(|_| state == DeliveryState::Waiting),
            tried_at: Some(waits_since).filter(|_| state != DeliveryState::Withheld),
            created_at: Timestamp::default(),
            finished_at: Some(waits_since).filter(|_| state == DeliveryState::Withheld),
            was_over: false,
        }
    }

    #[test]
    fn only_what_waits_becomes_overdue_and_not_before_the_policy_is_over() {
        let (old, young) = (NOW.minus(MONTH + Duration::from_secs(1)), NOW.minus(MONTH));
        let overdue = DeliveryState::ALL.into_iter().filter(|state| ages().is_overdue(&kept(*state, old)));
        let waiting = [DeliveryState::Waiting, DeliveryState::Held, DeliveryState::Withheld];
        assert_eq!(overdue.collect::<Vec<_>>(), waiting);
        assert!(waiting.into_iter().all(|state| !ages().is_overdue(&kept(state, young))));
        assert!(!ages().is_overdue(&KeptDelivery { state: None, ..kept(DeliveryState::Held, old) }));
    }

    #[test]
    fn what_is_withheld_and_does_not_say_since_when_is_never_overdue() {
        let withheld = kept(DeliveryState::Withheld, Timestamp::default());
        assert!(ages().is_overdue(&withheld));
        assert!(!ages().is_overdue(&KeptDelivery { finished_at: None, ..withheld }));
        assert!(!ages().is_overdue(&KeptDelivery { was_over: true, ..withheld }));
    }

    #[test]
    fn what_has_expired_keeps_its_event_for_a_day() {
        let expired = |age| KeptDelivery {
            finished_at: Some(NOW.minus(age)),
            ..kept(DeliveryState::Closed(Close::Expired), Timestamp::default())
        };
        assert!(ages().keeps_event(&expired(Duration::from_hours(23))));
        assert!(!ages().keeps_event(&expired(EXPIRED_KEPT_FOR)));
    }

    #[test]
    fn an_endpoint_is_given_up_when_it_was_asked_and_failed_for_the_whole_time() {
        const PAUSE: Duration = Duration::from_mins(15);
        let (long_ago, lately) = (NOW.minus(MONTH * 2), NOW.minus(Duration::from_mins(9)));
        let before_a_downtime = NOW.minus(Duration::from_mins(76));
        let health = |opened_at: Option<Timestamp>, failed_at| Health {
            endpoint_id: EndpointId::from_bytes([1; 16]),
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            failures: 99,
            failing_since: long_ago,
            failed_at,
            last_error: "500".to_owned(),
            circuit: opened_at.map(|at| Circuit { opened_at: at, pause: PAUSE, probe_at: failed_at.plus(PAUSE) }),
        };
        assert!(ages().is_given_up_by(&health(Some(long_ago), lately)));
        assert!(!ages().is_given_up_by(&health(Some(long_ago), long_ago)), "nobody has asked since");
        assert!(!ages().is_given_up_by(&health(Some(long_ago), before_a_downtime)), "nobody has asked for an hour");
        assert!(ages().is_given_up_by(&health(Some(long_ago), before_a_downtime.plus(Duration::from_mins(1)))));
        assert!(!ages().is_given_up_by(&health(Some(lately), lately)));
        assert!(!ages().is_given_up_by(&health(None, lately)));
    }
}
