//! `GET /api/hub/v1/limits`: how often callers may ask.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::rate::Quota;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use crate::auth::{Caller, LimitsRead};
use crate::openapi::{NetworkText, Operation, SubjectWord};
use crate::problem_body::Problem;
use crate::request::{Incoming, Path, Text, get, ok};
use crate::services::Services;

pub(super) fn paths() -> Vec<Path> {
    vec![Path::new("/api/hub/v1/limits", "GET, HEAD").route(get().to(find))]
}

pub(super) fn operations() -> Vec<Operation> {
    let limit = |name, limit, subject| json!({ "name": name, "limit": limit, "window_s": 60, "burst": limit, "subject": subject });
    let example = json!({
        "default": limit("default", 600, "key"),
        "failed_authentications": limit("failed_authentications", 60, "address"),
        "exempt_networks": ["127.0.0.0/8"],
    });
    let more = "At most `limit` + `burst` requests pass in any window.";
    vec![
        Operation::new(HttpMethod::Get, "/api/hub/v1/limits", "findLimits")
            .needs::<LimitsRead>("Shows how often callers may ask.", more)
            .answers::<LimitsBody>("200", "The limits.", example),
    ]
}

/// How often callers may ask.
#[derive(Serialize, ToSchema)]
#[schema(as = Limits)]
struct LimitsBody {
    /// What each key has.
    default: LimitBody,
    /// How often one address may fail to authenticate.
    failed_authentications: LimitBody,
    /// Networks whose requests are neither limited nor counted.
    exempt_networks: Vec<NetworkText>,
}

/// One limit.
#[derive(Serialize, ToSchema)]
#[schema(as = Limit)]
struct LimitBody {
    /// What answers call it.
    name: String,
    /// Requests in a window.
    #[schema(minimum = 1)]
    limit: u32,
    /// How long the window is; seconds.
    #[schema(minimum = 1)]
    window_s: u64,
    /// Requests that pass at once after a pause.
    #[schema(minimum = 1)]
    burst: u32,
    #[schema(value_type = SubjectWord)]
    subject: &'static str,
}

impl LimitBody {
    fn new(name: &str, quota: &Quota, subject: &'static str) -> Self {
        let (limit, window_s, burst) = (quota.limit().get(), quota.window().as_secs(), quota.burst().get());
        Self { name: name.to_owned(), limit, window_s, burst, subject }
    }
}

async fn find(
    _caller: Caller<LimitsRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let rules = services.rates.rules();
    Ok(ok(&LimitsBody {
        default: LimitBody::new(rules.default.name().as_str(), rules.default.quota(), "key"),
        failed_authentications: LimitBody::new("failed_authentications", &rules.failed_authentications, "address"),
        exempt_networks: rules.exempt_networks.iter().copied().map(Text).collect(),
    }))
}
