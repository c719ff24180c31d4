//! `/api/hub/v1/keys`: issue, list, show, revoke, lock, unlock.

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use devhub_domain::api_keys::{
    ApiKey, ApiKeyError, ApiKeyFilter, Environment, IssuedKey, KeyStatus, Label, NewApiKey, ScopeSet,
};
use devhub_domain::audit::Actor;
use devhub_domain::id::KeyId;
use devhub_domain::store::{Change, Prepared};
use devhub_domain::time::Timestamp;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::auth::{Caller, KeysRead, KeysWrite};
use crate::problem_body::Problem;
use crate::request::{
    Incoming, Invalid, PageBody, Scopes, Text, created_with_secret, get, ok, page_request, parse, post, resource,
};
use crate::services::Services;
use crate::{blocking, writes};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/api/hub/v1/keys", "GET, HEAD, POST").route(get().to(list)).route(post().to(issue)))
        .service(resource("/api/hub/v1/keys/{id}", "GET, HEAD").route(get().to(find)))
        .service(resource("/api/hub/v1/keys/{id}/revoke", "POST").route(post().to(revoke)))
        .service(resource("/api/hub/v1/keys/{id}/lock", "POST").route(post().to(lock)))
        .service(resource("/api/hub/v1/keys/{id}/unlock", "POST").route(post().to(unlock)));
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssueKey {
    label: String,
    scopes: Option<Vec<String>>,
    environment: Option<String>,
    expires_at: Option<String>,
    allow_list: Option<Vec<String>>,
}

impl IssueKey {
    fn check(self) -> Result<NewApiKey, Problem> {
        let mut invalid = Invalid::default();
        let label = invalid.check("label", Label::new(&self.label));
        let scopes = match &self.scopes {
            Some(words) => invalid.check_all("scopes", words.iter().map(|word| word.parse())),
            None => Some(ScopeSet::DEFAULT.iter().collect()),
        };
        let environment = self.environment.map_or_else(|| Ok(Environment::default()), |text| Environment::new(&text));
        let environment = invalid.check("environment", environment);
        let expires_at = invalid.check("expires_at", self.expires_at.map(|text| text.parse()).transpose());
        let networks = self.allow_list.unwrap_or_default();
        let allow_list = invalid.check_all("allow_list", networks.iter().map(|text| network(text)));
        let (Some(label), Some(scopes), Some(environment), Some(expires_at), Some(allow_list)) =
            (label, scopes, environment, expires_at, allow_list)
        else {
            return Err(invalid.into());
        };
        Ok(NewApiKey { label, scopes: scopes.into_iter().collect(), environment, expires_at, allow_list })
    }
}

/// A network, or an address, which is a network of one.
fn network(text: &str) -> Result<IpNet, &'static str> {
    let address = || text.parse::<IpAddr>().map(IpNet::from).ok();
    text.parse().ok().or_else(address).ok_or("must be an address or a network such as 10.0.0.0/8")
}

#[derive(Serialize)]
struct KeyBody<'a> {
    id: Text<KeyId>,
    label: &'a str,
    prefix: &'a str,
    scopes: Scopes,
    environment: &'a str,
    status: &'static str,
    expires_at: Option<Text<Timestamp>>,
    allow_list: Vec<Text<IpNet>>,
    created_at: Text<Timestamp>,
    created_by: Text<Actor>,
    last_used_at: Option<Text<Timestamp>>,
}

impl<'a> From<&'a ApiKey> for KeyBody<'a> {
    fn from(key: &'a ApiKey) -> Self {
        Self {
            id: Text(key.id),
            label: key.label.as_str(),
            prefix: &key.prefix,
            scopes: Scopes(key.scopes),
            environment: key.environment.as_str(),
            status: key.status.as_str(),
            expires_at: key.expires_at.map(Text),
            allow_list: key.allow_list.iter().copied().map(Text).collect(),
            created_at: Text(key.created_at),
            created_by: Text(key.created_by),
            last_used_at: key.last_used_at.map(Text),
        }
    }
}

/// The only answer that shows a token.
#[derive(Serialize)]
struct IssuedKeyBody<'a> {
    #[serde(flatten)]
    key: KeyBody<'a>,
    token: &'a str,
}

async fn issue(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let bytes = incoming.json_bytes(services.limits.body_bytes_max, services.limits.body_timeout).await?;
    let new = parse::<IssueKey>(&bytes)?.check()?;
    let prepared = services.keys.issue(caller.actor(), caller.workspace_id, Some(caller.scopes), new)?;
    let IssuedKey { key, token } = writes::run(prepared).await?;
    created_with_secret(&IssuedKeyBody { key: (&key).into(), token: token.secret().expose() })
}

async fn list(caller: Caller<KeysRead>, services: Data<Services>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&["status", "limit", "cursor"])?;
    let mut invalid = Invalid::default();
    let status = params.find("status").map(|word| KeyStatus::parse(word).ok_or("must be active, locked or revoked"));
    let filter = ApiKeyFilter { status: status.and_then(|status| invalid.check("status", status)) };
    let request = page_request(&params, &mut invalid);
    invalid.finish()?;
    let keys = services.keys.clone();
    let page = blocking::run(move || keys.list(caller.workspace_id, filter, request)).await?;
    ok(&PageBody::new(&page, KeyBody::from))
}

async fn find(caller: Caller<KeysRead>, services: Data<Services>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let id = key_id(&incoming)?;
    let keys = services.keys.clone();
    let key = blocking::run(move || keys.find(caller.workspace_id, id)).await?;
    ok(&KeyBody::from(&key))
}

async fn revoke(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&incoming)?;
    changed(services.keys.revoke(caller.actor(), caller.workspace_id, id)).await
}

async fn lock(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&incoming)?;
    changed(services.keys.lock(caller.actor(), caller.workspace_id, id)).await
}

async fn unlock(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = key_id(&incoming)?;
    changed(services.keys.unlock(caller.actor(), caller.workspace_id, id)).await
}

async fn changed<T, C>(prepared: Prepared<T, C>) -> Result<HttpResponse, Problem>
where
    T: ?Sized + 'static,
    C: Change<T, Output = ApiKey, Error = ApiKeyError> + 'static,
{
    let key = writes::run(prepared).await?;
    ok(&KeyBody::from(&key))
}

fn key_id(incoming: &Incoming) -> Result<KeyId, Problem> {
    incoming.path_id().ok_or_else(|| Problem::no_such("key_not_found", "key"))
}
