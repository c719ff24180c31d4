//! A key in the place of another, and who has not changed over.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::api_keys::{RotatedKey, Stragglers};
use devhub_domain::grace::Grace;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::KeyBody;
use super::receipt::ReceiptBody;
use super::routes::key_id;
use crate::auth::{Caller, KeysRead, KeysWrite};
use crate::once::Showing;
use crate::openapi::TimeText;
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, Reply, Text, ok, parse};
use crate::services::Services;
use crate::{blocking, once};

/// How a key shall be rotated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = KeyRotation)]
pub(super) struct RotateKey {
    /// How long the key is accepted beside its successor, and never beyond its own expiry; a day when absent, and with 0 it is refused
    /// by the next request. Seconds.
    #[schema(minimum = 0, maximum = 2_592_000)]
    grace_s: Option<u64>,
}

impl RotateKey {
    fn check(self) -> Result<Grace, Problem> {
        let mut invalid = Invalid::default();
        let grace = self.grace_s.map_or(Ok(Grace::DEFAULT), Grace::from_seconds);
        invalid.check("grace_s", grace).ok_or_else(|| invalid.into())
    }
}

/// The successor of a key: the only answer that shows its token.
#[derive(Serialize, ToSchema)]
#[schema(as = RotatedKey)]
pub(super) struct RotatedKeyBody<'a> {
    #[serde(flatten)]
    key: KeyBody<'a>,
    /// What requests are sent with: keep it now. Null when the answer is repeated.
    token: Option<&'a str>,
    /// Whether the token was shown before, to whoever sent this request first.
    already_shown: bool,
    /// The key that was rotated, as it is now.
    replaced: KeyBody<'a>,
    /// Which nodes know of it; null when the answer is repeated.
    receipt: Option<ReceiptBody>,
}

/// Who has called with a key since it was rotated.
#[derive(Serialize, ToSchema)]
#[schema(as = Stragglers)]
pub(super) struct StragglersBody<'a> {
    /// Requests with it since, accepted or refused because its time was over.
    #[schema(minimum = 0)]
    calls: u64,
    /// When the latest came, to within a few seconds on another node; null when none did.
    last_at: Option<TimeText>,
    /// From which address.
    last_address: Option<String>,
    /// What the caller called itself, cut off after 200 characters.
    #[schema(max_length = 200)]
    last_user_agent: Option<&'a str>,
}

pub(super) async fn rotate(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&incoming)?;
    let demand = incoming.optional_demand(services.limits).await?;
    let grace = parse::<RotateKey>(&demand.body)?.check()?;
    let prepared = services.keys.rotate(caller.asker(), caller.workspace_id, id, grace)?;
    Ok(once::run(&services, caller.key_id, demand, prepared, rotated).await?.answer)
}

/// Shows a token once.
fn rotated(rotated: &RotatedKey, showing: Showing) -> Reply {
    let body = |token| RotatedKeyBody {
        key: (&rotated.issued.key).into(),
        token,
        already_shown: token.is_none(),
        replaced: (&rotated.retired).into(),
        receipt: rotated.receipt.as_ref().map(ReceiptBody::from),
    };
    match showing {
        Showing::First => Reply::created_with_secret(&body(Some(rotated.issued.token.secret().expose()))),
        Showing::Again => Reply::created(&body(None)),
    }
}

pub(super) async fn stragglers(
    caller: Caller<KeysRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = key_id(&incoming)?;
    let keys = services.keys.clone();
    let told = blocking::run(move || keys.stragglers(caller.workspace_id, id)).await?;
    let Stragglers { calls, last_at, last_address, last_user_agent, .. } = &told;
    Ok(ok(&StragglersBody {
        calls: *calls,
        last_at: last_at.map(Text),
        last_address: last_address.map(|address| address.to_string()),
        last_user_agent: last_user_agent.as_deref(),
    }))
}
