//! How much may pass, and how evenly.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

/// The shortest window: below a second a limit is a matter of pacing, and `RateLimit-Policy` counts in whole seconds.
pub const WINDOW_MIN: Duration = Duration::from_secs(1);

/// The longest window. A bucket's memory is lost at a restart, so longer promises would be empty.
pub const WINDOW_MAX: Duration = Duration::from_hours(24);

/// The longest time that an emptied burst may take to come back: keeps all sums far below 64 bits of nanoseconds.
pub const BURST_REFILL_MAX: Duration = Duration::from_hours(30 * 24);

/// A limit per window with a burst: at most `limit` + `burst` units pass in any window of that length.
///
/// Units come back one by one, evenly over the window, so there is no edge at which two windows' worth pass at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    limit: NonZeroU32,
    window: Duration,
    burst: NonZeroU32,
    interval_ns: NonZeroU64,
    capacity_ns: u64,
}

/// The quota is outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// The window is too short or too long.
    #[error("rate limit window must be {WINDOW_MIN:?} to {WINDOW_MAX:?}, got {window:?}")]
    Window {
        /// The window.
        window: Duration,
    },
    /// The burst would take too long to come back.
    #[error(
        "rate limit burst must come back within {} days, got {burst}: lower it or raise the limit",
        BURST_REFILL_MAX.as_secs() / 86_400
    )]
    Burst {
        /// The burst.
        burst: NonZeroU32,
    },
}

impl QuotaError {
    /// A stable word for logs, metrics and API answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Window { .. } => "quota_window",
            Self::Burst { .. } => "quota_burst",
        }
    }
}

impl Quota {
    /// `limit` units per `window`, with a burst of `limit`.
    ///
    /// The interval between two units is rounded *up* to whole nanoseconds, so that the promise holds for every limit; beyond
    /// a million units a second that costs more than a thousandth of them.
    ///
    /// # Errors
    /// [`QuotaError::Window`] outside [`WINDOW_MIN`] to [`WINDOW_MAX`].
    pub fn new(limit: NonZeroU32, window: Duration) -> Result<Self, QuotaError> {
        if !(WINDOW_MIN..=WINDOW_MAX).contains(&window) {
            return Err(QuotaError::Window { window });
        }
        Ok(Self::spread(limit, window))
    }

    /// `limit` units per minute, with a burst of `limit`.
    pub fn per_minute(limit: NonZeroU32) -> Self {
        Self::spread(limit, Duration::from_mins(1))
    }

    /// This quota with another burst: how many units pass at once after a pause.
    ///
    /// # Errors
    /// [`QuotaError::Burst`] when it would take longer than [`BURST_REFILL_MAX`] to come back.
    pub fn with_burst(self, burst: NonZeroU32) -> Result<Self, QuotaError> {
        let capacity_ns = self.interval_ns.get().saturating_mul(burst.get().into());
        if u128::from(capacity_ns) > BURST_REFILL_MAX.as_nanos() {
            return Err(QuotaError::Burst { burst });
        }
        Ok(Self { burst, capacity_ns, ..self })
    }

    /// Units per window.
    pub const fn limit(&self) -> NonZeroU32 {
        self.limit
    }

    /// The window.
    pub const fn window(&self) -> Duration {
        self.window
    }

    /// Units that pass at once after a pause.
    pub const fn burst(&self) -> NonZeroU32 {
        self.burst
    }

    /// Whether it lets nothing through that the other would not: units come back no faster, and no more of them pass at once.
    pub fn is_within(&self, wide: &Self) -> bool {
        self.interval_ns >= wide.interval_ns && self.burst <= wide.burst
    }

    /// Nanoseconds until one unit has come back: GCRA's emission interval.
    pub(super) const fn interval_ns(&self) -> NonZeroU64 {
        self.interval_ns
    }

    /// Nanoseconds until a whole burst has come back.
    pub(super) const fn capacity_ns(&self) -> u64 {
        self.capacity_ns
    }

    /// The window is at most [`WINDOW_MAX`], so nothing here comes near the end of its range.
    fn spread(limit: NonZeroU32, window: Duration) -> Self {
        let window_ns = u64::try_from(window.as_nanos()).unwrap_or(u64::MAX);
        let interval = window_ns.div_ceil(u64::from(limit.get()));
        let interval_ns = NonZeroU64::new(interval).unwrap_or(NonZeroU64::MIN);
        let capacity_ns = interval_ns.get().saturating_mul(limit.get().into());
        Self { limit, window, burst: limit, interval_ns, capacity_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn the_interval_is_the_window_over_the_limit_rounded_up() {
        let cases = [
            ("600 a minute", 600, 60, 100_000_000),
            ("7 a minute", 7, 60, 8_571_428_572),
            ("1 a day", 1, 86_400, 86_400_000_000_000),
            ("1,000,000 a second", 1_000_000, 1, 1_000),
            ("the largest limit", u32::MAX, 1, 1),
        ];
        for (name, limit, seconds, interval_ns) in cases {
            let quota = Quota::new(units(limit), Duration::from_secs(seconds)).unwrap();
            assert_eq!(quota.interval_ns().get(), interval_ns, "{name}");
            assert_eq!(quota.burst(), units(limit), "{name}");
        }
        assert_eq!(Quota::per_minute(units(600)), Quota::new(units(600), Duration::from_mins(1)).unwrap());
    }

    #[test]
    fn a_window_is_a_second_to_a_day() {
        let cases = [
            (Duration::from_secs(1), Ok(())),
            (Duration::from_hours(24), Ok(())),
            (Duration::ZERO, Err("rate limit window must be 1s to 86400s, got 0ns")),
            (Duration::from_millis(999), Err("rate limit window must be 1s to 86400s, got 999ms")),
            (Duration::from_secs(86_401), Err("rate limit window must be 1s to 86400s, got 86401s")),
        ];
        for (window, expected) in cases {
            let checked = Quota::new(units(1), window).map(drop).map_err(|error| error.to_string());
            assert_eq!(checked, expected.map_err(str::to_owned), "{window:?}");
        }
    }

    #[test]
    fn a_burst_comes_back_within_30_days() {
        let daily = Quota::new(units(1), WINDOW_MAX).unwrap();
        assert_eq!(daily.with_burst(units(30)).unwrap().burst(), units(30));
        for burst in [31, u32::MAX] {
            let message =
                format!("rate limit burst must come back within 30 days, got {burst}: lower it or raise the limit");
            assert_eq!(daily.with_burst(units(burst)).unwrap_err().to_string(), message);
        }
    }
}
