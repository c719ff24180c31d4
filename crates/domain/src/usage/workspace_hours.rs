//! What became of all calls with the keys of a workspace, by hours: so that an overview costs the same however many keys there are.

use std::ops::Range;

use super::{Hours, TimedCalls, TimedHour};
use crate::id::WorkspaceId;
use crate::store::StoreError;
use crate::tally::start_of;
use crate::time::Timestamp;

/// What a workspace's keys were used for, within one transaction.
pub trait WorkspaceHoursTx {
    /// Counts hours of keys for their workspaces, with how long answers took, on top of what is there. Keys that are not there count for
    /// none. Of two transactions at once neither is lost; workspaces and hours are written in one order, so that neither waits for the
    /// other in a circle. Latencies that are there and cannot be read are left as they are: whoever reads the hour is told of them.
    ///
    /// # Errors
    /// Only the store's own.
    fn add_workspace_hours(&mut self, hours: &[TimedHour]) -> Result<(), StoreError>;

    /// These hours of a workspace, in ascending order; those without calls are left out.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when one of them cannot be read, and the store's own.
    fn list_workspace_hours(
        &mut self,
        workspace_id: WorkspaceId,
        hours: Range<i64>,
    ) -> Result<Vec<(i64, TimedCalls)>, StoreError>;

    /// Removes up to `limit` hours of workspaces before `hour`; returns how many those were.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_workspace_hours(&mut self, before_hour: i64, limit: usize) -> Result<usize, StoreError>;
}

/// What became of all calls with the keys of a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkspaceUsage {
    /// In all of the time.
    pub total: TimedCalls,
    /// In each step, those without calls included, in ascending order: when it begins, and what became of them.
    pub points: Vec<(Timestamp, TimedCalls)>,
}

impl WorkspaceUsage {
    /// Puts hours together, which are in ascending order.
    pub(super) fn of(hours: &Hours, rows: &[(i64, TimedCalls)]) -> Self {
        let (range, size) = (hours.range(), hours.step().hours());
        let mut total = TimedCalls::default();
        let mut points: Vec<_> = range.clone().step_by(usize::try_from(size).unwrap_or(1)).map(empty).collect();
        for (hour, calls) in rows {
            total.add(calls);
            let step = usize::try_from((hour - range.start).div_euclid(size)).unwrap_or(usize::MAX);
            if let Some((_, sum)) = points.get_mut(step) {
                sum.add(calls);
            }
        }
        Self { total, points }
    }
}

fn empty(hour: i64) -> (Timestamp, TimedCalls) {
    (start_of(hour), TimedCalls::default())
}
