//! Carries out what the command line asks for about deliveries that wait for a decision.

use devhub_domain::access::Asker;
use devhub_domain::causes::chain;
use devhub_domain::id::WorkspaceId;
use devhub_domain::resends::{NewResend, ResendJobError, Resends, Standing};
use devhub_domain::restores::Restores;
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::DeliveryError;
use devhub_domain::workspaces::Workspaces;

use super::Reply;
use crate::restored::{estimate_withheld, withheld};

/// The words in which a request about deliveries is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeliveryDeskError {
    #[error(transparent)]
    Resend(#[from] ResendJobError),
    #[error(transparent)]
    Delivery(#[from] DeliveryError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no delivery waits for a decision")]
    Nothing,
    /// Of each workspace that has refused, with its name.
    #[error("no job has begun: {}", .0.join("; "))]
    Refused(Vec<String>),
}

impl DeliveryDeskError {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Resend(error) => error.code(),
            Self::Delivery(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Nothing => "nothing_withheld",
            Self::Refused(_) => "resends_refused",
        }
    }
}

/// The deliveries of all workspaces, for whoever has access to the machine: a restore withholds those of all.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryDesk {
    /// The use cases of a restore.
    pub(crate) restores: Restores,
    /// The use cases of jobs.
    pub(crate) resends: Resends,
    /// Tells whose deliveries there are.
    pub(crate) workspaces: Workspaces,
}

impl DeliveryDesk {
    pub(super) fn count(&self) -> Result<Reply, DeliveryDeskError> {
        Ok(Reply::Deliveries { count: estimate_withheld(&self.resends, &self.workspaces.list()?)? })
    }

    pub(super) fn withhold(&self) -> Result<Reply, DeliveryDeskError> {
        let paused = self.restores.pause_jobs()?;
        let count = counted(self.restores.withhold_waiting()?);
        Ok(Reply::Withheld { count, paused: paused.iter().map(ToString::to_string).collect() })
    }

    /// Begins a job in each workspace where something waits. One that refuses keeps no other from its own.
    pub(super) fn release(&self) -> Result<Reply, DeliveryDeskError> {
        let (mut jobs, mut refused) = (Vec::new(), Vec::new());
        for workspace in self.workspaces.list()? {
            match self.release_in(workspace.id) {
                Ok(job) => jobs.extend(job),
                Err(error) => refused.push(format!("{}: {}", workspace.name.as_str(), chain(&error))),
            }
        }
        let mut jobs = jobs.into_iter();
        match (jobs.next(), refused) {
            (Some((id, count)), refused) => Ok(Reply::ResendJob { id, count, others: jobs.collect(), refused }),
            (None, refused) if refused.is_empty() => Err(DeliveryDeskError::Nothing),
            (None, refused) => Err(DeliveryDeskError::Refused(refused)),
        }
    }

    /// The id of the job and how many deliveries it sends; `None` when none waits.
    fn release_in(&self, workspace_id: WorkspaceId) -> Result<Option<(String, u64)>, DeliveryDeskError> {
        let estimate = self.resends.estimate(workspace_id, &withheld())?;
        if estimate == 0 {
            return Ok(None);
        }
        let new = NewResend { filter: withheld(), estimate };
        let Standing { job, .. } = self.resends.create(Asker::COMMAND_LINE, workspace_id, new)?.commit()?;
        Ok(Some((job.id.to_string(), job.estimate)))
    }

    pub(super) fn close(&self) -> Result<Reply, DeliveryDeskError> {
        let mut closed = 0;
        for workspace in self.workspaces.list()? {
            loop {
                let step = self.restores.close(Asker::COMMAND_LINE, workspace.id).commit()?;
                if step == 0 {
                    break;
                }
                closed += step;
            }
        }
        Ok(Reply::Deliveries { count: counted(closed) })
    }
}

fn counted(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
