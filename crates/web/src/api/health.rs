//! `/healthz` and `/readyz`: for whoever decides whether this process lives and whether it gets requests.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use devhub_domain::store::StoreError;
use serde::Serialize;

use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{get, not_ready, ok, resource};
use crate::services::Services;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/healthz", "GET, HEAD").route(get().to(health)))
        .service(resource("/readyz", "GET, HEAD").route(get().to(readiness)));
}

#[derive(Serialize)]
struct HealthBody {
    status: &'static str,
}

#[derive(Serialize)]
struct UnreadyBody {
    status: &'static str,
    reasons: Vec<ReasonBody>,
}

#[derive(Serialize)]
struct ReasonBody {
    component: &'static str,
    detail: String,
}

async fn health() -> Result<HttpResponse, Problem> {
    ok(&HealthBody { status: "ok" })
}

async fn readiness(services: Data<Services>) -> Result<HttpResponse, Problem> {
    let readiness = Arc::clone(&services.readiness);
    let unready = blocking::run(move || Ok::<_, StoreError>(readiness.unready())).await?;
    if unready.is_empty() {
        return ok(&HealthBody { status: "ready" });
    }
    let reasons =
        unready.into_iter().map(|unready| ReasonBody { component: unready.component, detail: unready.detail });
    not_ready(&UnreadyBody { status: "unready", reasons: reasons.collect() })
}
