//! The end of a delivery that waited in vain; see [`retention`](crate::retention).

use super::{Close, Delivery, DeliveryState};
use crate::time::Timestamp;

impl Delivery {
    /// The delivery given up because its endpoint could be sent nothing for as long as events are kept.
    #[must_use]
    pub fn expired(self, now: Timestamp) -> Self {
        self.ended_as(DeliveryState::Closed(Close::Expired), now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::testing::{endpoint, event};

    #[test]
    fn a_delivery_expires_and_one_that_was_over_before_is_what_it_was() {
        let now = Timestamp::from_seconds(9);
        let waiting = Delivery::born(&event(1), &endpoint(1), None);
        let expired = waiting.clone().expired(now);
        assert_eq!((expired.state.as_str(), expired.due_at, expired.finished_at), ("expired", None, Some(now)));
        let delivered = Delivery { state: DeliveryState::Delivered, finished_at: Some(now), ..waiting };
        let returned = delivered.resent(now).unwrap().expired(now.plus(Duration::from_secs(1)));
        assert_eq!((returned.state, returned.finished_at), (DeliveryState::Delivered, Some(now)));
    }
}
