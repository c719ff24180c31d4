//! How requests to an endpoint are made.

use std::time::Duration;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use super::{
    Authorities, CustomHeader, CustomHeaders, CustomValue, Endpoint, InFlightMax, RetrySchedule, RetryScheduleError,
    SendRate,
};

/// The shortest deadline of a request.
pub const TIMEOUT_MIN: Duration = Duration::from_secs(1);

/// The longest deadline of a request: each holds a place among the requests in flight for so long. Source: webhooks §2.
pub const TIMEOUT_MAX: Duration = Duration::from_secs(30);

/// How requests to an endpoint are made, where its owner wants it otherwise than the hub does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointSettings {
    /// The one deadline of a request.
    pub timeout: RequestTimeout,
    /// When a failed delivery is tried again; `None` as the hub does.
    pub retry_schedule: Option<RetrySchedule>,
    /// How many requests it gets in a time; `None` as many as there are.
    pub rate: Option<SendRate>,
    /// How many requests are in flight at most; `None` as many as the hub allows.
    pub in_flight_max: Option<InFlightMax>,
    /// What requests carry besides.
    pub headers: CustomHeaders,
    /// Who is believed about the receiver besides those that everybody believes.
    pub authorities: Option<Authorities>,
}

impl EndpointSettings {
    /// What the audit log tells: no secret, and of a sealed value only which one it is, so that a change is seen.
    pub(super) fn detail(&self) -> Value {
        let header = |header: &CustomHeader| match &header.value {
            CustomValue::Plain(text) => json!({ "name": header.name.as_str(), "value": text }),
            CustomValue::Sensitive(sealed) => {
                // Of the sealed bytes, which chance has made: it says nothing about the text, not even that two are alike.
                let hash = blake3::hash(sealed.as_bytes());
                let mark = hash.as_bytes().first_chunk::<4>().map(|start| HEXLOWER.encode(start));
                json!({ "name": header.name.as_str(), "is_sensitive": true, "sealed": mark })
            }
        };
        json!({
            "timeout_ms": self.timeout.as_millis(),
            "retry_schedule": self.retry_schedule.as_ref().map(RetrySchedule::to_stored),
            "rate": self.rate.map(|rate| rate.to_string()),
            "in_flight_max": self.in_flight_max.map(|max| max.get().get()),
            "headers": self.headers.iter().map(header).collect::<Vec<_>>(),
            "authorities": self.authorities.as_ref().map(Authorities::fingerprint),
        })
    }
}

/// The one deadline of a request: look-up, connection, headers and body together.
///
/// *Range:* [`TIMEOUT_MIN`] to [`TIMEOUT_MAX`], in whole milliseconds; [`Endpoint::TIMEOUT`] by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestTimeout(Duration);

/// The deadline is outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {} to {} seconds", TIMEOUT_MIN.as_secs(), TIMEOUT_MAX.as_secs())]
pub struct RequestTimeoutError;

impl RequestTimeout {
    /// A deadline of so many seconds.
    ///
    /// # Errors
    /// [`RequestTimeoutError`] outside the bounds.
    pub fn from_seconds(seconds: u64) -> Result<Self, RequestTimeoutError> {
        Self::new(Duration::from_secs(seconds))
    }

    /// A deadline of so many milliseconds.
    ///
    /// # Errors
    /// [`RequestTimeoutError`] outside the bounds.
    pub fn from_millis(millis: u64) -> Result<Self, RequestTimeoutError> {
        Self::new(Duration::from_millis(millis))
    }

    fn new(timeout: Duration) -> Result<Self, RequestTimeoutError> {
        if (TIMEOUT_MIN..=TIMEOUT_MAX).contains(&timeout) { Ok(Self(timeout)) } else { Err(RequestTimeoutError) }
    }

    /// The deadline.
    pub const fn get(self) -> Duration {
        self.0
    }

    /// The deadline in milliseconds.
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Default for RequestTimeout {
    fn default() -> Self {
        Self(Endpoint::TIMEOUT)
    }
}

impl RetrySchedule {
    /// What a store keeps: `0 5000 60000 ~15`, the delays in milliseconds and the jitter in percent.
    pub fn to_stored(&self) -> String {
        let mut words: Vec<_> = self.delays().iter().map(|delay| delay.as_millis().to_string()).collect();
        words.push(format!("~{}", self.jitter_percent()));
        words.join(" ")
    }

    /// The schedule that a store has kept; `None` when that is damaged.
    pub fn from_stored(text: &str) -> Option<Self> {
        let (delays, jitter) = text.rsplit_once(" ~")?;
        let delays: Result<Vec<u64>, _> = delays.split(' ').map(str::parse).collect();
        let delays = delays.ok()?.into_iter().map(Duration::from_millis).collect();
        Self::new(delays, jitter.parse().ok()?).ok()
    }

    /// A schedule of delays in whole seconds; without a jitter that of [`RetrySchedule::DEFAULT`].
    ///
    /// # Errors
    /// As for [`RetrySchedule::new`].
    pub fn from_seconds(delays: &[u64], jitter_percent: Option<u64>) -> Result<Self, RetryScheduleError> {
        let delays = delays.iter().map(|delay| Duration::from_secs(*delay)).collect();
        let jitter = jitter_percent.unwrap_or_else(|| Self::DEFAULT.jitter_percent().into());
        Self::new(delays, u8::try_from(jitter).unwrap_or(u8::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_1_to_30_seconds() {
        let fits = [0, 1, 10, 30, 31].map(|seconds| RequestTimeout::from_seconds(seconds).is_ok());
        assert_eq!(fits, [false, true, true, true, false]);
        assert_eq!(RequestTimeout::default().get(), Duration::from_secs(10));
    }

    #[test]
    fn a_schedule_reads_back_what_it_was_stored_as() {
        let schedule = RetrySchedule::from_seconds(&[0, 5, 60], Some(20)).unwrap();
        assert_eq!(schedule.to_stored(), "0 5000 60000 ~20");
        assert_eq!(RetrySchedule::from_stored("0 5000 60000 ~20"), Some(schedule));
        assert_eq!(RetrySchedule::from_stored(&RetrySchedule::DEFAULT.to_stored()), Some(RetrySchedule::DEFAULT));
        for text in ["", "~15", " ~15", "0", "0 ~99", "0  5 ~15", "-1 ~15", "86400001 ~15"] {
            assert_eq!(RetrySchedule::from_stored(text), None, "{text:?}");
        }
    }
}
