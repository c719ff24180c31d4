//! Which pages of other sites may call OwnPay's API from a browser.
//!
//! *Threat:* a page of another site that calls with what a browser holds. *Defence:* nobody is allowed by default; an origin that is
//! allowed is compared as a whole; no credentials are allowed, so that cookies never count. *Not defended:* a key that a page holds
//! itself, which everybody can read who opens it. *Source:* the Fetch standard §3.2, wire contract §2.13.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue,
    ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, body::EitherBody};
use serde::Serialize;

use super::envelope::Answer;
use crate::services::Services;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, DELETE");
/// What the clients send, with those that OwnPay's own list lacks.
const HEADERS: HeaderValue =
    HeaderValue::from_static("Authorization, Content-Type, Accept, Idempotency-Key, X-Super-Admin-Email, X-Request-ID");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "X-Request-Id, X-API-Version, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, Idempotent-Replayed",
);
/// Seconds that a browser need not ask again: short, so that an origin that is taken off the list is off it soon.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// Nothing: what a question for permission is answered with.
#[derive(Serialize)]
struct Nothing {}

/// Lets the pages of allowed origins read answers, and answers when a browser asks before it calls.
pub(super) async fn cors<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let origin = allowed_origin(&req);
    let asks = req.method() == Method::OPTIONS && req.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let Some(origin) = origin else {
        let has_list =
            req.app_data::<Data<Services>>().is_some_and(|services| !services.merchant.allowed_origins.is_empty());
        let mut res = next.call(req).await?.map_into_left_body();
        if has_list {
            // A cache that kept this one for everybody would keep it from the pages that are allowed.
            vary(res.headers_mut());
        }
        return Ok(res);
    };
    let mut res = if asks {
        let mut allowed = Answer::ok(&Nothing {}).into_response();
        allowed.headers_mut().insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        allowed.headers_mut().insert(ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        allowed.headers_mut().insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        req.into_response(allowed).map_into_right_body()
    } else {
        next.call(req).await?.map_into_left_body()
    };
    expose(res.headers_mut(), origin);
    Ok(res)
}

fn expose(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    vary(headers);
}

/// Tells that the answer depends on who asks.
fn vary(headers: &mut HeaderMap) {
    headers.append(VARY, HeaderValue::from_static("Origin"));
}

/// The origin that a browser names, when it is on the list.
fn allowed_origin(req: &ServiceRequest) -> Option<HeaderValue> {
    let services = req.app_data::<Data<Services>>()?;
    let origin = req.headers().get(ORIGIN)?;
    let is_allowed = services.merchant.allowed_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes());
    is_allowed.then(|| origin.clone())
}
