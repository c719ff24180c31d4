//! What is said about jobs that resend deliveries, in both directions.

use devhub_domain::resends::{ESTIMATE_MAX, Skipped, Standing, WaitingFor};
use devhub_domain::webhooks::{DeliveryFilter, DeliveryState};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::deliveries::FilterTexts;
use crate::openapi::{
    ActorText, DeliveryStateWord, EndpointIdText, EventIdText, EventTypeText, JobIdText, ResendStateWord, TimeText,
    WaitingForWord,
};
use crate::problem_body::Problem;
use crate::request::{Invalid, Text};

/// A job to begin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewResendJob)]
pub(super) struct CreateResend {
    filter: FilterInput,
    /// Whether only to count what matches: nothing is resent then.
    #[serde(default)]
    #[schema(required = false)]
    dry_run: bool,
}

/// Which deliveries, as their list takes it: all that is set must hold, and one must be set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ResendFilter)]
pub(super) struct FilterInput {
    /// Only those of this event.
    #[schema(value_type = Option<EventIdText>)]
    event_id: Option<String>,
    /// Only those of events of this type.
    #[schema(value_type = Option<EventTypeText>)]
    event_type: Option<String>,
    /// Only those to this endpoint.
    #[schema(value_type = Option<EndpointIdText>)]
    endpoint_id: Option<String>,
    /// Only those in this state.
    #[schema(value_type = Option<DeliveryStateWord>)]
    state: Option<String>,
    /// Only those of events accepted from then on, to the millisecond.
    #[schema(format = DateTime)]
    created_from: Option<String>,
    /// Only those of events accepted before then, to the millisecond.
    #[schema(format = DateTime)]
    created_before: Option<String>,
}

impl CreateResend {
    /// The filter, and whether nothing shall be resent.
    pub(super) fn check(self) -> Result<(DeliveryFilter, bool), Problem> {
        let mut invalid = Invalid::default();
        let filter = self.filter.check(&mut invalid);
        invalid.finish()?;
        Ok((filter, self.dry_run))
    }
}

impl FilterInput {
    fn check(&self, invalid: &mut Invalid) -> DeliveryFilter {
        let texts = FilterTexts {
            event_id: self.event_id.as_deref(),
            event_type: self.event_type.as_deref(),
            endpoint_id: self.endpoint_id.as_deref(),
            state: self.state.as_deref(),
            created_from: self.created_from.as_deref(),
            created_before: self.created_before.as_deref(),
        };
        texts.check("filter.", invalid)
    }
}

/// What a job would resend.
#[derive(Serialize, ToSchema)]
#[schema(as = ResendEstimate)]
pub(super) struct EstimateBody {
    /// How many deliveries the filter matches now.
    #[schema(minimum = 0, maximum = 10000)]
    estimate: u64,
    /// Whether there are that many or more: nobody counts further.
    estimate_is_minimum: bool,
}

impl EstimateBody {
    pub(super) fn new(estimate: u64) -> Self {
        Self { estimate, estimate_is_minimum: usize::try_from(estimate).unwrap_or(usize::MAX) >= ESTIMATE_MAX }
    }
}

/// A job that resends every delivery that its filter matched when it began, each once.
#[derive(Serialize, ToSchema)]
#[schema(as = ResendJob)]
pub(super) struct ResendJobBody<'a> {
    id: JobIdText,
    #[schema(value_type = ResendStateWord)]
    state: &'static str,
    /// What a running job waits for before it goes on; null when it waits for nothing.
    #[schema(value_type = Option<WaitingForWord>)]
    waiting_for: Option<&'static str>,
    filter: FilterBody<'a>,
    #[serde(flatten)]
    estimate: EstimateBody,
    /// How many deliveries have matched so far, resent or skipped.
    #[schema(minimum = 0)]
    matched: u64,
    /// How many of them were made due.
    #[schema(minimum = 0)]
    resent: u64,
    /// How many of them could not be resent.
    skipped: SkippedBody,
    /// Why it failed; null unless it did.
    failure: Option<&'a str>,
    created_at: TimeText,
    created_by: ActorText,
    /// When it came to its end.
    finished_at: Option<TimeText>,
}

/// Which deliveries a job resends.
#[derive(Serialize, ToSchema)]
#[schema(as = ResendJobFilter)]
pub(super) struct FilterBody<'a> {
    event_id: Option<EventIdText>,
    #[schema(value_type = Option<EventTypeText>)]
    event_type: Option<&'a str>,
    endpoint_id: Option<EndpointIdText>,
    #[schema(value_type = Option<DeliveryStateWord>)]
    state: Option<&'static str>,
    created_from: Option<TimeText>,
    created_before: Option<TimeText>,
}

/// How many deliveries could not be resent, by reason.
#[derive(Serialize, ToSchema)]
#[schema(as = ResendSkipped)]
pub(super) struct SkippedBody {
    /// They were being sent at that moment.
    #[schema(minimum = 0)]
    in_flight: u64,
    /// They were held.
    #[schema(minimum = 0)]
    held: u64,
    /// Their endpoint was paused, disabled or deleted.
    #[schema(minimum = 0)]
    endpoint_inactive: u64,
    /// Their endpoint failed so often that it is only probed: nobody knows when they would go.
    #[schema(minimum = 0)]
    endpoint_failing: u64,
    /// They were resent as often as they may be.
    #[schema(minimum = 0)]
    too_many_resends: u64,
    /// What is stored of them is damaged.
    #[schema(minimum = 0)]
    unreadable: u64,
}

impl<'a> From<&'a Standing> for ResendJobBody<'a> {
    fn from(Standing { job, waiting_for }: &'a Standing) -> Self {
        Self {
            id: Text(job.id),
            state: job.state.as_str(),
            waiting_for: waiting_for.map(WaitingFor::as_str),
            filter: FilterBody::from(&job.filter),
            estimate: EstimateBody::new(job.estimate),
            matched: job.progress.matched(),
            resent: job.progress.resent,
            skipped: SkippedBody::from(&job.progress.skipped),
            failure: job.failure.as_deref(),
            created_at: Text(job.created_at),
            created_by: Text(job.created_by),
            finished_at: job.finished_at.map(Text),
        }
    }
}

impl<'a> From<&'a DeliveryFilter> for FilterBody<'a> {
    fn from(filter: &'a DeliveryFilter) -> Self {
        Self {
            event_id: filter.event_id.map(Text),
            event_type: filter.event_type.as_ref().map(|event_type| event_type.as_str()),
            endpoint_id: filter.endpoint_id.map(Text),
            state: filter.state.map(DeliveryState::as_str),
            created_from: filter.created.from.map(Text),
            created_before: filter.created.before.map(Text),
        }
    }
}

impl From<&Skipped> for SkippedBody {
    fn from(skipped: &Skipped) -> Self {
        let Skipped { in_flight, held, endpoint_inactive, endpoint_failing, too_many_resends, unreadable } = *skipped;
        Self { in_flight, held, endpoint_inactive, endpoint_failing, too_many_resends, unreadable }
    }
}
