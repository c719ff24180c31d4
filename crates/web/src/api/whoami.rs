//! `GET /api/hub/v1/whoami`: what a key is, told to its holder without a read.

use actix_web::HttpResponse;
use actix_web::web::ServiceConfig;
use devhub_domain::id::{KeyId, WorkspaceId};
use serde::Serialize;

use crate::auth::{AnyKey, Caller};
use crate::problem_body::Problem;
use crate::request::{Scopes, Text, get, ok, resource};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.service(resource("/api/hub/v1/whoami", "GET, HEAD").route(get().to(whoami)));
}

#[derive(Serialize)]
struct WhoamiBody {
    key_id: Text<KeyId>,
    workspace_id: Text<WorkspaceId>,
    scopes: Scopes,
}

async fn whoami(caller: Caller<AnyKey>) -> Result<HttpResponse, Problem> {
    ok(&WhoamiBody {
        key_id: Text(caller.key_id),
        workspace_id: Text(caller.workspace_id),
        scopes: Scopes(caller.scopes),
    })
}
