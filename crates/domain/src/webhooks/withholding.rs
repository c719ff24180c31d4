//! What waits for a decision, because it was overdue when its store was restored; see [`restores`](crate::restores).

use super::{Close, Delivery, DeliveryState};
use crate::time::Timestamp;

impl Delivery {
    /// The delivery held for a decision since `now`.
    ///
    /// One that has come to no end keeps the instant in the place of its end, which is free until then. One that was over before
    /// somebody asked for it again keeps that end instead.
    #[must_use]
    pub fn withheld(self, now: Timestamp) -> Self {
        let finished_at = if self.was_over() { self.finished_at } else { Some(now) };
        Self { state: DeliveryState::Withheld, due_at: None, lease: None, finished_at, ..self }
    }

    /// Since when it is held for a decision; `None` for any other, and where nobody kept the instant: it was over before somebody asked
    /// for it again, or an earlier release has withheld it.
    pub fn withheld_at(&self) -> Option<Timestamp> {
        self.finished_at.filter(|_| self.state == DeliveryState::Withheld && !self.was_over())
    }

    /// When it came to its end; `None` while it never has.
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.finished_at.filter(|_| self.withheld_at().is_none())
    }

    /// The delivery given up by that decision.
    #[must_use]
    pub fn superseded(self, now: Timestamp) -> Self {
        self.ended_as(DeliveryState::Closed(Close::Superseded), now)
    }

    /// Whether it had come to its end before somebody asked for it again.
    pub fn was_over(&self) -> bool {
        self.resend.is_some_and(|resend| resend.state.is_over())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{endpoint, event};

    const EARLIER: Timestamp = Timestamp::from_seconds(7);
    const NOW: Timestamp = Timestamp::from_seconds(9);

    #[test]
    fn a_withheld_delivery_says_since_when_and_has_no_end_until_somebody_decides() {
        let withheld = Delivery::born(&event(1), &endpoint(1), None).withheld(NOW);
        assert_eq!((withheld.withheld_at(), withheld.ended_at()), (Some(NOW), None));
        let sent = withheld.resent(NOW).unwrap();
        assert_eq!((sent.withheld_at(), sent.finished_at), (None, None));
    }

    #[test]
    fn a_withheld_delivery_that_was_over_before_keeps_its_end() {
        let born = Delivery::born(&event(1), &endpoint(1), None);
        let over = Delivery { state: DeliveryState::Exhausted, finished_at: Some(EARLIER), ..born };
        let withheld = over.resent(EARLIER).unwrap().withheld(NOW);
        assert_eq!((withheld.withheld_at(), withheld.ended_at()), (None, Some(EARLIER)));
        assert_eq!(withheld.superseded(NOW).finished_at, Some(EARLIER));
    }
}
