//! Between which ids the rows of a list lie.
//!
//! Ids begin with the millisecond of their row, so that a period, an event and the place where a page begins are all bounds of the
//! ids. They are drawn together to one pair, because a database seeks by one pair and tests each row for any other.

use devhub_domain::id::{DeliveryId, EventId};
use devhub_domain::page::Period;

/// An id, as it is stored.
type Bytes = [u8; 16];

/// How many of an id's bits are not its time.
const TAIL_BITS: u32 = 80;

/// The lowest id that counts and the lowest above it that does not; unbounded where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct IdBounds {
    pub(crate) from: Option<Bytes>,
    pub(crate) before: Option<Bytes>,
}

impl IdBounds {
    /// Ids below `before`, all of them when there is none.
    pub(crate) fn below(before: Option<Bytes>) -> Self {
        Self { from: None, before }
    }

    /// Ids above `after`, all of them when there is none, and below `before`.
    pub(crate) fn between(after: Option<Bytes>, before: Bytes) -> Self {
        let above = |id: Bytes| u128::from_be_bytes(id).saturating_add(1).to_be_bytes();
        Self { from: after.map(above), before: Some(before) }
    }

    /// Those of rows that were made in a period.
    pub(crate) fn within(self, period: &Period) -> Self {
        // Which kind of id makes no difference: the time is where it is in each.
        let lowest_at = |at| *DeliveryId::lowest_at(at).as_bytes();
        self.and(period.from.map(lowest_at), period.before.map(lowest_at))
    }

    /// Those that have the time of an event, as the ids of its deliveries do.
    pub(crate) fn of_event(self, id: EventId) -> Self {
        let from = u128::from_be_bytes(*id.as_bytes()) >> TAIL_BITS << TAIL_BITS;
        self.and(Some(from.to_be_bytes()), from.checked_add(1 << TAIL_BITS).map(u128::to_be_bytes))
    }

    fn and(self, from: Option<Bytes>, before: Option<Bytes>) -> Self {
        let narrowest = [self.before, before].into_iter().flatten().min();
        Self { from: self.from.max(from), before: narrowest }
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::time::Timestamp;

    use super::*;

    fn id(head: u8, tail: u8) -> Bytes {
        let mut id = [0; 16];
        (id[5], id[15]) = (head, tail);
        id
    }

    #[test]
    fn the_narrowest_of_all_bounds_counts() {
        let period = Period { from: Some(Timestamp::from_micros(3_000)), before: Some(Timestamp::from_micros(9_000)) };
        let bounds = IdBounds::below(Some(id(7, 1))).within(&period);
        assert_eq!(bounds, IdBounds { from: Some(id(3, 0)), before: Some(id(7, 1)) });
        let bounds = bounds.of_event(EventId::from_bytes(id(5, 9)));
        assert_eq!(bounds, IdBounds { from: Some(id(5, 0)), before: Some(id(6, 0)) });
    }

    #[test]
    fn the_last_instant_of_all_has_nothing_above_it() {
        let bounds = IdBounds::default().of_event(EventId::from_bytes([0xff; 16]));
        assert_eq!(bounds.before, None);
        assert_eq!(bounds.from.map(|from| (from[5], from[6])), Some((0xff, 0)));
    }
}
