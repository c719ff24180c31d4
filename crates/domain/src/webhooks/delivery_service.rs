//! The use cases of deliveries: claim, sign, record; find, list, resend.

use std::sync::Arc;

use super::circuit_service::Aftermath;
use super::report::with_first_success;
use super::resend_service::resend_within;
use super::signature::{SigningInput, signed_headers};
use super::tally::Tallies;
use super::troubled::Troubled;
use super::{
    Attempt, BACKLOG_COUNT_MAX, Backlog, CircuitRule, Claimed, Delivery, DeliveryFilter, DeliveryState, DeliveryTx,
    Dispatcher, Exchange, HeaderOpenError, HealthStep, NoDispatcher, OpenError, OutboundRequest, Recorded,
    RetrySchedule, Room, SigningSecret, Work,
};
use crate::access::{Asker, Forbidden};
use crate::api_keys::Scope;
use crate::entropy::{Entropy, random_bytes};
use crate::id::{DeliveryId, EndpointId, EndpointSecretId, SessionId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::sealing::Sealer;
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// How often one delivery may be resent: each time adds to its log, which is read as a whole.
pub const RESENDS_MAX: u32 = 100;

/// What a use case of deliveries can fail with.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The workspace has no such delivery.
    #[error("no delivery {0} in this workspace")]
    NotFound(DeliveryId),
    /// Whoever asks lacks `deliveries:write`.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// Nobody can be asked: the endpoint is paused, disabled or deleted.
    #[error("delivery {0} cannot be resent because its endpoint is not active: resume the endpoint first")]
    EndpointInactive(DeliveryId),
    /// It was resent as often as it may be.
    #[error("delivery {0} was resent {RESENDS_MAX} times, which is as often as it may be: publish a new event")]
    TooManyResends(DeliveryId),
    /// It is on its way at this moment.
    #[error("delivery {0} is being sent at this moment: wait for its outcome")]
    InFlight(DeliveryId),
    /// A secret of the endpoint does not open.
    #[error("the request cannot be signed")]
    Open(#[from] OpenError),
    /// A header that says a secret does not open.
    #[error("the request cannot be made")]
    OpenHeader(#[from] HeaderOpenError),
    /// The endpoint has no secret to sign with: what leaves unsigned is no better than what anybody could send.
    #[error("endpoint {0} has no signing secret: give it one")]
    Unsigned(EndpointId),
    /// The store failed.
    #[error("the delivery store failed")]
    Store(#[from] StoreError),
}

impl DeliveryError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "delivery_not_found",
            Self::Forbidden(error) => error.code(),
            Self::EndpointInactive(_) => "endpoint_inactive",
            Self::TooManyResends(_) => "too_many_resends",
            Self::InFlight(_) => "delivery_in_flight",
            Self::Open(error) => error.cause.code(),
            Self::OpenHeader(error) => error.cause.code(),
            Self::Unsigned(_) => "endpoint_unsigned",
            Self::Store(error) => error.code(),
        }
    }
}

/// What a claim leads to.
#[derive(Debug, Default)]
pub struct Leased {
    /// What is to be sent.
    pub work: Vec<Work>,
    /// What had nothing to send for the last time that it may: see [`DeliveryState::Parked`].
    pub parked: Vec<Delivery>,
    /// The endpoint that was served last: where the next claim goes on, as [`Room::after`]. `None` when nothing was due.
    pub served: Option<EndpointId>,
}

/// The use cases of deliveries.
#[derive(Clone)]
pub struct Deliveries {
    pub(super) store: Arc<dyn UnitOfWork<dyn DeliveryTx>>,
    sealer: Arc<Sealer>,
    pub(super) schedule: Arc<RetrySchedule>,
    pub(super) circuit: CircuitRule,
    pub(super) troubled: Arc<Troubled>,
    pub(super) tallies: Arc<Tallies>,
    dispatcher: Arc<dyn Dispatcher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deliveries").field("schedule", &self.schedule).finish_non_exhaustive()
    }
}

/// A prepared change of deliveries.
macro_rules! delivery_change {
    ($output:ty) => {
        Prepared<dyn DeliveryTx, impl Change<dyn DeliveryTx, Output = $output, Error = DeliveryError> + use<>>
    };
}

impl Deliveries {
    /// The use cases over a store, with the schedule of retries.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn DeliveryTx>>,
        sealer: Arc<Sealer>,
        schedule: Arc<RetrySchedule>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let (circuit, dispatcher) = (CircuitRule::DEFAULT, Arc::new(NoDispatcher));
        let (troubled, tallies) = (Arc::default(), Arc::default());
        Self { store, sealer, schedule, circuit, troubled, tallies, dispatcher, clock, entropy }
    }

    /// The same, with the sender of this node, which is told what waits.
    #[must_use]
    pub fn with_dispatcher(self, dispatcher: Arc<dyn Dispatcher>) -> Self {
        Self { dispatcher, ..self }
    }

    /// Leases up to `limit` due deliveries to a session, passing over the endpoints in `full`: [`Deliveries::claim_into`] for who claims
    /// once, and all of one endpoint if need be.
    ///
    /// # Errors
    /// The store's own.
    pub fn claim(&self, session_id: SessionId, full: Vec<EndpointId>, limit: usize) -> delivery_change!(Leased) {
        self.claim_into(session_id, Room { fewer: full.into_iter().map(|id| (id, 0)).collect(), ..Room::of(limit) })
    }

    /// Leases due deliveries to a session, as many as there is room for, in turn for each endpoint. What has nothing to send is set back.
    ///
    /// # Errors
    /// The store's own.
    pub fn claim_into(&self, session_id: SessionId, room: Room) -> delivery_change!(Leased) {
        let now = self.clock.now();
        let claim = move |tx: &mut (dyn DeliveryTx + 'static)| {
            let claimed = tx.claim_due(session_id, now, &room)?;
            Ok(set_aside(tx, session_id, claimed, now)?)
        };
        prepare(&self.store, Lane::Delivery, claim, |_| {})
    }

    /// Sets a leased delivery back that could not be tried, or whose result cannot be written; see [`Delivery::set_back`].
    ///
    /// `None` when the lease was lost meanwhile.
    ///
    /// # Errors
    /// The store's own.
    pub fn set_back(&self, session_id: SessionId, delivery: Delivery) -> delivery_change!(Option<Delivery>) {
        let delivery = delivery.set_back(self.clock.now());
        let set_back = move |tx: &mut (dyn DeliveryTx + 'static)| {
            Ok(tx.record_delivery(session_id, &delivery)?.then(|| delivery.clone()))
        };
        prepare(&self.store, Lane::Delivery, set_back, |_| {})
    }

    /// Sends a delivery once more, at once. Whether it waited or had come to its end, it goes on from there when this attempt fails.
    ///
    /// *Repeat:* asking again before the attempt has left changes nothing.
    ///
    /// # Errors
    /// [`DeliveryError::Forbidden`], [`DeliveryError::NotFound`], [`DeliveryError::EndpointInactive`],
    /// [`DeliveryError::TooManyResends`], [`DeliveryError::InFlight`], and the store's own.
    pub fn resend(&self, asker: Asker, workspace_id: WorkspaceId, id: DeliveryId) -> delivery_change!(Delivery) {
        let now = self.clock.now();
        let dispatcher = Arc::clone(&self.dispatcher);
        let resend = move |tx: &mut (dyn DeliveryTx + 'static)| {
            asker.require(Scope::DeliveriesWrite)?;
            let delivery = tx.find_delivery(workspace_id, id)?.ok_or(DeliveryError::NotFound(id))?;
            resend_within(tx, &delivery, now)
        };
        prepare(&self.store, Lane::Interactive, resend, move |_| dispatcher.wake())
    }

    /// Signs a request for this moment.
    ///
    /// # Errors
    /// [`DeliveryError::Open`] when a secret does not open, [`DeliveryError::OpenHeader`] when a header does not,
    /// [`DeliveryError::Unsigned`] when no secret signs now.
    pub fn request(&self, work: &Work) -> Result<OutboundRequest, DeliveryError> {
        let now = self.clock.now();
        let secrets = work.target.signing_secrets(&self.sealer, now)?;
        if secrets.is_empty() {
            return Err(DeliveryError::Unsigned(work.target.endpoint.id));
        }
        let custom_headers = work.target.custom_headers(&self.sealer)?;
        Ok(OutboundRequest { custom_headers, ..made(work, now, secrets) })
    }

    /// Makes the request of an attempt again, for the log: with those of the secrets that signed it which are still there and open, and
    /// without the endpoint's own headers, which the log does not open.
    pub(super) fn request_again(&self, work: &Work, at: Timestamp, secret_ids: &[EndpointSecretId]) -> OutboundRequest {
        made(work, at, work.target.named_secrets(&self.sealer, secret_ids))
    }

    /// Records an attempt: what becomes of the delivery, its row, of the endpoint where the receiver is gone, and of its health; and
    /// publishes what others may want to know of that.
    ///
    /// [`Recorded::disables`] is set where this attempt disabled the endpoint: not where it was before, nor where the endpoint was changed
    /// after the request had been made, which says nothing about the one that is there now.
    ///
    /// `None` when the lease was lost meanwhile: another node has taken the delivery over, and nothing is written.
    ///
    /// # Errors
    /// The store's own; the attempt may be recorded again.
    pub fn record(
        &self,
        session_id: SessionId,
        delivery: Delivery,
        request: &OutboundRequest,
        exchange: &Exchange,
    ) -> delivery_change!(Option<Recorded>) {
        let jitter = u64::from_be_bytes(random_bytes(&*self.entropy));
        let aftermath = Aftermath::new(self, &delivery, request, exchange);
        let endpoint_id = delivery.endpoint_id;
        let mut count = self.counter(endpoint_id, aftermath.succeeded(), exchange.duration);
        let schedule = request.retry_schedule.as_ref().unwrap_or(&self.schedule);
        let recorded =
            delivery.recorded(exchange, &request.secret_ids, schedule, jitter).of_revision(request.endpoint_revision);
        let dispatcher = Arc::clone(&self.dispatcher);
        let (troubled, in_doubt) = (Arc::clone(&self.troubled), Arc::clone(&self.troubled));
        prepare(
            &self.store,
            Lane::Delivery,
            move |tx: &mut (dyn DeliveryTx + 'static)| {
                if !tx.record_delivery(session_id, &recorded.delivery)? {
                    return Ok(None);
                }
                if let Some(attempt) = &recorded.attempt {
                    tx.insert_attempt(attempt)?;
                }
                Ok(Some(aftermath.settle(tx, recorded.clone())?))
            },
            move |recorded: &mut Option<Recorded>| {
                let Some(recorded) = recorded else { return };
                count();
                if let HealthStep::Failing(_) | HealthStep::Opened(_) | HealthStep::Probed(_) = recorded.health {
                    troubled.insert(endpoint_id);
                }
                if recorded.has_told {
                    dispatcher.wake();
                }
            },
        )
        .or_unsettled(move |_| in_doubt.insert(endpoint_id))
    }

    /// Gives leased deliveries back unsent, each with the instant at which it was due: it keeps its place in the queue. One that is still
    /// to come, because the clock has jumped back since, counts as now.
    ///
    /// # Errors
    /// The store's own.
    pub fn release(&self, session_id: SessionId, deliveries: Vec<(Delivery, Timestamp)>) -> delivery_change!(()) {
        let now = self.clock.now();
        let released = deliveries.into_iter().map(|(delivery, due_at)| delivery.released(due_at.min(now)));
        let released: Vec<_> = released.collect();
        prepare(
            &self.store,
            Lane::Delivery,
            move |tx| {
                for delivery in &released {
                    tx.record_delivery(session_id, delivery)?;
                }
                Ok(())
            },
            |()| {},
        )
    }

    /// Deliveries that the store says a session is sending, at most `limit`.
    ///
    /// What a node does not hold in memory although it is here, now and a while later, was lost on the way (a commit whose outcome
    /// was unknown, a task that broke down): [`Deliveries::release`] it.
    ///
    /// # Errors
    /// The store's own.
    pub fn leased(&self, session_id: SessionId, limit: usize) -> Result<Vec<Delivery>, DeliveryError> {
        read(&*self.store, |tx| Ok(tx.list_leased(session_id, limit)?))
    }

    /// When the next waiting delivery is due; `None` when none waits.
    ///
    /// # Errors
    /// The store's own.
    pub fn next_due_at(&self) -> Result<Option<Timestamp>, DeliveryError> {
        read(&*self.store, |tx| Ok(tx.next_due_at()?))
    }

    /// Whether more than one workspace can have something to send.
    ///
    /// # Errors
    /// The store's own.
    pub fn has_several_workspaces(&self) -> Result<bool, DeliveryError> {
        read(&*self.store, |tx| Ok(tx.has_several_workspaces()?))
    }

    /// What waits now, of all workspaces, counted up to [`BACKLOG_COUNT_MAX`].
    ///
    /// # Errors
    /// The store's own.
    pub fn backlog(&self) -> Result<Backlog, DeliveryError> {
        let now = self.clock.now();
        read(&*self.store, |tx| Ok(tx.backlog(now, BACKLOG_COUNT_MAX)?))
    }

    /// The delivery with this id and its attempts, first to last.
    ///
    /// # Errors
    /// [`DeliveryError::NotFound`] also for a delivery of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: DeliveryId) -> Result<(Delivery, Vec<Attempt>), DeliveryError> {
        read(&*self.store, |tx| {
            let delivery = tx.find_delivery(workspace_id, id)?.ok_or(DeliveryError::NotFound(id))?;
            let attempts = with_first_success(&delivery, tx.list_attempts(id)?);
            Ok((delivery, attempts))
        })
    }

    /// Deliveries of a workspace, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        filter: &DeliveryFilter,
        page: PageRequest<DeliveryId>,
    ) -> Result<Page<Delivery, DeliveryId>, DeliveryError> {
        read(&*self.store, |tx| Ok(tx.list_deliveries(workspace_id, filter, page)?))
    }
}

/// The request of a delivery at an instant, without the endpoint's own headers: the one way to make it, for sending and for the log.
fn made(work: &Work, at: Timestamp, secrets: Vec<(EndpointSecretId, SigningSecret)>) -> OutboundRequest {
    let (secret_ids, secrets): (Vec<_>, Vec<_>) = secrets.into_iter().unzip();
    let headers = signed_headers(&SigningInput {
        event_id: &work.delivery.event_id.to_string(),
        delivery_id: &work.delivery.id.to_string(),
        event_type: work.event_type.as_str(),
        attempted_at: at,
        body: work.payload.as_bytes(),
        secrets: &secrets,
    });
    let endpoint = &work.target.endpoint;
    OutboundRequest {
        url: endpoint.url.clone(),
        headers,
        custom_headers: Arc::default(),
        authorities: endpoint.settings.authorities.clone(),
        body: work.payload.clone(),
        timeout: endpoint.settings.timeout.get(),
        retry_schedule: endpoint.settings.retry_schedule.clone(),
        started_at: at,
        secret_ids,
        endpoint_revision: endpoint.revision,
    }
}

/// Sets back what had nothing to send; what is left is to be sent, or was parked.
pub(super) fn set_aside(
    tx: &mut dyn DeliveryTx,
    session_id: SessionId,
    claimed: Claimed,
    now: Timestamp,
) -> Result<Leased, StoreError> {
    let mut parked = Vec::new();
    for delivery in claimed.without_content {
        let delivery = delivery.set_back(now);
        tx.record_delivery(session_id, &delivery)?;
        parked.extend(Some(delivery).filter(|delivery| delivery.state == DeliveryState::Parked));
    }
    Ok(Leased { work: claimed.work, parked, served: claimed.served })
}
