//! Turns what can go wrong with a request into the words that an operator reads.

use std::error::Error;

use devhub_domain::causes::{causes, chain};
use devhub_domain::webhooks::{Failure, FailureKind, Timings};
use hyper_util::client::legacy;

/// Longest detail: it is one column of one row, and a page shows it whole. Source: [`Failure::detail`].
const DETAIL_CHARS_MAX: usize = 500;

/// What the client says of a head that has too many headers or bytes. A test holds it to it.
const TOO_LARGE: &str = "message head is too large";

/// A failure with a detail that is cut to its bound.
pub(super) fn failure(kind: FailureKind, detail: impl AsRef<str>) -> Failure {
    Failure { kind, detail: detail.as_ref().chars().take(DETAIL_CHARS_MAX).collect() }
}

/// A failure to connect, on its way through the client.
#[derive(Debug, thiserror::Error)]
#[error("{}", .failure.detail)]
pub(super) struct ConnectError {
    pub(super) failure: Failure,
    /// How long the steps took, the last one being the one that failed.
    pub(super) opening: Timings,
}

/// What the client failed with: our own connector's word if it got only so far, else a breach of the protocol; and how long the steps
/// of connecting took.
pub(super) fn of_client(error: &legacy::Error) -> (Failure, Timings) {
    if let Some(ConnectError { failure, opening }) = causes(error).find_map(|cause| cause.downcast_ref()) {
        return (failure.clone(), *opening);
    }
    // The client tells it by its words only: to ask for the kind is left to servers.
    let is_too_large = |cause: &hyper::Error| cause.is_parse() && cause.to_string() == TOO_LARGE;
    let is_too_large = causes(error).any(|cause| cause.downcast_ref().is_some_and(is_too_large));
    let kind = if is_too_large { FailureKind::TooLarge } else { FailureKind::Protocol };
    (failure(kind, format!("no valid answer: {}", reason(error))), Timings::default())
}

/// What a body ended with.
pub(super) fn of_body(error: &hyper::Error) -> Failure {
    failure(FailureKind::Protocol, format!("the answer ended in its middle: {}", reason(error)))
}

/// Without the first line of client and connection, which names an internal step.
fn reason(error: &(dyn Error + 'static)) -> String {
    error.source().map_or_else(|| error.to_string(), chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_cut_at_500_characters() {
        assert_eq!(failure(FailureKind::Tls, "é".repeat(501)).detail, "é".repeat(500));
    }
}
