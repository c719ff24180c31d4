//! What can go wrong with keys.

use super::ScopeSet;
use super::bulk::BULK_KEYS_MAX;
use super::import_service::IMPORT_KEYS_MAX;
use super::input::ALLOW_LIST_MAX;
use crate::access::Forbidden;
use crate::id::KeyId;
use crate::rate::RateError;
use crate::store::StoreError;

/// What a use case of API keys can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ApiKeyError {
    /// The workspace has no such key.
    #[error("no key {0} in this workspace")]
    NotFound(KeyId),
    /// Whoever asks lacks `keys:write`.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The key is revoked, and that is final.
    #[error("key {0} is revoked, which is final: issue a new key")]
    Revoked(KeyId),
    /// The key has a successor already.
    #[error(
        "key {id} was rotated and has a successor: rotate or change {successor_id}, this one may only be narrowed until its time is over"
    )]
    Retiring {
        /// Which key.
        id: KeyId,
        /// What took its place.
        successor_id: KeyId,
    },
    /// The key's time is over, and a successor's would be too.
    #[error("key {0} has expired, and a successor would not live longer: issue a new key")]
    Expired(KeyId),
    /// Tokens of OwnPay begin otherwise than those that this installation takes.
    #[error(
        "tokens of OwnPay begin with \"op_\" and this hub takes only \"{0}\": set keys.token_prefix = \"op_\" to import them"
    )]
    ImportPrefix(String),
    /// More keys at once than one transaction may hold.
    #[error("at most {IMPORT_KEYS_MAX} keys may be imported at once")]
    ImportTooLong,
    /// The asking key would give away, or change, what it does not have itself.
    #[error("a key cannot issue or change a key with scopes that it lacks: {0}")]
    ScopesTooWide(ScopeSet),
    /// A new key must be able to do something.
    #[error("scopes must not be empty")]
    NoScopes,
    /// A new key must be usable for a while.
    #[error("expires_at must lie in the future")]
    ExpiryPassed,
    /// The allow-list is longer than it may be.
    #[error("allow_list must not have more than {ALLOW_LIST_MAX} networks")]
    AllowListTooLong,
    /// A bulk change names more keys than it may.
    #[error("a bulk change must not name more than {BULK_KEYS_MAX} keys: use several, or a filter")]
    BulkTooLarge,
    /// A bulk change would reach every key.
    #[error("the filter of a bulk change must set something")]
    BulkFilterEmpty,
    /// Somebody else changed the key after the caller had read it.
    #[error("key {id} was changed meanwhile and has revision {current} now: read it again, then repeat the change")]
    RevisionStale {
        /// Which key.
        id: KeyId,
        /// The revision that it has.
        current: i64,
    },
    /// The workspace has given as many rates to single keys as it may.
    #[error(transparent)]
    Rate(RateError),
    /// The store failed.
    #[error("the key store failed")]
    Store(#[from] StoreError),
}

impl ApiKeyError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "key_not_found",
            Self::Forbidden(error) => error.code(),
            Self::Revoked(_) => "key_revoked",
            Self::Retiring { .. } => "key_retiring",
            Self::Expired(_) => "key_expired",
            Self::ImportPrefix(_) => "import_prefix_unknown",
            Self::ImportTooLong => "import_too_long",
            Self::ScopesTooWide(_) => "scopes_too_wide",
            Self::NoScopes => "scopes_empty",
            Self::ExpiryPassed => "expiry_passed",
            Self::AllowListTooLong => "allow_list_too_long",
            Self::BulkTooLarge => "bulk_too_large",
            Self::BulkFilterEmpty => "bulk_filter_empty",
            Self::RevisionStale { .. } => "revision_stale",
            Self::Rate(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}

impl From<RateError> for ApiKeyError {
    /// A store that fails fails alike whatever it was asked about.
    fn from(error: RateError) -> Self {
        match error {
            RateError::Store(error) => Self::Store(error),
            error => Self::Rate(error),
        }
    }
}
