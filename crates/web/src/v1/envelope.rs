//! The success body of OwnPay's API, and what every answer of it has.
//!
//! Every answer is a JSON object, that of DELETE too, because Node's SDK takes any other body for a lost connection and sends the
//! request again. *Source:* wire contract, rules 1 and 2.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue};
use devhub_domain::idempotency;
use serde::Serialize;
use utoipa::ToSchema;

use super::Failure;

/// Says which version of the API answers.
pub(crate) const X_API_VERSION: HeaderName = HeaderName::from_static("x-api-version");
/// Tells that an answer was given before and nothing was changed for it.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// The version of the API.
const API_VERSION: HeaderValue = HeaderValue::from_static("1.0");
/// Room for a typical body, so that it is not grown step by step.
const BODY_BYTES_TYPICAL: usize = 512;

/// Where a page of a list stands in the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = MerchantPage)]
pub(crate) struct Meta {
    /// Which page this is, counted from 1.
    #[schema(minimum = 1)]
    pub(crate) page: u64,
    /// How many items a page has at most.
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) per_page: u64,
    /// How many items there are.
    #[schema(minimum = 0)]
    pub(crate) total: u64,
    /// How many pages that makes; 1 when there is nothing.
    #[schema(minimum = 1)]
    pub(crate) total_pages: u64,
}

/// An answer before it is sent, so that it can also be kept.
pub(crate) struct Answer {
    status: StatusCode,
    body: Vec<u8>,
    holds_secret: bool,
}

#[derive(Serialize)]
struct Body<'a, T: Serialize> {
    success: bool,
    data: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<Meta>,
}

impl Answer {
    /// What was asked for.
    pub(crate) fn ok(data: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, data, None)
    }

    /// What was made: exactly 201, because two plugins take 200 for a failure. *Source:* wire contract, rule 3.
    pub(crate) fn created(data: &impl Serialize) -> Self {
        Self::new(StatusCode::CREATED, data, None)
    }

    /// What was made, with a secret that is shown this once and must not stay in any cache.
    pub(crate) fn created_with_secret(data: &impl Serialize) -> Self {
        Self { holds_secret: true, ..Self::created(data) }
    }

    /// A page of a list.
    pub(crate) fn page(items: &impl Serialize, meta: Meta) -> Self {
        Self::new(StatusCode::OK, items, Some(meta))
    }

    /// What is asked for is there, and something else is not well.
    pub(crate) fn degraded(data: &impl Serialize) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, data, None)
    }

    fn new(status: StatusCode, data: &impl Serialize, meta: Option<Meta>) -> Self {
        Self { status, body: written(&Body { success: true, data, meta }), holds_secret: false }
    }

    /// The answer to whoever repeats a request, as it is kept.
    pub(crate) fn into_kept(self) -> idempotency::Answer {
        idempotency::Answer { status: self.status.as_u16(), body: self.body }
    }

    /// The answer to send.
    pub(crate) fn into_response(self) -> HttpResponse {
        let mut res = respond_with(self.status, self.body);
        if self.holds_secret {
            res.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        res
    }
}

/// What an earlier request with the same key was answered.
pub(crate) fn replayed(kept: idempotency::Answer) -> Result<HttpResponse, Failure> {
    let status = StatusCode::from_u16(kept.status).map_err(|error| Failure::internal(&error))?;
    let mut res = respond_with(status, kept.body);
    res.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    Ok(res)
}

/// An answer with this body, which is whole.
pub(super) fn respond(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    respond_with(status, written(body))
}

fn written(body: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(BODY_BYTES_TYPICAL);
    serde_json::to_writer(&mut bytes, body).expect("texts, numbers and lists of them are JSON");
    bytes
}

fn respond_with(status: StatusCode, body: Vec<u8>) -> HttpResponse {
    HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json; charset=UTF-8")))
        .insert_header((X_API_VERSION, API_VERSION))
        .body(body)
}
