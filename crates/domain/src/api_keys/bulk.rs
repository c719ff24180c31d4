//! Changing the status of many keys at once: what is asked for, and what became of each.

use super::{ApiKey, ApiKeyError, ApiKeyFilter, KeyStatus, Receipt, Transition};
use crate::id::KeyId;

/// Most keys that are named at once.
pub const BULK_KEYS_MAX: usize = 100;

/// Most keys that a filter reaches at once: each is locked, written and logged in one transaction, for which others wait.
pub const BULK_MATCHES_MAX: usize = 500;

/// How far those are counted that a filter has not reached yet.
pub const BULK_REMAINING_MAX: usize = 10_000;

/// A change of the status of many keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkChange {
    /// What shall become of each.
    pub transition: Transition,
    /// Which keys.
    pub target: BulkTarget,
}

/// Which keys a bulk change is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BulkTarget {
    /// These, at most [`BULK_KEYS_MAX`]; one that stands twice counts once.
    Keys(Vec<KeyId>),
    /// Those that a filter wants and the transition would change, newest first, at most [`BULK_MATCHES_MAX`] at once.
    Matches {
        /// Which; something must be set.
        filter: ApiKeyFilter,
        /// Only keys older than this one: [`BulkOutcome::next`] of the change before. `None` begins with the newest.
        after: Option<KeyId>,
    },
}

/// What became of a bulk change, or would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BulkOutcome {
    /// What became of each key, oldest first.
    pub results: Vec<BulkResult>,
    /// What [`BulkTarget::Matches::after`] takes for the keys that were not reached; `None` when all were.
    pub next: Option<KeyId>,
    /// How many were not reached, counted up to [`BULK_REMAINING_MAX`].
    pub remaining: usize,
    /// Who obeys; `None` until the change is on disk, and so of one that was only looked at.
    pub receipt: Option<Receipt>,
    /// The keys that were changed, as they are now.
    pub(super) changed: Vec<ApiKey>,
}

/// What became of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BulkResult {
    /// Which.
    pub id: KeyId,
    /// What became of it.
    pub fate: BulkFate,
}

/// What becomes of one key of a bulk change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BulkFate {
    /// It has another status now: this one.
    Changed(KeyStatus),
    /// It had the status already: this one.
    Unchanged(KeyStatus),
    /// It was left as it is, for the reason with this code: see [`ApiKeyError::code`]. [`ApiKeyError::RevisionStale`] when somebody
    /// changed it after the filter had found it.
    Refused(&'static str),
}

impl BulkChange {
    /// Checks what can be checked before any key is looked at.
    pub(super) fn check(&self) -> Result<(), ApiKeyError> {
        match &self.target {
            BulkTarget::Keys(ids) if ids.len() > BULK_KEYS_MAX => Err(ApiKeyError::BulkTooLarge),
            // All keys of a workspace by an empty object is a mistake, and not to be taken back.
            BulkTarget::Matches { filter, .. } if *filter == ApiKeyFilter::default() => {
                Err(ApiKeyError::BulkFilterEmpty)
            }
            BulkTarget::Keys(_) | BulkTarget::Matches { .. } => Ok(()),
        }
    }
}
