//! Which use case answers what is asked about the health of an endpoint.

use actix_web::HttpResponse;
use actix_web::web::Data;

use super::body::HealthBody;
use crate::api::endpoints::endpoint_id;
use crate::auth::{Caller, EndpointsRead};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Incoming, Path, get, ok};
use crate::services::Services;

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![Path::new("/api/hub/v1/endpoints/{id}/health", "GET, HEAD").route(get().to(find))]
}

async fn find(
    caller: Caller<EndpointsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id = endpoint_id(&incoming)?;
    let deliveries = services.deliveries.clone();
    let report = blocking::run(move || deliveries.report(caller.workspace_id, id)).await?;
    let report = report.ok_or_else(|| Problem::no_such("endpoint_not_found", "endpoint"))?;
    Ok(ok(&HealthBody::new(&report, services.deliveries.circuit())))
}
