//! What is asked of an explanation, and what is told.

use std::net::IpAddr;
use std::num::NonZeroU32;

use devhub_domain::api_keys::{Denial, Input, TokenReport};
use devhub_domain::explain::{Explained, Explanation, PATH_CHARS_MAX, RateReport, RefusedRequest, Request};
use devhub_domain::guard::COST_MAX;
use devhub_domain::secret::Secret;
use devhub_domain::time::seconds_to_wait;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::api::api_keys::check_scopes;
use crate::openapi::{KeyIdText, ScopeWord, TimeText, VerificationWord};
use crate::problem_body::Problem;
use crate::request::{Invalid, Text};

/// Longest token that is looked at: four times a token.
const TOKEN_CHARS_MAX: usize = 256;
const METHOD_CHARS_MAX: usize = 16;
const REQUEST_ID_CHARS_MAX: usize = 64;

/// A request to explain: one that need not have been made, or one that was refused.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExplainKey)]
pub(crate) struct ExplainKey {
    /// Its method. On `/api/v1` it says what the request needs when `scopes` is absent.
    #[schema(min_length = 1, max_length = 16)]
    pub(crate) method: Option<String>,
    /// Its path, without a query string.
    #[schema(min_length = 1, max_length = 200)]
    pub(crate) path: Option<String>,
    /// Where it comes from. Without it, a key with an `allow_list` is `IP_NOT_ALLOWED`.
    #[schema(min_length = 2, max_length = 45)]
    pub(crate) address: Option<String>,
    /// What it needs.
    #[schema(value_type = Option<Vec<ScopeWord>>, max_items = 64)]
    pub(crate) scopes: Option<Vec<String>>,
    /// What it costs; 1 when absent.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub(crate) cost: Option<u32>,
    /// When it is made, RFC 3339 with an offset; now when absent.
    #[schema(format = DateTime)]
    pub(crate) at: Option<String>,
    /// The token that it brings, without `Bearer `, to find out whether it is mistyped; that of the key when absent.
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>, max_length = 256)]
    pub(crate) token: Option<Secret>,
    /// The request id of a refused request with this key, from an answer or the log. Nothing else may be said then.
    #[schema(min_length = 1, max_length = 64)]
    pub(crate) request_id: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.map(Secret::new))
}

/// An [`ExplainKey`] that was checked.
pub(crate) enum Question {
    /// A request that need not have been made.
    Request(Request),
    /// One that was refused.
    Refused {
        /// Its id.
        request_id: String,
    },
}

impl ExplainKey {
    /// Checks every field.
    pub(crate) fn check(self) -> Result<Question, Problem> {
        let mut invalid = Invalid::default();
        if let Some(request_id) = self.request_id {
            let others = [self.method, self.path, self.address, self.at];
            let has_others = others.iter().any(Option::is_some) || self.scopes.is_some() || self.cost.is_some();
            if has_others || self.token.is_some() {
                invalid.refuse("request_id", "request_id must stand alone: it says what the request was".to_owned());
            }
            let request_id = bounded("request_id", Some(request_id), REQUEST_ID_CHARS_MAX, &mut invalid);
            return Ok(Question::Refused { request_id: invalid.require(request_id)? });
        }
        let address = self.address.map(|text| text.parse::<IpAddr>().or(Err("must be an IPv4 or IPv6 address")));
        let cost = self.cost.map(|cost| {
            let cost = NonZeroU32::new(cost).filter(|cost| cost.get() <= COST_MAX);
            cost.ok_or_else(|| format!("must be from 1 to {COST_MAX}"))
        });
        let token = self.token.filter(|token| {
            let fits = token.expose().chars().count() <= TOKEN_CHARS_MAX;
            if !fits {
                invalid.refuse("token", format!("token must have at most {TOKEN_CHARS_MAX} characters"));
            }
            fits
        });
        let request = Request {
            method: bounded("method", self.method, METHOD_CHARS_MAX, &mut invalid),
            path: bounded("path", self.path, PATH_CHARS_MAX, &mut invalid),
            address: address.and_then(|address| invalid.check("address", address)),
            scopes: self.scopes.and_then(|words| check_scopes(&words, &mut invalid)),
            cost: cost.and_then(|cost| invalid.check("cost", cost)),
            at: self.at.and_then(|text| invalid.check("at", text.parse())),
            token,
        };
        invalid.finish()?;
        Ok(Question::Request(request))
    }
}

/// A text of 1 to `most` characters; complains where it is none.
fn bounded(field: &'static str, text: Option<String>, most: usize, invalid: &mut Invalid) -> Option<String> {
    text.filter(|text| {
        let fits = (1..=most).contains(&text.chars().count());
        if !fits {
            invalid.refuse(field, format!("{field} must be 1 to {most} characters"));
        }
        fits
    })
}

/// Why a request is accepted or refused.
#[derive(Serialize, ToSchema)]
#[schema(as = Explanation)]
pub(super) struct ExplanationBody<'a> {
    /// Whether the request may pass.
    valid: bool,
    #[schema(value_type = VerificationWord)]
    code: &'static str,
    /// The key that decides: another one when the token belongs to it.
    key_id: KeyIdText,
    /// For when it is explained.
    at: TimeText,
    /// Every check, in order; the first that fails decides.
    checks: Vec<CheckBody<'a>>,
    /// What the token is; null when none was sent.
    token: Option<TokenBody>,
    /// Where the key stands with its rate, had the request come so far; null when the address is exempt.
    rate_limit: Option<RateBody>,
    /// The request as it was refused; null unless it was asked about one. The checks are those of now.
    request: Option<RefusedBody<'a>>,
}

/// One check.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedCheck)]
struct CheckBody<'a> {
    /// What a request is told that fails it.
    #[schema(value_type = VerificationWord)]
    code: &'static str,
    /// `passed`, `failed` or `not_reached`.
    outcome: &'static str,
    /// What it looks at.
    inputs: Vec<InputBody<'a>>,
}

/// One thing that a check looks at.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckInput)]
struct InputBody<'a> {
    name: &'static str,
    /// For people: its form may change.
    value: &'a str,
}

/// What a token is.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedToken)]
struct TokenBody {
    /// `this_key`, `other_key`, or `no_key` of this workspace.
    belongs_to: &'static str,
    /// Whether its last eight digits fit the others. If not it is mistyped, unless it was imported: such tokens have no check sum.
    has_valid_checksum: bool,
}

/// Where a key stands with its rate.
#[derive(Serialize, ToSchema)]
#[schema(as = ExplainedRate)]
struct RateBody {
    /// The name of the policy.
    policy: String,
    /// Requests in a window.
    #[schema(minimum = 1)]
    limit: u32,
    /// Whether the request fits.
    fits: bool,
    /// Requests that fit after it, or right now when it does not.
    remaining: u32,
    /// When nothing is spent any more.
    resets_at: TimeText,
    /// Whole seconds to wait, at least 1; null when the request fits, and when waiting does not help.
    #[schema(minimum = 1)]
    retry_after_s: Option<u64>,
}

/// A request that was refused.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusedRequest)]
struct RefusedBody<'a> {
    id: &'a str,
    method: &'a str,
    /// Without the query string, cut at 200 characters.
    path: &'a str,
    #[schema(value_type = String, min_length = 2, max_length = 45)]
    address: Text<IpAddr>,
    /// Why it was refused then.
    #[schema(value_type = VerificationWord)]
    code: &'static str,
    at: TimeText,
}

impl<'a> From<&'a Explanation> for ExplanationBody<'a> {
    fn from(explanation: &'a Explanation) -> Self {
        Self {
            valid: explanation.denial.is_none(),
            code: explanation.denial.map_or("VALID", Denial::code),
            key_id: Text(explanation.key.id),
            at: Text(explanation.at),
            checks: explanation.checks.iter().map(Into::into).collect(),
            token: explanation.token.map(Into::into),
            rate_limit: explanation.rate.as_ref().map(Into::into),
            request: explanation.refused.as_ref().map(Into::into),
        }
    }
}

impl<'a> From<&'a Explained> for CheckBody<'a> {
    fn from(explained: &'a Explained) -> Self {
        let input = |input: &'a Input| InputBody { name: input.name, value: &input.value };
        Self {
            code: explained.check.code(),
            outcome: explained.outcome.as_str(),
            inputs: explained.inputs.iter().map(input).collect(),
        }
    }
}

impl From<TokenReport> for TokenBody {
    fn from(token: TokenReport) -> Self {
        Self { belongs_to: token.owner.as_str(), has_valid_checksum: token.has_valid_checksum }
    }
}

impl From<&RateReport> for RateBody {
    fn from(rate: &RateReport) -> Self {
        let standing = rate.standing;
        Self {
            policy: rate.standing.policy.name().to_string(),
            limit: rate.standing.policy.quota().limit().get(),
            fits: standing.decision.is_allowed(),
            remaining: standing.decision.remaining,
            resets_at: Text(standing.resets_at),
            retry_after_s: rate.retry_after.map(seconds_to_wait),
        }
    }
}

impl<'a> From<&'a RefusedRequest> for RefusedBody<'a> {
    fn from(refused: &'a RefusedRequest) -> Self {
        Self {
            id: &refused.request_id,
            method: &refused.method,
            path: &refused.path,
            address: Text(refused.address),
            code: refused.denial.code(),
            at: Text(refused.at),
        }
    }
}
