//! What is told of the usage of keys.

use std::ops::Range;
use std::time::Duration;

use super::{CallCounts, KeyHour, SeenAddress, SeenAddresses};
use crate::api_keys::ApiKey;
use crate::page::Period;
use crate::tally::{hour_of, start_of};
use crate::time::Timestamp;

/// Addresses that a report names: the last ones of all its hours.
pub const ADDRESSES_SHOWN: usize = 8;
/// Steps that one report may have: 92 days of hours, which is a quarter.
pub const POINTS_MAX: i64 = 92 * 24;

/// Days that a report covers when nobody says from when.
pub(super) const DAYS_DEFAULT: i64 = 30;
const HOURS_A_DAY: i64 = 24;

/// How fine a report is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// By hours.
    Hour,
    /// By days in UTC.
    #[default]
    Day,
}

impl Step {
    /// The word in requests and answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The step with this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Hour, Self::Day].into_iter().find(|step| step.as_str() == word)
    }

    pub(super) const fn hours(self) -> i64 {
        match self {
            Self::Hour => 1,
            Self::Day => HOURS_A_DAY,
        }
    }
}

/// There are too many steps between two instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there must be at most {POINTS_MAX} steps between from and to: ask for days, or for a shorter time")]
pub struct HoursError;

/// Whole steps between two instants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hours {
    range: Range<i64>,
    step: Step,
}

impl Hours {
    /// The whole steps that hold the instants of a period; without an end up to now, without a start the 30 days before the end.
    ///
    /// # Errors
    /// [`HoursError`] when there are more than [`POINTS_MAX`].
    pub fn of(period: Period, step: Step, now: Timestamp) -> Result<Self, HoursError> {
        // Of an end, the last microsecond before it decides: one on the hour does not reach into that hour.
        let last = period.before.map_or(now, |before| before.minus(Duration::from_micros(1)));
        let end = hour_of(last).saturating_add(1);
        let start = period.from.map_or(end.saturating_sub(DAYS_DEFAULT * HOURS_A_DAY), hour_of);
        let size = step.hours();
        let start = start.div_euclid(size).saturating_mul(size);
        let end = end.saturating_add(size - 1).div_euclid(size).saturating_mul(size);
        if end.saturating_sub(start) / size > POINTS_MAX {
            return Err(HoursError);
        }
        Ok(Self { range: start..end, step })
    }

    /// The hours, counted from the epoch.
    pub fn range(&self) -> Range<i64> {
        self.range.clone()
    }

    /// How fine.
    pub const fn step(&self) -> Step {
        self.step
    }

    /// When the first one begins.
    pub fn from(&self) -> Timestamp {
        start_of(self.range.start)
    }

    /// When the last one ends.
    pub fn before(&self) -> Timestamp {
        start_of(self.range.end)
    }

    /// How many hours there may be rows of.
    pub(super) fn count(&self) -> usize {
        usize::try_from(self.range.end.saturating_sub(self.range.start)).unwrap_or_default()
    }
}

/// What became of the calls with a key in one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsagePoint {
    /// When the step begins.
    pub from: Timestamp,
    /// How many.
    pub counts: CallCounts,
    /// The last addresses that they came from, the latest first.
    pub addresses: Vec<SeenAddress>,
}

/// What became of the calls with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageReport {
    /// Which key.
    pub key: ApiKey,
    /// In which time.
    pub hours: Hours,
    /// In all of it.
    pub total: CallCounts,
    /// In each step that had calls, in ascending order.
    pub points: Vec<UsagePoint>,
    /// The last [`ADDRESSES_SHOWN`] addresses of the whole time, the latest first.
    pub addresses: Vec<SeenAddress>,
}

impl UsageReport {
    /// Puts the rows of a key together, which are in ascending order.
    pub(super) fn of(key: ApiKey, hours: Hours, rows: &[KeyHour]) -> Self {
        let size = hours.step.hours();
        let step_of = |row: &KeyHour| row.hour.div_euclid(size);
        let (mut total, mut last) = (CallCounts::default(), SeenAddresses::default());
        let mut points = Vec::new();
        for chunk in rows.chunk_by(|one, next| step_of(one) == step_of(next)) {
            let (mut counts, mut addresses) = (CallCounts::default(), SeenAddresses::default());
            for row in chunk {
                counts.add(&row.counts);
                addresses.add(&row.addresses, ADDRESSES_SHOWN);
            }
            total.add(&counts);
            last.add(&addresses, ADDRESSES_SHOWN);
            let start = chunk.first().map_or(0, step_of).saturating_mul(size);
            points.push(UsagePoint { from: start_of(start), counts, addresses: addresses.latest() });
        }
        Self { key, hours, total, points, addresses: last.latest() }
    }
}

/// What became of the calls with one of the keys of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyTotal {
    /// Which key.
    pub key: ApiKey,
    /// How many.
    pub counts: CallCounts,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::api_key;
    use crate::usage::AnswerKind;

    /// 2026-11-24T10:20:00Z, in hour 498,946 of which a day began at 498,936.
    const NOW: Timestamp = Timestamp::from_seconds(1_796_206_800);
    const HOUR: i64 = 498_946;

    fn range(from: Option<i64>, before: Option<i64>, step: Step) -> Result<Range<i64>, HoursError> {
        let instant = |seconds: i64| NOW.plus(Duration::from_secs(seconds.unsigned_abs()));
        let back = |seconds: i64| NOW.minus(Duration::from_secs(seconds.unsigned_abs()));
        let instant = |seconds: i64| if seconds < 0 { back(seconds) } else { instant(seconds) };
        let period = Period { from: from.map(instant), before: before.map(instant) };
        Hours::of(period, step, NOW).map(|hours| hours.range())
    }

    #[test]
    fn a_period_is_widened_to_whole_steps() {
        assert_eq!(hour_of(NOW), HOUR);
        let day = HOUR.div_euclid(24) * 24;
        let cases = [
            ("this hour", Some(-60), None, Step::Hour, HOUR..HOUR + 1),
            ("an end on the hour", Some(-3_600), Some(-1_200), Step::Hour, HOUR - 1..HOUR),
            ("this day", Some(-60), None, Step::Day, day..day + 24),
            ("thirty days of hours", None, None, Step::Hour, HOUR - 719..HOUR + 1),
        ];
        for (name, from, before, step, expected) in cases {
            assert_eq!(range(from, before, step), Ok(expected), "{name}");
        }
    }

    #[test]
    fn a_call_at_the_first_instant_of_an_hour_is_in_sight() {
        let now = start_of(HOUR);
        let hours = Hours::of(Period::default(), Step::Hour, now).unwrap();
        assert!(hours.range().contains(&hour_of(now)));
    }

    #[test]
    fn there_is_a_bound_of_steps() {
        assert_eq!(range(Some(-100 * 86_400), None, Step::Hour), Err(HoursError));
        assert!(range(Some(-100 * 86_400), None, Step::Day).is_ok());
        let all =
            Period { from: Some(Timestamp::from_micros(i64::MIN)), before: Some(Timestamp::from_micros(i64::MAX)) };
        assert_eq!(Hours::of(all, Step::Day, NOW), Err(HoursError));
    }

    #[test]
    fn hours_of_a_day_are_one_point() {
        let row = |hour, address: &str| {
            let mut row = KeyHour::empty(api_key(1).id, hour);
            row.counts.count(AnswerKind::Success, None);
            row.addresses.note(SeenAddress { address: address.parse().unwrap(), at: start_of(hour) }, 4);
            row
        };
        let rows = [row(HOUR - 24, "203.0.113.1"), row(HOUR - 1, "203.0.113.2"), row(HOUR, "203.0.113.1")];
        let hours = Hours::of(Period::default(), Step::Day, NOW).unwrap();
        let report = UsageReport::of(api_key(1), hours, &rows);
        let points: Vec<_> = report.points.iter().map(|point| (hour_of(point.from), point.counts.calls())).collect();
        let day = HOUR.div_euclid(24) * 24;
        assert_eq!((report.total.calls(), points), (3, vec![(day - 24, 1), (day, 2)]));
        let addresses: Vec<_> = report.addresses.iter().map(|seen| seen.address.to_string()).collect();
        assert_eq!(addresses, ["203.0.113.1", "203.0.113.2"]);
    }
}
