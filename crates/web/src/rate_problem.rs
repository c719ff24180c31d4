//! Which HTTP status the failures of rate limits have; see [`crate::problem`].

use std::time::Duration;

use actix_web::http::StatusCode;
use devhub_domain::guard::Said;
use devhub_domain::rate::{LineFault, RateError};

use crate::problem_body::{FieldError, Problem};
use crate::problem_entry::{CatalogEntry, entry};

/// Most lines of a list that one answer complains about.
const LINES_SHOWN_MAX: usize = 20;

/// The codes of rate limits, by status; see [`crate::problem_catalog::catalog`].
pub(crate) const RATE_CATALOG: &[CatalogEntry] = &[
    entry(
        404,
        "rate_override_not_found",
        "The workspace has no such override.",
        "Take the id from the list of overrides.",
    ),
    entry(
        404,
        "rate_policy_not_found",
        "The workspace has no such rate policy.",
        "Take the id from the list of policies.",
    ),
    entry(
        409,
        "rate_order_stale",
        "An order does not name every policy of the workspace once.",
        "Read the list again, and name all of it.",
    ),
    entry(
        409,
        "rate_override_taken",
        "The policy has an override for this subject.",
        "Change the one that the answer names.",
    ),
    entry(409, "rate_policy_taken", "Another rate policy has this name.", "Choose another name."),
    entry(
        409,
        "too_many_rate_overrides",
        "The workspace, or the policy, has as many overrides as it may.",
        "Delete one first, or give many keys one policy.",
    ),
    entry(409, "too_many_rate_policies", "The workspace has as many rate policies as it may.", "Delete one first."),
    entry(422, "networks_refused", "Some lines are no networks.", "Look at the lines in `errors`."),
    entry(
        422,
        "rate_above_maximum",
        "The operator of the hub does not let workspaces give themselves that much.",
        "Lower limit or burst, exempt no networks, or ask the operator.",
    ),
    entry(
        422,
        "rate_cost_above_burst",
        "A request would cost more than ever fits.",
        "Raise the burst, or lower the cost.",
    ),
    entry(
        422,
        "rate_subject_mismatch",
        "The policy does not count what the subject is, or it is of another workspace.",
        "Name a key for policies of keys only; else the workspace of the calling key.",
    ),
    entry(
        503,
        "limiter_unavailable",
        "The rate limiter does not answer, and a policy lets nothing through without it.",
        "Try again after the seconds in Retry-After.",
    ),
];

impl From<RateError> for Problem {
    fn from(error: RateError) -> Self {
        let code = error.code();
        let detail = error.to_string();
        match error {
            RateError::Forbidden(error) => error.into(),
            RateError::NotFound(_) | RateError::OverrideNotFound(_) | RateError::KeyNotFound(_) => {
                Self::new(StatusCode::NOT_FOUND, code, detail)
            }
            RateError::NameTaken(_) | RateError::NameReserved(_) => {
                Self::new(StatusCode::CONFLICT, code, detail).at_field("name")
            }
            RateError::TooManyPolicies
            | RateError::TooManyOverrides
            | RateError::PolicyFull
            | RateError::OverrideTaken(_)
            | RateError::OrderStale => Self::new(StatusCode::CONFLICT, code, detail),
            RateError::AboveMaximum(_) => Self::unprocessable(code, detail).at_field("limit"),
            RateError::ExemptElsewhere => Self::unprocessable(code, detail),
            RateError::CostAboveBurst => Self::unprocessable(code, detail).at_field("cost"),
            RateError::SubjectMismatch => Self::unprocessable(code, detail).at_field("subject"),
            RateError::Networks(faults) => {
                let error = |LineFault { line, fault }: &LineFault| FieldError {
                    field: format!("line {line}").into(),
                    detail: format!("line {line} {fault}"),
                };
                Self::unprocessable(code, &detail).with_errors(faults.iter().take(LINES_SHOWN_MAX).map(error).collect())
            }
            RateError::RevisionStale { .. } => Self::new(StatusCode::PRECONDITION_FAILED, code, detail),
            RateError::Store(error) => error.into(),
        }
    }
}

impl Problem {
    /// Nobody can tell how much the caller has asked, and its policy refuses it then.
    pub(crate) fn limiter_unavailable(wait: Duration) -> Self {
        Said::limiter_unavailable(wait).into()
    }
}
