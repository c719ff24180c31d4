//! The use cases of jobs that resend deliveries: begin, watch, pause, resume, cancel, and the steps that carry them out.
//!
//! *Threat:* a job of a hundred thousand deliveries that is half done after a crash, resends some twice, or holds up live ones.
//! *Defence:* what a step resends and how far the job has come are written in one transaction; deliveries are looked for outside it,
//! where nobody waits; and only few of them wait at a time, so that a live delivery never stands behind the whole job.
//! *Not defended:* a resend that is sent again because its node was lost on the way, as any delivery is.

use std::sync::Arc;

use serde_json::{Value, json};

use super::step_service::{Found, advance, failing};
use super::{ResendJob, ResendState, ResendTx, Standing, WaitingFor};
use crate::access::{Asker, Forbidden};
use crate::api_keys::Scope;
use crate::audit::{AuditDraft, append};
use crate::entropy::Entropy;
use crate::id::{DeliveryId, JobId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read, write};
use crate::time::{Clock, Timestamp};
use crate::webhooks::{DeliveryFilter, DeliveryState, Dispatcher, NoDispatcher};

/// How far the deliveries of a filter are counted before a job begins, so that asking costs the same however many there are.
pub const ESTIMATE_MAX: usize = 10_000;
/// Jobs of a workspace that are kept.
pub const JOBS_KEPT_MAX: usize = 100;
/// Resent deliveries of a workspace that wait or are on their way before its job pauses for breath. A live delivery to a busy endpoint
/// waits behind that many at most; a receiver that answers at once still takes thousands a second.
pub const RESENT_WAITING_MAX: usize = 200;
/// Deliveries that one step looks at: each costs up to three rows and a few look-ups, while everybody else waits for the writer.
const STEP_ROWS: usize = 50;
/// Jobs that are read at a time. All of them have their turn: one that waits for slow receivers would else keep others from theirs.
const JOBS_A_READ: usize = 100;

/// What a use case of these jobs can fail with.
#[derive(Debug, thiserror::Error)]
pub enum ResendJobError {
    /// The workspace has no such job.
    #[error("no job {0} in this workspace")]
    NotFound(JobId),
    /// Whoever asks lacks `deliveries:write`.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The filter would match everything that was ever sent.
    #[error(
        "filter must name at least one of event_id, event_type, endpoint_id, state, created_from and created_before"
    )]
    FilterEmpty,
    /// Another job of the workspace is not over.
    #[error("job {0} is not over: wait for its end, or cancel it")]
    AnotherOpen(JobId),
    /// The job has come to its end.
    #[error("job {id} is over: it was {}", state.as_str())]
    Over {
        /// Which.
        id: JobId,
        /// How it ended.
        state: ResendState,
    },
    /// The store failed.
    #[error("the store of jobs failed")]
    Store(#[from] StoreError),
}

impl ResendJobError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "resend_job_not_found",
            Self::Forbidden(error) => error.code(),
            Self::FilterEmpty => "resend_filter_empty",
            Self::AnotherOpen(_) => "resend_job_open",
            Self::Over { .. } => "resend_job_over",
            Self::Store(error) => error.code(),
        }
    }
}

/// A job to begin.
#[derive(Clone, Debug)]
pub struct NewResend {
    /// Which deliveries.
    pub filter: DeliveryFilter,
    /// How many those are, as [`Resends::estimate`] has said.
    pub estimate: u64,
}

/// How soon the next step is worth taking: of several jobs, as soon as for the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pace {
    /// There is nothing to do.
    Idle,
    /// What was resent has to leave first.
    Waiting,
    /// At once.
    More,
}

/// The use cases of jobs that resend deliveries.
#[derive(Clone)]
pub struct Resends {
    store: Arc<dyn UnitOfWork<dyn ResendTx>>,
    dispatcher: Arc<dyn Dispatcher>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Resends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resends").finish_non_exhaustive()
    }
}

/// What somebody does to a job, as the audit log calls it, and what becomes of the job; `None` when it is over.
type Transition = (&'static str, fn(ResendJob, Timestamp) -> Option<ResendJob>);

/// A prepared change of a job.
macro_rules! job_change {
    () => {
        Prepared<dyn ResendTx, impl Change<dyn ResendTx, Output = Standing, Error = ResendJobError> + use<>>
    };
}

impl Resends {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn ResendTx>>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, dispatcher: Arc::new(NoDispatcher), clock, entropy }
    }

    /// The same, with the sender of this node, which is told what waits.
    #[must_use]
    pub fn with_dispatcher(self, dispatcher: Arc<dyn Dispatcher>) -> Self {
        Self { dispatcher, ..self }
    }

    /// How many deliveries a filter matches now, counted up to [`ESTIMATE_MAX`]. Changes nothing.
    ///
    /// # Errors
    /// [`ResendJobError::FilterEmpty`], and the store's own.
    pub fn estimate(&self, workspace_id: WorkspaceId, filter: &DeliveryFilter) -> Result<u64, ResendJobError> {
        if filter.is_empty() {
            return Err(ResendJobError::FilterEmpty);
        }
        let before = after_all(self.clock.now());
        let counted = read(&*self.store, |tx| tx.count_deliveries(workspace_id, filter, before, ESTIMATE_MAX))?;
        Ok(u64::try_from(counted).unwrap_or(u64::MAX))
    }

    /// Begins a job. [`Resends::step`] carries it out.
    ///
    /// # Errors
    /// [`ResendJobError::Forbidden`], [`ResendJobError::FilterEmpty`], [`ResendJobError::AnotherOpen`], and the store's own.
    pub fn create(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        new: NewResend,
    ) -> Result<job_change!(), ResendJobError> {
        asker.require(Scope::DeliveriesWrite)?;
        if new.filter.is_empty() {
            return Err(ResendJobError::FilterEmpty);
        }
        let now = self.clock.now();
        let job = ResendJob {
            id: JobId::generate(now, &*self.entropy),
            workspace_id,
            filter: new.filter,
            state: ResendState::Running,
            ends_before: after_all(now),
            cursor: None,
            estimate: new.estimate,
            progress: super::Progress::default(),
            failure: None,
            created_at: now,
            created_by: asker.actor(),
            finished_at: None,
        };
        let create = move |tx: &mut (dyn ResendTx + 'static)| {
            if let Some(open) = tx.find_open_resend_job(workspace_id)? {
                return Err(ResendJobError::AnotherOpen(open.id));
            }
            tx.insert_resend_job(&job)?;
            tx.delete_old_resend_jobs(workspace_id, JOBS_KEPT_MAX)?;
            append(tx, &draft(&job, now, &asker, "resend_job.created", told(&job.filter)))?;
            Ok(Standing { waiting_for: waiting_for(tx, &job)?, job: job.clone() })
        };
        Ok(prepare(&self.store, Lane::Interactive, create, |_| {}))
    }

    /// Stops a job for a while: no step after the answer resends anything.
    ///
    /// *Repeat:* changes nothing more.
    ///
    /// # Errors
    /// [`ResendJobError::Forbidden`], [`ResendJobError::NotFound`], [`ResendJobError::Over`], and the store's own.
    pub fn pause(&self, asker: Asker, workspace_id: WorkspaceId, id: JobId) -> job_change!() {
        self.change(asker, workspace_id, id, ("resend_job.paused", |job, _| job.paused()))
    }

    /// Has a paused job go on where it was.
    ///
    /// *Repeat:* changes nothing more.
    ///
    /// # Errors
    /// As [`Resends::pause`].
    pub fn resume(&self, asker: Asker, workspace_id: WorkspaceId, id: JobId) -> job_change!() {
        self.change(asker, workspace_id, id, ("resend_job.resumed", |job, _| job.resumed()))
    }

    /// Ends a job. What it has resent stays resent.
    ///
    /// *Repeat:* changes nothing more.
    ///
    /// # Errors
    /// As [`Resends::pause`].
    pub fn cancel(&self, asker: Asker, workspace_id: WorkspaceId, id: JobId) -> job_change!() {
        self.change(asker, workspace_id, id, ("resend_job.cancelled", ResendJob::cancelled))
    }

    fn change(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: JobId,
        (action, change): Transition,
    ) -> job_change!() {
        let now = self.clock.now();
        let change = move |tx: &mut (dyn ResendTx + 'static)| {
            asker.require(Scope::DeliveriesWrite)?;
            let before = tx.find_resend_job(workspace_id, id)?.ok_or(ResendJobError::NotFound(id))?;
            let after = change(before.clone(), now).ok_or(ResendJobError::Over { id, state: before.state })?;
            if after != before {
                tx.update_resend_job(&after)?;
                let detail = json!({ "matched": after.progress.matched(), "resent": after.progress.resent });
                append(tx, &draft(&after, now, &asker, action, detail))?;
            }
            Ok(Standing { waiting_for: waiting_for(tx, &after)?, job: after })
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// The job with this id.
    ///
    /// # Errors
    /// [`ResendJobError::NotFound`] also for a job of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: JobId) -> Result<Standing, ResendJobError> {
        read(&*self.store, |tx| {
            let job = tx.find_resend_job(workspace_id, id)?.ok_or(ResendJobError::NotFound(id))?;
            Ok(Standing { waiting_for: waiting_for(tx, &job)?, job })
        })
    }

    /// Jobs of a workspace, newest first. At most one of them runs.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        page: PageRequest<JobId>,
    ) -> Result<Page<Standing, JobId>, ResendJobError> {
        read(&*self.store, |tx| {
            let Page { items, next } = tx.list_resend_jobs(workspace_id, page)?;
            let standing = |job| Ok(Standing { waiting_for: waiting_for(tx, &job)?, job });
            Ok(Page { items: items.into_iter().map(standing).collect::<Result<_, StoreError>>()?, next })
        })
    }

    /// Takes every running job one step further: each resends the next 50 deliveries at most.
    ///
    /// # Errors
    /// [`ResendJobError::Store`] when the store cannot be reached: the step may be taken again. What a job itself cannot get over ends it
    /// as failed.
    pub fn step(&self) -> Result<Pace, ResendJobError> {
        let (mut pace, mut after) = (Pace::Idle, None);
        loop {
            let running = read(&*self.store, |tx| tx.list_running_resend_jobs(after, JOBS_A_READ))?;
            let Some(last) = running.last() else { return Ok(pace) };
            after = Some(last.workspace_id);
            for job in &running {
                let own = match self.step_of(job) {
                    Ok(own) => own,
                    Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
                    Err(error) => self.fail(job, error.code()).map(|()| Pace::Idle)?,
                };
                pace = pace.max(own);
            }
        }
    }

    fn step_of(&self, job: &ResendJob) -> Result<Pace, StoreError> {
        let found = read(&*self.store, |tx| {
            if waiting_for(tx, job)?.is_some() {
                return Ok::<_, StoreError>(None);
            }
            let between = (job.cursor, job.ends_before);
            let scanned = tx.scan_deliveries(job.workspace_id, &job.filter, between, STEP_ROWS)?;
            Ok(Some(Found { failing: failing(tx, &scanned)?, scanned }))
        })?;
        let Some(found) = found else {
            return Ok(Pace::Waiting);
        };
        let now = self.clock.now();
        let after = write(&*self.store, Lane::Background, |tx| advance(tx, job, &found, now))?;
        self.dispatcher.wake();
        Ok(if after.is_some_and(|after| after.state == ResendState::Running) { Pace::More } else { Pace::Idle })
    }

    fn fail(&self, job: &ResendJob, reason: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        write(&*self.store, Lane::Background, |tx| {
            let running = tx.find_resend_job(job.workspace_id, job.id)?.filter(|job| job.state == ResendState::Running);
            running.map_or(Ok(()), |job| tx.update_resend_job(&job.failed(reason, now)))
        })
    }
}

/// What the next step of a job waits for.
fn waiting_for(tx: &mut (dyn ResendTx + 'static), job: &ResendJob) -> Result<Option<WaitingFor>, StoreError> {
    let is_full = job.state == ResendState::Running
        && tx.count_resent(job.workspace_id, RESENT_WAITING_MAX)? >= RESENT_WAITING_MAX;
    Ok(is_full.then_some(WaitingFor::Room))
}

/// What sorts after every delivery that is there at `now`.
fn after_all(now: Timestamp) -> DeliveryId {
    DeliveryId::lowest_at(now.plus(std::time::Duration::from_millis(1)))
}

fn draft(job: &ResendJob, at: Timestamp, asker: &Asker, action: &'static str, detail: Value) -> AuditDraft {
    let (workspace_id, actor, subject) = (job.workspace_id, asker.actor(), job.id.to_string());
    AuditDraft { workspace_id, at, actor, action, subject, detail }.from_address(asker.address())
}

/// The filter, as the audit log tells it.
fn told(filter: &DeliveryFilter) -> Value {
    json!({
        "event_id": filter.event_id.map(|id| id.to_string()),
        "event_type": filter.event_type.as_ref().map(crate::events::EventType::as_str),
        "endpoint_id": filter.endpoint_id.map(|id| id.to_string()),
        "state": filter.state.map(DeliveryState::as_str),
        "created_from": filter.created.from.map(|at| at.to_string()),
        "created_before": filter.created.before.map(|at| at.to_string()),
    })
}
