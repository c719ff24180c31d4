//! `GET /api/v1/health`: whether the platform behind the API is there.
//!
//! Anybody may ask whether it is; what there is of it is told to whoever has a key, because numbers of customers are nobody else's
//! business. *Source:* wire contract §2.4.

use actix_web::http::header::HeaderValue;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use devhub_domain::id::WorkspaceId;
use devhub_sandbox::{PageNumber, SandboxError};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use super::envelope::X_API_VERSION;
use super::merchant::{authenticated, has_credential};
use super::routes::path;
use super::{Answer, Code, Failure, Merchant, Reads};
use crate::api::health::{LatestLook, unready};
use crate::blocking;
use crate::openapi::{Operation, TimeText};
use crate::problem_body::Problem;
use crate::request::{Path, Text, get};
use crate::services::Services;

const VERSION: &str = env!("CARGO_PKG_VERSION");
/// What [`crate::Unready`] calls the store.
const STORE: &str = "store";

pub(super) fn paths() -> Vec<Path> {
    vec![path("/api/v1/health", "GET, HEAD").app_data(Data::new(LatestLook::default())).route(get().to(health))]
}

pub(super) fn operations() -> Vec<Operation> {
    let told = |status: &str, db: &str| {
        json!({
            "status": status, "version": "0.1.0", "db": db, "mobile": { "connected": false, "active_devices": 0 },
            "gateways": 4, "customers": 12, "time": "2026-11-24T10:00:00.000000Z",
        })
    };
    vec![
        Operation::new(HttpMethod::Get, "/api/v1/health", "findMerchantHealth")
            .may_have_key(
                "Tells whether the platform is there.",
                "Anybody may ask; with a key, which needs the scope `read`, the answer tells what there is, too.",
            )
            .wraps::<HealthBody>("200", "It is there.", &told("healthy", "connected"))
            .may_lack::<HealthBody>()
            .wraps::<HealthBody>(
                "503",
                "Something is not well. `db` is `error` when the store does not answer, also about the key, and the counts are 0 then. \
                 `success` is true all the same.",
                &told("degraded", "error"),
            ),
    ]
}

/// How the platform is. What there is of it is told to whoever has a key, and all of it: Laravel's test command looks it up without asking.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantHealth)]
struct HealthBody {
    /// `healthy` or `degraded`.
    status: &'static str,
    /// Which release of the hub it is.
    version: &'static str,
    /// `connected` or `error`.
    db: &'static str,
    /// Now.
    time: TimeText,
    #[serde(skip_serializing_if = "Option::is_none")]
    mobile: Option<MobileBody>,
    /// How many gateways payments can be made through.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    gateways: Option<u64>,
    /// How many customers the workspace has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    customers: Option<u64>,
}

/// Devices that read messages of payments; the hub has none.
#[derive(Serialize, ToSchema)]
#[schema(as = MerchantMobile)]
struct MobileBody {
    connected: bool,
    #[schema(minimum = 0)]
    active_devices: u64,
}

async fn health(req: HttpRequest, services: Data<Services>, latest: Data<LatestLook>) -> Result<HttpResponse, Failure> {
    let has_key = has_credential(&req, &services.token_prefix);
    let asker = if has_key { asker(&req).await? } else { None };
    let missing = unready(&services, latest.into_inner()).await.map_err(Problem::from)?;
    // Without an asker, a key was sent that the store could not tell of.
    let is_connected = has_key == asker.is_some() && missing.iter().all(|missing| missing.component != STORE);
    let is_well = is_connected && missing.is_empty();
    let (status, db) = (if is_well { "healthy" } else { "degraded" }, if is_connected { "connected" } else { "error" });
    let time = Text(services.clock.now());
    let mut body = HealthBody { status, version: VERSION, db, time, mobile: None, gateways: None, customers: None };
    if has_key {
        let workspace_id = asker.map(|merchant| merchant.workspace_id).filter(|_| is_connected);
        let (gateways, customers) = counts(&services, workspace_id).await?;
        body.mobile = Some(MobileBody { connected: false, active_devices: 0 });
        (body.gateways, body.customers) = (Some(gateways), Some(customers));
    }
    let answer = if is_well { Answer::ok(&body) } else { Answer::degraded(&body) };
    let mut res = answer.into_response();
    res.headers_mut().insert(X_API_VERSION, HeaderValue::from_static(VERSION));
    Ok(res)
}

/// Whose key it is; `None` when the store cannot tell, which is what was asked here.
async fn asker(req: &HttpRequest) -> Result<Option<Merchant<Reads>>, Failure> {
    match authenticated(req).await {
        Ok(merchant) => Ok(Some(merchant)),
        Err(failure) if failure.code() == Code::DatabaseUnavailable.as_str() => {
            tracing::error!(
                error = failure.cause(),
                "the store did not tell whose key a look at the platform came with"
            );
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// How many gateways and customers a workspace has; without one, or without a sandbox, none.
async fn counts(services: &Services, workspace_id: Option<WorkspaceId>) -> Result<(u64, u64), Failure> {
    let Some((sandbox, workspace_id)) = services.sandbox.clone().zip(workspace_id) else {
        return Ok((0, 0));
    };
    let counted = blocking::run(move || {
        let gateways = sandbox.gateways.list(workspace_id)?.iter().filter(|gateway| gateway.is_on).count();
        let customers = sandbox.customers.list(workspace_id, PageNumber::default())?.total;
        Ok::<_, SandboxError>((u64::try_from(gateways).unwrap_or_default(), customers))
    });
    Ok(counted.await?)
}
