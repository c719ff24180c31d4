//! What is said over the control socket about why requests are accepted or refused.

use std::net::IpAddr;

use devhub_domain::api_keys::{Denial, Scope};
use devhub_domain::explain::{Explanation, PATH_CHARS_MAX, Request};
use serde::{Deserialize, Serialize};

use super::Revealed;

/// A request to explain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplainQuestion {
    /// The key.
    pub(crate) id: String,
    /// The workspace that it must belong to; `None` is any. Left out then, so that a hub of the release before understands the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) workspace: Option<String>,
    /// The id of a request that was refused; what is below says nothing then.
    pub(crate) request_id: Option<String>,
    /// The method.
    pub(crate) method: Option<String>,
    /// The path.
    pub(crate) path: Option<String>,
    /// Where it comes from.
    pub(crate) address: Option<String>,
    /// What it needs; empty leaves it to method and path.
    pub(crate) scopes: Vec<String>,
    /// What it costs.
    pub(crate) cost: Option<std::num::NonZeroU32>,
    /// When it is made, RFC 3339.
    pub(crate) at: Option<String>,
    /// The token that it brings.
    pub(crate) token: Option<Revealed>,
}

impl ExplainQuestion {
    /// The request, or what is wrong with it.
    pub(super) fn request(&self) -> Result<Request, String> {
        if self.path.as_ref().is_some_and(|path| path.chars().count() > PATH_CHARS_MAX) {
            return Err(format!("path must have at most {PATH_CHARS_MAX} characters"));
        }
        let address = self
            .address
            .as_ref()
            .map(|text| text.parse::<IpAddr>().map_err(|_not_one| format!("{text:?} is not an IPv4 or IPv6 address")));
        let at = self.at.as_ref().map(|text| text.parse());
        let scopes: Result<Vec<Scope>, _> = self.scopes.iter().map(|word| word.parse::<Scope>()).collect();
        let scopes = scopes.map_err(|error| error.to_string())?;
        Ok(Request {
            method: self.method.clone(),
            path: self.path.clone(),
            address: address.transpose()?,
            scopes: (!scopes.is_empty()).then(|| scopes.into_iter().collect()),
            cost: self.cost,
            at: at.transpose().map_err(|error: devhub_domain::time::TimestampError| error.to_string())?,
            token: self.token.as_ref().map(|token| token.0.clone()),
        })
    }
}

/// Why a request is accepted or refused, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExplanationView {
    /// The first check that fails, or `VALID`.
    pub(crate) code: String,
    /// The key that decides.
    pub(crate) key_id: String,
    /// For when it is explained.
    pub(crate) at: String,
    /// Every check, in order.
    pub(crate) checks: Vec<CheckView>,
    /// Whose the token is; `None` when none was given.
    pub(crate) token_belongs_to: Option<String>,
    /// Whether its check sum fits; `None` when none was given.
    pub(crate) token_has_valid_checksum: Option<bool>,
    /// Requests that fit after it; `None` when the address is exempt.
    pub(crate) remaining: Option<u32>,
    /// How long to wait; `None` when it fits.
    pub(crate) retry_after_ms: Option<u64>,
    /// The request as it was refused: when, what and why.
    pub(crate) refused: Option<String>,
}

/// One check, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CheckView {
    /// What a request is told that fails it.
    pub(crate) code: String,
    /// `passed`, `failed` or `not_reached`.
    pub(crate) outcome: String,
    /// What it looks at, such as `address=203.0.113.7`.
    pub(crate) inputs: Vec<String>,
}

impl From<&Explanation> for ExplanationView {
    fn from(explanation: &Explanation) -> Self {
        let check = |explained: &devhub_domain::explain::Explained| CheckView {
            code: explained.check.code().to_owned(),
            outcome: explained.outcome.as_str().to_owned(),
            inputs: explained.inputs.iter().map(|input| format!("{}={}", input.name, input.value)).collect(),
        };
        let wait = explanation.rate.as_ref().and_then(|rate| rate.retry_after);
        Self {
            code: explanation.denial.map_or("VALID", Denial::code).to_owned(),
            key_id: explanation.key.id.to_string(),
            at: explanation.at.to_string(),
            checks: explanation.checks.iter().map(check).collect(),
            token_belongs_to: explanation.token.map(|token| token.owner.as_str().to_owned()),
            token_has_valid_checksum: explanation.token.map(|token| token.has_valid_checksum),
            remaining: explanation.rate.as_ref().map(|rate| rate.standing.decision.remaining),
            retry_after_ms: wait.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
            refused: explanation.refused.as_ref().map(|refused| {
                let (method, path, code) = (&refused.method, &refused.path, refused.denial.code());
                format!("{method} {path} from {} was refused at {}: {code}", refused.address, refused.at)
            }),
        }
    }
}
