//! What every answer under `/admin` says to the browser, whoever has made it.

use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};

use super::connection::Connection;
use super::reference::ConnectTo;
use super::visit::services;

/// Nothing but our own files, and no text of a page is ever run. *Source:* ASVS 5.0, 3.4.3 and 3.4.6.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every answer says. Not `no-referrer`: browsers would then send forms without their origin.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// How long browsers ask for nothing but https once they have seen it: a year. *Source:* ASVS 5.0, 3.4.1.
const HTTPS_ONLY: &str = "max-age=31536000";

/// What an answer says so that its browser never asks for the hub by http again; `None` where it may.
pub(crate) fn https_only(req: &HttpRequest) -> Option<HeaderValue> {
    let connection = Connection::for_pages(req, services(req).ok()?);
    connection.stays_encrypted().then(|| HeaderValue::from_static(HTTPS_ONLY))
}

/// Sets them.
pub(super) fn set(headers: &mut HeaderMap, connection: &Connection) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if connection.stays_encrypted() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
}

/// Sets them on every answer, also on what the web server answers by itself.
pub(super) async fn on_every_answer(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let connection = services(req.request()).map(|services| Connection::for_pages(req.request(), services));
    let mut res = next.call(req).await?;
    // What may be kept says so itself.
    let kept = res.headers().get(CACHE_CONTROL).cloned();
    if let Ok(connection) = connection {
        set(res.headers_mut(), &connection);
    }
    if let Some(kept) = kept {
        res.headers_mut().insert(CACHE_CONTROL, kept);
    }
    let connect = res.response().extensions().get::<Arc<ConnectTo>>().cloned();
    if let Some(policy) = connect.and_then(|connect| HeaderValue::try_from(connect.widen(POLICY)).ok()) {
        res.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(res)
}
