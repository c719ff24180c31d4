//! How an endpoint has answered, counted by hours: attempts, and how long they took.

use std::time::Duration;

use crate::id::EndpointId;
use crate::latencies::Latencies;
use crate::tally::{Pending, Tally, hour_of, start_of};
use crate::time::Timestamp;

/// How long hours are kept: those of a week, and one day more for clocks that disagree.
pub const TALLY_HOURS_KEPT: i64 = 8 * 24;

/// Endpoints and hours that are counted in memory between two writes. What comes beyond is not counted: nobody has as many endpoints.
const TALLIES_MAX: usize = 100_000;

/// How an endpoint has answered in one hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourTally {
    /// Which endpoint.
    pub endpoint_id: EndpointId,
    /// Which hour, counted from the epoch.
    pub hour: i64,
    /// Attempts that succeeded.
    pub successes: u64,
    /// Attempts that left and did not.
    pub failures: u64,
    /// How long all of them took.
    pub latencies: Latencies,
}

impl HourTally {
    /// The hour of an instant.
    pub const fn hour_of(at: Timestamp) -> i64 {
        hour_of(at)
    }

    /// Counts what another of the same endpoint and hour has counted.
    pub fn add(&mut self, other: &Self) {
        self.successes = self.successes.saturating_add(other.successes);
        self.failures = self.failures.saturating_add(other.failures);
        self.latencies.add(&other.latencies);
    }
}

/// How an endpoint has answered over some hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// Attempts that succeeded.
    pub successes: u64,
    /// Attempts that left and did not.
    pub failures: u64,
    /// How long all of them took.
    pub latencies: Latencies,
}

impl Answered {
    /// The sum of these hours.
    pub fn over<'a>(hours: impl IntoIterator<Item = &'a HourTally>) -> Self {
        hours.into_iter().fold(Self::default(), |mut sum, hour| {
            sum.add(hour);
            sum
        })
    }

    /// Counts what an endpoint has counted in an hour.
    pub fn add(&mut self, hour: &HourTally) {
        self.merge(&Self { successes: hour.successes, failures: hour.failures, latencies: hour.latencies });
    }

    /// Counts what others have counted.
    pub fn merge(&mut self, other: &Self) {
        self.successes = self.successes.saturating_add(other.successes);
        self.failures = self.failures.saturating_add(other.failures);
        self.latencies.add(&other.latencies);
    }

    /// Successes in ten thousand attempts, rounded down; `None` when there was none.
    pub fn success_per_10_000(&self) -> Option<u64> {
        let attempts = self.successes.saturating_add(self.failures);
        (attempts > 0)
            .then(|| u64::try_from(u128::from(self.successes) * 10_000 / u128::from(attempts)).unwrap_or(10_000))
    }
}

/// How one endpoint, or all of a workspace, answered in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourAnswered {
    /// When the hour begins.
    pub from: Timestamp,
    /// How they answered.
    pub answered: Answered,
}

impl HourAnswered {
    /// What these have counted in an hour, which is counted from the epoch.
    pub(super) fn of(hour: i64, tallies: &[HourTally]) -> Self {
        let of_hour = tallies.iter().filter(|tally| tally.hour == hour);
        Self { from: start_of(hour), answered: Answered::over(of_hour) }
    }
}

impl Tally for HourTally {
    type Key = (EndpointId, i64);

    fn key(&self) -> Self::Key {
        (self.endpoint_id, self.hour)
    }

    fn add(&mut self, other: &Self) {
        self.add(other);
    }
}

/// What this node has counted and not written yet.
#[derive(Debug)]
pub(super) struct Tallies(Pending<HourTally>);

impl Default for Tallies {
    fn default() -> Self {
        Self(Pending::new(TALLIES_MAX))
    }
}

impl Tallies {
    /// Counts an attempt.
    pub(super) fn count(&self, endpoint_id: EndpointId, at: Timestamp, succeeded: bool, took: Duration) {
        let hour = HourTally::hour_of(at);
        let (successes, failures) = (u64::from(succeeded), u64::from(!succeeded));
        let mut latencies = Latencies::default();
        latencies.count(took);
        self.put(HourTally { endpoint_id, hour, successes, failures, latencies });
    }

    /// Counts what could not be written.
    pub(super) fn put(&self, tally: HourTally) {
        // What has no room is not counted: see the bound.
        self.0.put(tally);
    }

    /// Takes everything out, to be written.
    pub(super) fn take(&self) -> Vec<HourTally> {
        self.0.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_of_what_left_and_there_is_none_of_nothing() {
        let rate = |successes, failures| Answered { successes, failures, ..Answered::default() }.success_per_10_000();
        assert_eq!((rate(0, 0), rate(1, 2), rate(3, 0), rate(0, 1)), (None, Some(3_333), Some(10_000), Some(0)));
    }

    #[test]
    fn what_is_counted_is_taken_once_and_can_be_put_back() {
        let tallies = Tallies::default();
        let id = EndpointId::from_bytes([1; 16]);
        let at = Timestamp::from_seconds(7_200);
        tallies.count(id, at, true, Duration::from_millis(5));
        tallies.count(id, at, false, Duration::from_millis(7));
        let taken = tallies.take();
        let [tally] = &taken[..] else { panic!("{taken:?}") };
        assert_eq!((tally.hour, tally.successes, tally.failures), (2, 1, 1));
        assert_eq!(tallies.take(), []);
        tallies.put(tally.clone());
        tallies.count(id, at, true, Duration::from_millis(5));
        assert_eq!(tallies.take()[0].successes, 2);
    }
}
