//! Which use case explains.

use actix_web::HttpResponse;
use actix_web::web::Data;
use devhub_domain::id::KeyId;

use super::body::{ExplainKey, ExplanationBody, Question};
use crate::auth::{Caller, KeysRead};
use crate::blocking;
use crate::problem_body::Problem;
use crate::request::{Incoming, Path, ok, parse, post};
use crate::services::Services;

pub(in crate::api) fn paths() -> Vec<Path> {
    vec![Path::new("/api/hub/v1/keys/{id}/explain", "POST").route(post().to(explain))]
}

async fn explain(
    caller: Caller<KeysRead>,
    services: Data<Services>,
    incoming: Incoming,
) -> Result<HttpResponse, Problem> {
    incoming.params(&[])?;
    let id: KeyId = incoming.path_id().ok_or_else(|| Problem::no_such("key_not_found", "key"))?;
    let body = incoming.json(services.limits.body_bytes_max, services.limits).await?;
    let question = parse::<ExplainKey>(&body)?.check()?;
    let (explanations, workspace_id) = (services.explanations.clone(), caller.workspace_id);
    let explain = move || match question {
        Question::Request(request) => explanations.explain(workspace_id, id, &request),
        Question::Refused { request_id } => explanations.explain_refused(workspace_id, id, &request_id),
    };
    let explanation = blocking::run(explain).await?;
    Ok(ok(&ExplanationBody::from(&explanation)))
}
