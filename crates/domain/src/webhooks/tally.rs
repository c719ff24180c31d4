//! How an endpoint has answered, counted by hours: attempts, and how long they took in buckets that grow like their bounds.

use std::time::Duration;

use crate::id::EndpointId;
use crate::tally::{Pending, Tally, hour_of, start_of};
use crate::time::Timestamp;

/// How long hours are kept: those of a week, and one day more for clocks that disagree.
pub const TALLY_HOURS_KEPT: i64 = 8 * 24;

/// Upper bounds of the buckets, in milliseconds; the last bucket has none. Each is 1.33 or 1.5 times the one before: a percentile is
/// never further off than that.
const BOUNDS_MS: [u32; 29] = [
    1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024, 1_536, 2_048, 3_072, 4_096,
    6_144, 8_192, 12_288, 16_384, 24_576,
];

/// What attempts of the last bucket are told as: twice the last bound.
const BEYOND_MS: u32 = 49_152;

/// One more than the bounds.
const BUCKETS: usize = BOUNDS_MS.len() + 1;

/// Endpoints and hours that are counted in memory between two writes. What comes beyond is not counted: nobody has as many endpoints.
const TALLIES_MAX: usize = 100_000;

/// How many attempts took how long.
///
/// *Shape:* stored as [`Latencies::BYTES`] bytes: a count for each bucket, four bytes each, the most significant first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latencies([u32; BUCKETS]);

impl Latencies {
    /// How long the stored form is.
    pub const BYTES: usize = BUCKETS * 4;

    /// Counts an attempt.
    pub fn count(&mut self, took: Duration) {
        let took_ms = took.as_millis();
        let bucket = BOUNDS_MS.partition_point(|bound| u128::from(*bound) < took_ms);
        if let Some(count) = self.0.get_mut(bucket) {
            *count = count.saturating_add(1);
        }
    }

    /// Counts what another has counted.
    pub fn add(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own = own.saturating_add(other);
        }
    }

    /// The bound in milliseconds within which `percent` of the attempts ended; `None` when there was none. Longer ones than the last
    /// bound count as twice that.
    pub fn percentile_ms(&self, percent: u8) -> Option<u32> {
        let total: u64 = self.0.iter().copied().map(u64::from).sum();
        let wanted = (total * u64::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        let bounds = BOUNDS_MS.into_iter().chain([BEYOND_MS]);
        bounds.zip(self.0).find_map(|(bound, count)| {
            seen += u64::from(count);
            (seen >= wanted).then_some(bound)
        })
    }

    /// The stored form.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|count| count.to_be_bytes()).collect()
    }

    /// What was stored; `None` when it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (counts, rest) = bytes.as_chunks::<4>();
        let counts: Vec<u32> = counts.iter().map(|count| u32::from_be_bytes(*count)).collect();
        if rest.is_empty() { counts.try_into().ok().map(Self) } else { None }
    }
}

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
    use proptest::prelude::*;

    use super::*;

    fn of(milliseconds: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        for took in milliseconds {
            latencies.count(Duration::from_millis(*took));
        }
        latencies
    }

    #[test]
    fn a_percentile_is_the_bound_that_enough_attempts_kept() {
        let twenty: Vec<u64> = std::iter::repeat_n(10, 18).chain([300, 9_999]).collect();
        let cases = [
            ("none", of(&[]), None, None),
            ("one", of(&[5]), Some(6), Some(6)),
            ("at a bound", of(&[6]), Some(6), Some(6)),
            ("nineteen in twenty", of(&twenty), Some(12), Some(384)),
            ("past the last bound", of(&[60_000]), Some(49_152), Some(49_152)),
        ];
        for (name, latencies, p50, p95) in cases {
            assert_eq!((latencies.percentile_ms(50), latencies.percentile_ms(95)), (p50, p95), "{name}");
        }
    }

    #[test]
    fn each_bound_is_at_most_twice_the_one_before() {
        assert!(BOUNDS_MS.windows(2).all(|pair| pair[0] < pair[1] && pair[1] <= 2 * pair[0]));
    }

    #[test]
    fn what_is_stored_reads_back_and_nothing_else_does() {
        let latencies = of(&[0, 5, 5, 100_000]);
        assert_eq!(Latencies::from_bytes(&latencies.to_bytes()), Some(latencies));
        assert_eq!(latencies.to_bytes().len(), Latencies::BYTES);
        for wrong in [Latencies::BYTES - 1, Latencies::BYTES + 1, Latencies::BYTES + 4, 0] {
            assert_eq!(Latencies::from_bytes(&vec![0; wrong]), None, "{wrong}");
        }
    }

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

    proptest! {
        #[test]
        fn a_percentile_of_equal_attempts_is_less_than_twice_what_they_took(took in 1_u64..24_576, percent in 1_u8..=100) {
            let told = of(&[took, took, took]).percentile_ms(percent).unwrap();
            prop_assert!(u64::from(told) >= took && u64::from(told) < 2 * took.max(2));
        }
    }
}
