//! The networks of a workspace that pass unlimited.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::rate::{EXEMPT_BYTES_MAX, LineFault, RateState, parse_lines, parse_networks};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{Caller, LimitsRead, LimitsWrite};
use crate::openapi::NetworkText;
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, Path, Reply, Text, get, parse, put};
use crate::services::Services;
use crate::{blocking, writes};

/// Largest body: the longest list, in which each line may stand between quotes, and what is around it.
const BODY_BYTES_MAX: usize = 2 * EXEMPT_BYTES_MAX;

/// Networks that shall pass unlimited: the one way or the other.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SetExemptNetworks)]
pub(super) struct SetNetworks {
    /// A network or an address each.
    #[schema(max_items = 200)]
    networks: Option<Vec<String>>,
    /// A network or an address a line; empty lines, and what follows a `#`, are passed over.
    #[schema(max_length = 32_768)]
    text: Option<String>,
}

impl SetNetworks {
    fn check(&self) -> Result<Result<Vec<IpNet>, Vec<LineFault>>, Problem> {
        let mut invalid = Invalid::default();
        match (&self.networks, &self.text) {
            (Some(networks), None) => return Ok(parse_lines(networks.iter().map(String::as_str))),
            (None, Some(text)) if text.len() <= EXEMPT_BYTES_MAX => return Ok(parse_networks(text)),
            (None, Some(_)) => invalid.refuse("text", format!("text must have at most {EXEMPT_BYTES_MAX} bytes")),
            (Some(_), Some(_)) | (None, None) => {
                invalid.refuse("networks", "send either networks or text".to_owned());
            }
        }
        Err(invalid.into())
    }
}

/// Networks that pass unlimited.
#[derive(Serialize, ToSchema)]
#[schema(as = ExemptNetworks)]
pub(super) struct NetworksBody {
    /// Those of the configuration, which hold for every workspace, are not among them.
    networks: Vec<NetworkText>,
    /// Counts changes, from 1; the `ETag` is this in quotes.
    #[schema(minimum = 1)]
    revision: i64,
}

pub(super) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/limits/exempt-networks", "GET, HEAD, PUT")
            .route(get().to(find))
            .route(put().to(replace)),
    ]
}

async fn find(
    caller: Caller<LimitsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let policies = services.rate_policies.clone();
    let snapshot = blocking::run(move || policies.list(caller.workspace_id)).await?;
    Ok(shown(&snapshot.state))
}

async fn replace(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let if_match = incoming.if_match_required()?;
    let body = incoming.json(BODY_BYTES_MAX, services.limits).await?;
    let networks = parse::<SetNetworks>(&body)?.check()?;
    let (policies, workspace_id) = (services.rate_policies.clone(), caller.workspace_id);
    let current = move || policies.list(workspace_id).map(|snapshot| snapshot.state.networks_revision);
    let expected = if_match.expected(current).await?;
    let prepared = services.rate_policies.replace_networks(caller.asker(), workspace_id, expected, networks)?;
    Ok(shown(&writes::run(prepared).await?.changed))
}

fn shown(state: &RateState) -> HttpResponse {
    let networks = state.exempt_networks.iter().copied().map(Text).collect();
    let revision = state.networks_revision;
    Reply::ok(&NetworksBody { networks, revision }).into_response_of_revision(revision)
}
