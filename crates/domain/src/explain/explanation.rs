//! A question, and what is told.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use super::RefusedRequest;
use crate::api_keys::{ApiKey, Check, Denial, Examined, Input, Scope, ScopeSet, TokenReport};
use crate::rate::Standing;
use crate::secret::Secret;
use crate::time::Timestamp;

/// A request that need not have been made. What is `None` is not part of the question.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Its method.
    pub method: Option<String>,
    /// Its path.
    pub path: Option<String>,
    /// Where it comes from; from nowhere that an allow-list could hold when absent.
    pub address: Option<IpAddr>,
    /// What it needs; when absent, what the method needs on the platform's API, and else nothing.
    pub scopes: Option<ScopeSet>,
    /// What it costs; 1 when absent.
    pub cost: Option<NonZeroU32>,
    /// When it is made; now when absent. In the future, what is spent comes back until then; in the past, the rate is that of now.
    pub at: Option<Timestamp>,
    /// The token that it brings; that of the key when absent.
    pub token: Option<Secret>,
}

impl Request {
    /// What it needs of a key.
    pub(super) fn required(&self) -> ScopeSet {
        if let Some(scopes) = self.scopes {
            return scopes;
        }
        let is_platform = self.path.as_deref().is_some_and(|path| path == "/api/v1" || path.starts_with("/api/v1/"));
        let scope = self.method.as_deref().filter(|_| is_platform).map(|method| match method {
            "GET" | "HEAD" => Scope::Read,
            _ => Scope::Write,
        });
        ScopeSet::from_iter(scope)
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The request passes.
    Passed,
    /// The request ends here.
    Failed,
    /// The request has ended before.
    NotReached,
}

impl CheckOutcome {
    /// The word in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NotReached => "not_reached",
        }
    }
}

/// One check of an explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// Which.
    pub check: Check,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// What it looked at.
    pub inputs: Vec<Input>,
}

/// Where the key stands with its rate, had the request come so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateReport {
    /// What was asked of the limits.
    pub standing: Standing,
    /// How long the request would wait; `None` when it fits, and when waiting does not help.
    pub retry_after: Option<Duration>,
}

/// Why a request is accepted or refused.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The key that decides.
    pub key: ApiKey,
    /// For when it is explained.
    pub at: Timestamp,
    /// Why it is refused; `None` when it is accepted.
    pub denial: Option<Denial>,
    /// Every check, in order.
    pub checks: Vec<Explained>,
    /// What the presented token is; `None` when none is presented.
    pub token: Option<TokenReport>,
    /// Where the key stands with its rate; `None` when the address is exempt.
    pub rate: Option<RateReport>,
    /// The request as it was refused; `None` when it was not asked about one. What has changed since then is explained as it is now.
    pub refused: Option<RefusedRequest>,
}

/// Puts the checks in a row: those after the first that fails are not reached.
pub(super) fn in_order(examined: Vec<Examined>) -> (Option<Denial>, Vec<Explained>) {
    let denial = examined.iter().find_map(|examined| examined.denial);
    let mut has_failed = false;
    let explained = examined.into_iter().map(|Examined { check, denial, inputs }| {
        let outcome = match denial {
            _ if has_failed => CheckOutcome::NotReached,
            Some(_) => CheckOutcome::Failed,
            None => CheckOutcome::Passed,
        };
        has_failed |= denial.is_some();
        Explained { check, outcome, inputs }
    });
    let explained = explained.collect();
    (denial, explained)
}
