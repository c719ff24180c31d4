//! What answers tell of the rate limit: one function writes all headers.
//!
//! `X-RateLimit-*` are what clients of OwnPay and most others read. `RateLimit-Policy` and `RateLimit` are the IETF's, whose draft
//! still changes names, which is why they alone stand behind a setting.
//! *Source:* keys and limits §6, draft-ietf-httpapi-ratelimit-headers-11.

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use devhub_domain::rate::{Policy, Standing};

use crate::services::RateLimitFields;

const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Headers that one answer gets of us, the request id included: room for all is made at once.
const HEADERS: usize = 6;

/// Adds up to a second less a microsecond, so that cutting off the fraction rounds up.
const ALMOST_A_SECOND: Duration = Duration::from_micros(999_999);

/// What all answers say alike, made once.
pub(super) struct RateLimitHeaders {
    limit: HeaderValue,
    /// The value of `RateLimit-Policy` and how that of `RateLimit` begins; `None` when they are off.
    fields: Option<(HeaderValue, String)>,
}

impl RateLimitHeaders {
    pub(super) fn new(policy: &Policy, fields: RateLimitFields) -> Self {
        let (name, quota) = (policy.name(), policy.quota());
        let described = format!("\"{name}\";q={};w={}", quota.limit(), quota.window().as_secs());
        let described = HeaderValue::try_from(described).expect("the name of a policy is a header value");
        let fields = match fields {
            RateLimitFields::Draft11 => Some((described, format!("\"{name}\""))),
            RateLimitFields::Off => None,
        };
        Self { limit: HeaderValue::from(quota.limit().get()), fields }
    }

    /// Writes where the caller stands.
    pub(super) fn write(&self, headers: &mut HeaderMap, standing: &Standing) {
        let (remaining, resets_after) = (standing.decision.remaining, standing.decision.resets_after);
        headers.reserve(HEADERS);
        headers.insert(X_RATELIMIT_LIMIT, self.limit.clone());
        headers.insert(X_RATELIMIT_REMAINING, HeaderValue::from(remaining));
        let resets_at = standing.resets_at.plus(ALMOST_A_SECOND).as_seconds();
        headers.insert(X_RATELIMIT_RESET, HeaderValue::from(resets_at));
        if let Some((policy, name)) = &self.fields {
            headers.insert(RATELIMIT_POLICY, policy.clone());
            let standing = format!("{name};r={remaining};t={}", seconds_rounded_up(resets_after));
            headers.insert(RATELIMIT, HeaderValue::try_from(standing).expect("numbers are a header value"));
        }
    }
}

/// Whole seconds, so that whoever waits for them does not come too early.
pub(crate) fn seconds_rounded_up(time: Duration) -> u64 {
    time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use devhub_domain::rate::{Decision, Outcome};
    use devhub_domain::time::Timestamp;

    use super::*;

    fn written(fields: RateLimitFields, resets_after: Duration) -> Vec<String> {
        let mut headers = HeaderMap::new();
        let decision = Decision { outcome: Outcome::Allowed, tat: None, remaining: 50, resets_after };
        let standing = Standing { decision, resets_at: Timestamp::from_seconds(1_000).plus(resets_after) };
        RateLimitHeaders::new(&Policy::default(), fields).write(&mut headers, &standing);
        let mut lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        lines.sort();
        lines
    }

    #[test]
    fn the_draft_is_written_as_it_stands() {
        let expected = [
            "ratelimit-policy: \"default\";q=600;w=60",
            "ratelimit: \"default\";r=50;t=30",
            "x-ratelimit-limit: 600",
            "x-ratelimit-remaining: 50",
            "x-ratelimit-reset: 1030",
        ];
        assert_eq!(written(RateLimitFields::Draft11, Duration::from_secs(30)), expected);
    }

    #[test]
    fn only_the_fields_of_the_draft_can_be_switched_off() {
        let expected = ["x-ratelimit-limit: 600", "x-ratelimit-remaining: 50", "x-ratelimit-reset: 1030"];
        assert_eq!(written(RateLimitFields::Off, Duration::from_secs(30)), expected);
    }

    #[test]
    fn a_fraction_of_a_second_is_one() {
        let lines = written(RateLimitFields::Draft11, Duration::from_micros(29_000_001));
        assert_eq!(
            (lines[1].as_str(), lines[4].as_str()),
            ("ratelimit: \"default\";r=50;t=30", "x-ratelimit-reset: 1030")
        );
        for (micros, seconds) in [(0, 0), (1, 1), (1_000_000, 1), (1_000_001, 2)] {
            assert_eq!(seconds_rounded_up(Duration::from_micros(micros)), seconds, "{micros}");
        }
    }
}
