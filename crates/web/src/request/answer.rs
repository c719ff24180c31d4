//! Answers that are not problems.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue};
use devhub_domain::idempotency::Answer;
use serde::Serialize;

use crate::problem_body::Problem;

/// Tells that an answer was given before and nothing was changed for it.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// Room for a typical body, so that it is not grown step by step.
const BODY_BYTES_TYPICAL: usize = 256;

/// An answer before it is sent, so that it can also be kept.
pub(crate) struct Reply {
    status: StatusCode,
    body: Vec<u8>,
    holds_secret: bool,
}

impl Reply {
    /// What was asked for.
    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// What was made.
    pub(crate) fn created(body: &impl Serialize) -> Self {
        Self::json(StatusCode::CREATED, body)
    }

    /// What was made, with a secret that is shown this once and must not stay in any cache.
    pub(crate) fn created_with_secret(body: &impl Serialize) -> Self {
        Self { holds_secret: true, ..Self::created(body) }
    }

    /// What will happen.
    pub(crate) fn accepted(body: &impl Serialize) -> Self {
        Self::json(StatusCode::ACCEPTED, body)
    }

    /// What keeps the program from answering.
    pub(crate) fn not_ready(body: &impl Serialize) -> Self {
        Self::json(StatusCode::SERVICE_UNAVAILABLE, body)
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut bytes = Vec::with_capacity(BODY_BYTES_TYPICAL);
        serde_json::to_writer(&mut bytes, body).expect("texts, numbers and lists of them are JSON");
        Self { status, body: bytes, holds_secret: false }
    }

    /// The answer to whoever repeats a request, as it is kept.
    pub(crate) fn into_kept(self) -> Answer {
        Answer { status: self.status.as_u16(), body: self.body }
    }

    /// The answer to send.
    pub(crate) fn into_response(self) -> HttpResponse {
        let mut res = respond(self.status, self.body);
        if self.holds_secret {
            res.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        res
    }

    /// The answer to send, with the revision that `If-Match` takes.
    pub(crate) fn into_response_of_revision(self, revision: i64) -> HttpResponse {
        let mut res = self.into_response();
        let tag = HeaderValue::try_from(format!("\"{revision}\"")).expect("digits are a header value");
        res.headers_mut().insert(ETAG, tag);
        res
    }
}

/// What was asked for.
pub(crate) fn ok(body: &impl Serialize) -> HttpResponse {
    Reply::ok(body).into_response()
}

/// Nothing is there any more.
pub(crate) fn no_content() -> HttpResponse {
    HttpResponse::new(StatusCode::NO_CONTENT)
}

/// What an earlier request with the same key was answered.
pub(crate) fn replayed(kept: Answer) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(kept.status).map_err(Problem::internal)?;
    let mut res = respond(status, kept.body);
    res.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    Ok(res)
}

fn respond(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status).insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json"))).body(body)
}
