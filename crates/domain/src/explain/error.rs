//! What can go wrong with an explanation.

use super::refusals::REFUSALS_KEPT;
use crate::id::KeyId;
use crate::store::StoreError;

/// What the use case of explanations can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The workspace has no such key.
    #[error("no key {0} in this workspace")]
    KeyNotFound(KeyId),
    /// The request is not among those that are kept.
    #[error(
        "no refused request with this id and key is kept: the last {REFUSALS_KEPT} refusals of this process are, and no accepted \
         request. Ask with what the request was instead"
    )]
    RequestNotKept,
    /// The store failed.
    #[error("the key store failed")]
    Store(#[from] StoreError),
}

impl ExplainError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyNotFound(_) => "key_not_found",
            Self::RequestNotKept => "request_not_kept",
            Self::Store(error) => error.code(),
        }
    }
}
