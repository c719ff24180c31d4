//! What is counted in memory by somebody and hour, and written now and then: one row for each, in batches.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::{Lane, StoreError, UnitOfWork, write};
use crate::time::Timestamp;

/// Rows of one transaction: the bound of the background lane is 500 for plain rows, and each of these is read first.
pub(crate) const BATCH_ROWS: usize = 100;

/// The hour of an instant, counted from the epoch.
pub(crate) const fn hour_of(at: Timestamp) -> i64 {
    at.as_seconds().div_euclid(3_600)
}

/// When an hour begins.
pub(crate) fn start_of(hour: i64) -> Timestamp {
    Timestamp::from_seconds(hour.saturating_mul(3_600))
}

/// What was counted of somebody in one hour.
pub(crate) trait Tally {
    /// Whose it is, and of which hour.
    type Key: Copy + Eq + Hash + Ord;

    /// Whose it is, and of which hour.
    fn key(&self) -> Self::Key;

    /// Counts what another of the same key has counted.
    fn add(&mut self, other: &Self);
}

/// What this node has counted and not written yet: so many rows at most.
pub(crate) struct Pending<T: Tally, S = RandomState> {
    rows: Mutex<HashMap<T::Key, T, S>>,
    rows_max: usize,
}

impl<T: Tally, S> fmt::Debug for Pending<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("rows_max", &self.rows_max).finish_non_exhaustive()
    }
}

impl<T: Tally, S: BuildHasher + Default> Pending<T, S> {
    /// Nothing, with room for so many rows.
    pub(crate) fn new(rows_max: usize) -> Self {
        Self { rows: Mutex::default(), rows_max }
    }

    /// Counts in a row, which `new` makes when there is none; `false` when there is no room for it.
    pub(crate) fn count(&self, key: T::Key, new: impl FnOnce() -> T, count: impl FnOnce(&mut T)) -> bool {
        let mut rows = self.rows();
        if let Some(row) = rows.get_mut(&key) {
            count(row);
            return true;
        }
        let has_room = rows.len() < self.rows_max;
        if has_room {
            let mut row = new();
            count(&mut row);
            rows.insert(key, row);
        }
        has_room
    }

    /// Counts what was counted elsewhere, or could not be written; `false` when there is no room for it.
    pub(crate) fn put(&self, tally: T) -> bool {
        let mut rows = self.rows();
        if let Some(own) = rows.get_mut(&tally.key()) {
            own.add(&tally);
            return true;
        }
        let has_room = rows.len() < self.rows_max;
        if has_room {
            rows.insert(tally.key(), tally);
        }
        has_room
    }

    /// Takes everything out, to be written.
    pub(crate) fn take(&self) -> Vec<T> {
        std::mem::take(&mut *self.rows()).into_values().collect()
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<T::Key, T, S>> {
        // Nothing that runs under this lock panics.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what was taken, batch by batch in the order of their keys; what could not be written is handed to `put_back`.
///
/// # Errors
/// The store's own.
pub(crate) fn write_batches<P, T>(
    store: &dyn UnitOfWork<P>,
    mut rows: Vec<T>,
    mut add: impl FnMut(&mut P, &[T]) -> Result<(), StoreError>,
    put_back: impl FnMut(T),
) -> Result<(), StoreError>
where
    P: ?Sized,
    T: Tally,
{
    // In one order for every node, so that two of them never wait for each other.
    rows.sort_unstable_by_key(Tally::key);
    let mut written = 0;
    for batch in rows.chunks(BATCH_ROWS) {
        let outcome = write(store, Lane::Background, |tx| add(tx, batch));
        if let Err(error) = outcome {
            // An unknown outcome may count these twice, which is better than never.
            rows.into_iter().skip(written).for_each(put_back);
            return Err(error);
        }
        written += batch.len();
    }
    Ok(())
}
