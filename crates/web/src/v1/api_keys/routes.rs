//! Which use case answers what OwnPay's clients ask about keys.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::api_keys::{ApiKey, ApiKeyFilter, ApiKeys, KeyStatus};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::page::{PageRequest, PageSize};

use super::body::{IssueKey, KeyBody, RevokedBody, is_ownpays, issued};
use super::super_admin;
use crate::request::{Incoming, Path, delete, get, post};
use crate::services::Services;
use crate::v1::input::{demand, fields, last_segment};
use crate::v1::routes::path;
use crate::v1::{Answer, Code, Failure, Merchant, ReadsKeys, WritesKeys, once};
use crate::{blocking, writes};

/// Most keys of the list, which has no pages: an answer of some 200 KiB. A workspace with more uses the hub's own API.
const LISTED_MAX: usize = 1_000;
/// Most pages of keys that are looked at for them: the others may all be the hub's own.
const PAGES_MAX: usize = 100;

pub(in crate::v1) fn paths() -> Vec<Path> {
    vec![
        path("/api/v1/api-keys", "GET, HEAD, POST").route(get().to(list)).route(post().to(issue)),
        path("/api/v1/api-keys/{id}", "DELETE").route(delete().to(revoke)),
    ]
}

async fn list(
    merchant: Merchant<ReadsKeys>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    super_admin::find(incoming.request(), &services, &merchant).await?;
    let (keys, workspace_id) = (services.keys.clone(), merchant.workspace_id);
    let listed = blocking::run(move || active(&keys, workspace_id)).await?;
    let bodies: Vec<_> = listed.iter().map(KeyBody::from).collect();
    Ok(Answer::ok(&bodies).into_response())
}

fn active(keys: &ApiKeys, workspace_id: WorkspaceId) -> Result<Vec<ApiKey>, Failure> {
    let filter = ApiKeyFilter { status: Some(KeyStatus::Active), ..ApiKeyFilter::default() };
    let mut listed = Vec::new();
    let mut after: Option<KeyId> = None;
    for _ in 0..PAGES_MAX {
        let page = keys.list(workspace_id, &filter, PageRequest { size: PageSize::MAX, after })?;
        listed.extend(page.items.into_iter().filter(is_ownpays));
        match page.next {
            Some(next) if listed.len() < LISTED_MAX => after = Some(next),
            _ => break,
        }
    }
    Ok(listed)
}

async fn issue(
    merchant: Merchant<WritesKeys>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let operator_id = super_admin::find(incoming.request(), &services, &merchant).await?;
    let demand = demand(incoming, services.limits).await?;
    let new = fields::<IssueKey<'_>>(&demand.body)?.check()?;
    let prepared = services.keys.issue(merchant.asker().answered_for_by(operator_id), merchant.workspace_id, new)?;
    once::run(&services, merchant.workspace_id, demand, prepared, issued).await
}

async fn revoke(
    merchant: Merchant<WritesKeys>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Failure> {
    let operator_id = super_admin::find(incoming.request(), &services, &merchant).await?;
    let not_found = || Failure::new(Code::KeyNotFound, "API key not found or already revoked");
    let id: KeyId = last_segment(&incoming).parse().ok().ok_or_else(not_found)?;
    let (keys, workspace_id) = (services.keys.clone(), merchant.workspace_id);
    let key = blocking::run(move || keys.find(workspace_id, id)).await?;
    if key.status == KeyStatus::Revoked || !is_ownpays(&key) {
        return Err(not_found());
    }
    let asker = merchant.asker().answered_for_by(operator_id);
    writes::run(services.keys.revoke(asker, workspace_id, id)).await?;
    Ok(Answer::ok(&RevokedBody { message: "Key revoked" }).into_response())
}
