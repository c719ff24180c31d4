//! Which use case answers what is asked about overrides.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::id::{RateOverrideId, WorkspaceId};
use devhub_domain::rate::{RateError, RateOverride};

use super::body::{CreateOverride, OverrideBody, SetQuota};
use crate::auth::{Caller, LimitsRead, LimitsWrite};
use crate::problem_body::Problem;
use crate::request::{
    IfMatch, Incoming, Invalid, PageBody, Path, Reply, delete, get, no_content, ok, parse, post, put,
};
use crate::services::Services;
use crate::{blocking, once, writes};

pub(super) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/limits/overrides", "GET, HEAD, POST").route(get().to(list)).route(post().to(create)),
        Path::new("/api/hub/v1/limits/overrides/{id}", "GET, HEAD, PUT, DELETE")
            .route(get().to(find))
            .route(put().to(replace))
            .route(delete().to(remove)),
    ]
}

async fn list(
    caller: Caller<LimitsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let request = incoming.page()?;
    let overrides = services.rate_overrides.clone();
    let page = blocking::run(move || overrides.list(caller.workspace_id, request)).await?;
    Ok(ok(&PageBody::new(&page, OverrideBody::from)))
}

async fn create(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(services.limits.body_bytes_max, services.limits).await?;
    let new = parse::<CreateOverride>(&demand.body)?.check()?;
    let prepared = services.rate_overrides.create(caller.asker(), caller.workspace_id, new)?;
    let created =
        once::run(&services, caller.key_id, demand, prepared, |made, _| Reply::created(&OverrideBody::from(made)));
    Ok(created.await?.answer)
}

async fn find(
    caller: Caller<LimitsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = override_id(&incoming)?;
    let overrides = services.rate_overrides.clone();
    Ok(with_revision(&blocking::run(move || overrides.find(caller.workspace_id, id)).await?))
}

async fn replace(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = override_id(&incoming)?;
    let if_match = incoming.if_match_required()?;
    let body = incoming.json(services.limits.body_bytes_max, services.limits).await?;
    let mut invalid = Invalid::default();
    let quota = parse::<SetQuota>(&body)?.check("", &mut invalid);
    let quota = quota.ok_or_else(|| Problem::from(invalid))?;
    let expected = expected(if_match, &services, (caller.workspace_id, id)).await?;
    let prepared = services.rate_overrides.replace(caller.asker(), (caller.workspace_id, id), expected, quota)?;
    Ok(with_revision(&writes::run(prepared).await?))
}

async fn remove(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = override_id(&incoming)?;
    let if_match = incoming.if_match()?.unwrap_or(IfMatch::Anything);
    let expected = expected(if_match, &services, (caller.workspace_id, id)).await?;
    writes::run(services.rate_overrides.delete(caller.asker(), (caller.workspace_id, id), expected)?).await?;
    Ok(no_content())
}

async fn expected(
    if_match: IfMatch,
    services: &Services,
    (workspace_id, id): (WorkspaceId, RateOverrideId),
) -> Result<Option<i64>, RateError> {
    let overrides = services.rate_overrides.clone();
    if_match.expected(move || overrides.find(workspace_id, id).map(|made| made.revision)).await
}

fn with_revision(made: &RateOverride) -> HttpResponse {
    Reply::ok(&OverrideBody::from(made)).into_response_of_revision(made.revision)
}

fn override_id(incoming: &Incoming) -> Result<RateOverrideId, Problem> {
    incoming.path_id().ok_or_else(|| Problem::no_such("rate_override_not_found", "override"))
}
