//! `POST /api/hub/v1/keys/verify`: whether somebody else's token opens the door, told to the door.
//!
//! *Threat:* a workspace learns of the keys of another; a token stays in a log or in an error; a stored `valid` outlives the
//! revocation of its key. *Defence:* a token of another workspace is answered like one that does not exist; the text is a
//! [`Secret`] and no complaint repeats a value; an `Idempotency-Key` is passed over, so that every answer is of its own moment.
//! *Not defended:* a caller with `keys:read` may try tokens of its own workspace as fast as its own rate lets it.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::api_keys::{Credentials, Denial, KeySummary, Lookup, Metadata, ScopeSet, Verification};
use devhub_domain::rate::{RateLimits, Standing};
use devhub_domain::secret::Secret;
use devhub_domain::usage::{AnswerKind, Call, RefusalKind};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::body::check_scopes;
use crate::auth::{Caller, KeysRead};
use crate::blocking;
use crate::metrics::Verdict;
use crate::middleware::seconds_rounded_up;
use crate::openapi::{KeyIdText, ScopeWord, TimeText, VerificationWord};
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, Scopes, Text, ok, parse};
use crate::services::Services;

/// Longest text that is looked at: four times a token.
const TOKEN_CHARS_MAX: usize = 256;

/// A token to verify, and what it shall be good for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VerifyKey)]
pub(super) struct VerifyKey {
    /// The token as it was presented, without `Bearer `.
    #[serde(deserialize_with = "secret")]
    #[schema(value_type = String, max_length = 256)]
    token: Secret,
    /// What the request needs; nothing when absent.
    #[schema(value_type = Option<Vec<ScopeWord>>, max_items = 64)]
    scopes: Option<Vec<String>>,
    /// Where the request comes from. Without it, a key with an `allow_list` is `IP_NOT_ALLOWED`.
    #[schema(min_length = 2, max_length = 45)]
    address: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

/// A [`VerifyKey`] that was checked.
struct Question {
    token: Secret,
    required: ScopeSet,
    address: IpAddr,
}

impl Question {
    fn credentials(&self) -> Credentials<'_> {
        Credentials { token: self.token.expose(), address: self.address, required: self.required }
    }
}

impl VerifyKey {
    fn check(self) -> Result<Question, Problem> {
        let mut invalid = Invalid::default();
        if self.token.expose().chars().count() > TOKEN_CHARS_MAX {
            invalid.refuse("token", format!("token must have at most {TOKEN_CHARS_MAX} characters"));
        }
        let required = check_scopes(&self.scopes.unwrap_or_default(), &mut invalid);
        let given = self.address.map(|text| text.parse::<IpAddr>().or(Err("must be an IPv4 or IPv6 address")));
        // The unspecified address, which nobody has: no allow-list but `::/0` holds it.
        let address = invalid.check("address", given.unwrap_or(Ok(Ipv6Addr::UNSPECIFIED.into())));
        let (Some(required), Some(address)) = (required, address) else {
            return Err(invalid.into());
        };
        invalid.finish()?;
        Ok(Question { token: self.token, required, address: address.to_canonical() })
    }
}

/// What a token is worth at this moment.
#[derive(Serialize, ToSchema)]
#[schema(as = Verification)]
pub(super) struct VerificationBody<'a> {
    /// Whether the request may pass.
    valid: bool,
    #[schema(value_type = VerificationWord)]
    code: &'static str,
    /// The key that has the token, valid or not; null when this workspace has none.
    key: Option<VerifiedKeyBody<'a>>,
    /// Where the key stands with its rate; null when nothing was spent: an earlier check refused it, or its network is exempt.
    rate_limit: Option<RateBody>,
}

/// The key behind a token.
#[derive(Serialize, ToSchema)]
#[schema(as = VerifiedKey)]
pub(super) struct VerifiedKeyBody<'a> {
    id: KeyIdText,
    /// What people call it.
    label: &'a str,
    /// What it may do.
    scopes: Scopes,
    /// What it is meant for.
    environment: &'a str,
    /// What your own systems keep with it.
    #[schema(value_type = Object)]
    metadata: &'a Map<String, Value>,
}

/// Where a key stands with its rate after this request.
#[derive(Serialize, ToSchema)]
#[schema(as = RateStanding)]
pub(super) struct RateBody {
    /// Requests in a window.
    #[schema(minimum = 1)]
    limit: u32,
    /// Requests that fit right now.
    remaining: u32,
    /// When nothing is spent any more.
    resets_at: TimeText,
    /// Whole seconds to wait, at least 1; null when the request may pass.
    #[schema(minimum = 1)]
    retry_after_s: Option<u64>,
}

impl<'a> VerifiedKeyBody<'a> {
    fn new(key: &'a KeySummary, metadata: &'a Metadata) -> Self {
        let (label, environment, metadata) = (&*key.label, &*key.environment, metadata.members());
        Self { id: Text(key.id), label, scopes: Scopes(key.scopes), environment, metadata }
    }
}

impl RateBody {
    fn new(rates: &RateLimits, standing: &Standing) -> Self {
        let wait = (!standing.decision.is_allowed()).then(|| standing.decision.retry_after().unwrap_or_default());
        Self {
            limit: rates.default_policy().quota().limit().get(),
            remaining: standing.decision.remaining,
            resets_at: Text(standing.resets_at),
            retry_after_s: wait.map(|wait| seconds_rounded_up(wait).max(1)),
        }
    }
}

pub(super) async fn verify(
    caller: Caller<KeysRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let body = incoming.json(services.limits.body_bytes_max, services.limits).await?;
    let question = parse::<VerifyKey>(&body)?.check()?;
    let address = question.address;
    let Verification { denial, key } = look_up(&caller, &services, question).await?;
    let metadata = metadata(&caller, &services, key.as_ref()).await?;
    // Nothing is spent before every earlier check has passed, and nothing from an exempt network.
    let spends = key.as_ref().filter(|_| denial.is_none());
    let standing = spends.and_then(|key| services.rates.decide(key.id, address));
    let has_rate = standing.is_none_or(|standing| standing.decision.is_allowed());
    let denial = denial.or((!has_rate).then_some(Denial::RateLimited));
    count(&services, key.as_ref(), address, denial);
    services.metrics.verified(denial.map_or(Verdict::Valid, Verdict::from));
    Ok(ok(&VerificationBody {
        valid: denial.is_none(),
        code: denial.map_or("VALID", Denial::code),
        key: key.as_ref().map(|key| VerifiedKeyBody::new(key, &metadata)),
        rate_limit: standing.map(|standing| RateBody::new(&services.rates, &standing)),
    }))
}

/// From the store, and only of a key that has some: memory holds what every request needs, and this is not.
async fn metadata(
    caller: &Caller<KeysRead>,
    services: &Services,
    key: Option<&KeySummary>,
) -> Result<Metadata, Problem> {
    let Some(id) = key.filter(|key| key.has_metadata).map(|key| key.id) else {
        return Ok(Metadata::default());
    };
    let (keys, workspace_id) = (services.keys.clone(), caller.workspace_id);
    Ok(blocking::run(move || keys.find(workspace_id, id)).await?.metadata)
}

/// Somebody else's door counts like the hub's own: by key, or by network when the workspace has no such key.
fn count(services: &Services, key: Option<&KeySummary>, address: IpAddr, denial: Option<Denial>) {
    let address = Some(address).filter(|address| !address.is_unspecified());
    match (key, denial, address) {
        (Some(key), ..) => {
            let refusal = denial.and_then(RefusalKind::of);
            services.usage.count(&Call { key_id: key.id, address, answer: AnswerKind::Verification, refusal });
        }
        (None, Some(denial), Some(address)) => services.usage.count_unknown(address, denial),
        _ => {}
    }
}

/// From memory, and from the store only where memory cannot tell.
async fn look_up(caller: &Caller<KeysRead>, services: &Services, question: Question) -> Result<Verification, Problem> {
    let (authenticator, workspace_id) = (Arc::clone(&services.authenticator), caller.workspace_id);
    if let Lookup::Decided(decided) = authenticator.look_up(&question.credentials()) {
        authenticator.note_straggler(&decided, || (question.address, None));
        return Ok(authenticator.verification(workspace_id, question.token.expose(), decided));
    }
    let read = move || {
        let decided = authenticator.authenticate(&question.credentials())?;
        authenticator.note_straggler(&decided, || (question.address, None));
        Ok::<_, Problem>(authenticator.verification(workspace_id, question.token.expose(), decided))
    };
    blocking::run(read).await
}
