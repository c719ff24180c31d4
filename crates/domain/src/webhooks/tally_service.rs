//! The use cases of what is counted: written now and then, and told with the health of an endpoint.

use std::collections::BTreeMap;
use std::time::Duration;

use super::endpoint_service::list_with_health;
use super::tally::TALLY_HOURS_KEPT;
use super::{
    Answered, BACKLOG_COUNT_MAX, Deliveries, DeliveryError, DeliveryTx, Endpoint, EndpointBacklog, EndpointStatus,
    Health, HourAnswered, HourTally,
};
use crate::id::{EndpointId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::{Lane, StoreError, read, write};
use crate::tally::{BATCH_ROWS, write_batches};

/// How an endpoint does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointReport {
    /// Whether it gets anything.
    pub status: EndpointStatus,
    /// How it fails; `None` when its latest request succeeded, or there was none.
    pub health: Option<Health>,
    /// What waits for it.
    pub backlog: EndpointBacklog,
    /// How it answered in the last 24 hours, the hour under way included.
    pub day: Answered,
    /// How it answered in the last 7 days, the hour under way included.
    pub week: Answered,
    /// The last 24 hours one by one, oldest first, the hour under way at the end.
    pub hours: Vec<HourAnswered>,
}

impl Deliveries {
    /// Writes what this node has counted, and removes hours that are kept no longer. Call it every few seconds, and at the end: what
    /// was not written is lost with the process. Blocks.
    ///
    /// # Errors
    /// The store's own; what was not written is counted still.
    pub fn write_tallies(&self) -> Result<(), DeliveryError> {
        let tallies = self.tallies.take();
        if tallies.is_empty() {
            return Ok(());
        }
        let add = |tx: &mut (dyn DeliveryTx + 'static), batch: &[HourTally]| {
            batch.iter().try_for_each(|tally| tx.add_tally(tally))
        };
        write_batches(&*self.store, tallies, add, |tally| self.tallies.put(tally))?;
        let kept_from = HourTally::hour_of(self.clock.now()) - TALLY_HOURS_KEPT;
        write(&*self.store, Lane::Background, |tx| tx.delete_tallies(kept_from, BATCH_ROWS).map(drop))
            .map_err(|error: StoreError| error.into())
    }

    /// How an endpoint does: its health, what waits for it, and how it has answered. What was counted in the last seconds may be missing.
    ///
    /// `None` for an endpoint that is not there, or of another workspace, or deleted.
    ///
    /// # Errors
    /// The store's own.
    pub fn report(&self, workspace_id: WorkspaceId, id: EndpointId) -> Result<Option<EndpointReport>, DeliveryError> {
        let hour = HourTally::hour_of(self.clock.now());
        read(&*self.store, |tx| {
            let target = tx.find_target(workspace_id, id)?;
            let status = target.map(|target| target.endpoint.status);
            let Some(status) = status.filter(|status| *status != EndpointStatus::Deleted) else {
                return Ok(None);
            };
            let health = tx.find_health(id)?;
            let mut seen = Seen::of(tx, &[id], hour)?;
            Ok(Some(seen.told((id, status), health, hour)))
        })
    }

    /// Endpoints of a workspace with how each does, newest first, read at once: as [`Deliveries::report`] tells it of each.
    ///
    /// # Errors
    /// The store's own.
    pub fn list_reports(
        &self,
        workspace_id: WorkspaceId,
        page: PageRequest<EndpointId>,
    ) -> Result<Page<(Endpoint, EndpointReport), EndpointId>, DeliveryError> {
        let hour = HourTally::hour_of(self.clock.now());
        read(&*self.store, |tx| {
            let Page { items, next } = list_with_health(tx, workspace_id, page)?;
            let ids: Vec<_> = items.iter().map(|(endpoint, _)| endpoint.id).collect();
            let mut seen = Seen::of(tx, &ids, hour)?;
            let with_report = |(endpoint, health): (Endpoint, Option<Health>)| {
                let report = seen.told((endpoint.id, endpoint.status), health, hour);
                (endpoint, report)
            };
            Ok(Page { items: items.into_iter().map(with_report).collect(), next })
        })
    }

    /// Counts a recorded attempt.
    pub(super) fn counter(
        &self,
        endpoint_id: EndpointId,
        verdict: Option<bool>,
        took: Duration,
    ) -> impl FnMut() + use<> {
        let (tallies, at) = (std::sync::Arc::clone(&self.tallies), self.clock.now());
        move || {
            if let Some(succeeded) = verdict {
                tallies.count(endpoint_id, at, succeeded, took);
            }
        }
    }
}

/// What was read of some endpoints, of all of them at once.
struct Seen {
    weeks: BTreeMap<EndpointId, Vec<HourTally>>,
    backlogs: BTreeMap<EndpointId, EndpointBacklog>,
}

impl Seen {
    fn of(tx: &mut (dyn DeliveryTx + '_), ids: &[EndpointId], hour: i64) -> Result<Self, StoreError> {
        let mut weeks: BTreeMap<EndpointId, Vec<HourTally>> = BTreeMap::new();
        for tally in tx.list_tallies(ids, hour - 7 * 24)? {
            weeks.entry(tally.endpoint_id).or_default().push(tally);
        }
        let backlogs = tx.list_backlogs(ids, BACKLOG_COUNT_MAX)?.into_iter().collect();
        Ok(Self { weeks, backlogs })
    }

    /// How one of them does.
    fn told(
        &mut self,
        (id, status): (EndpointId, EndpointStatus),
        health: Option<Health>,
        hour: i64,
    ) -> EndpointReport {
        let week = self.weeks.remove(&id).unwrap_or_default();
        let day = week.iter().filter(|tally| tally.hour > hour - 24);
        EndpointReport {
            status,
            health,
            backlog: self.backlogs.remove(&id).unwrap_or_default(),
            hours: (hour - 23..=hour).map(|hour| HourAnswered::of(hour, &week)).collect(),
            day: Answered::over(day),
            week: Answered::over(&week),
        }
    }
}
