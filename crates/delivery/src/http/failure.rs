//! Turns what can go wrong with a request into the words that an operator reads.

use std::error::Error;

use devhub_domain::causes::{causes, chain};
use devhub_domain::webhooks::{Failure, FailureKind};
use hyper_util::client::legacy;

/// Longest detail: it is one column of one row, and a page shows it whole. Source: [`Failure::detail`].
const DETAIL_CHARS_MAX: usize = 500;

/// A failure with a detail that is cut to its bound.
pub(super) fn failure(kind: FailureKind, detail: impl AsRef<str>) -> Failure {
    Failure { kind, detail: detail.as_ref().chars().take(DETAIL_CHARS_MAX).collect() }
}

/// A failure to connect, on its way through the client.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.detail)]
pub(super) struct ConnectError(pub(super) Failure);

/// What the client failed with: our own connector's word if it got that far, else a breach of the protocol.
pub(super) fn of_client(error: &legacy::Error) -> Failure {
    match causes(error).find_map(|cause| cause.downcast_ref::<ConnectError>()) {
        Some(ConnectError(failure)) => failure.clone(),
        None => failure(FailureKind::Protocol, format!("no valid answer: {}", reason(error))),
    }
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
