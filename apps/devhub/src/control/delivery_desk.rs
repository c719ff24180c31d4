//! Carries out what the command line asks for about deliveries that wait for a decision.

use devhub_domain::access::Asker;
use devhub_domain::id::WorkspaceId;
use devhub_domain::resends::{NewResend, ResendJobError, Resends, Standing};
use devhub_domain::restores::Restores;
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::DeliveryError;

use super::Reply;
use crate::restored::withheld;

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
}

impl DeliveryDeskError {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Resend(error) => error.code(),
            Self::Delivery(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Nothing => "nothing_withheld",
        }
    }
}

/// The deliveries of the default workspace, for whoever has access to the machine.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryDesk {
    /// The use cases of a restore.
    pub(crate) restores: Restores,
    /// The use cases of jobs.
    pub(crate) resends: Resends,
    /// Whose deliveries those are.
    pub(crate) workspace_id: WorkspaceId,
}

impl DeliveryDesk {
    pub(super) fn count(&self) -> Result<Reply, DeliveryDeskError> {
        Ok(Reply::Deliveries { count: self.resends.estimate(self.workspace_id, &withheld())? })
    }

    pub(super) fn withhold(&self) -> Result<Reply, DeliveryDeskError> {
        let paused = self.restores.pause_jobs()?;
        let count = counted(self.restores.withhold_waiting()?);
        Ok(Reply::Withheld { count, paused: paused.iter().map(ToString::to_string).collect() })
    }

    pub(super) fn release(&self) -> Result<Reply, DeliveryDeskError> {
        let estimate = self.resends.estimate(self.workspace_id, &withheld())?;
        if estimate == 0 {
            return Err(DeliveryDeskError::Nothing);
        }
        let new = NewResend { filter: withheld(), estimate };
        let Standing { job, .. } = self.resends.create(Asker::COMMAND_LINE, self.workspace_id, new)?.commit()?;
        Ok(Reply::ResendJob { id: job.id.to_string(), count: job.estimate })
    }

    pub(super) fn close(&self) -> Result<Reply, DeliveryDeskError> {
        let mut closed = 0;
        loop {
            let step = self.restores.close(Asker::COMMAND_LINE, self.workspace_id).commit()?;
            if step == 0 {
                return Ok(Reply::Deliveries { count: counted(closed) });
            }
            closed += step;
        }
    }
}

fn counted(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
