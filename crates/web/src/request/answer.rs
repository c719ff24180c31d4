//! Answers that are not problems.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use serde::Serialize;

use crate::problem_body::Problem;

/// Room for a typical body, so that it is not grown step by step.
const BODY_BYTES_TYPICAL: usize = 256;

/// What was asked for.
pub(crate) fn ok(body: &impl Serialize) -> Result<HttpResponse, Problem> {
    json(StatusCode::OK, body)
}

/// What was made.
pub(crate) fn created(body: &impl Serialize) -> Result<HttpResponse, Problem> {
    json(StatusCode::CREATED, body)
}

/// What was made, with a secret that is shown this once and must not stay in any cache.
pub(crate) fn created_with_secret(body: &impl Serialize) -> Result<HttpResponse, Problem> {
    let mut res = created(body)?;
    res.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(res)
}

/// What keeps the program from answering.
pub(crate) fn not_ready(body: &impl Serialize) -> Result<HttpResponse, Problem> {
    json(StatusCode::SERVICE_UNAVAILABLE, body)
}

fn json(status: StatusCode, body: &impl Serialize) -> Result<HttpResponse, Problem> {
    let mut bytes = Vec::with_capacity(BODY_BYTES_TYPICAL);
    serde_json::to_writer(&mut bytes, body).map_err(Problem::internal)?;
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .body(bytes))
}
