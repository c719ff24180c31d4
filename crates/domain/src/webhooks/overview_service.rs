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

/// Endpoints that an overview sums up, the newest: an overview costs no more than this however many there are.
pub const ENDPOINTS_SUMMED_MAX: usize = 500;

/// How the endpoints of a workspace do together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkspaceDeliveries {
    /// Each hour that was asked for, those without attempts included, in ascending order.
    pub hours: Vec<HourAnswered>,
    /// What waits for all of them. As many as [`BACKLOG_COUNT_MAX`] means: that many or more.
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
        hours: range.clone().map(|hour| HourAnswered::of(hour, &[])).collect(),
        ..WorkspaceDeliveries::default()
    };
    let mut after = None;
    loop {
        let page = list_with_health(tx, workspace_id, PageRequest { size: PageSize::MAX, after })?;
        for (endpoint, health) in page.items {
            sum.add(tx, endpoint, health, &range)?;
        }
        after = page.next;
        if after.is_none() || sum.endpoints >= ENDPOINTS_SUMMED_MAX {
            break;
        }
    }
    Ok(WorkspaceDeliveries { is_whole: after.is_none(), ..sum })
}

impl WorkspaceDeliveries {
    fn add(
        &mut self,
        tx: &mut (dyn DeliveryTx + '_),
        endpoint: Endpoint,
        health: Option<Health>,
        range: &Range<i64>,
    ) -> Result<(), StoreError> {
        for tally in tx.list_tallies(endpoint.id, range.start.saturating_sub(1))? {
            let hour = usize::try_from(tally.hour.saturating_sub(range.start)).unwrap_or(usize::MAX);
            if let Some(sum) = self.hours.get_mut(hour) {
                sum.answered.add(&tally);
            }
        }
        // Counted once for all: however many endpoints have a backlog, no more is read than for one.
        let room = BACKLOG_COUNT_MAX.saturating_sub(self.backlog.deliveries);
        if room > 0 {
            let backlog = tx.backlog_of(endpoint.id, room)?;
            self.backlog.deliveries += backlog.deliveries;
            self.backlog.oldest_at = [self.backlog.oldest_at, backlog.oldest_at].into_iter().flatten().min();
        }
        self.endpoints += 1;
        if health.is_some() || matches!(endpoint.status, EndpointStatus::Disabled(_)) {
            self.failing.push((endpoint, health));
        }
        Ok(())
    }
}
