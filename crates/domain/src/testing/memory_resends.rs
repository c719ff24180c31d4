//! Jobs that resend deliveries, in memory.

use super::memory::{Content, insert, page};
use crate::id::{DeliveryId, JobId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::resends::{ResendJob, ResendState, ResendTx, Scanned};
use crate::store::StoreError;
use crate::webhooks::{Delivery, DeliveryFilter};

impl Content {
    fn wanted(
        &self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        (after, before): (Option<DeliveryId>, DeliveryId),
    ) -> impl Iterator<Item = &Delivery> {
        self.deliveries.values().filter(move |delivery| {
            let is_between = after.is_none_or(|after| delivery.id > after) && delivery.id < before;
            is_between && delivery.workspace_id == workspace_id && filter.wants(delivery)
        })
    }
}

impl ResendTx for Content {
    fn insert_resend_job(&mut self, job: &ResendJob) -> Result<(), StoreError> {
        if !job.state.is_over() && self.find_open_resend_job(job.workspace_id)?.is_some() {
            return Err(StoreError::Conflict("resend_jobs.workspace_id"));
        }
        insert(&mut self.resend_jobs, job.id, job.clone(), "resend_jobs.id")
    }

    fn update_resend_job(&mut self, job: &ResendJob) -> Result<(), StoreError> {
        let stored = self.resend_jobs.get_mut(&job.id).ok_or(StoreError::Conflict("resend_jobs.id"))?;
        *stored = job.clone();
        Ok(())
    }

    fn find_resend_job(&mut self, workspace_id: WorkspaceId, id: JobId) -> Result<Option<ResendJob>, StoreError> {
        Ok(self.resend_jobs.get(&id).filter(|job| job.workspace_id == workspace_id).cloned())
    }

    fn find_open_resend_job(&mut self, workspace_id: WorkspaceId) -> Result<Option<ResendJob>, StoreError> {
        let is_open = |job: &&ResendJob| job.workspace_id == workspace_id && !job.state.is_over();
        Ok(self.resend_jobs.values().find(is_open).cloned())
    }

    fn list_resend_jobs(
        &mut self,
        workspace_id: WorkspaceId,
        request: PageRequest<JobId>,
    ) -> Result<Page<ResendJob, JobId>, StoreError> {
        Ok(page(&self.resend_jobs, request, |job| job.id, |job| job.workspace_id == workspace_id))
    }

    fn list_running_resend_jobs(
        &mut self,
        after: Option<WorkspaceId>,
        limit: usize,
    ) -> Result<Vec<ResendJob>, StoreError> {
        let running = self.resend_jobs.values().filter(|job| job.state == ResendState::Running);
        let running = running.filter(|job| after.is_none_or(|after| job.workspace_id > after));
        let mut running: Vec<_> = running.cloned().collect();
        running.sort_unstable_by_key(|job| job.workspace_id);
        running.truncate(limit);
        Ok(running)
    }

    fn delete_old_resend_jobs(&mut self, workspace_id: WorkspaceId, kept: usize) -> Result<(), StoreError> {
        let own = self.resend_jobs.values().rev().filter(|job| job.workspace_id == workspace_id);
        let old: Vec<_> = own.skip(kept).filter(|job| job.state.is_over()).map(|job| job.id).collect();
        self.resend_jobs.retain(|id, _| !old.contains(id));
        Ok(())
    }

    fn scan_deliveries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        between: (Option<DeliveryId>, DeliveryId),
        limit: usize,
    ) -> Result<Scanned, StoreError> {
        let deliveries: Vec<_> = self.wanted(workspace_id, filter, between).take(limit).cloned().collect();
        let last = deliveries.last().map(|delivery| delivery.id);
        Ok(Scanned { deliveries, unreadable: 0, last })
    }

    fn count_deliveries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        before: DeliveryId,
        limit: usize,
    ) -> Result<usize, StoreError> {
        Ok(self.wanted(workspace_id, filter, (None, before)).take(limit).count())
    }

    fn count_resent(&mut self, workspace_id: WorkspaceId, limit: usize) -> Result<usize, StoreError> {
        let is_under_way = |delivery: &&Delivery| {
            let is_open = self.health.get(&delivery.endpoint_id).is_some_and(|health| health.circuit.is_some());
            delivery.workspace_id == workspace_id
                && delivery.resend.is_some()
                && self.is_active(delivery.endpoint_id)
                && !is_open
        };
        Ok(self.deliveries.values().filter(is_under_way).take(limit).count())
    }
}
