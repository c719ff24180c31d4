//! What a delivery is, and what becomes of it: pure decisions.

use std::time::Duration;

use super::report::{attempt_of, kept_success};
use super::{
    Answer, Attempt, Directive, Disabled, Endpoint, EndpointStatus, Exchange, FailureKind, FirstSuccess, HealthStep,
    Outcome, RETRY_AFTER_MAX, Resend, RetrySchedule,
};
use crate::events::{Event, EventType};
use crate::id::{DeliveryId, EndpointId, EndpointSecretId, EventId, SessionId, WorkspaceId};
use crate::time::Timestamp;

/// How often a delivery may fail to be tried before it is parked.
pub const SETBACKS_MAX: u32 = 5;
/// How long it waits the first time.
pub const SETBACK_PAUSE: Duration = Duration::from_mins(1);

/// How long a delivery waits for its schedule to go on that was withheld, sent by somebody's decision, and failed.
const RELEASED_PAUSE: Duration = Duration::from_mins(5);

/// How long a delivery waits after its `setbacks`th setback, counted from 1: twice as long each time. `None` when it is parked.
pub fn setback_pause(setbacks: u32) -> Option<Duration> {
    if setbacks < SETBACKS_MAX { SETBACK_PAUSE.checked_mul(1 << setbacks.saturating_sub(1)) } else { None }
}

/// The delivery of one event to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its identifier; follows from event and endpoint, so that no pair has two.
    pub id: DeliveryId,
    /// Whose delivery it is.
    pub workspace_id: WorkspaceId,
    /// Which event.
    pub event_id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// Which endpoint.
    pub endpoint_id: EndpointId,
    /// Where it stands.
    pub state: DeliveryState,
    /// When the next attempt is due; `None` unless it is waiting.
    pub due_at: Option<Timestamp>,
    /// Who is trying it now; `None` unless it is leased.
    pub lease: Option<Lease>,
    /// How many requests have left, resends and interrupted ones included.
    pub attempts: u32,
    /// How many of them somebody asked for: they use up none of the schedule.
    pub resends: u32,
    /// What it was before somebody asked for the attempt that is due or under way; `None` for one of the schedule.
    pub resend: Option<Resend>,
    /// How many of them were cut off with the node that sent them: they use up none of the schedule; see [`Delivery::interrupted`].
    pub interruptions: u32,
    /// How often it could not even be tried; see [`Delivery::set_back`].
    pub setbacks: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it came to its end; of one that is withheld, see [`Delivery::withheld_at`].
    pub finished_at: Option<Timestamp>,
    /// The latest attempt; `None` before the first.
    pub last: Option<Summary>,
    /// What is kept of the attempt that delivered it at once; `None` for any other.
    pub first_success: Option<Box<FirstSuccess>>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// A node is sending it.
    Leased,
    /// It waits for its next attempt.
    Waiting,
    /// It waits for its endpoint, which is paused or disabled.
    Held,
    /// It was overdue when its store was restored from a backup: it waits for somebody's decision.
    Withheld,
    /// The receiver took it.
    Delivered,
    /// The last attempt failed; it can be resent.
    Exhausted,
    /// It was given up before its last attempt.
    Closed(Close),
    /// It could not even be tried, again and again: what is stored of it is damaged. It can be resent once that is mended.
    Parked,
}

/// Why a delivery was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Close {
    /// The endpoint's address is not allowed.
    Blocked,
    /// The receiver asked for it with `webhook-delivery: abort`.
    Aborted,
    /// Its endpoint was deleted.
    EndpointDeleted,
    /// It was overdue after a restore, and somebody decided against it.
    Superseded,
    /// Its endpoint could be sent nothing for as long as events are kept, and nobody mended that.
    Expired,
}

/// Who sends a leased delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The session.
    pub session_id: SessionId,
}

/// The latest attempt, as the delivery's own row keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took; milliseconds.
    pub duration_ms: u32,
    /// What was answered.
    pub status: Option<u16>,
    /// Why nothing was answered.
    pub failure: Option<FailureKind>,
    /// Why the request never left: the address and the rule. `None` for a request that left: its attempt tells.
    pub detail: Option<String>,
}

impl DeliveryState {
    /// The word that people, the API and the database use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Leased => "leased",
            Self::Waiting => "waiting",
            Self::Held => "held",
            Self::Withheld => "withheld",
            Self::Delivered => "delivered",
            Self::Exhausted => "exhausted",
            Self::Closed(Close::Blocked) => "blocked",
            Self::Closed(Close::Aborted) => "aborted",
            Self::Closed(Close::EndpointDeleted) => "endpoint_deleted",
            Self::Closed(Close::Superseded) => "superseded",
            Self::Closed(Close::Expired) => "expired",
            Self::Parked => "parked",
        }
    }

    /// Every state, in the order of a delivery's life.
    pub const ALL: [Self; 12] = [
        Self::Leased,
        Self::Waiting,
        Self::Held,
        Self::Withheld,
        Self::Delivered,
        Self::Exhausted,
        Self::Closed(Close::Blocked),
        Self::Closed(Close::Aborted),
        Self::Closed(Close::EndpointDeleted),
        Self::Closed(Close::Superseded),
        Self::Closed(Close::Expired),
        Self::Parked,
    ];

    /// Whether nothing more happens to it unless somebody asks.
    pub const fn is_over(self) -> bool {
        match self {
            Self::Delivered | Self::Exhausted | Self::Closed(_) | Self::Parked => true,
            Self::Leased | Self::Waiting | Self::Held | Self::Withheld => false,
        }
    }

    /// The state with this word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// What recording an attempt leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The delivery afterwards.
    pub delivery: Delivery,
    /// A row for the attempt; `None` for a first success, which the delivery's own row tells, and for what never left.
    pub attempt: Option<Attempt>,
    /// Why the endpoint must be disabled.
    pub disables: Option<Disabled>,
    /// What it changes about the health of the endpoint.
    pub health: HealthStep,
    /// Whether operational events were published that wait to be sent.
    pub has_told: bool,
}

/// Where a delivery goes after an attempt.
enum Next {
    Delivered,
    Retry,
    Close(Close),
    Disable(Disabled),
}

impl Delivery {
    /// A delivery at the moment when its event is accepted: leased where a session has room, else waiting; held while its endpoint
    /// gets nothing.
    pub fn born(event: &Event, endpoint: &Endpoint, session: Option<SessionId>) -> Self {
        let (state, due_at, lease) = match (endpoint.status, session) {
            (EndpointStatus::Active, Some(session_id)) => (DeliveryState::Leased, None, Some(Lease { session_id })),
            (EndpointStatus::Active, None) => (DeliveryState::Waiting, Some(event.accepted_at), None),
            (EndpointStatus::Paused | EndpointStatus::Disabled(_), _) => (DeliveryState::Held, None, None),
            (EndpointStatus::Deleted, _) => (DeliveryState::Closed(Close::EndpointDeleted), None, None),
        };
        Self {
            id: derived_id(event.id, endpoint.id),
            workspace_id: event.workspace_id,
            event_id: event.id,
            event_type: event.event_type.clone(),
            endpoint_id: endpoint.id,
            state,
            due_at,
            lease,
            attempts: 0,
            resends: 0,
            resend: None,
            interruptions: 0,
            setbacks: 0,
            created_at: event.accepted_at,
            finished_at: None,
            last: None,
            first_success: None,
        }
    }

    /// Whether it may be claimed at `now`.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.state == DeliveryState::Waiting && self.due_at.is_some_and(|due_at| due_at <= now)
    }

    /// The delivery leased to a session.
    #[must_use]
    pub fn claimed(self, session_id: SessionId) -> Self {
        Self { state: DeliveryState::Leased, due_at: None, lease: Some(Lease { session_id }), ..self }
    }

    /// The delivery given back unsent, due at this instant.
    #[must_use]
    pub fn released(self, due_at: Timestamp) -> Self {
        Self { state: DeliveryState::Waiting, due_at: Some(due_at), lease: None, ..self }
    }

    /// Decides what an attempt leads to.
    ///
    /// `jitter` is 64 random bits; `secret_ids` are the secrets that signed the request.
    #[must_use]
    pub fn recorded(
        self,
        exchange: &Exchange,
        secret_ids: &[EndpointSecretId],
        schedule: &RetrySchedule,
        jitter: u64,
    ) -> Recorded {
        let next = judge(&exchange.outcome);
        let ended_at = exchange.started_at.plus(exchange.duration);
        let has_left = !matches!(next, Next::Close(Close::Blocked));
        let attempts = self.attempts.saturating_add(u32::from(has_left));
        let resends = self.resends.saturating_add(u32::from(has_left && self.resend.is_some()));
        // A resend that fails changes nothing but its own log.
        let returns = !matches!(next, Next::Delivered) && self.resend.is_some_and(|resend| resend.state.is_over());
        let disables = if let Next::Disable(reason) = next { Some(reason) } else { None };
        let in_schedule = attempts.saturating_sub(resends).saturating_sub(self.interruptions).saturating_add(1);
        let asked = hint(&exchange.outcome).unwrap_or_default().min(RETRY_AFTER_MAX);
        let delay = || schedule.delay_before(in_schedule, jitter, hint(&exchange.outcome));
        let (state, due_at) = match (next, self.resend) {
            (Next::Delivered, _) => (DeliveryState::Delivered, None),
            (_, Some(Resend { state, due_at })) if returns => (state, due_at),
            // The schedule goes on as if nobody had asked, but not before the receiver wants to be asked.
            (Next::Retry, Some(Resend { state, due_at })) => {
                (state, due_at.map(|due_at| due_at.max(ended_at.plus(asked))))
            }
            (Next::Close(close), _) => (DeliveryState::Closed(close), None),
            (Next::Disable(_), _) => (DeliveryState::Held, None),
            (Next::Retry, None) => match delay() {
                Some(delay) => (DeliveryState::Waiting, Some(ended_at.plus(delay))),
                None => (DeliveryState::Exhausted, None),
            },
        };
        let attempt = attempt_of(&self, attempts, exchange, secret_ids);
        let is_first_success = has_left && state == DeliveryState::Delivered && attempts == 1;
        let needs_row = has_left && !is_first_success;
        let first_success = is_first_success.then(|| Box::new(kept_success(&attempt)));
        let last = Some(Summary {
            started_at: attempt.started_at,
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            failure: attempt.failure,
            detail: if has_left { None } else { attempt.detail.clone() },
        });
        let finished_at = if returns { self.finished_at } else { state.is_over().then_some(ended_at) };
        let (lease, resend) = (None, None);
        let delivery = Self {
            state,
            due_at,
            lease,
            attempts,
            resends,
            resend,
            setbacks: 0,
            finished_at,
            last,
            first_success,
            ..self
        };
        let (health, has_told) = (HealthStep::Unchanged, false);
        Recorded { delivery, attempt: needs_row.then_some(attempt), disables, health, has_told }
    }

    /// The delivery due at once because somebody asked; what it was is remembered.
    ///
    /// `None` while it is being sent or held: there is nothing to ask for, or nobody to ask.
    pub fn resent(self, now: Timestamp) -> Option<Self> {
        let resend = match (self.state, self.resend) {
            (DeliveryState::Leased | DeliveryState::Held, _) => return None,
            // Asked for twice before it left: once.
            (_, Some(resend)) => resend,
            // The decision to send it: should it fail, its schedule goes on a while later.
            (DeliveryState::Withheld, None) => {
                Resend { state: DeliveryState::Waiting, due_at: Some(now.plus(RELEASED_PAUSE)) }
            }
            (state, None) => Resend { state, due_at: self.due_at },
        };
        let finished_at = self.ended_at();
        let state = DeliveryState::Waiting;
        Some(Self { state, due_at: Some(now), resend: Some(resend), setbacks: 0, finished_at, ..self })
    }

    /// The delivery after it could not even be tried: its event is gone, or its result cannot be written. It waits a minute, twice as
    /// long each further time, and is parked at the fifth, so that it neither stops nor wearies the others.
    ///
    /// *Source:* webhooks §5 case 15.
    #[must_use]
    pub fn set_back(self, now: Timestamp) -> Self {
        let setbacks = self.setbacks.saturating_add(1);
        let delivery = Self { lease: None, setbacks, ..self };
        match setback_pause(setbacks) {
            Some(pause) => Self { state: DeliveryState::Waiting, due_at: Some(now.plus(pause)), ..delivery },
            None => delivery.ended_as(DeliveryState::Parked, now),
        }
    }

    /// The delivery given up because its endpoint was deleted.
    #[must_use]
    pub fn closed_with_endpoint(self, now: Timestamp) -> Self {
        self.ended_as(DeliveryState::Closed(Close::EndpointDeleted), now)
    }

    /// The delivery at its end; one that had come to its end before somebody asked for it again is what it was.
    pub(super) fn ended_as(self, state: DeliveryState, now: Timestamp) -> Self {
        let (state, finished_at) = match self.resend {
            Some(resend) if resend.state.is_over() => (resend.state, self.finished_at),
            _ => (state, Some(now)),
        };
        Self { state, due_at: None, lease: None, resend: None, finished_at, ..self }
    }
}

fn judge(outcome: &Outcome) -> Next {
    match outcome {
        Outcome::Answered(Answer { status: 200..=299, .. }) => Next::Delivered,
        Outcome::Answered(Answer { directive: Some(Directive::Disable), .. }) => Next::Disable(Disabled::Asked),
        Outcome::Answered(Answer { status: 410, .. }) => Next::Disable(Disabled::Gone),
        Outcome::Answered(Answer { directive: Some(Directive::Abort), .. }) => Next::Close(Close::Aborted),
        Outcome::Failed(failure) if failure.kind == FailureKind::Blocked => Next::Close(Close::Blocked),
        Outcome::Answered(_) | Outcome::Failed(_) => Next::Retry,
    }
}

fn hint(outcome: &Outcome) -> Option<Duration> {
    match outcome {
        Outcome::Answered(answer) => answer.retry_after,
        Outcome::Failed(_) => None,
    }
}

/// An id that follows from event and endpoint: it keeps the event's time, so that deliveries sort like their events, and a
/// repeated fan-out meets the same primary key.
pub(super) fn derived_id(event_id: EventId, endpoint_id: EndpointId) -> DeliveryId {
    let mut hasher = blake3::Hasher::new();
    hasher.update(event_id.as_bytes()).update(endpoint_id.as_bytes());
    let mut bytes = *event_id.as_bytes();
    let (_, random) = bytes.split_at_mut(6);
    hasher.finalize_xof().fill(random);
    DeliveryId::from_bytes(bytes)
}
