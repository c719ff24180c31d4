//! How many requests an endpoint gets, and how many at a time.

use std::fmt;
use std::num::{NonZeroU32, NonZeroUsize};
use std::str::FromStr;
use std::time::Duration;

use crate::rate::Quota;

/// The highest rate: above it, timers that tick in milliseconds cannot keep the promise.
pub const SEND_RATE_MAX: u32 = 1_000;

/// The highest cap of requests in flight; an installation's own cap is far below by default.
pub const IN_FLIGHT_MAX: u32 = 1_000;

/// Time that a request may be late without its turn being lost: what a timer and a busy machine take. Milliseconds.
const SLACK_MS: u32 = 10;

/// What a rate counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RatePeriod {
    /// Requests a second.
    Second,
    /// Requests a minute.
    Minute,
}

impl RatePeriod {
    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
        }
    }

    const fn length(self) -> Duration {
        match self {
            Self::Second => Duration::from_secs(1),
            Self::Minute => Duration::from_mins(1),
        }
    }
}

/// The word names no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be second or minute")]
pub struct RatePeriodError;

impl FromStr for RatePeriod {
    type Err = RatePeriodError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Self::Second, Self::Minute].into_iter().find(|period| period.as_str() == word).ok_or(RatePeriodError)
    }
}

/// How many requests an endpoint gets in a second or a minute, evenly spread.
///
/// *Shape:* `Display` and `FromStr` write `7/second`. *Range:* 1 to [`SEND_RATE_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendRate {
    limit: NonZeroU32,
    period: RatePeriod,
}

/// The rate is outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {SEND_RATE_MAX} requests")]
pub struct SendRateError;

impl SendRate {
    /// So many requests in each period.
    ///
    /// # Errors
    /// [`SendRateError`] for 0 and above [`SEND_RATE_MAX`].
    pub fn new(limit: u64, period: RatePeriod) -> Result<Self, SendRateError> {
        let limit = u32::try_from(limit).ok().filter(|limit| *limit <= SEND_RATE_MAX).and_then(NonZeroU32::new);
        limit.map(|limit| Self { limit, period }).ok_or(SendRateError)
    }

    /// Requests in each period.
    pub const fn limit(self) -> NonZeroU32 {
        self.limit
    }

    /// What it counts in.
    pub const fn period(self) -> RatePeriod {
        self.period
    }

    /// What a sender decides by: one request in each interval, and one more that may catch up on what was late.
    ///
    /// The one more is what ±10 % over ten intervals leaves room for; above a hundred a second it is ten milliseconds' worth, and the
    /// promise holds over a hundred.
    ///
    /// # Panics
    /// Never: the bounds of a rate are within those of a quota.
    pub fn quota(self) -> Quota {
        let late = match self.period {
            RatePeriod::Second => self.limit.get().saturating_mul(SLACK_MS) / 1_000,
            RatePeriod::Minute => 0,
        };
        let burst = NonZeroU32::MIN.saturating_add(late.max(1));
        let quota = Quota::new(self.limit, self.period.length()).and_then(|quota| quota.with_burst(burst));
        quota.expect("a second and a minute are windows, and the burst is back within two of them")
    }
}

impl fmt::Display for SendRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.limit, self.period.as_str())
    }
}

impl FromStr for SendRate {
    type Err = SendRateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (limit, period) = text.split_once('/').ok_or(SendRateError)?;
        match (limit.parse(), period.parse()) {
            (Ok(limit), Ok(period)) => Self::new(limit, period),
            _ => Err(SendRateError),
        }
    }
}

/// How many requests to an endpoint are in flight at most; never more than the hub allows for every endpoint.
///
/// *Range:* 1 to [`IN_FLIGHT_MAX`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlightMax(NonZeroU32);

/// The cap is outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to {IN_FLIGHT_MAX} requests in flight")]
pub struct InFlightMaxError;

impl InFlightMax {
    /// A cap of so many requests.
    ///
    /// # Errors
    /// [`InFlightMaxError`] for 0 and above [`IN_FLIGHT_MAX`].
    pub fn new(count: u64) -> Result<Self, InFlightMaxError> {
        let count = u32::try_from(count).ok().filter(|count| *count <= IN_FLIGHT_MAX).and_then(NonZeroU32::new);
        count.map(Self).ok_or(InFlightMaxError)
    }

    /// How many.
    pub const fn get(self) -> NonZeroU32 {
        self.0
    }

    /// How many, as a size.
    pub fn size(self) -> NonZeroUsize {
        NonZeroUsize::try_from(self.0).unwrap_or(NonZeroUsize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_back_what_it_prints() {
        for text in ["1/second", "1000/second", "30/minute"] {
            assert_eq!(text.parse::<SendRate>().unwrap().to_string(), text);
        }
        for text in ["", "7", "0/second", "1001/minute", "-1/second", "7/hour", "7/second/2"] {
            assert_eq!(text.parse::<SendRate>(), Err(SendRateError), "{text}");
        }
    }

    #[test]
    fn a_rate_lets_one_request_catch_up_and_ten_milliseconds_worth_above_a_hundred_a_second() {
        let bursts = ["1/second", "100/second", "500/second", "1000/second", "1/minute", "1000/minute"]
            .map(|text| text.parse::<SendRate>().unwrap().quota().burst().get());
        assert_eq!(bursts, [2, 2, 6, 11, 2, 2]);
    }

    #[test]
    fn a_cap_is_1_to_1000() {
        assert_eq!([0, 1, 1_000, 1_001].map(|count| InFlightMax::new(count).is_ok()), [false, true, true, false]);
    }
}
