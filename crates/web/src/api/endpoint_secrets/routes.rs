//! Which use case answers what is asked about the secrets of endpoints.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::webhooks::RetiredSecret;

use super::body::{RotateSecret, SecretBody, rotated};
use crate::api::endpoints::endpoint_id;
use crate::auth::{Caller, EndpointsRead, EndpointsWrite};
use crate::problem_body::Problem;
use crate::request::{Incoming, PageBody, Path, Reply, get, ok, parse, post};
use crate::services::Services;
use crate::{blocking, once};

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![
        Path::new("/api/hub/v1/endpoints/{id}/secrets", "GET, HEAD, POST")
            .route(get().to(list))
            .route(post().to(rotate)),
        Path::new("/api/hub/v1/endpoints/{id}/secrets/{secret_id}/retire", "POST").route(post().to(retire)),
    ]
}

async fn list(
    caller: Caller<EndpointsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let PageRequest { size, after } = incoming.page::<u32>()?;
    let id = endpoint_id(&incoming)?;
    let endpoints = services.endpoints.clone();
    let secrets = blocking::run(move || endpoints.list_secrets(caller.workspace_id, id)).await?;
    let older = secrets.into_iter().filter(|secret| after.is_none_or(|after| secret.number < after));
    let page = Page::from_rows(older.collect(), size, |secret| secret.number);
    Ok(ok(&PageBody::new(&page, SecretBody::from)))
}

async fn rotate(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = endpoint_id(&incoming)?;
    let demand = incoming.optional_demand(services.limits).await?;
    let new = parse::<RotateSecret>(&demand.body)?.check()?;
    let prepared = services.endpoints.rotate_secret(caller.asker(), caller.workspace_id, id, new)?;
    Ok(once::run(&services, caller.key_id, demand, prepared, rotated).await?.answer)
}

async fn retire(
    caller: Caller<EndpointsWrite>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    let id = endpoint_id(&incoming)?;
    let secret_id = incoming.path_secret_id();
    let secret_id =
        secret_id.ok_or_else(|| Problem::no_such_part("endpoint_secret_not_found", "secret", "endpoint"))?;
    let demand = incoming.bare_demand(services.limits).await?;
    let prepared = services.endpoints.retire_secret(caller.asker(), caller.workspace_id, id, secret_id);
    let render = |retired: &RetiredSecret, _| Reply::ok(&SecretBody::from(&retired.kept));
    Ok(once::run(&services, caller.key_id, demand, prepared, render).await?.answer)
}
