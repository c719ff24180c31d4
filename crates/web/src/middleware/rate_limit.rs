//! What answers tell of the rate limit: one function writes all headers here, and `Retry-After` alone stands with the refusal.
//!
//! `X-RateLimit-*` are what clients of OwnPay and most others read. `RateLimit-Policy` and `RateLimit` are the IETF's, whose draft
//! still changes names, which is why they alone stand behind a setting.
//! *Source:* keys and limits §6, draft-ietf-httpapi-ratelimit-headers-11.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use devhub_domain::rate::{Policy, Standing};
use devhub_domain::time::seconds_rounded_up;

use crate::services::RateLimitFields;

const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Headers that one answer gets of us, the request id included: room for all is made at once.
const HEADERS: usize = 6;

/// What tells of the rate limits: nearly all answers of a hub tell of its default, whose texts are made once.
pub(crate) struct RateLimitHeaders {
    default: Texts,
    fields: RateLimitFields,
}

/// What all answers say alike of one policy.
struct Texts {
    policy: Policy,
    limit: HeaderValue,
    /// The value of `RateLimit-Policy`.
    described: HeaderValue,
    /// How the value of `RateLimit` begins.
    name: String,
}

impl Texts {
    fn new(policy: Policy) -> Self {
        let described = header(described(&policy));
        let limit = HeaderValue::from(policy.quota().limit().get());
        Self { policy, limit, described, name: format!("\"{}\"", policy.name()) }
    }
}

impl RateLimitHeaders {
    pub(crate) fn new(default: Policy, fields: RateLimitFields) -> Self {
        Self { default: Texts::new(default), fields }
    }

    /// Writes where the caller stands with its most restrictive policy, and which policies bind it.
    pub(crate) fn write(&self, headers: &mut HeaderMap, standing: &Standing) {
        let (remaining, resets_after) = (standing.decision.remaining, standing.decision.resets_after);
        let made;
        let texts = if standing.policy == self.default.policy {
            &self.default
        } else {
            made = Texts::new(standing.policy);
            &made
        };
        headers.reserve(HEADERS);
        headers.insert(X_RATELIMIT_LIMIT, texts.limit.clone());
        headers.insert(X_RATELIMIT_REMAINING, HeaderValue::from(remaining));
        headers.insert(X_RATELIMIT_RESET, HeaderValue::from(standing.resets_at.as_seconds_rounded_up()));
        if self.fields == RateLimitFields::Draft11 {
            headers.insert(RATELIMIT_POLICY, all_described(texts, standing));
            let standing = format!("{};r={remaining};t={}", texts.name, seconds_rounded_up(resets_after));
            headers.insert(RATELIMIT, header(standing));
        }
    }
}

/// All policies that bind the request, in the order of their subjects, so that answers to the same requests say the same.
fn all_described(texts: &Texts, standing: &Standing) -> HeaderValue {
    let mut policies = standing.policies.iter().flatten();
    if let (Some(_), None) = (policies.next(), policies.next()) {
        return texts.described.clone();
    }
    header(standing.policies.iter().flatten().map(described).collect::<Vec<_>>().join(", "))
}

/// A list item of structured fields: a string with parameters. The name of a policy is a string between quotes as it is.
fn described(policy: &Policy) -> String {
    let quota = policy.quota();
    format!("\"{}\";q={};w={}", policy.name(), quota.limit(), quota.window().as_secs())
}

fn header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("names of policies, numbers and marks are a header value")
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;
    use std::time::Duration;

    use devhub_domain::rate::{Decision, Outcome, Quota};
    use devhub_domain::time::Timestamp;

    use super::*;

    fn written(fields: RateLimitFields, resets_after: Duration) -> Vec<String> {
        let mut headers = HeaderMap::new();
        let decision = Decision { outcome: Outcome::Allowed, tat: None, remaining: 50, resets_after };
        let (policy, resets_at) = (Policy::default(), Timestamp::from_seconds(1_000).plus(resets_after));
        let standing = Standing { decision, resets_at, policy, policies: [Some(policy), None, None] };
        RateLimitHeaders::new(policy, fields).write(&mut headers, &standing);
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
    fn the_most_restrictive_policy_stands_alone_and_all_that_bind_are_listed() {
        let decision =
            Decision { outcome: Outcome::Allowed, tat: None, remaining: 2, resets_after: Duration::from_secs(8) };
        let quota = Quota::new(NonZeroU32::new(10).unwrap(), Duration::from_hours(1)).unwrap();
        let (default, exports) = (Policy::default(), Policy::new("exports".parse().unwrap(), quota));
        let policies = [Some(default), Some(exports), None];
        let standing = Standing { decision, resets_at: Timestamp::from_seconds(1_000), policy: exports, policies };
        let mut headers = HeaderMap::new();
        RateLimitHeaders::new(default, RateLimitFields::Draft11).write(&mut headers, &standing);
        assert_eq!(headers.get("x-ratelimit-limit").unwrap(), "10");
        assert_eq!(headers.get("ratelimit-policy").unwrap(), "\"default\";q=600;w=60, \"exports\";q=10;w=3600");
        assert_eq!(headers.get("ratelimit").unwrap(), "\"exports\";r=2;t=8");
    }

    #[test]
    fn a_fraction_of_a_second_is_one() {
        let lines = written(RateLimitFields::Draft11, Duration::from_micros(29_000_001));
        assert_eq!(
            (lines[1].as_str(), lines[4].as_str()),
            ("ratelimit: \"default\";r=50;t=30", "x-ratelimit-reset: 1030")
        );
    }
}
