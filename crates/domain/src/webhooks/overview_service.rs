//! How the endpoints of a workspace do together.

use std::ops::Range;

use super::endpoint_service::list_with_health;
use super::{
    BACKLOG_COUNT_MAX, Deliveries, DeliveryError, DeliveryTx, Endpoint, EndpointBacklog, EndpointStatus, Health,
    HourAnswered, HourTally,
};
use crate::id::WorkspaceId;
use crate::page::{PageRequest, PageSize};
use crate::store::{StoreError, read};

/// Endpoints that an overview sums up, the newest: an overview costs no more than this however many there are. They are read by the
/// page, with three statements for each page.
pub const ENDPOINTS_SUMMED_MAX: usize = 500;

/// How the endpoints of a workspace do together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceDeliveries {
    /// Each hour that was asked for, those without attempts included, in ascending order.
    pub hours: Vec<HourAnswered>,
    /// What waits for all endpoints of the workspace. As many as [`BACKLOG_COUNT_MAX`] means: that many or more.
    pub backlog: EndpointBacklog,
    /// Endpoints that fail, or were disabled because they did, newest first.
    pub failing: Vec<(Endpoint, Option<Health>)>,
    /// Endpoints that were summed up, those that are paused included.
    pub endpoints: usize,
    /// Whether those are all of them.
    pub is_whole: bool,
}

impl Deliveries {
    /// How the endpoints of a workspace did in the last `hours` hours, the one under way included, and how they do now. What was
    /// counted in the last seconds may be missing.
    ///
    /// # Errors
    /// The store's own.
    pub fn of_workspace(&self, workspace_id: WorkspaceId, hours: i64) -> Result<WorkspaceDeliveries, DeliveryError> {
        let end = HourTally::hour_of(self.clock.now()).saturating_add(1);
        let range = end.saturating_sub(hours)..end;
        Ok(read(&*self.store, |tx| summed(tx, workspace_id, range.clone()))?)
    }
}

fn summed(
    tx: &mut (dyn DeliveryTx + '_),
    workspace_id: WorkspaceId,
    range: Range<i64>,
) -> Result<WorkspaceDeliveries, StoreError> {
    let mut sum = WorkspaceDeliveries {
        backlog: tx.backlog_of_workspace(workspace_id, BACKLOG_COUNT_MAX)?,
        hours: range.clone().map(|hour| HourAnswered::of(hour, &[])).collect(),
        ..WorkspaceDeliveries::default()
    };
    let mut after = None;
    loop {
        let page = list_with_health(tx, workspace_id, PageRequest { size: PageSize::MAX, after })?;
        let ids: Vec<_> = page.items.iter().map(|(endpoint, _)| endpoint.id).collect();
        for tally in tx.list_tallies(&ids, range.start.saturating_sub(1))? {
            sum.count(&tally, &range);
        }
        sum.endpoints += ids.len();
        sum.failing.extend(page.items.into_iter().filter(fails));
        after = page.next;
        if after.is_none() || sum.endpoints >= ENDPOINTS_SUMMED_MAX {
            break;
        }
    }
    Ok(WorkspaceDeliveries { is_whole: after.is_none(), ..sum })
}

/// Whether an endpoint fails, or was disabled because it did.
fn fails((endpoint, health): &(Endpoint, Option<Health>)) -> bool {
    health.is_some() || matches!(endpoint.status, EndpointStatus::Disabled(_))
}

impl WorkspaceDeliveries {
    fn count(&mut self, tally: &HourTally, range: &Range<i64>) {
        let hour = usize::try_from(tally.hour.saturating_sub(range.start)).unwrap_or(usize::MAX);
        if let Some(sum) = self.hours.get_mut(hour) {
            sum.answered.add(tally);
        }
    }
}
