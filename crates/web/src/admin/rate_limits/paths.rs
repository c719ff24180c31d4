//! Where the pages of rate limits are, and what their paths name.

use actix_web::HttpRequest;
use devhub_domain::id::{RateOverrideId, RatePolicyId};

use crate::problem_body::Problem;
use crate::request::path_value;

/// The address of the tab.
pub(in crate::admin) const PATH: &str = "/admin/rate-limits";

/// The address of the form of a rule.
pub(super) fn rule_path(id: RatePolicyId) -> String {
    format!("{PATH}/policies/{id}")
}

/// The address of the form of an override.
pub(super) fn override_path(id: RateOverrideId) -> String {
    format!("{PATH}/overrides/{id}")
}

/// Which rule a path names.
pub(super) fn rule_id(req: &HttpRequest) -> Result<RatePolicyId, Problem> {
    path_value(req, "id").ok_or_else(|| Problem::no_such("rate_policy_not_found", "rate policy"))
}

/// Which override a path names.
pub(super) fn override_id(req: &HttpRequest) -> Result<RateOverrideId, Problem> {
    path_value(req, "id").ok_or_else(|| Problem::no_such("rate_override_not_found", "override"))
}
