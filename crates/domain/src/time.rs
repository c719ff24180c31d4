//! Instants and the clock port: nothing in the workspace asks the operating system for the time but [`SystemClock`].

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// An instant of wall time, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// *Shape:* `Display` prints RFC 3339 in UTC with six decimals, `2026-11-24T10:00:00.000000Z`.
/// *Unit:* microseconds, signed, so that both databases store it in one 64-bit column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant so many microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant so many whole seconds after the epoch; saturates at the ends of the range.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: what `webhook-timestamp` carries.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Whole seconds since the epoch, rounded up: whoever waits for them does not come too early.
    pub fn as_seconds_rounded_up(self) -> i64 {
        self.plus(ALMOST_A_SECOND).as_seconds()
    }

    /// This instant moved later; saturates at the end of the range.
    #[must_use]
    pub fn plus(self, delay: Duration) -> Self {
        Self(self.0.saturating_add(micros(delay)))
    }

    /// This instant moved earlier; saturates at the start of the range.
    #[must_use]
    pub fn minus(self, delay: Duration) -> Self {
        Self(self.0.saturating_sub(micros(delay)))
    }

    /// Time passed since `earlier`; zero when `earlier` is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        u64::try_from(self.0.saturating_sub(earlier.0)).map_or(Duration::ZERO, Duration::from_micros)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(instant) => write!(f, "{instant:.6}"),
            // Outside the years -9999 to 9999: no calendar date exists, so the number is shown.
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

/// The text is not an RFC 3339 instant.
#[derive(Debug, thiserror::Error)]
#[error("time must be RFC 3339 with an offset, such as 2026-11-24T10:00:00Z")]
pub struct TimestampError(#[source] jiff::Error);

impl std::str::FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let instant: jiff::Timestamp = text.parse().map_err(TimestampError)?;
        Ok(Self(instant.as_microsecond()))
    }
}

/// Adds up to a second less a microsecond, so that cutting off the fraction rounds up.
const ALMOST_A_SECOND: Duration = Duration::from_micros(999_999);

/// Whole seconds of a time, rounded up.
pub fn seconds_rounded_up(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

/// What a caller is told to wait, such as in `Retry-After`. Whole seconds, rounded up, at least 1.
///
/// So that whoever waits for them does not come too early, and a client that reads 0 does not come back at once.
pub fn seconds_to_wait(wait: Duration) -> u64 {
    seconds_rounded_up(wait).max(1)
}

fn micros(delay: Duration) -> i64 {
    i64::try_from(delay.as_micros()).unwrap_or(i64::MAX)
}

/// Where time comes from.
///
/// Two readings, because a wall clock may jump: [`Clock::now`] dates things for people and receivers, [`Clock::elapsed`]
/// drives timers, limits and leases.
pub trait Clock: Send + Sync {
    /// The wall time. May jump in either direction.
    fn now(&self) -> Timestamp;

    /// Time since this clock was made. Must never go backwards.
    fn elapsed(&self) -> Duration;
}

/// The operating system's clock.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose [`Clock::elapsed`] counts from now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the monotonic clock")]
    pub fn new() -> Self {
        Self { started: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    fn now(&self) -> Timestamp {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp::default().plus(since),
            Err(before) => Timestamp::default().minus(before.duration()),
        }
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_prints_as_rfc_3339_in_utc() {
        assert_eq!(Timestamp::from_seconds(1_649_367_553).to_string(), "2022-04-07T21:39:13.000000Z");
    }

    #[test]
    fn an_instant_reads_back_what_it_prints() {
        let instant = Timestamp::from_micros(1_649_367_553_000_001);
        assert_eq!(instant.to_string().parse::<Timestamp>().unwrap(), instant);
    }

    #[test]
    fn seconds_before_the_epoch_round_down() {
        assert_eq!(Timestamp::from_micros(-1).as_seconds(), -1);
    }

    #[test]
    fn a_fraction_of_a_second_is_one() {
        for (micros, seconds, to_wait) in [(0, 0, 1), (1, 1, 1), (1_000_000, 1, 1), (1_000_001, 2, 2)] {
            let time = Duration::from_micros(micros);
            assert_eq!((seconds_rounded_up(time), seconds_to_wait(time)), (seconds, to_wait), "{micros}");
            let instant = Timestamp::from_seconds(10).plus(time);
            assert_eq!(u64::try_from(instant.as_seconds_rounded_up()).unwrap(), 10 + seconds, "{micros}");
        }
    }

    #[test]
    fn time_since_a_later_instant_is_zero() {
        assert_eq!(Timestamp::from_seconds(1).since(Timestamp::from_seconds(2)), Duration::ZERO);
    }
}
