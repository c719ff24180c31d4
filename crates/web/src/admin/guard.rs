//! What every request of a browser must pass before a handler sees it.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest};

use super::connection::Connection;
use crate::problem_body::Problem;
use crate::services::Services;

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
    let services: &Data<Services> =
        req.app_data().ok_or_else(|| Problem::internal("the application was not configured with its services"))?;
    let public_url = services.pages.public_url.as_ref();
    let connection = Connection::of(req, &services.trusted_proxies, public_url);
    if !connection.is_private() {
        return Err(Problem::not_encrypted());
    }
    let is_safe = matches!(*req.method(), Method::GET | Method::HEAD);
    if is_safe || connection.is_own(req, public_url) { Ok(()) } else { Err(Problem::cross_site()) }
}
