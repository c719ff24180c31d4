//! The last days of many keys at once: what a list shows beside each of them.

use std::ops::Range;

use crate::id::KeyId;
use crate::tally::hour_of;
use crate::time::Timestamp;

/// Days that a list shows of each key: today and the six before it, in UTC.
pub const WEEK_DAYS: usize = 7;

const HOURS_A_DAY: i64 = 24;

/// How many calls there were with a key in one day of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyDay {
    /// Whose.
    pub key_id: KeyId,
    /// Which day, counted from the epoch.
    pub day: i64,
    /// How often it was called.
    pub calls: u64,
    /// How many of those were refused.
    pub refused: u64,
}

impl KeyDay {
    /// The day of an hour, both counted from the epoch.
    pub const fn of_hour(hour: i64) -> i64 {
        hour.div_euclid(HOURS_A_DAY)
    }
}

/// The last [`WEEK_DAYS`] days of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyWeek {
    /// Calls of each day, the oldest first.
    pub calls: [u64; WEEK_DAYS],
    /// How many of those were refused.
    pub refused: [u64; WEEK_DAYS],
}

impl KeyWeek {
    /// Calls of all days.
    pub fn total(&self) -> u64 {
        self.calls.iter().fold(0, |sum, calls| sum.saturating_add(*calls))
    }

    /// Counts a day of the week that begins with `first`; one of another week is passed over.
    pub(super) fn add(&mut self, first: i64, day: &KeyDay) {
        let position = usize::try_from(day.day.saturating_sub(first)).unwrap_or(usize::MAX);
        if let (Some(calls), Some(refused)) = (self.calls.get_mut(position), self.refused.get_mut(position)) {
            *calls = calls.saturating_add(day.calls);
            *refused = refused.saturating_add(day.refused);
        }
    }
}

/// The hours of the week that ends with the day of `now`.
pub(super) fn hours_of_week(now: Timestamp) -> Range<i64> {
    let end = KeyDay::of_hour(hour_of(now)).saturating_add(1).saturating_mul(HOURS_A_DAY);
    let days = i64::try_from(WEEK_DAYS).unwrap_or(i64::MAX);
    end.saturating_sub(days.saturating_mul(HOURS_A_DAY))..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::api_key;

    #[test]
    fn a_week_ends_with_today_and_has_seven_whole_days() {
        // 2026-11-24T10:20:00Z, in hour 498,946 of which a day began at 498,936.
        let hours = hours_of_week(Timestamp::from_seconds(1_796_206_800));
        assert_eq!(hours, 498_936 - 6 * 24..498_936 + 24);
    }

    #[test]
    fn each_day_has_its_place_and_others_have_none() {
        let day = |day, calls| KeyDay { key_id: api_key(1).id, day, calls, refused: 1 };
        let mut week = KeyWeek::default();
        for day in [day(100, 5), day(106, 7), day(99, 11), day(107, 13)] {
            week.add(100, &day);
        }
        assert_eq!((week.calls, week.total()), ([5, 0, 0, 0, 0, 0, 7], 12));
        assert_eq!(week.refused, [1, 0, 0, 0, 0, 0, 1]);
    }
}
