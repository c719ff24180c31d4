//! How long things took, counted in buckets that grow like their bounds: attempts to deliver, and calls with a key.

use std::time::Duration;

/// Upper bounds of the buckets, in milliseconds; the last bucket has none. From 2 ms on each is 1.33 or 1.5 times the one before, and
/// a percentile is never further off than that; what took less than 1 ms is told as 1 ms.
const BOUNDS_MS: [u32; 29] = [
    1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024, 1_536, 2_048, 3_072, 4_096,
    6_144, 8_192, 12_288, 16_384, 24_576,
];

/// What the last bucket is told as: twice the last bound.
const BEYOND_MS: u32 = 49_152;

/// One more than the bounds.
const BUCKETS: usize = BOUNDS_MS.len() + 1;

/// How much took how long.
///
/// *Shape:* stored as [`Latencies::BYTES`] bytes: a count for each bucket, four bytes each, the most significant first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latencies([u32; BUCKETS]);

impl Latencies {
    /// How long the stored form is.
    pub const BYTES: usize = BUCKETS * 4;

    /// Counts one that took so long.
    pub fn count(&mut self, took: Duration) {
        // Rounded up: what took longer than a bound is not told as within it.
        let beyond_seconds_ms = took.subsec_nanos().div_ceil(1_000_000);
        let took_ms = took.as_secs().saturating_mul(1_000).saturating_add(beyond_seconds_ms.into());
        let bucket = BOUNDS_MS.partition_point(|bound| u64::from(*bound) < took_ms);
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

    /// The bound in milliseconds within which `percent` of them ended; `None` when there was none. Longer ones than the last bound count
    /// as twice that.
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
    fn a_percentile_is_the_bound_that_enough_of_them_kept() {
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
    fn what_took_longer_than_a_bound_is_not_within_it() {
        let told = |took| {
            let mut latencies = Latencies::default();
            latencies.count(took);
            latencies.percentile_ms(50)
        };
        let cases = [(0, 1), (1_000, 1), (1_001, 2), (6_000, 6), (6_001, 8), (1_024_001, 1_536), (u64::MAX, 49_152)];
        for (took_us, bound_ms) in cases {
            assert_eq!(told(Duration::from_micros(took_us)), Some(bound_ms), "{took_us}");
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

    proptest! {
        #[test]
        fn a_percentile_of_equal_times_is_less_than_twice_each(took in 1_u64..24_576, percent in 1_u8..=100) {
            let told = of(&[took, took, took]).percentile_ms(percent).unwrap();
            prop_assert!(u64::from(told) >= took && u64::from(told) < 2 * took.max(2));
        }
    }
}
