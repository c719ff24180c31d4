//! `GET /api/hub/v1/whoami`: what a key is, told to its holder without a read.

use actix_web::HttpResponse;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::path::HttpMethod;

use crate::auth::{AnyKey, Caller};
use crate::openapi::{KeyIdText, Operation, WorkspaceIdText};
use crate::problem_body::Problem;
use crate::request::{Incoming, Path, Scopes, Text, get, ok};

pub(super) fn paths() -> Vec<Path> {
    vec![Path::new("/api/hub/v1/whoami", "GET, HEAD").route(get().to(whoami))]
}

pub(super) fn operations() -> Vec<Operation> {
    let example = json!({
        "key_id": "key_06b6rk0004s4g1s0d5ju9o6m0k",
        "workspace_id": "wsp_06b6rk0004s4g1s0d5ju9o6m0k",
        "scopes": ["read", "write"],
    });
    vec![
        Operation::new(HttpMethod::Get, "/api/hub/v1/whoami", "whoami")
            .needs::<AnyKey>("Tells what the calling key is.", "")
            .answers::<WhoamiBody>("200", "The key.", example),
    ]
}

/// The calling key.
#[derive(Serialize, ToSchema)]
#[schema(as = Whoami)]
struct WhoamiBody {
    key_id: KeyIdText,
    workspace_id: WorkspaceIdText,
    /// What it may do.
    scopes: Scopes,
}

async fn whoami(caller: Caller<AnyKey>, incoming: Incoming) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    Ok(ok(&WhoamiBody {
        key_id: Text(caller.key_id),
        workspace_id: Text(caller.workspace_id),
        scopes: Scopes(caller.scopes),
    }))
}
