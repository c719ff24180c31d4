//! What a store must do for the usage of keys.

use std::ops::Range;

use super::{CallCounts, KeyDay, KeyHour, UnknownAttempts, UnknownAttemptsId, UnknownTotals, WorkspaceHoursTx};
use crate::api_keys::ApiKeyTx;
use crate::id::KeyId;
use crate::page::{Page, PageRequest};
use crate::store::StoreError;

/// The usage of keys within one transaction: a row for each key and hour in which it was used, and for each network and hour in which
/// tokens were tried that no key has.
pub trait UsageTx: ApiKeyTx + WorkspaceHoursTx {
    /// Counts what was counted elsewhere, on top of what is there for that key and hour. Of two transactions at once neither is lost.
    /// Addresses that are there and cannot be read are left as they are: whoever reads the hour is told of them.
    ///
    /// # Errors
    /// Only the store's own.
    fn add_key_hour(&mut self, hour: &KeyHour) -> Result<(), StoreError>;

    /// These hours of a key, in ascending order, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when one of them cannot be read, and the store's own.
    fn list_key_hours(&mut self, key_id: KeyId, hours: Range<i64>, limit: usize) -> Result<Vec<KeyHour>, StoreError>;

    /// What became of the calls with each of these keys in these hours; keys without calls are left out. At most a page of keys is
    /// asked for.
    ///
    /// # Errors
    /// Only the store's own.
    fn sum_key_hours(&mut self, key_ids: &[KeyId], hours: Range<i64>) -> Result<Vec<(KeyId, CallCounts)>, StoreError>;

    /// How many calls there were with each of these keys on each day of UTC in these hours, in no order; days without calls are left out.
    /// At most a page of keys and a few days are asked for.
    ///
    /// Must be one look for all of them.
    ///
    /// # Errors
    /// Only the store's own.
    fn count_key_days(&mut self, key_ids: &[KeyId], hours: Range<i64>) -> Result<Vec<KeyDay>, StoreError>;

    /// Removes up to `limit` hours of keys before `hour`, the oldest first; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_key_hours(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError>;

    /// Counts what was counted elsewhere, on top of what is there for that network and hour. Of two transactions at once neither is
    /// lost.
    ///
    /// # Errors
    /// Only the store's own.
    fn add_unknown_attempts(&mut self, attempts: &UnknownAttempts) -> Result<(), StoreError>;

    /// The attempts of these hours after [`PageRequest::after`]: the newest hour first, within it by the text of the network, byte by
    /// byte. Rows that cannot be read are an error.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_unknown_attempts(
        &mut self,
        hours: Range<i64>,
        page: PageRequest<UnknownAttemptsId>,
    ) -> Result<Page<UnknownAttempts, UnknownAttemptsId>, StoreError>;

    /// The attempts of these hours by network, of which at most `limit` are listed. One statement tells it. Rows that cannot be read are
    /// an error.
    ///
    /// # Errors
    /// Only the store's own.
    fn sum_unknown_attempts(&mut self, hours: Range<i64>, limit: usize) -> Result<UnknownTotals, StoreError>;

    /// Removes up to `limit` rows of attempts before `hour`, the oldest first; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_unknown_attempts(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError>;
}
