//! When a failed delivery is tried again. A schedule is a value: the hub, an endpoint and a test each bring their own.

use std::borrow::Cow;
use std::time::Duration;

use jiff::civil::DateTime;

use crate::time::Timestamp;

/// The most attempts of one delivery: with [`DELAY_MAX`] between them they already take three weeks.
pub const ATTEMPTS_MAX: usize = 20;

/// The longest delay before jitter. A receiver that comes back is served within a day.
pub const DELAY_MAX: Duration = Duration::from_hours(24);

/// The widest jitter: past a half, the order of the delays in a schedule means little.
pub const JITTER_PERCENT_MAX: u8 = 50;

/// The longest wait that a receiver may ask for with `Retry-After`: a slip there must not park its deliveries for weeks.
pub const RETRY_AFTER_MAX: Duration = Duration::from_hours(10);

/// How long to wait before each attempt, and how far chance moves that wait.
///
/// *Shape:* 1 to [`ATTEMPTS_MAX`] delays of at most [`DELAY_MAX`], jitter of 0 to [`JITTER_PERCENT_MAX`] percent either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule {
    delays: Cow<'static, [Duration]>,
    jitter_percent: u8,
}

/// The schedule is outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetryScheduleError {
    /// No delay at all, or too many.
    #[error("retry schedule must have 1 to {ATTEMPTS_MAX} delays, got {delays}")]
    Attempts {
        /// How many delays there are.
        delays: usize,
    },
    /// A delay is too long.
    #[error("retry delay before attempt {attempt} must be at most {} seconds, got {}", DELAY_MAX.as_secs(), delay.as_secs())]
    Delay {
        /// The attempt after the delay, counted from 1.
        attempt: usize,
        /// The delay.
        delay: Duration,
    },
    /// The jitter is too wide.
    #[error("retry jitter must be 0 to {JITTER_PERCENT_MAX} percent, got {percent}")]
    Jitter {
        /// The jitter.
        percent: u8,
    },
}

impl RetryScheduleError {
    /// A stable word for logs, metrics and API answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Attempts { .. } => "retry_schedule_attempts",
            Self::Delay { .. } => "retry_schedule_delay",
            Self::Jitter { .. } => "retry_schedule_jitter",
        }
    }
}

impl RetrySchedule {
    /// At once, then 5 s, 1 m, 5 m, 30 m, 2 h, 6 h, 12 h and 24 h, each ±15 %: nine attempts over 45 hours.
    ///
    /// As long as OwnPay's documented six retries (44 hours), but the first comes after seconds, which is when most receivers
    /// are back. Source: webhooks.md §2.
    pub const DEFAULT: Self = Self {
        delays: Cow::Borrowed(&[
            Duration::ZERO,
            Duration::from_secs(5),
            Duration::from_mins(1),
            Duration::from_mins(5),
            Duration::from_mins(30),
            Duration::from_hours(2),
            Duration::from_hours(6),
            Duration::from_hours(12),
            Duration::from_hours(24),
        ]),
        jitter_percent: 15,
    };

    /// Checks a schedule; the first delay is the wait before the first attempt, usually zero.
    ///
    /// # Errors
    /// [`RetryScheduleError::Attempts`], [`RetryScheduleError::Delay`] for the first delay that is too long,
    /// [`RetryScheduleError::Jitter`], in this order.
    pub fn new(delays: Vec<Duration>, jitter_percent: u8) -> Result<Self, RetryScheduleError> {
        if !(1..=ATTEMPTS_MAX).contains(&delays.len()) {
            return Err(RetryScheduleError::Attempts { delays: delays.len() });
        }
        if let Some((attempt, delay)) = (1..).zip(&delays).find(|(_, delay)| **delay > DELAY_MAX) {
            return Err(RetryScheduleError::Delay { attempt, delay: *delay });
        }
        if jitter_percent > JITTER_PERCENT_MAX {
            return Err(RetryScheduleError::Jitter { percent: jitter_percent });
        }
        Ok(Self { delays: Cow::Owned(delays), jitter_percent })
    }

    /// Delay before attempt `attempt`, counted from 1. `None` for 0 and after the last attempt.
    ///
    /// `jitter` is 64 random bits: 0 gives the shortest delay, [`u64::MAX`] the longest. `hint` is what the receiver asked for
    /// in its last answer ([`parse_retry_after`]): the delay is never shorter than it, up to [`RETRY_AFTER_MAX`]. A hint does
    /// not change the number of attempts. Source: webhooks.md §2.
    pub fn delay_before(&self, attempt: u32, jitter: u64, hint: Option<Duration>) -> Option<Duration> {
        let index = usize::try_from(attempt.checked_sub(1)?).ok()?;
        let delay = spread(*self.delays.get(index)?, self.jitter_percent, jitter);
        Some(hint.map_or(delay, |hint| delay.max(hint.min(RETRY_AFTER_MAX))))
    }

    /// How many attempts a delivery gets in all.
    pub fn attempts_max(&self) -> u32 {
        u32::try_from(self.delays.len()).unwrap_or(u32::MAX)
    }

    /// The delays without jitter, the one before the first attempt included.
    pub fn delays(&self) -> &[Duration] {
        &self.delays
    }

    /// How far chance moves a delay, in percent of it either way.
    pub const fn jitter_percent(&self) -> u8 {
        self.jitter_percent
    }
}

impl Default for RetrySchedule {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Maps the random bits evenly onto `delay` ± `percent`, both ends included.
fn spread(delay: Duration, percent: u8, random: u64) -> Duration {
    let span = delay.as_nanos() * u128::from(percent) / 100;
    // At most 2^47 · 2^64: a day is less than 2^47 nanoseconds, the span half of it.
    let offset = (u128::from(random) * (2 * span + 1)) >> 64;
    Duration::from_nanos_u128(delay.as_nanos() - span + offset)
}

/// Reads a `Retry-After` value: seconds, or a date in the one form that senders must use.
///
/// *Shape:* digits, or `Sun, 06 Nov 1994 08:49:37 GMT`; space around is ignored.
/// *Range:* at most [`RETRY_AFTER_MAX`]; a date that has passed is zero. `None` for anything else, because a hint that cannot be
/// read must not stop a retry.
/// *Source:* RFC 9110 §10.2.3 and §5.6.7 (IMF-fixdate).
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim_ascii();
    let hint = if value.bytes().all(|byte| byte.is_ascii_digit()) { seconds(value) } else { until(value, now) };
    hint.map(|hint| hint.min(RETRY_AFTER_MAX))
}

/// `None` for the empty text only: more digits than a `u64` holds are still a number, and far above the cap.
fn seconds(digits: &str) -> Option<Duration> {
    (!digits.is_empty()).then(|| Duration::from_secs(digits.parse().unwrap_or(u64::MAX)))
}

fn until(date: &str, now: Timestamp) -> Option<Duration> {
    const IMF_FIXDATE: &str = "%a, %d %b %Y %H:%M:%S GMT";

    let parsed = DateTime::strptime(IMF_FIXDATE, date).ok()?;
    // The parser is lenient (case, padding, leap seconds); what does not print as it was read is junk.
    if parsed.strftime(IMF_FIXDATE).to_string() != date {
        return None;
    }
    // Not through jiff's timestamps, which end a day before the year 9999 does: a date that senders use for "never".
    let since_epoch = parsed.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0));
    Some(Timestamp::from_seconds(since_epoch.as_secs()).since(now))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The random bits that leave a delay as it is.
    const MIDDLE: u64 = 1 << 63;
    const HOUR: u64 = 3_600;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_default_schedule_is_nine_attempts_over_45_hours() {
        // webhooks.md §2
        let cases = [
            (0, None),
            (1, Some(secs(0))),
            (2, Some(secs(5))),
            (3, Some(secs(60))),
            (4, Some(secs(300))),
            (5, Some(secs(1_800))),
            (6, Some(secs(2 * HOUR))),
            (7, Some(secs(6 * HOUR))),
            (8, Some(secs(12 * HOUR))),
            (9, Some(secs(24 * HOUR))),
            (10, None),
            (u32::MAX, None),
        ];
        for (attempt, delay) in cases {
            assert_eq!(RetrySchedule::DEFAULT.delay_before(attempt, MIDDLE, None), delay, "attempt {attempt}");
        }
        assert_eq!(RetrySchedule::DEFAULT.attempts_max(), 9);
        assert_eq!(RetrySchedule::DEFAULT.delays().iter().sum::<Duration>().as_secs().div_ceil(HOUR), 45);
    }

    #[test]
    fn the_random_bits_move_a_delay_by_15_percent_at_most() {
        let cases = [
            ("least", 3, 0, 51_000),
            ("middle", 3, MIDDLE, 60_000),
            ("most", 3, u64::MAX, 69_000),
            ("a quarter", 3, 1 << 62, 55_500),
            ("nothing to move", 1, u64::MAX, 0),
        ];
        for (name, attempt, bits, expected_ms) in cases {
            let delay = RetrySchedule::DEFAULT.delay_before(attempt, bits, None).unwrap();
            assert_eq!(delay.as_millis(), expected_ms, "{name}");
        }
    }

    #[test]
    fn a_hint_makes_a_delay_longer_never_shorter_and_never_more_than_10_hours() {
        let cases = [
            ("longer than the delay", 2, secs(120), Some(secs(120))),
            ("shorter than the delay", 5, secs(120), Some(secs(1_800))),
            ("zero", 2, secs(0), Some(secs(5))),
            ("10 hours", 2, secs(10 * HOUR), Some(secs(10 * HOUR))),
            ("past 10 hours", 2, secs(10 * HOUR + 1), Some(secs(10 * HOUR))),
            ("past 10 hours, before a longer delay", 9, secs(48 * HOUR), Some(secs(24 * HOUR))),
            ("after the last attempt", 10, secs(120), None),
        ];
        for (name, attempt, hint, expected) in cases {
            assert_eq!(RetrySchedule::DEFAULT.delay_before(attempt, MIDDLE, Some(hint)), expected, "{name}");
        }
    }

    #[test]
    fn a_schedule_outside_its_bounds_is_refused() {
        let day = secs(24 * HOUR);
        let cases = [
            ("one attempt", vec![secs(0)], 0, Ok(())),
            ("20 attempts of a day", vec![day; 20], 50, Ok(())),
            ("none", vec![], 15, Err("retry schedule must have 1 to 20 delays, got 0")),
            ("21 attempts", vec![day; 21], 15, Err("retry schedule must have 1 to 20 delays, got 21")),
            (
                "a second past a day",
                vec![secs(0), day + secs(1)],
                15,
                Err("retry delay before attempt 2 must be at most 86400 seconds, got 86401"),
            ),
            ("jitter of 51 percent", vec![day], 51, Err("retry jitter must be 0 to 50 percent, got 51")),
        ];
        for (name, delays, jitter, expected) in cases {
            let checked = RetrySchedule::new(delays, jitter).map(drop).map_err(|error| error.to_string());
            assert_eq!(checked, expected.map_err(str::to_owned), "{name}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_an_http_date() {
        // RFC 9110 §5.6.7: its example date is 784111777 (`date -u -d @784111777`).
        let now = Timestamp::from_seconds(784_111_777 - 90);
        let cases = [
            ("120", Some(secs(120))),
            ("0", Some(secs(0))),
            (" 7\t", Some(secs(7))),
            ("36001", Some(secs(10 * HOUR))),
            ("99999999999999999999999", Some(secs(10 * HOUR))),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(secs(90))),
            ("Sun, 06 Nov 1994 08:48:06 GMT", Some(secs(0))),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(secs(10 * HOUR))),
            // Wrong weekday, another zone, the two obsolete forms, an impossible date.
            ("Mon, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 UTC", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun Nov  6 08:49:37 1994", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("Sun, 6 Nov 1994 08:49:37 GMT", None),
            ("sun, 06 nov 1994 08:49:37 gmt", None),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("١٢", None),
        ];
        for (value, expected) in cases {
            assert_eq!(parse_retry_after(value, now), expected, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn a_delay_stays_within_15_percent_of_the_schedule(attempt in 1_u32..=9, bits: u64) {
            let index = usize::try_from(attempt - 1).unwrap();
            let planned = RetrySchedule::DEFAULT.delays()[index];
            let delay = RetrySchedule::DEFAULT.delay_before(attempt, bits, None).unwrap();
            prop_assert!(delay * 100 >= planned * 85);
            prop_assert!(delay * 100 <= planned * 115);
        }

        #[test]
        fn any_text_is_a_bounded_hint_or_none(value in ".{0,40}", now: i64) {
            let hint = parse_retry_after(&value, Timestamp::from_micros(now));
            prop_assert!(hint.is_none_or(|hint| hint <= RETRY_AFTER_MAX));
        }
    }
}
