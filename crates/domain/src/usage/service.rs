//! The use cases of usage: count, write, tell, remove.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::pending::{Attempts, Calls};
use super::report::DAYS_DEFAULT;
use super::week::hours_of_week;
use super::{
    Call, Hours, HoursError, KeyDay, KeyTotal, KeyWeek, Step, TimedHour, UnknownAttempts, UnknownAttemptsId,
    UnknownTotals, UsageReport, UsageTx, WorkspaceUsage, network_of,
};
use crate::api_keys::{ApiKey, ApiKeyError, ApiKeyFilter, Denial};
use crate::id::{KeyId, WorkspaceId};
use crate::page::{Page, PageRequest, Period};
use crate::store::{Lane, StoreError, UnitOfWork, read, write};
use crate::tally::{hour_of, write_batches};
use crate::time::Clock;

/// How long usage is kept unless it is configured otherwise: 90 days.
pub const USAGE_KEPT_DEFAULT: Duration = Duration::from_hours(90 * 24);

/// Rows that one step removes: the bound of the background lane.
pub const USAGE_REMOVED_MAX: usize = 500;

/// Rows of attempts of one transaction, which are added to without being read.
const ATTEMPTS_A_BATCH: usize = 500;

/// Counts what keys are used for, and tells it. Clones count together.
#[derive(Clone)]
pub struct KeyUsage {
    store: Arc<dyn UnitOfWork<dyn UsageTx>>,
    calls: Arc<Calls>,
    attempts: Arc<Attempts>,
    clock: Arc<dyn Clock>,
    kept_for: Duration,
}

impl std::fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyUsage").field("kept_for", &self.kept_for).finish_non_exhaustive()
    }
}

impl KeyUsage {
    /// Counts for this store, which keeps for [`USAGE_KEPT_DEFAULT`].
    pub fn new(store: Arc<dyn UnitOfWork<dyn UsageTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, calls: Arc::default(), attempts: Arc::default(), clock, kept_for: USAGE_KEPT_DEFAULT }
    }

    /// The same, with another time for which usage is kept.
    #[must_use]
    pub fn kept_for(self, kept_for: Duration) -> Self {
        Self { kept_for, ..self }
    }

    /// For how long usage is kept.
    pub const fn keeps_for(&self) -> Duration {
        self.kept_for
    }

    /// Days that a report without a start tells of: 30, or fewer where usage is not kept for so long.
    pub fn days_told(&self) -> u64 {
        let kept_days = self.kept_for.as_secs() / (24 * 3_600);
        u64::try_from(DAYS_DEFAULT).map_or(kept_days, |days| days.min(kept_days))
    }

    /// Counts a call. In memory: nothing is written before [`KeyUsage::flush`].
    pub fn count(&self, call: &Call) {
        self.calls.count(call, self.clock.now());
    }

    /// Counts an attempt with a token that no key has; `denial` says whether it could have been one. Others are passed over.
    pub fn count_unknown(&self, address: IpAddr, denial: Denial) {
        let (unknown, malformed) = match denial {
            Denial::NotFound => (1, 0),
            Denial::Malformed => (0, 1),
            _ => return,
        };
        let hour = hour_of(self.clock.now());
        self.attempts.count(UnknownAttempts { hour, network: Some(network_of(address)), unknown, malformed });
    }

    /// Writes what was counted; returns how many rows that were. Call it every few seconds, and at the end: what was not written is lost
    /// with the process. Blocks.
    ///
    /// # Errors
    /// The store's own; what was not written is counted still.
    pub fn flush(&self) -> Result<usize, StoreError> {
        let calls = self.calls.take();
        let mut attempts = self.attempts.take();
        // In one order for every node, so that two of them never wait for each other.
        attempts.sort_by_cached_key(|row| (row.hour, row.id().network_text()));
        let rows = calls.len() + attempts.len();
        // The keys of a batch, and then their workspaces.
        let add = |tx: &mut (dyn UsageTx + 'static), batch: &[TimedHour]| {
            batch.iter().try_for_each(|row| tx.add_key_hour(&row.of_key))?;
            tx.add_workspace_hours(batch)
        };
        let calls = write_batches(&*self.store, calls, add, |row| self.calls.put(row));
        let attempts = self.flush_attempts(&attempts);
        calls.and(attempts).map(|()| rows)
    }

    fn flush_attempts(&self, rows: &[UnknownAttempts]) -> Result<(), StoreError> {
        let mut batches = rows.chunks(ATTEMPTS_A_BATCH);
        while let Some(batch) = batches.next() {
            let outcome = write(&*self.store, Lane::Background, |tx| {
                batch.iter().try_for_each(|row| tx.add_unknown_attempts(row))
            });
            if outcome.is_err() {
                batch.iter().chain(batches.flatten()).for_each(|row| self.attempts.count(*row));
                return outcome;
            }
        }
        Ok(())
    }

    /// Calls that were not counted since this was last asked, because too many keys called at once.
    pub fn take_uncounted(&self) -> u64 {
        self.calls.take_uncounted()
    }

    /// The whole steps between two instants; see [`Hours::of`].
    ///
    /// # Errors
    /// [`HoursError`] when there are too many.
    pub fn hours(&self, period: Period, step: Step) -> Result<Hours, HoursError> {
        Hours::of(period, step, self.clock.now())
    }

    /// What became of the calls with a key. What was counted in the last seconds may be missing.
    ///
    /// # Errors
    /// [`ApiKeyError::NotFound`] also for a key of another workspace, and the store's own.
    pub fn report(&self, workspace_id: WorkspaceId, id: KeyId, hours: &Hours) -> Result<UsageReport, ApiKeyError> {
        read(&*self.store, |tx| {
            let key = tx.find_api_key(workspace_id, id)?.ok_or(ApiKeyError::NotFound(id))?;
            let rows = tx.list_key_hours(id, hours.range(), hours.count())?;
            Ok(UsageReport::of(key, hours.clone(), &rows))
        })
    }

    /// What became of all calls with the keys of a workspace. What was counted in the last seconds may be missing.
    ///
    /// # Errors
    /// The store's own.
    pub fn of_workspace(&self, workspace_id: WorkspaceId, hours: &Hours) -> Result<WorkspaceUsage, StoreError> {
        let rows = read(&*self.store, |tx| tx.list_workspace_hours(workspace_id, hours.range()))?;
        Ok(WorkspaceUsage::of(hours, &rows))
    }

    /// What became of the calls with each key of a workspace, the newest key first. What was counted in the last seconds may be missing.
    ///
    /// # Errors
    /// The store's own.
    pub fn totals(
        &self,
        workspace_id: WorkspaceId,
        hours: &Hours,
        page: PageRequest<KeyId>,
    ) -> Result<Page<KeyTotal, KeyId>, ApiKeyError> {
        let (filter, now) = (ApiKeyFilter::default(), self.clock.now());
        read(&*self.store, |tx| {
            let keys = tx.list_api_keys(workspace_id, &filter, now, page)?;
            let ids: Vec<KeyId> = keys.items.iter().map(|key| key.id).collect();
            let sums: HashMap<_, _> = tx.sum_key_hours(&ids, hours.range())?.into_iter().collect();
            let total = |key: ApiKey| KeyTotal { counts: sums.get(&key.id).copied().unwrap_or_default(), key };
            Ok(Page { items: keys.items.into_iter().map(total).collect(), next: keys.next })
        })
    }

    /// The last seven days of each of these keys, which the caller has listed before: all of them belong to its workspace. Keys without
    /// calls are left out; what was counted in the last seconds may be missing.
    ///
    /// # Errors
    /// The store's own.
    pub fn weeks(&self, key_ids: &[KeyId]) -> Result<HashMap<KeyId, KeyWeek>, StoreError> {
        let hours = hours_of_week(self.clock.now());
        let first = KeyDay::of_hour(hours.start);
        let days = read(&*self.store, |tx| tx.count_key_days(key_ids, hours.clone()))?;
        let mut weeks: HashMap<KeyId, KeyWeek> = HashMap::new();
        for day in &days {
            weeks.entry(day.key_id).or_default().add(first, day);
        }
        Ok(weeks)
    }

    /// Attempts with tokens that no key has, of the whole installation: the newest hour first.
    ///
    /// # Errors
    /// The store's own.
    pub fn unknown_attempts(
        &self,
        hours: &Hours,
        page: PageRequest<UnknownAttemptsId>,
    ) -> Result<Page<UnknownAttempts, UnknownAttemptsId>, StoreError> {
        read(&*self.store, |tx| tx.list_unknown_attempts(hours.range(), page))
    }

    /// The same of all hours together, with the networks that most came from, at most `limit`.
    ///
    /// # Errors
    /// The store's own.
    pub fn unknown_totals(&self, hours: &Hours, limit: usize) -> Result<UnknownTotals, StoreError> {
        read(&*self.store, |tx| tx.sum_unknown_attempts(hours.range(), limit))
    }

    /// Removes up to [`USAGE_REMOVED_MAX`] rows that are kept no longer; returns how many those were. Blocks.
    ///
    /// # Errors
    /// The store's own: the step may be taken again.
    pub fn remove_old(&self) -> Result<usize, StoreError> {
        let before = hour_of(self.clock.now().minus(self.kept_for));
        write(&*self.store, Lane::Background, |tx| {
            let removed = tx.delete_key_hours(before, USAGE_REMOVED_MAX)?;
            let removed = removed + tx.delete_workspace_hours(before, USAGE_REMOVED_MAX.saturating_sub(removed))?;
            Ok(removed + tx.delete_unknown_attempts(before, USAGE_REMOVED_MAX.saturating_sub(removed))?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ManualClock, MemoryStore};

    #[test]
    fn no_more_days_are_told_of_than_are_kept() {
        let told = |kept_days: u64| {
            let usage = KeyUsage::new(Arc::new(MemoryStore::default()), Arc::new(ManualClock::default()));
            usage.kept_for(Duration::from_hours(24 * kept_days)).days_told()
        };
        assert_eq!([1, 7, 30, 90].map(told), [1, 7, 30, 30]);
    }
}
