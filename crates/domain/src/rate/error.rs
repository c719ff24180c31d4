//! What can go wrong with rate policies.

use std::num::NonZeroU32;

use super::{LineFault, OVERRIDES_MAX, POLICIES_MAX, POLICY_OVERRIDES_MAX, PolicyName};
use crate::access::Forbidden;
use crate::id::{KeyId, RateOverrideId, RatePolicyId};
use crate::store::StoreError;

/// What a use case of rate policies can fail with.
#[derive(Debug, thiserror::Error)]
pub enum RateError {
    /// The workspace has no such policy.
    #[error("no rate policy {0} in this workspace")]
    NotFound(RatePolicyId),
    /// The workspace has no such override.
    #[error("no override {0} in this workspace")]
    OverrideNotFound(RateOverrideId),
    /// The workspace has no such key.
    #[error("no key {0} in this workspace")]
    KeyNotFound(KeyId),
    /// Another policy has the name.
    #[error("the workspace has a rate policy {0} already: choose another name")]
    NameTaken(PolicyName),
    /// The name belongs to what comes with the hub.
    #[error("the name {0} belongs to the default of every key: choose another one")]
    NameReserved(PolicyName),
    /// The workspace has as many policies as it may.
    #[error("a workspace has at most {POLICIES_MAX} rate policies: delete one first")]
    TooManyPolicies,
    /// The workspace has as many overrides as it may.
    #[error("a workspace has at most {OVERRIDES_MAX} overrides: delete one first")]
    TooManyOverrides,
    /// The policy has as many overrides as it may.
    #[error("a policy has at most {POLICY_OVERRIDES_MAX} overrides: delete one first, or override the default")]
    PolicyFull,
    /// The policy has an override for this subject.
    #[error("the policy has an override for this subject already, {0}: change that one")]
    OverrideTaken(RateOverrideId),
    /// More than the operator lets workspaces give their keys; how much that is in a minute.
    #[error(
        "a key may have at most {0} requests in a minute, and at once: lower limit or burst, or ask the hub's operator"
    )]
    AboveMaximum(NonZeroU32),
    /// Networks are not exempt in this workspace.
    #[error("networks are exempt in the hub's own workspace alone: send an empty list, or ask the hub's operator")]
    ExemptElsewhere,
    /// A request would never fit.
    #[error("cost must be at most the burst: a request of more never passes")]
    CostAboveBurst,
    /// An override for a key, of a policy that does not count keys; or for another workspace.
    #[error("a policy can be overridden for its own workspace, and for one of its keys only if it counts keys")]
    SubjectMismatch,
    /// The order does not name each policy once.
    #[error("ids must name every policy of the workspace once: read the list again, then repeat the change")]
    OrderStale,
    /// Lines that name no network.
    #[error("some lines are no networks: see errors")]
    Networks(Vec<LineFault>),
    /// Whoever asks lacks a scope.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Somebody else changed it after the caller had read it.
    #[error("{what} was changed meanwhile and has revision {current} now: read it again, then repeat the change")]
    RevisionStale {
        /// What, by its id.
        what: String,
        /// The revision that it has.
        current: i64,
    },
    /// The store failed.
    #[error("the store of rate policies failed")]
    Store(#[from] StoreError),
}

impl RateError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "rate_policy_not_found",
            Self::OverrideNotFound(_) => "rate_override_not_found",
            Self::KeyNotFound(_) => "key_not_found",
            Self::NameTaken(_) | Self::NameReserved(_) => "rate_policy_taken",
            Self::TooManyPolicies => "too_many_rate_policies",
            Self::TooManyOverrides | Self::PolicyFull => "too_many_rate_overrides",
            Self::OverrideTaken(_) => "rate_override_taken",
            Self::AboveMaximum(_) | Self::ExemptElsewhere => "rate_above_maximum",
            Self::CostAboveBurst => "rate_cost_above_burst",
            Self::SubjectMismatch => "rate_subject_mismatch",
            Self::OrderStale => "rate_order_stale",
            Self::Networks(_) => "networks_refused",
            Self::Forbidden(error) => error.code(),
            Self::RevisionStale { .. } => "revision_stale",
            Self::Store(error) => error.code(),
        }
    }
}
