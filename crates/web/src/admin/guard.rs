//! What every request of a browser must pass before a handler sees it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest};

use super::connection::Connection;
use super::visit::services;
use crate::client_address::client_address;
use crate::problem_body::Problem;

/// Refuses connections on which a password must not travel, and forms that another site's page has sent.
pub(super) async fn guard(
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    match check(req.request()) {
        Ok(()) => Ok(next.call(req).await?.map_into_left_body()),
        // Answered here and not returned: an error would leave behind what is known of the request.
        Err(problem) => Ok(req.error_response(problem).map_into_right_body()),
    }
}

fn check(req: &HttpRequest) -> Result<(), Problem> {
    let services = services(req)?;
    let connection = Connection::for_pages(req, services);
    let is_safe = matches!(*req.method(), Method::GET | Method::HEAD);
    let refused = if !connection.is_private() {
        Problem::not_encrypted()
    } else if !is_safe && !connection.is_own(req, services.pages.public_url.as_ref()) {
        Problem::cross_site()
    } else {
        return Ok(());
    };
    let address = client_address(req, &services.trusted_proxies);
    tracing::warn!(code = refused.code(), client.address = %address, "a browser was refused");
    Err(refused)
}
