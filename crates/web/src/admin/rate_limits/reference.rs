//! What a request is answered that comes too early: the words and headers that the API answers with.

use std::time::Duration;

use actix_web::http::header::HeaderMap;
use devhub_domain::rate::{Decision, Policy, Standing, decide};
use devhub_domain::time::Timestamp;

use crate::middleware::{RateLimitHeaders, X_REQUEST_ID};
use crate::problem_body::Problem;
use crate::services::RateLimitFields;

/// In the place of the id that each answer has of its own.
const REQUEST_ID: &str = "req_…";

/// An answer, as it goes over the wire.
pub(super) struct Reference {
    pub(super) first_line: String,
    pub(super) headers: String,
    pub(super) body: String,
    pub(super) notes: Vec<String>,
}

impl Reference {
    /// The answer to a key that has spent all of its burst at this moment.
    pub(super) fn new(policy: Policy, fields: RateLimitFields, now: Timestamp) -> Self {
        let decision = refusal(policy);
        let policies = [Some(policy), None, None];
        let standing = Standing { decision, resets_at: now.plus(decision.resets_after), policy, policies };
        let problem = Problem::rate_limited(decision.retry_after().unwrap_or_default());
        let mut headers = HeaderMap::new();
        RateLimitHeaders::new(policy, fields).write(&mut headers, &standing);
        let answer = problem.to_response(Some(REQUEST_ID));
        let lines = answer.headers().iter().chain(headers.iter());
        let lines = lines.map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()));
        // Headers have no order of their own.
        let mut lines: Vec<_> = lines.chain([format!("{X_REQUEST_ID}: {REQUEST_ID}")]).collect();
        lines.sort();
        Self {
            first_line: format!("HTTP/1.1 {}", problem.status()),
            headers: lines.join("\n"),
            body: problem.to_lines(Some(REQUEST_ID)),
            notes: notes(fields),
        }
    }
}

/// What becomes of the request after those that have spent the burst.
fn refusal(policy: Policy) -> Decision {
    let quota = policy.quota();
    let spent = decide(None, Duration::ZERO, quota, quota.burst().get());
    decide(spent.tat, Duration::ZERO, quota, 1)
}

fn notes(fields: RateLimitFields) -> Vec<String> {
    let mut notes = vec![
        "Wait as many seconds as Retry-After says, then try again: it is exact, and never 0.".to_owned(),
        "X-RateLimit-Limit, -Remaining and -Reset are on every answer that was limited, of the policy that leaves the least. Reset is \
         the second at which nothing is spent any more."
            .to_owned(),
    ];
    if fields == RateLimitFields::Draft11 {
        notes.push("RateLimit-Policy names every policy that binds the request; RateLimit says where it stands with the closest.".to_owned());
    }
    notes
}
