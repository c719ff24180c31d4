//! The use cases of what policies decide: write it, tell it, remove it.
//!
//! Requests count in memory, with the rules that bind them; see [`Rulebook`].

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{PolicyHour, PolicyHoursTx, PolicyRef, PolicyUsage, Rulebook};
use crate::id::WorkspaceId;
use crate::store::{Lane, StoreError, UnitOfWork, read, write};
use crate::tally::{Pending, hour_of, write_batches};
use crate::time::Clock;
use crate::usage::{Hours, USAGE_KEPT_DEFAULT, USAGE_REMOVED_MAX};

/// Policies and hours that wait to be written: a hundred policies that all bind something fill it in four days without a store, in some
/// 2 MiB.
const PENDING_MAX: usize = 10_000;

/// Keeps what policies decide, by hours. Clones write together.
#[derive(Clone)]
pub struct RateUsage {
    store: Arc<dyn UnitOfWork<dyn PolicyHoursTx>>,
    rulebook: Arc<Rulebook>,
    pending: Arc<Pending<PolicyHour>>,
    uncounted: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
    kept_for: Duration,
}

impl std::fmt::Debug for RateUsage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateUsage").field("kept_for", &self.kept_for).finish_non_exhaustive()
    }
}

impl RateUsage {
    /// Keeps what is counted in these rules for [`USAGE_KEPT_DEFAULT`].
    pub fn new(store: Arc<dyn UnitOfWork<dyn PolicyHoursTx>>, rulebook: Arc<Rulebook>, clock: Arc<dyn Clock>) -> Self {
        let (pending, uncounted) = (Arc::new(Pending::new(PENDING_MAX)), Arc::default());
        Self { store, rulebook, pending, uncounted, clock, kept_for: USAGE_KEPT_DEFAULT }
    }

    /// The same, with another time for which it is kept.
    #[must_use]
    pub fn kept_for(self, kept_for: Duration) -> Self {
        Self { kept_for, ..self }
    }

    /// Writes what was counted; returns how many rows that were. Call it every few seconds, and at the end: what was not written is lost
    /// with the process. Blocks.
    ///
    /// *Time:* what was counted since the last call counts for the hour of this one, also when the store fails, so that an hour is exact
    /// to the time between two calls.
    ///
    /// # Errors
    /// The store's own; what was not written is counted still.
    pub fn flush(&self) -> Result<usize, StoreError> {
        let hour = hour_of(self.clock.now());
        for (workspace_id, policy, counts) in self.rulebook.take_counts() {
            self.put(PolicyHour { workspace_id, policy, hour, counts });
        }
        let rows = self.pending.take();
        let count = rows.len();
        let add = |tx: &mut (dyn PolicyHoursTx + 'static), batch: &[PolicyHour]| {
            batch.iter().try_for_each(|row| tx.add_policy_hour(row))
        };
        write_batches(&*self.store, rows, add, |row| self.put(row))?;
        Ok(count)
    }

    fn put(&self, row: PolicyHour) {
        if !self.pending.put(row) {
            self.uncounted.fetch_add(row.counts.decided(), Ordering::Relaxed);
        }
    }

    /// Decisions that were lost since this was last asked, because the store failed for too long.
    pub fn take_uncounted(&self) -> u64 {
        self.uncounted.swap(0, Ordering::Relaxed)
    }

    /// What each of these policies of a workspace decided, in their order. What was counted in the last seconds may be missing.
    ///
    /// # Errors
    /// The store's own.
    pub fn of_policies(
        &self,
        workspace_id: WorkspaceId,
        policies: &[PolicyRef],
        hours: &Hours,
    ) -> Result<Vec<PolicyUsage>, StoreError> {
        let rows = read(&*self.store, |tx| tx.list_policy_hours(workspace_id, policies, hours.range()))?;
        let mut by_policy: HashMap<PolicyRef, Vec<PolicyHour>> = HashMap::new();
        for row in rows {
            by_policy.entry(row.policy).or_default().push(row);
        }
        let usage = |policy: &PolicyRef| {
            PolicyUsage::of(*policy, hours, by_policy.get(policy).map(Vec::as_slice).unwrap_or_default())
        };
        Ok(policies.iter().map(usage).collect())
    }

    /// Removes up to [`USAGE_REMOVED_MAX`] rows that are kept no longer; returns how many those were. Blocks.
    ///
    /// # Errors
    /// The store's own: the step may be taken again.
    pub fn remove_old(&self) -> Result<usize, StoreError> {
        let before = hour_of(self.clock.now().minus(self.kept_for));
        write(&*self.store, Lane::Background, |tx| tx.delete_policy_hours(before, USAGE_REMOVED_MAX))
    }
}
