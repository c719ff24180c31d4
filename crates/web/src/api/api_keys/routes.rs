//! Which use case answers what is asked about keys.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{ApiKey, ApiKeyError, ApiKeys, ChangedKey};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::store::{Change, Prepared};
use devhub_domain::tx::{Narrow, Tx};

use super::body::{IssueKey, KeyBody, KeyDetailsBody, UpdateKey, issued};
use super::bulk;
use super::export::export;
use super::filter::FilterInput;
use super::import::import;
use super::receipt::refused;
use super::rotation::{rotate, stragglers};
use super::verify::verify;
use crate::auth::{Caller, KeysRead, KeysWrite};
use crate::once::Render;
use crate::problem_body::Problem;
use crate::request::{Incoming, Invalid, PageBody, Path, Reply, get, ok, page_request, parse, patch, post};
use crate::services::Services;
use crate::{blocking, once, writes};

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/keys", "GET, HEAD, POST").route(get().to(list)).route(post().to(issue)),
        Path::new("/api/hub/v1/keys/bulk", "POST").route(post().to(bulk::change)),
        Path::new("/api/hub/v1/keys/export", "GET, HEAD").route(get().to(export)),
        Path::new("/api/hub/v1/keys/verify", "POST").route(post().to(verify)),
        Path::new("/api/hub/v1/keys/import", "POST").route(post().to(import)),
        Path::new("/api/hub/v1/keys/{id}", "GET, HEAD, PATCH").route(get().to(find)).route(patch().to(update)),
        Path::new("/api/hub/v1/keys/{id}/rotate", "POST").route(post().to(rotate)),
        Path::new("/api/hub/v1/keys/{id}/stragglers", "GET, HEAD").route(get().to(stragglers)),
        Path::new("/api/hub/v1/keys/{id}/lock", "POST").route(post().to(lock)),
        Path::new("/api/hub/v1/keys/{id}/unlock", "POST").route(post().to(unlock)),
        Path::new("/api/hub/v1/keys/{id}/revoke", "POST").route(post().to(revoke)),
    ]
}

async fn issue(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(services.limits.body_bytes_max, services.limits).await?;
    let new = parse::<IssueKey>(&demand.body)?.check()?;
    let prepared = services.keys.issue(caller.asker(), caller.workspace_id, new)?;
    Ok(once::run(&services, caller.key_id, demand, prepared, issued).await?.answer)
}

async fn list(caller: Caller<KeysRead>, services: Data<Services>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    let params = incoming.params(&[&FilterInput::NAMES[..], &["limit", "cursor"]].concat())?;
    let mut invalid = Invalid::default();
    let filter = FilterInput::of(&params).check("", &services.token_prefix, &mut invalid);
    let request = page_request(&params, &mut invalid);
    invalid.finish()?;
    let keys = services.keys.clone();
    let page = blocking::run(move || keys.list(caller.workspace_id, &filter, request)).await?;
    Ok(ok(&PageBody::new(&page, |key| KeyDetailsBody::new(key, &services.keys))))
}

async fn find(caller: Caller<KeysRead>, services: Data<Services>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = key_id(&incoming)?;
    let keys = services.keys.clone();
    let key = blocking::run(move || keys.find(caller.workspace_id, id)).await?;
    Ok(with_revision(&key, &services.keys))
}

async fn update(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = key_id(&incoming)?;
    let if_match = incoming.if_match_required()?;
    let body = incoming.json(services.limits.body_bytes_max, services.limits).await?;
    let (keys, workspace_id) = (services.keys.clone(), caller.workspace_id);
    let expected = if_match.expected(move || keys.find(workspace_id, id).map(|key| key.revision)).await?;
    let changes = parse::<UpdateKey>(&body)?.check(expected)?;
    let key = writes::run(services.keys.update(caller.asker(), workspace_id, id, changes)?).await?;
    Ok(with_revision(&key, &services.keys))
}

fn with_revision(key: &ApiKey, keys: &ApiKeys) -> HttpResponse {
    Reply::ok(&KeyDetailsBody::new(key, keys)).into_response_of_revision(key.revision)
}

async fn lock(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    change_status(&caller, &services, incoming, ApiKeys::lock, refused).await
}

async fn unlock(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let render: Render<ChangedKey> = |changed, _| Reply::ok(&KeyBody::from(&changed.key));
    change_status(&caller, &services, incoming, ApiKeys::unlock, render).await
}

async fn revoke(
    caller: Caller<KeysWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    change_status(&caller, &services, incoming, ApiKeys::revoke, refused).await
}

async fn change_status<P, C>(
    caller: &Caller<KeysWrite>,
    services: &Services,
    incoming: Incoming,
    change: impl FnOnce(&ApiKeys, Asker, WorkspaceId, KeyId) -> Prepared<P, C>,
    render: Render<ChangedKey>,
) -> Result<HttpResponse, Problem>
where
    P: ?Sized + 'static,
    dyn Tx: Narrow<P>,
    C: Change<P, Output = ChangedKey, Error = ApiKeyError> + 'static,
{
    let id = key_id(&incoming)?;
    let demand = incoming.bare_demand(services.limits).await?;
    let prepared = change(&services.keys, caller.asker(), caller.workspace_id, id);
    Ok(once::run(services, caller.key_id, demand, prepared, render).await?.answer)
}

pub(super) fn key_id(incoming: &Incoming) -> Result<KeyId, Problem> {
    incoming.path_id().ok_or_else(|| Problem::no_such("key_not_found", "key"))
}
