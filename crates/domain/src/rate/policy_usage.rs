//! What policies decided, by hours.

use super::{PolicyCounts, PolicyRef};
use crate::id::WorkspaceId;
use crate::tally::{Tally, start_of};
use crate::time::Timestamp;
use crate::usage::Hours;

/// What a policy decided in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyHour {
    /// Whose requests it decided over.
    pub workspace_id: WorkspaceId,
    /// Which policy; it need not be there any more.
    pub policy: PolicyRef,
    /// Counted from the epoch.
    pub hour: i64,
    /// How much. Of the default, refusals alone.
    pub counts: PolicyCounts,
}

impl Tally for PolicyHour {
    type Key = (WorkspaceId, PolicyRef, i64);

    fn key(&self) -> Self::Key {
        (self.workspace_id, self.policy, self.hour)
    }

    fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
    }
}

/// What a policy decided over some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyUsage {
    /// Which policy.
    pub policy: PolicyRef,
    /// In all of the time.
    pub total: PolicyCounts,
    /// In each hour, those without a request included, in ascending order: when it begins, and how much.
    pub points: Vec<(Timestamp, PolicyCounts)>,
}

impl PolicyUsage {
    /// Puts the rows of one policy together.
    pub(super) fn of(policy: PolicyRef, hours: &Hours, rows: &[PolicyHour]) -> Self {
        let range = hours.range();
        let empty = |hour| (start_of(hour), PolicyCounts::default());
        let mut usage = Self { policy, total: PolicyCounts::default(), points: range.clone().map(empty).collect() };
        for row in rows {
            usage.total.add(&row.counts);
            let place = usize::try_from(row.hour - range.start).unwrap_or(usize::MAX);
            if let Some((_, counts)) = usage.points.get_mut(place) {
                counts.add(&row.counts);
            }
        }
        usage
    }
}
