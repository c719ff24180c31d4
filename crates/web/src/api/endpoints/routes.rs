//! Which use case answers what is asked about endpoints.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::access::Asker;
use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::store::{Change, Prepared};
use devhub_domain::tx::{Narrow, Tx};
use devhub_domain::webhooks::{Endpoint, EndpointError, Endpoints};

use super::body::{CreateEndpoint, EndpointBody, ListedEndpointBody, UpdateEndpoint, created};
use crate::auth::{Caller, EndpointsRead, EndpointsWrite};
use crate::problem_body::Problem;
use crate::request::{IfMatch, Incoming, PageBody, Path, Reply, delete, get, no_content, ok, parse, patch, post};
use crate::services::Services;
use crate::{blocking, once, writes};

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/endpoints", "GET, HEAD, POST").route(get().to(list)).route(post().to(create)),
        Path::new("/api/hub/v1/endpoints/{id}", "GET, HEAD, PATCH, DELETE")
            .route(get().to(find))
            .route(patch().to(update))
            .route(delete().to(remove)),
        Path::new("/api/hub/v1/endpoints/{id}/pause", "POST").route(post().to(pause)),
        Path::new("/api/hub/v1/endpoints/{id}/resume", "POST").route(post().to(resume)),
    ]
}

async fn create(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let demand = incoming.demand(services.limits.body_bytes_max, services.limits).await?;
    let new = parse::<CreateEndpoint>(&demand.body)?.check()?;
    let prepared = services.endpoints.create(caller.asker(), caller.workspace_id, new)?;
    Ok(once::run(&services, caller.key_id, demand, prepared, created).await?.answer)
}

async fn list(
    caller: Caller<EndpointsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let request = incoming.page()?;
    let endpoints = services.endpoints.clone();
    let page = blocking::run(move || endpoints.list_with_health(caller.workspace_id, request)).await?;
    Ok(ok(&PageBody::new(&page, ListedEndpointBody::from)))
}

async fn find(
    caller: Caller<EndpointsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = endpoint_id(&incoming)?;
    let endpoints = services.endpoints.clone();
    let target = blocking::run(move || endpoints.find(caller.workspace_id, id)).await?;
    Ok(with_revision(&target.endpoint))
}

async fn update(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = endpoint_id(&incoming)?;
    let if_match = incoming.if_match_required()?;
    let body = incoming.json(services.limits.body_bytes_max, services.limits).await?;
    let expected = expected(if_match, &services, caller.workspace_id, id).await?;
    let changes = parse::<UpdateEndpoint>(&body)?.check(expected)?;
    let prepared = services.endpoints.update(caller.asker(), caller.workspace_id, id, changes)?;
    Ok(with_revision(&writes::run(prepared).await?))
}

async fn remove(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = endpoint_id(&incoming)?;
    let if_match = incoming.if_match()?.unwrap_or(IfMatch::Anything);
    let expected = expected(if_match, &services, caller.workspace_id, id).await?;
    writes::run(services.endpoints.delete(caller.asker(), caller.workspace_id, id, expected)).await?;
    Ok(no_content())
}

async fn expected(
    if_match: IfMatch,
    services: &Services,
    workspace_id: WorkspaceId,
    id: EndpointId,
) -> Result<Option<i64>, EndpointError> {
    let endpoints = services.endpoints.clone();
    if_match.expected(move || endpoints.find(workspace_id, id).map(|target| target.endpoint.revision)).await
}

fn with_revision(endpoint: &Endpoint) -> HttpResponse {
    Reply::ok(&EndpointBody::from(endpoint)).into_response_of_revision(endpoint.revision)
}

async fn pause(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    change_status(&caller, &services, incoming, Endpoints::pause).await
}

async fn resume(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    change_status(&caller, &services, incoming, Endpoints::resume).await
}

async fn change_status<P, C>(
    caller: &Caller<EndpointsWrite>,
    services: &Services,
    incoming: Incoming,
    change: impl FnOnce(&Endpoints, Asker, WorkspaceId, EndpointId) -> Prepared<P, C>,
) -> Result<HttpResponse, Problem>
where
    P: ?Sized + 'static,
    dyn Tx: Narrow<P>,
    C: Change<P, Output = Endpoint, Error = EndpointError> + 'static,
{
    let id = endpoint_id(&incoming)?;
    let demand = incoming.bare_demand(services.limits).await?;
    let prepared = change(&services.endpoints, caller.asker(), caller.workspace_id, id);
    Ok(once::run(services, caller.key_id, demand, prepared, |endpoint, _| Reply::ok(&EndpointBody::from(endpoint)))
        .await?
        .answer)
}

pub(in crate::api) fn endpoint_id(incoming: &Incoming) -> Result<EndpointId, Problem> {
    incoming.path_id().ok_or_else(|| Problem::no_such("endpoint_not_found", "endpoint"))
}
