//! Refuses what this hub has sent itself. Threat and defence: [`HopMark`].

use actix_web::dev::RequestHead;
use actix_web::http::StatusCode;
use devhub_domain::webhooks::{HOP_HEADER, HopMark};

use crate::problem_body::Problem;

/// Passes what does not carry the mark of this installation.
pub(crate) fn check(head: &RequestHead, own: Option<HopMark>) -> Result<(), Problem> {
    let Some(own) = own else { return Ok(()) };
    // The header is on no request but another hub's: nothing is compared for all others.
    if head.headers().get_all(HOP_HEADER).any(|value| own.is(value.as_bytes())) {
        let detail = "the hub has sent this request itself: an endpoint leads back to it";
        return Err(Problem::new(StatusCode::LOOP_DETECTED, "loop_detected", detail));
    }
    Ok(())
}
