//! The use cases of a restore: withhold what is overdue, and give it up. To send it, it is resent, one by one or as a job.
//!
//! *Threat:* a backup of yesterday tells of deliveries that were made since: a hub that starts on it sends a day's events again, all
//! at once, to receivers that have long moved on. *Defence:* what is overdue by more than an hour waits for somebody's decision; it is
//! counted, listed, and sent or given up by that; a job that was under way is paused for the same reason. *Not defended:* what was due within the hour, which receivers tell apart by its
//! `webhook-id` as they do after any crash.
//! *Source:* webhooks §5 case 22.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::RestoreTx;
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::audit::{Actor, AuditDraft, append};
use crate::id::{JobId, WorkspaceId};
use crate::resends::ResendJob;
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, write};
use crate::time::{Clock, Timestamp};
use crate::webhooks::DeliveryError;

/// How long a delivery may be overdue after a restore and is sent all the same.
pub const OVERDUE_MAX: Duration = Duration::from_hours(1);

/// Rows touched in one transaction: the bound of the background lane.
const ROWS: usize = 500;
/// Jobs that one transaction pauses: each is a row, and one in the audit log.
const JOBS: usize = 100;

/// The use cases of a restore.
#[derive(Clone)]
pub struct Restores {
    store: Arc<dyn UnitOfWork<dyn RestoreTx>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Restores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Restores").finish_non_exhaustive()
    }
}

impl Restores {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn RestoreTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// Withholds every waiting delivery that is overdue by more than [`OVERDUE_MAX`], in steps of 500; returns how many.
    ///
    /// # Errors
    /// The store's own; what was not withheld is by another call.
    pub fn withhold_waiting(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        self.in_steps(|tx| tx.withhold_waiting(now.minus(OVERDUE_MAX), now, ROWS))
    }

    /// The same, and what was on its way when the backup was taken. For a store that nobody sends from: before the start.
    ///
    /// # Errors
    /// The store's own; what was not withheld is by another call.
    pub fn withhold_all(&self) -> Result<usize, StoreError> {
        let now = self.clock.now();
        let before = now.minus(OVERDUE_MAX);
        Ok(self.withhold_waiting()? + self.in_steps(|tx| tx.withhold_leased(before, now, ROWS))?)
    }

    /// Pauses every job that was running, of all workspaces: in the backup it has not resent yet what it has resent since. Returns which.
    /// Somebody has it go on, or cancels it.
    ///
    /// # Errors
    /// The store's own; what was not paused is by another call.
    pub fn pause_jobs(&self) -> Result<Vec<JobId>, StoreError> {
        let at = self.clock.now();
        let mut paused = Vec::new();
        loop {
            let step = write(&*self.store, Lane::Background, |tx| pause_running(tx, at))?;
            if step.is_empty() {
                return Ok(paused);
            }
            paused.extend(step);
        }
    }

    fn in_steps(
        &self,
        mut step: impl FnMut(&mut (dyn RestoreTx + 'static)) -> Result<usize, StoreError>,
    ) -> Result<usize, StoreError> {
        let mut withheld = 0;
        loop {
            let rows = write(&*self.store, Lane::Background, &mut step)?;
            withheld += rows;
            if rows < ROWS {
                return Ok(withheld);
            }
        }
    }

    /// Gives up to 500 withheld deliveries of a workspace up; returns how many those were. Call it until there are none.
    ///
    /// # Errors
    /// [`DeliveryError::Forbidden`], and the store's own.
    pub fn close(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
    ) -> Prepared<dyn RestoreTx, impl Change<dyn RestoreTx, Output = usize, Error = DeliveryError> + use<>> {
        let at = self.clock.now();
        let close = move |tx: &mut (dyn RestoreTx + 'static)| {
            asker.require(Scope::DeliveriesWrite)?;
            let closed = tx.close_withheld(workspace_id, at, ROWS)?;
            if closed > 0 {
                let (actor, action, detail) = (asker.actor(), "deliveries.superseded", json!({ "count": closed }));
                let draft = AuditDraft { workspace_id, at, actor, action, subject: workspace_id.to_string(), detail };
                append(tx, &draft.from_address(asker.address()))?;
            }
            Ok(closed)
        };
        prepare(&self.store, Lane::Background, close, |_| {})
    }
}

/// Pauses up to [`JOBS`] running jobs.
fn pause_running(tx: &mut (dyn RestoreTx + 'static), at: Timestamp) -> Result<Vec<JobId>, StoreError> {
    let mut paused = Vec::new();
    for job in tx.list_running_resend_jobs(None, JOBS)?.into_iter().filter_map(ResendJob::paused) {
        tx.update_resend_job(&job)?;
        let detail = json!({ "matched": job.progress.matched(), "resent": job.progress.resent, "reason": "restored" });
        let (workspace_id, subject) = (job.workspace_id, job.id.to_string());
        append(
            tx,
            &AuditDraft { workspace_id, at, actor: Actor::System, action: "resend_job.paused", subject, detail },
        )?;
        paused.push(job.id);
    }
    Ok(paused)
}
