//! Jobs that resend deliveries, and what they come by.

use devhub_domain::id::{DeliveryId, JobId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::resends::{ResendJob, ResendState, ResendTx, Scanned};
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{DeliveryFilter, EndpointStatus};
use diesel::dsl::{exists, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::delivery_list::{DeliveryPages, Order};
use crate::delivery_row::readable;
use crate::dialect::Dialect;
use crate::id_bounds::IdBounds;
use crate::resend_job_row::{ResendJobChange, ResendJobRow};
use crate::row::{limit, own_id, written};
use crate::schema::{deliveries, endpoint_health, endpoints, resend_jobs};
use crate::tx::both;

/// The condition of `resend_jobs_open`, word for word.
const OPEN: &str = "resend_jobs.state IN ('running', 'paused')";

both! {
    impl ResendTx {
        fn insert_resend_job(&mut self, job: &ResendJob) -> Result<(), StoreError> {
            let row = ResendJobRow::from(job);
            let insert = diesel::insert_into(resend_jobs::table).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "resend_jobs.id")
        }

        fn update_resend_job(&mut self, job: &ResendJob) -> Result<(), StoreError> {
            let stored = resend_jobs::table.filter(resend_jobs::id.eq(job.id.as_bytes()));
            let update = diesel::update(stored).set(ResendJobChange::from(job));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "resend_jobs.id")
        }

        fn find_resend_job(&mut self, workspace_id: WorkspaceId, id: JobId) -> Result<Option<ResendJob>, StoreError> {
            if !self.state.is_read_only {
                self.state.note(self.conn.lock_resend_job(id.as_bytes()))?;
            }
            let query = resend_jobs::table
                .filter(resend_jobs::id.eq(id.as_bytes()))
                .filter(resend_jobs::workspace_id.eq(workspace_id.as_bytes()))
                .select(ResendJobRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(ResendJobRow::into_job).transpose()
        }

        /// Served by `resend_jobs_open`.
        fn find_open_resend_job(&mut self, workspace_id: WorkspaceId) -> Result<Option<ResendJob>, StoreError> {
            let query = resend_jobs::table
                .filter(resend_jobs::workspace_id.eq(workspace_id.as_bytes()))
                .filter(sql::<Bool>(OPEN))
                .select(ResendJobRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(ResendJobRow::into_job).transpose()
        }

        /// Served by `resend_jobs_by_workspace`.
        fn list_resend_jobs(
            &mut self,
            workspace_id: WorkspaceId,
            page: PageRequest<JobId>,
        ) -> Result<Page<ResendJob, JobId>, StoreError> {
            let mut query = resend_jobs::table
                .filter(resend_jobs::workspace_id.eq(workspace_id.as_bytes()))
                .order(resend_jobs::id.desc())
                .limit(limit(page.size.get() + 1))
                .select(ResendJobRow::as_select())
                .into_boxed();
            if let Some(after) = &page.after {
                query = query.filter(resend_jobs::id.lt(after.as_bytes()));
            }
            let rows: Vec<ResendJobRow> = self.state.note(query.load(&mut *self.conn))?;
            let listed: Result<Vec<_>, _> = rows.into_iter().map(ResendJobRow::into_job).collect();
            Ok(Page::from_rows(listed?, page.size, |job| job.id))
        }

        /// Served by `resend_jobs_open`, which holds one row a workspace at most.
        fn list_running_resend_jobs(
            &mut self,
            after: Option<WorkspaceId>,
            count: usize,
        ) -> Result<Vec<ResendJob>, StoreError> {
            let after = after.map(|id| id.as_bytes().to_vec()).unwrap_or_default();
            let query = resend_jobs::table
                .filter(sql::<Bool>(OPEN))
                .filter(resend_jobs::state.eq(ResendState::Running.as_str()))
                .filter(resend_jobs::workspace_id.gt(after))
                .order(resend_jobs::workspace_id.asc())
                .limit(limit(count))
                .select(ResendJobRow::as_select());
            let rows: Vec<ResendJobRow> = self.state.note(query.load(&mut *self.conn))?;
            // One that cannot be read must not keep the others from going on.
            Ok(rows.into_iter().filter_map(|row| row.into_job().ok()).collect())
        }

        /// Served by `resend_jobs_by_workspace`.
        fn delete_old_resend_jobs(&mut self, workspace_id: WorkspaceId, kept: usize) -> Result<(), StoreError> {
            let old = resend_jobs::table
                .filter(resend_jobs::workspace_id.eq(workspace_id.as_bytes()))
                .order(resend_jobs::id.desc())
                .select(resend_jobs::id)
                .offset(limit(kept))
                .limit(limit(kept));
            let ids: Vec<Vec<u8>> = self.state.note(old.load(&mut *self.conn))?;
            if ids.is_empty() {
                return Ok(());
            }
            let is_open = sql::<Bool>(OPEN);
            let over = resend_jobs::table.filter(resend_jobs::id.eq_any(ids)).filter(not(is_open));
            self.state.note(diesel::delete(over).execute(&mut *self.conn)).map(drop)
        }

        fn scan_deliveries(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &DeliveryFilter,
            (after, before): (Option<DeliveryId>, DeliveryId),
            count: usize,
        ) -> Result<Scanned, StoreError> {
            let bounds = IdBounds::between(after.map(|id| *id.as_bytes()), *before.as_bytes());
            let rows = self.delivery_rows(workspace_id, filter, bounds, (Order::OldestFirst, count))?;
            let last = rows.last().map(|row| own_id("deliveries", &row.id).map(DeliveryId::from_bytes)).transpose()?;
            let (deliveries, unreadable) = readable(rows);
            Ok(Scanned { deliveries, unreadable: u64::try_from(unreadable.len()).unwrap_or(u64::MAX), last })
        }

        fn count_deliveries(
            &mut self,
            workspace_id: WorkspaceId,
            filter: &DeliveryFilter,
            before: DeliveryId,
            count: usize,
        ) -> Result<usize, StoreError> {
            self.delivery_count(workspace_id, filter, IdBounds::between(None, *before.as_bytes()), count)
        }

        /// Served by `deliveries_resent`, which holds nothing else, and by the primary keys.
        fn count_resent(&mut self, workspace_id: WorkspaceId, count: usize) -> Result<usize, StoreError> {
            let active = endpoints::table
                .filter(endpoints::id.eq(deliveries::endpoint_id))
                .filter(endpoints::status.eq(EndpointStatus::Active.as_str()));
            let open = endpoint_health::table
                .filter(endpoint_health::endpoint_id.eq(deliveries::endpoint_id))
                .filter(endpoint_health::opened_at_us.is_not_null());
            let query = deliveries::table
                .filter(deliveries::workspace_id.eq(workspace_id.as_bytes()))
                .filter(deliveries::resend.is_not_null().and(exists(active)).and(not(exists(open))))
                .limit(limit(count))
                .select(deliveries::id);
            let ids: Vec<Vec<u8>> = self.state.note(query.load(&mut *self.conn))?;
            Ok(ids.len())
        }
    }
}
