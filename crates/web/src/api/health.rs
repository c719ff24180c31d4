//! `/healthz` and `/readyz`: for whoever decides whether this process lives and whether it gets requests.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::{Data, ServiceConfig};
use devhub_domain::store::StoreError;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{get, not_ready, ok, resource};
use crate::services::{Services, Unready};

/// How long the result of a look is the answer. Anybody may ask, and a look takes a connection and a thread that requests with a key
/// need; whoever decides where requests go asks every few seconds.
const LOOK_FRESH_FOR: Duration = Duration::from_secs(1);

/// What the latest look of this worker found, and when it ended. Locked as long as a look takes, so that there is one at a time.
type LatestLook = Mutex<Option<(Duration, Vec<Unready>)>>;

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/healthz", "GET, HEAD").route(get().to(health))).service(
        resource("/readyz", "GET, HEAD").app_data(Data::new(LatestLook::default())).route(get().to(readiness)),
    );
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

async fn readiness(services: Data<Services>, latest: Data<LatestLook>) -> Result<HttpResponse, Problem> {
    let unready = unready(&services, latest.into_inner()).await?;
    if unready.is_empty() {
        return ok(&HealthBody { status: "ready" });
    }
    let reasons =
        unready.into_iter().map(|unready| ReasonBody { component: unready.component, detail: unready.detail });
    not_ready(&UnreadyBody { status: "unready", reasons: reasons.collect() })
}

async fn unready(services: &Services, latest: Arc<LatestLook>) -> Result<Vec<Unready>, StoreError> {
    let mut latest = latest.lock_owned().await;
    if let Some((at, found)) = &*latest
        && services.clock.elapsed().saturating_sub(*at) < LOOK_FRESH_FOR
    {
        return Ok(found.clone());
    }
    let (readiness, clock) = (Arc::clone(&services.readiness), Arc::clone(&services.clock));
    // The lock goes along, because the look goes on when the client hangs up: let go, it would let many look at once.
    blocking::run(move || {
        let found = readiness.unready();
        // Its end counts, so that whoever waited for a slow look does not look again.
        *latest = Some((clock.elapsed(), found.clone()));
        Ok(found)
    })
    .await
}
