//! What became of a request, and how it is told over HTTP: one text and one number for every door.
//!
//! *Threat:* an answer that tells a guesser which tokens exist or existed. *Defence:* every reason for which a token opens nothing is told
//! as one and the same; the exact code is for the log. *Not defended:* how long an answer takes.
//! *Source:* RFC 6750 §3, RFC 9110 §15.5, RFC 9457, keys and limits §6.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde_json::json;

use super::{CredentialError, PathError};
use crate::api_keys::{Denial, Principal, Refusal};
use crate::id::KeyId;
use crate::rate::{Admission, Outcome, Standing};
use crate::time::seconds_to_wait;

/// Why a request does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It has no token that could be looked up.
    Credential(CredentialError),
    /// Its token is not accepted for it.
    Key(Refusal),
    /// Nobody could tell what is spent of its limits, and one of them refuses it then.
    Unchecked {
        /// Whose key.
        key_id: KeyId,
        /// How long to wait before trying again.
        retry_after: Duration,
    },
}

impl Refused {
    /// Whether it counts against the address that it came from.
    pub const fn is_failed_authentication(&self) -> bool {
        match self {
            Self::Credential(_) => true,
            Self::Key(refusal) => refusal.denial.is_failed_authentication(),
            Self::Unchecked { .. } => false,
        }
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    /// Who may pass, or why nobody may.
    pub decided: Result<Principal, Refused>,
    /// What its limits say; `None` when they were not asked, because an earlier check refused.
    pub admission: Option<Admission>,
    /// How long the address must wait that failed to authenticate once too often; it is told so instead of why it failed.
    pub throttled_for: Option<Duration>,
}

impl Verdict {
    /// Whether the request passes.
    pub const fn is_admitted(&self) -> bool {
        self.decided.is_ok()
    }

    /// Where the key stands with its rate; `None` when that was not decided: an earlier check refused, its network is exempt, or the limiter
    /// failed.
    pub fn standing(&self) -> Option<&Standing> {
        self.admission.as_ref().and_then(Admission::standing)
    }

    /// The exact code, for operators: `VALID`, that of a [`Denial`], or that of a [`CredentialError`].
    pub const fn code(&self) -> &'static str {
        match self.decided {
            Ok(_) => "VALID",
            Err(Refused::Key(refusal)) => refusal.denial.code(),
            Err(Refused::Unchecked { .. }) => "LIMITER_UNAVAILABLE",
            Err(Refused::Credential(CredentialError::Missing)) => "CREDENTIAL_MISSING",
            Err(Refused::Credential(CredentialError::Ambiguous)) => "CREDENTIAL_AMBIGUOUS",
            Err(Refused::Credential(CredentialError::InQuery)) => "CREDENTIAL_IN_QUERY",
        }
    }

    /// Whose key was presented, accepted or not; `None` when no key has the token.
    pub const fn key_id(&self) -> Option<KeyId> {
        match self.decided {
            Ok(principal) => Some(principal.key_id),
            Err(Refused::Key(refusal)) => refusal.key_id,
            Err(Refused::Unchecked { key_id, .. }) => Some(key_id),
            Err(Refused::Credential(_)) => None,
        }
    }

    /// What a caller is told that does not pass; `None` when it does.
    pub fn said(&self) -> Option<Said> {
        let refused = self.decided.err()?;
        if let Some(wait) = self.throttled_for {
            return Some(Said::rate_limited(wait));
        }
        Some(match refused {
            Refused::Credential(error) => error.into(),
            Refused::Key(Refusal { denial: Denial::RateLimited, .. }) => {
                match self.standing().map(|standing| standing.decision.outcome) {
                    Some(Outcome::NeverFits) => Said::cost_above_burst(),
                    Some(Outcome::Refused { retry_after }) => Said::rate_limited(retry_after),
                    Some(Outcome::Allowed) | None => Said::rate_limited(Duration::ZERO),
                }
            }
            Refused::Key(refusal) => refusal.denial.into(),
            Refused::Unchecked { retry_after, .. } => Said::limiter_unavailable(retry_after),
        })
    }

    /// `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`; none when no rate was asked.
    ///
    /// *Unit:* the reset is in seconds since 1970, rounded up.
    pub fn rate_headers(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        self.standing().copied().into_iter().flat_map(|standing| {
            let limit = standing.policy.quota().limit();
            let reset = standing.resets_at.as_seconds_rounded_up();
            [
                ("x-ratelimit-limit", limit.to_string()),
                ("x-ratelimit-remaining", standing.decision.remaining.to_string()),
                ("x-ratelimit-reset", reset.to_string()),
            ]
        })
    }
}

/// A refusal as its caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The status of HTTP.
    pub status: u16,
    /// The stable word.
    pub code: &'static str,
    /// What happened and what to change, in a sentence for people.
    pub detail: Cow<'static, str>,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// `Retry-After`. Whole seconds, rounded up, at least 1.
    pub retry_after_s: Option<u64>,
}

impl Said {
    /// Too many requests came before this one, which fits after `wait`.
    ///
    /// At least a second is told, because a client that reads 0 comes back at once.
    pub fn rate_limited(wait: Duration) -> Self {
        let detail = "too many requests: wait for the seconds in Retry-After";
        Self { retry_after_s: Some(seconds_to_wait(wait)), ..Self::new(429, "rate_limited", detail) }
    }

    /// The request costs more than its limit ever admits at once.
    ///
    /// A 429 like the others, which proxies know what to do with, but without a time after which it would pass: there is none.
    pub fn cost_above_burst() -> Self {
        let detail =
            "this request costs more than its limit ever admits at once, and waiting does not help: raise the burst";
        Self::new(429, "cost_above_burst", detail)
    }

    /// Nobody can tell what is spent at the moment, and a policy refuses requests then.
    pub fn limiter_unavailable(wait: Duration) -> Self {
        let detail = "the rate limiter does not answer, and this request is not let through without it: try again";
        Self { retry_after_s: Some(seconds_to_wait(wait)), ..Self::new(503, "limiter_unavailable", detail) }
    }

    /// The key lacks a scope.
    pub fn insufficient_scope(required: &dyn fmt::Display) -> Self {
        let detail = format!("this request needs a key with the scope {required}");
        Self::new(403, "insufficient_scope", detail)
            .challenging(&format!(", error=\"insufficient_scope\", scope=\"{required}\""))
    }

    /// The store had to be asked and does not answer: nobody passes.
    pub fn unavailable() -> Self {
        let detail = "the hub cannot reach its store at the moment: try again";
        Self { retry_after_s: Some(1), ..Self::new(503, "store_unavailable", detail) }
    }

    /// `WWW-Authenticate` and `Retry-After`, as far as they are told.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, String)> + use<> {
        let challenge = self.challenge.clone().map(|challenge| ("www-authenticate", challenge));
        challenge.into_iter().chain(self.retry_after_s.map(|seconds| ("retry-after", seconds.to_string())))
    }

    /// The body of the answer, of the type `application/problem+json`.
    pub fn problem_json(&self) -> String {
        let title = match self.status {
            400 => "Bad Request",
            401 => "Unauthorized",
            403 => "Forbidden",
            429 => "Too Many Requests",
            _ => "Service Unavailable",
        };
        let (status, detail, code) = (self.status, &self.detail, self.code);
        json!({ "type": "about:blank", "title": title, "status": status, "detail": detail, "code": code }).to_string()
    }

    fn new(status: u16, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, detail: detail.into(), challenge: None, retry_after_s: None }
    }

    fn challenging(self, more: &str) -> Self {
        Self { challenge: Some(format!("Bearer realm=\"devhub\"{more}")), ..self }
    }
}

impl From<CredentialError> for Said {
    fn from(error: CredentialError) -> Self {
        let (status, more) = match error {
            CredentialError::Missing => (401, ""),
            CredentialError::Ambiguous | CredentialError::InQuery => (400, ", error=\"invalid_request\""),
        };
        Self::new(status, error.code(), error.to_string()).challenging(more)
    }
}

impl From<PathError> for Said {
    fn from(error: PathError) -> Self {
        Self::new(400, PathError::CODE, error.to_string())
    }
}

impl From<Denial> for Said {
    fn from(denial: Denial) -> Self {
        match denial {
            Denial::Malformed | Denial::NotFound | Denial::Revoked | Denial::Locked | Denial::Expired => {
                Self::new(401, "invalid_token", "the token is not accepted: use the token of an active key")
                    .challenging(", error=\"invalid_token\"")
            }
            Denial::WorkspaceSuspended => {
                Self::new(403, "workspace_suspended", "the workspace of this key is suspended")
            }
            Denial::IpNotAllowed => {
                let detail = "this key may not be used from this address: change its allow_list";
                Self::new(403, "ip_not_allowed", detail)
            }
            Denial::InsufficientScope { required } => Self::insufficient_scope(&required),
            // Who knows how long to wait says so: see `Verdict::said`. Tokens alone are never refused for this.
            Denial::RateLimited => Self::rate_limited(Duration::ZERO),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_keys::{Scope, ScopeSet};

    #[test]
    fn whatever_makes_a_token_open_nothing_is_told_alike() {
        let said = Said::from(Denial::NotFound);
        for denial in [Denial::Malformed, Denial::Revoked, Denial::Locked, Denial::Expired] {
            assert_eq!(Said::from(denial), said, "{denial:?}");
        }
        assert_eq!((said.status, said.code), (401, "invalid_token"));
    }

    #[test]
    fn a_lacking_scope_is_named_where_clients_look_for_it() {
        let required = ScopeSet::from_iter([Scope::Read, Scope::Write]);
        let said = Said::from(Denial::InsufficientScope { required });
        let challenge = "Bearer realm=\"devhub\", error=\"insufficient_scope\", scope=\"read write\"";
        assert_eq!((said.status, said.challenge.as_deref()), (403, Some(challenge)));
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds_and_never_as_none() {
        for (millis, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (30_000, 30)] {
            let said = Said::rate_limited(Duration::from_millis(millis));
            assert_eq!(said.retry_after_s, Some(seconds), "{millis}");
        }
    }

    #[test]
    fn a_refusal_has_a_body_for_machines_and_people() {
        assert_eq!(
            Said::unavailable().problem_json(),
            r#"{"code":"store_unavailable","detail":"the hub cannot reach its store at the moment: try again","status":503,"title":"Service Unavailable","type":"about:blank"}"#
        );
    }
}
