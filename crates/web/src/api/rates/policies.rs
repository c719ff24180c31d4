//! Which use case answers what is asked about rate policies.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::id::{RatePolicyId, WorkspaceId};
use devhub_domain::rate::{RateError, RatePolicy};

use super::body::{CountsBody, PoliciesBody, PolicyBody, SetOrder, SetPolicy};
use crate::auth::{Caller, LimitsRead, LimitsWrite};
use crate::problem_body::Problem;
use crate::request::{IfMatch, Incoming, Invalid, Path, Reply, Text, delete, get, no_content, ok, parse, post, put};
use crate::services::Services;
use crate::{blocking, once, writes};

pub(super) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/limits/policies", "GET, HEAD, POST").route(get().to(list)).route(post().to(create)),
        Path::new("/api/hub/v1/limits/policies/reorder", "POST").route(post().to(reorder)),
        Path::new("/api/hub/v1/limits/policies/{id}", "GET, HEAD, PUT, DELETE")
            .route(get().to(find))
            .route(put().to(replace))
            .route(delete().to(remove)),
        Path::new("/api/hub/v1/limits/policies/{id}/counts", "GET, HEAD").route(get().to(counts)),
    ]
}

async fn list(
    caller: Caller<LimitsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let policies = services.rate_policies.clone();
    let snapshot = blocking::run(move || policies.list(caller.workspace_id)).await?;
    Ok(ok(&PoliciesBody::new(&snapshot.policies)))
}

async fn create(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(services.limits.body_bytes_max, services.limits).await?;
    let rule = parse::<SetPolicy>(&demand.body)?.check()?;
    let prepared = services.rate_policies.create(caller.asker(), caller.workspace_id, rule)?;
    let created = once::run(&services, caller.key_id, demand, prepared, |ruled, _| {
        Reply::created(&PolicyBody::from(&ruled.changed))
    });
    Ok(created.await?.answer)
}

async fn reorder(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(services.limits.body_bytes_max, services.limits).await?;
    let mut invalid = Invalid::default();
    let order = parse::<SetOrder>(&demand.body)?;
    let ids = invalid.check_all("ids", order.ids.iter().map(|id| id.parse::<RatePolicyId>()));
    let ids = ids.ok_or_else(|| Problem::from(invalid))?;
    let prepared = services.rate_policies.reorder(caller.asker(), caller.workspace_id, ids)?;
    let moved =
        once::run(&services, caller.key_id, demand, prepared, |ruled, _| Reply::ok(&PoliciesBody::new(&ruled.changed)));
    Ok(moved.await?.answer)
}

async fn find(
    caller: Caller<LimitsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let policy = find_policy(&services, caller.workspace_id, policy_id(&incoming)?).await?;
    Ok(with_revision(&policy))
}

async fn replace(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = policy_id(&incoming)?;
    let if_match = incoming.if_match_required()?;
    let body = incoming.json(services.limits.body_bytes_max, services.limits).await?;
    let rule = parse::<SetPolicy>(&body)?.check()?;
    let expected = expected(if_match, &services, (caller.workspace_id, id)).await?;
    let prepared = services.rate_policies.replace(caller.asker(), (caller.workspace_id, id), expected, rule)?;
    Ok(with_revision(&writes::run(prepared).await?.changed))
}

async fn remove(
    caller: Caller<LimitsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = policy_id(&incoming)?;
    let if_match = incoming.if_match()?.unwrap_or(IfMatch::Anything);
    let expected = expected(if_match, &services, (caller.workspace_id, id)).await?;
    writes::run(services.rate_policies.delete(caller.asker(), (caller.workspace_id, id), expected)?).await?;
    Ok(no_content())
}

async fn counts(
    caller: Caller<LimitsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let policy = find_policy(&services, caller.workspace_id, policy_id(&incoming)?).await?;
    let (counts, since) = services.rate_policies.counts(&policy);
    let (allowed, refused, shadow_refused) = (counts.allowed, counts.refused, counts.shadow_refused);
    Ok(ok(&CountsBody { allowed, refused, shadow_refused, since: Text(since) }))
}

async fn find_policy(
    services: &Services,
    workspace_id: WorkspaceId,
    id: RatePolicyId,
) -> Result<RatePolicy, RateError> {
    let policies = services.rate_policies.clone();
    blocking::run(move || policies.find(workspace_id, id)).await
}

async fn expected(
    if_match: IfMatch,
    services: &Services,
    (workspace_id, id): (WorkspaceId, RatePolicyId),
) -> Result<Option<i64>, RateError> {
    let policies = services.rate_policies.clone();
    if_match.expected(move || policies.find(workspace_id, id).map(|policy| policy.revision)).await
}

fn with_revision(policy: &RatePolicy) -> HttpResponse {
    Reply::ok(&PolicyBody::from(policy)).into_response_of_revision(policy.revision)
}

fn policy_id(incoming: &Incoming) -> Result<RatePolicyId, Problem> {
    incoming.path_id().ok_or_else(|| Problem::no_such("rate_policy_not_found", "rate policy"))
}
