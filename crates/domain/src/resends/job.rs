//! What a job is that resends deliveries, and what becomes of it: pure decisions.

use crate::audit::Actor;
use crate::id::{DeliveryId, JobId, WorkspaceId};
use crate::time::Timestamp;
use crate::webhooks::DeliveryFilter;

/// Resends every delivery that its filter matched when it began, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResendJob {
    /// Its identifier.
    pub id: JobId,
    /// Whose deliveries it resends.
    pub workspace_id: WorkspaceId,
    /// Which of them.
    pub filter: DeliveryFilter,
    /// Where it stands.
    pub state: ResendState,
    /// What sorts after every delivery that was there when the job began: later ones are none of its business.
    pub ends_before: DeliveryId,
    /// The last delivery that it has looked at; `None` before the first. Oldest first.
    pub cursor: Option<DeliveryId>,
    /// How many deliveries the filter matched when the job began, counted up to [`super::ESTIMATE_MAX`].
    pub estimate: u64,
    /// What it has done so far.
    pub progress: Progress,
    /// Why it failed: a stable word. `None` unless it did.
    pub failure: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// Who asked for it.
    pub created_by: Actor,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResendState {
    /// It goes on by itself.
    Running,
    /// Somebody has stopped it, and may have it go on.
    Paused,
    /// Somebody has ended it. What it has resent stays resent.
    Cancelled,
    /// It has looked at every delivery.
    Done,
    /// The store has refused a step for a reason that waiting does not mend.
    Failed,
}

impl ResendState {
    /// Every state, in the order of a job's life.
    pub const ALL: [Self; 5] = [Self::Running, Self::Paused, Self::Cancelled, Self::Done, Self::Failed];

    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// The state with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// Whether nothing more happens to it.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Running | Self::Paused => false,
            Self::Cancelled | Self::Done | Self::Failed => true,
        }
    }
}

/// What a running job waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// As many deliveries as may wait at a time, [`super::RESENT_WAITING_MAX`], were made due and have not come back: their receivers are
    /// slow, or take no more because of a rate of their own.
    Room,
}

impl WaitingFor {
    /// Everything that a job can wait for.
    pub const ALL: [Self; 1] = [Self::Room];

    /// The word that people and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Room => "room",
        }
    }
}

/// A job and what it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The job.
    pub job: ResendJob,
    /// What its next step waits for; `None` when it waits for nothing, or somebody has stopped it, or it is over.
    pub waiting_for: Option<WaitingFor>,
}

/// What a job has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// How many deliveries it has made due.
    pub resent: u64,
    /// How many matched and could not be resent.
    pub skipped: Skipped,
}

/// How many deliveries could not be resent, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// They were being sent at that moment.
    pub in_flight: u64,
    /// They were held.
    pub held: u64,
    /// Their endpoint was paused, disabled or deleted.
    pub endpoint_inactive: u64,
    /// Their endpoint failed so often that it is only probed.
    pub endpoint_failing: u64,
    /// They were resent as often as they may be.
    pub too_many_resends: u64,
    /// What is stored of them is damaged.
    pub unreadable: u64,
}

/// Why a delivery was not resent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It was being sent.
    InFlight,
    /// It was held.
    Held,
    /// Its endpoint was not active.
    EndpointInactive,
    /// Its endpoint failed so often that it is only probed.
    EndpointFailing,
    /// It was resent as often as it may be.
    TooManyResends,
    /// What is stored of it is damaged.
    Unreadable,
}

impl Skipped {
    /// One more.
    pub fn add(&mut self, skip: Skip) {
        let count = match skip {
            Skip::InFlight => &mut self.in_flight,
            Skip::Held => &mut self.held,
            Skip::EndpointInactive => &mut self.endpoint_inactive,
            Skip::EndpointFailing => &mut self.endpoint_failing,
            Skip::TooManyResends => &mut self.too_many_resends,
            Skip::Unreadable => &mut self.unreadable,
        };
        *count = count.saturating_add(1);
    }

    /// All of them.
    pub const fn total(&self) -> u64 {
        self.in_flight
            .saturating_add(self.held)
            .saturating_add(self.endpoint_inactive)
            .saturating_add(self.endpoint_failing)
            .saturating_add(self.too_many_resends)
            .saturating_add(self.unreadable)
    }
}

impl Progress {
    /// How many deliveries matched so far, resent or not.
    pub const fn matched(&self) -> u64 {
        self.resent.saturating_add(self.skipped.total())
    }
}

impl ResendJob {
    /// The job stopped for a while; `None` when it is over. A paused one stays as it is.
    pub fn paused(self) -> Option<Self> {
        (!self.state.is_over()).then_some(Self { state: ResendState::Paused, ..self })
    }

    /// The job going on; `None` when it is over. A running one stays as it is.
    pub fn resumed(self) -> Option<Self> {
        (!self.state.is_over()).then_some(Self { state: ResendState::Running, ..self })
    }

    /// The job ended by somebody; `None` when it came to another end before. A cancelled one stays as it is.
    pub fn cancelled(self, now: Timestamp) -> Option<Self> {
        match self.state {
            ResendState::Cancelled => Some(self),
            state if state.is_over() => None,
            _ => Some(Self { state: ResendState::Cancelled, finished_at: Some(now), ..self }),
        }
    }

    /// The job after it has looked at every delivery.
    #[must_use]
    pub fn done(self, now: Timestamp) -> Self {
        Self { state: ResendState::Done, finished_at: Some(now), ..self }
    }

    /// The job after a step that can never succeed.
    #[must_use]
    pub fn failed(self, reason: &str, now: Timestamp) -> Self {
        Self { state: ResendState::Failed, failure: Some(reason.to_owned()), finished_at: Some(now), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::resend_job;

    const NOW: Timestamp = Timestamp::from_seconds(9);

    #[test]
    fn every_state_reads_back_from_its_word() {
        assert_eq!(ResendState::ALL.map(|state| ResendState::parse(state.as_str())), ResendState::ALL.map(Some));
        assert_eq!(ResendState::parse("lost"), None);
    }

    #[test]
    fn a_job_that_is_over_stays_as_it_ended() {
        let done = resend_job(1).done(NOW);
        assert_eq!((done.clone().paused(), done.clone().resumed(), done.cancelled(NOW)), (None, None, None));
        let cancelled = resend_job(1).cancelled(NOW).unwrap();
        assert_eq!(cancelled.clone().cancelled(Timestamp::from_seconds(10)), Some(cancelled.clone()));
        assert_eq!(cancelled.resumed(), None);
    }

    #[test]
    fn a_paused_job_goes_on_where_it_was() {
        let paused = resend_job(1).paused().unwrap();
        assert_eq!(paused.state, ResendState::Paused);
        assert_eq!(paused.resumed(), Some(resend_job(1)));
    }

    #[test]
    fn what_matched_is_what_was_resent_and_what_was_skipped() {
        let mut progress = Progress { resent: 3, ..Progress::default() };
        let reasons = [
            Skip::InFlight,
            Skip::Held,
            Skip::EndpointInactive,
            Skip::EndpointFailing,
            Skip::TooManyResends,
            Skip::Unreadable,
            Skip::Held,
        ];
        for skip in reasons {
            progress.skipped.add(skip);
        }
        assert_eq!((progress.skipped.total(), progress.skipped.held, progress.matched()), (7, 2, 10));
    }
}
