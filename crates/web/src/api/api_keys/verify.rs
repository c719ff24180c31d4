//! `POST /api/hub/v1/keys/verify`: whether somebody else's token opens the door, told to the door.
//!
//! *Threat:* a workspace learns of the keys of another, or writes to what is counted of them; a token stays in a log or in an error; a stored `valid` outlives the
//! revocation of its key. *Defence:* a token of another workspace is answered like one that does not exist, and nothing is noted of it; the text is a
//! [`Secret`] and no complaint repeats a value; an `Idempotency-Key` is passed over, so that every answer is of its own moment.
//! *Not defended:* a caller with `keys:read` may try tokens of its own workspace as fast as its own rate lets it.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::api_keys::{Denial, KeySummary, ScopeSet};
use devhub_domain::guard::{COST_MAX, Guard, Presented, Request, Verified};
use devhub_domain::id::WorkspaceId;
use devhub_domain::rate::{Admission, Standing};
use devhub_domain::secret::Secret;
use devhub_domain::time::seconds_to_wait;
use devhub_domain::usage::{AnswerKind, Call, RefusalKind};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::body::check_scopes;
use crate::auth::{Caller, KeysRead};
use crate::blocking;
use crate::metrics::Verdict;
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
    /// Units of the key's rate that the request costs, 1 when absent; 0 only looks: it says what remains, and is `VALID` however little that is.
    #[schema(minimum = 0, maximum = 1_000_000)]
    cost: Option<u32>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
    String::deserialize(deserializer).map(Secret::new)
}

/// A [`VerifyKey`] that was checked.
struct Question {
    token: Secret,
    required: ScopeSet,
    address: IpAddr,
    cost: u32,
}

impl Question {
    /// Of what the token is presented for, only this much is known.
    fn request(&self) -> Request<'_> {
        let Self { address, required, cost, .. } = *self;
        Request { route: None, address, user_agent: None, required, cost }
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
        let cost = self.cost.unwrap_or(1);
        if cost > COST_MAX {
            invalid.refuse("cost", format!("cost must be 0 to {COST_MAX}"));
        }
        let (Some(required), Some(address)) = (required, address) else {
            return Err(invalid.into());
        };
        invalid.finish()?;
        Ok(Question { token: self.token, required, address: address.to_canonical(), cost })
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
    /// What its holder's systems keep with it.
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    metadata: &'a RawValue,
    /// Who answers for it; null when nobody was named.
    owner: Option<&'a str>,
    /// From this instant on it is refused; null never expires.
    expires_at: Option<TimeText>,
}

/// Where a key stands with its rate after this request.
#[derive(Serialize, ToSchema)]
#[schema(as = RateStanding)]
pub(super) struct RateBody {
    /// Units in a window.
    #[schema(minimum = 1)]
    limit: u32,
    /// Units that fit right now.
    remaining: u32,
    /// When nothing is spent any more.
    resets_at: TimeText,
    /// Whole seconds to wait, at least 1; null when the request may pass, and when it costs more than the key ever has at once.
    #[schema(minimum = 1)]
    retry_after_s: Option<u64>,
}

impl<'a> From<&'a KeySummary> for VerifiedKeyBody<'a> {
    fn from(key: &'a KeySummary) -> Self {
        let metadata = serde_json::from_str(key.metadata.as_deref().unwrap_or("{}"));
        Self {
            id: Text(key.id),
            label: &key.label,
            scopes: Scopes(key.scopes),
            environment: &key.environment,
            metadata: metadata.expect("metadata were written as JSON"),
            owner: key.owner.as_deref(),
            expires_at: key.expires_at.map(Text),
        }
    }
}

impl RateBody {
    fn new(standing: &Standing) -> Self {
        Self {
            limit: standing.policy.quota().limit().get(),
            remaining: standing.decision.remaining,
            resets_at: Text(standing.resets_at),
            retry_after_s: standing.decision.retry_after().map(seconds_to_wait),
        }
    }
}

pub(super) async fn verify(
    caller: Caller<KeysRead>,
    guard: Data<Guard>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let body = incoming.json(services.limits.body_bytes_max, services.limits).await?;
    let question = parse::<VerifyKey>(&body)?.check()?;
    let (presented, request) = (Presented::token(question.token.expose()), question.request());
    let asked_by = caller.workspace_id;
    let decided = match guard.look_up(Some(asked_by), presented, &request) {
        Ok(decided) => decided,
        Err(reading) => blocking::run(move || reading.run().map_err(Problem::from)).await?,
    };
    let Verified { denial, key, admission } = guard.verify(asked_by, presented, decided, &request);
    if let Some(Admission::Unavailable { retry_after }) = admission {
        return Err(Problem::limiter_unavailable(retry_after));
    }
    count(&services, asked_by, (key.as_ref(), denial), question.address);
    services.metrics.verified(denial.map_or(Verdict::Valid, Verdict::from));
    Ok(ok(&VerificationBody {
        valid: denial.is_none(),
        code: denial.map_or("VALID", Denial::code),
        key: key.as_ref().map(VerifiedKeyBody::from),
        rate_limit: admission.as_ref().and_then(Admission::standing).map(RateBody::new),
    }))
}

/// Somebody else's door counts like the hub's own: by key, or by network when the workspace has no such key.
///
/// Attempts by network are of the whole installation, so that its own workspace alone adds to them: the address is what the body says,
/// and any other workspace could put down whomever it likes.
fn count(
    services: &Services,
    asked_by: WorkspaceId,
    (key, denial): (Option<&KeySummary>, Option<Denial>),
    address: IpAddr,
) {
    let is_own = asked_by == services.pages.workspace_id();
    let address = Some(address).filter(|address| !address.is_unspecified());
    match (key, denial, address) {
        (Some(key), ..) => {
            let refusal = denial.and_then(RefusalKind::of);
            // The answer is that to the caller, whose call is timed.
            let answer = AnswerKind::Verification;
            services.usage.count(&Call { key_id: key.id, address, answer, refusal, took: None });
        }
        (None, Some(denial), Some(address)) if is_own => services.usage.count_unknown(address, denial),
        _ => {}
    }
}
