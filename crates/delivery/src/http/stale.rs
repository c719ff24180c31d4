//! Which failures are those of a connection and not of its receiver: the same request is sent once more, over a fresh one.
//!
//! The receiver may have read the first all the same. That is allowed: deliveries are at-least-once, and the second request carries the
//! same `webhook-id`.

use devhub_domain::causes::causes;
use h2::Reason;
use http::Extensions;
use hyper_util::client::legacy;

use super::socket::Served;

/// Whether a connection was closed while nobody looked, or says itself that it has not taken the request.
pub(super) fn is_stale(error: &legacy::Error) -> bool {
    was_not_taken(error) || (has_served(error) && broke_without_answer(error))
}

/// Whether the receiver says that it has not looked at the request: it goes away in good order (RFC 9113 §6.8), or wants no stream
/// more than it has (§8.7).
fn was_not_taken(error: &legacy::Error) -> bool {
    causes(error).filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|cause| {
        cause.is_remote()
            && match cause.reason() {
                Some(Reason::NO_ERROR) => cause.is_go_away(),
                Some(Reason::REFUSED_STREAM) => true,
                _ => false,
            }
    })
}

/// Whether the connection has brought an answer before: only then can its breaking mean that it had gone stale.
fn has_served(error: &legacy::Error) -> bool {
    let mut extras = Extensions::new();
    if let Some(info) = error.connect_info() {
        info.get_extras(&mut extras);
    }
    extras.get::<Served>().is_some_and(Served::is_noted)
}

/// Whether the connection broke before any of the answer was understood: what happens when a receiver closes a kept-alive
/// connection at the moment when the next request is on its way (RFC 9112 §9.6).
fn broke_without_answer(error: &legacy::Error) -> bool {
    causes(error).any(|cause| {
        let by_http = cause
            .downcast_ref::<hyper::Error>()
            .is_some_and(|cause| cause.is_incomplete_message() || cause.is_canceled() || cause.is_closed());
        let by_h2 = cause
            .downcast_ref::<h2::Error>()
            .is_some_and(|cause| cause.get_io().is_some_and(is_break) || (cause.is_remote() && cause.is_go_away()));
        by_http || by_h2 || cause.downcast_ref().is_some_and(is_break)
    })
}

fn is_break(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof};
    // Timed out is what TCP says of a connection that died in silence.
    matches!(error.kind(), ConnectionReset | ConnectionAborted | BrokenPipe | TimedOut | UnexpectedEof)
}
