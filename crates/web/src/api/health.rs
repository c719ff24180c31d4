//! `/healthz` and `/readyz`: for whoever decides whether this process lives and whether it gets requests.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::store::StoreError;
use serde::Serialize;
use serde_json::json;
use tokio::sync::Mutex;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use crate::blocking;
use crate::openapi::Operation;
use crate::problem_body::Problem;
use crate::request::{Path, Reply, get, ok};
use crate::services::{Services, Unready};

/// How long the result of a look is the answer. Anybody may ask, and a look takes a connection and a thread that requests with a key
/// need; whoever decides where requests go asks every few seconds.
const LOOK_FRESH_FOR: Duration = Duration::from_secs(1);

/// What the latest look of this worker found, and when it ended. Locked as long as a look takes, so that there is one at a time.
pub(crate) type LatestLook = Mutex<Option<(Duration, Vec<Unready>)>>;

pub(super) fn paths() -> Vec<Path> {
    vec![
        Path::new("/healthz", "GET, HEAD").route(get().to(health)),
        Path::new("/readyz", "GET, HEAD").app_data(Data::new(LatestLook::default())).route(get().to(readiness)),
    ]
}

pub(super) fn operations() -> Vec<Operation> {
    let unready = json!({
        "status": "unready",
        "reasons": [{ "component": "store", "detail": "the store does not answer" }],
    });
    vec![
        Operation::new(HttpMethod::Get, "/healthz", "isHealthy")
            .open_to_all("Tells that the program serves.", "For whoever decides whether it lives.")
            .answers::<HealthBody>("200", "It serves.", json!({ "status": "ok" })),
        Operation::new(HttpMethod::Get, "/readyz", "isReady")
            .open_to_all("Tells whether the program may be sent requests.", "For whoever decides where requests go.")
            .answers::<HealthBody>("200", "Requests are welcome.", json!({ "status": "ready" }))
            .answers::<UnreadyBody>("503", "Something is missing.", unready),
    ]
}

/// How the program is.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
struct HealthBody {
    /// `ok` or `ready`.
    status: &'static str,
}

/// What keeps the program from answering.
#[derive(Serialize, ToSchema)]
#[schema(as = Unready)]
struct UnreadyBody {
    /// `unready`.
    status: &'static str,
    /// What is missing.
    reasons: Vec<ReasonBody>,
}

/// One thing that is missing.
#[derive(Serialize, ToSchema)]
#[schema(as = UnreadyReason)]
struct ReasonBody {
    /// What.
    component: &'static str,
    /// Why.
    detail: String,
}

async fn health() -> HttpResponse {
    ok(&HealthBody { status: "ok" })
}

async fn readiness(services: Data<Services>, latest: Data<LatestLook>) -> Result<HttpResponse, Problem> {
    let unready = unready(&services, latest.into_inner()).await?;
    if unready.is_empty() {
        return Ok(ok(&HealthBody { status: "ready" }));
    }
    let reasons =
        unready.into_iter().map(|unready| ReasonBody { component: unready.component, detail: unready.detail });
    Ok(Reply::not_ready(&UnreadyBody { status: "unready", reasons: reasons.collect() }).into_response())
}

pub(crate) async fn unready(services: &Services, latest: Arc<LatestLook>) -> Result<Vec<Unready>, StoreError> {
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
