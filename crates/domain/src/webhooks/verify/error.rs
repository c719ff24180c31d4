//! Why nothing can be verified, and why a request was not.

use super::verifier::TOLERANCE_MAX;
use crate::webhooks::signing_secret::SECRETS_MAX;

/// A verifier cannot be made of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierError {
    /// No secret at all, or more than any rotation has.
    #[error("webhook verifier must have 1 to {SECRETS_MAX} secrets, got {count}")]
    Secrets {
        /// How many there are.
        count: usize,
    },
    /// The tolerance would refuse everything, or let replays through for too long.
    #[error("webhook tolerance must be 1 to {} seconds, got {seconds}", TOLERANCE_MAX.as_secs())]
    Tolerance {
        /// The tolerance, in seconds.
        seconds: u64,
    },
}

impl VerifierError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Secrets { .. } => "webhook_verifier_secrets",
            Self::Tolerance { .. } => "webhook_verifier_tolerance",
        }
    }
}

/// Why a received webhook is not to be trusted. Tells neither signatures nor values of headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Every secret belongs to OwnPay's scheme only.
    #[error("webhook secret must be \"whsec_\" and padded base64 of 24 to 75 bytes to verify standard webhooks")]
    NoStandardKey,
    /// A header is not there.
    #[error("webhook request lacks the header {0}")]
    HeaderMissing(&'static str),
    /// A header has a shape that no sender gives it.
    #[error("webhook header {header} must be {shape}")]
    HeaderMalformed {
        /// The header's name, in lower case.
        header: &'static str,
        /// What it must be.
        shape: &'static str,
    },
    /// The request was signed too long ago: a replay, a slow queue, or a clock that is ahead.
    #[error("webhook was signed {seconds} seconds ago, more than the tolerance: compare the clocks")]
    TooOld {
        /// How long ago, in seconds.
        seconds: u64,
    },
    /// The request claims to come from the future: this clock is behind, or the sender's ahead.
    #[error("webhook was signed {seconds} seconds in the future, more than the tolerance: compare the clocks")]
    TooNew {
        /// How far ahead, in seconds.
        seconds: u64,
    },
    /// No signature fits: another secret, or a body that is not byte for byte what was sent.
    #[error("no webhook signature fits: check the secret, and that the body is verified before it is parsed")]
    SignatureMismatch,
}

impl VerifyError {
    /// A stable word for logs, metrics and API answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoStandardKey => "webhook_secret_not_standard",
            Self::HeaderMissing(_) => "webhook_header_missing",
            Self::HeaderMalformed { .. } => "webhook_header_malformed",
            Self::TooOld { .. } => "webhook_too_old",
            Self::TooNew { .. } => "webhook_too_new",
            Self::SignatureMismatch => "webhook_signature_mismatch",
        }
    }
}
