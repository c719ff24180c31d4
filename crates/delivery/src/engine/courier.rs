//! Takes one delivery from its slot to its record.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::id::SessionId;
use devhub_domain::notices::Notice;
use devhub_domain::time::{Clock, Timestamp};
use devhub_domain::webhooks::{
    Deliveries, Delivery, DeliveryError, DeliveryState, Exchange, OutboundRequest, Outcome, Recorded, Work,
};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::caught::caught;
use super::custody::{Custody, Kept};
use super::leasing::Leasing;
use super::notices::Notices;
use super::persist::Unwritten;
use super::slot::{Slot, Turn};
use super::slots::Slots;
use super::successes::Successes;
use super::wish::{Limits, Wish};
use crate::http::Sender;
use crate::metrics::Metrics;

/// How long an endpoint is left alone whose secret does not open: an operator must act, and every try would fail alike.
const UNSIGNABLE_REST: Duration = Duration::from_mins(1);

/// What the engine is doing; only ever goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// It claims and sends.
    Running,
    /// It lets what has left come to its end, and gives back what has not.
    Draining,
    /// It lets go of everything.
    Over,
}

/// Sends what it is given and records what came of it.
pub(super) struct Courier {
    pub(super) deliveries: Deliveries,
    pub(super) sender: Sender,
    pub(super) notices: Arc<Notices>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) slots: Arc<Slots>,
    pub(super) leasing: Arc<Leasing>,
    pub(super) custody: Arc<Custody>,
    pub(super) runtime: Handle,
    pub(super) phase: watch::Sender<Phase>,
    pub(super) tally: Tally,
    pub(super) metrics: Metrics,
    pub(super) successes: Arc<Successes>,
}

/// How many deliveries have come to an end here.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) finished: AtomicUsize,
    pub(super) released: AtomicUsize,
}

/// An attempt and what it was about.
struct Attempted<'a> {
    work: &'a Work,
    request: OutboundRequest,
    exchange: Exchange,
}

impl Courier {
    /// Takes leased deliveries over, without waiting; what finds no slot, or was recalled, is given back to the store. Returns how many
    /// have found one.
    pub(super) fn accept(self: &Arc<Self>, work: Vec<Work>) -> usize {
        let now = self.clock.elapsed();
        let (mut surplus, count) = (Vec::new(), work.len());
        for work in work {
            let kept = self.custody.keep(work.delivery.id);
            let target = &work.target.endpoint;
            let wish = Wish {
                workspace_id: work.delivery.workspace_id,
                endpoint_id: work.delivery.endpoint_id,
                revision: target.revision,
                bytes: work.payload.as_bytes().len(),
                limits: Limits::from(&target.settings),
            };
            match self.slots.take(&wish, now) {
                Some(slot) => drop(self.runtime.spawn(Arc::clone(self).deliver(work, slot, kept))),
                None => surplus.push(((work.delivery, work.due_at), kept)),
            }
        }
        let taken = count - surplus.len();
        if !surplus.is_empty() {
            let courier = Arc::clone(self);
            drop(self.runtime.spawn(async move {
                let (surplus, kept): (Vec<_>, Vec<_>) = surplus.into_iter().unzip();
                courier.give_back(surplus).await;
                drop(kept);
            }));
        }
        taken
    }

    /// Returns once the engine has come to `phase`.
    pub(super) async fn reached(&self, phase: Phase) {
        // The sender is a field of `self`: it cannot be gone.
        drop(self.phase.subscribe().wait_for(|current| *current >= phase).await);
    }

    /// One delivery, from its slot to its record. One that breaks down is set back: given back, it would break down for ever.
    async fn deliver(self: Arc<Self>, work: Work, slot: Slot, _kept: Kept) {
        let delivery = &work.delivery;
        if caught(self.attempt(&work, &slot)).await.is_err() {
            tracing::error!(
                delivery.id = %delivery.id,
                endpoint.id = %delivery.endpoint_id,
                "a delivery broke down and is set back",
            );
            self.set_back(delivery).await;
        }
    }

    async fn attempt(&self, work: &Work, slot: &Slot) {
        // A session that is not this node's any more, or may not be, was lost while it waited: others send what it held. Giving it back
        // changes nothing then, and makes it wait again where nobody has taken it over yet.
        let turn = self.turn(slot).await.filter(|_| self.is_ours(&work.delivery));
        let Some(turn) = turn else {
            return self.give_back(vec![(work.delivery.clone(), work.due_at)]).await;
        };
        let request = match self.deliveries.request(work) {
            Ok(request) => request,
            Err(error) => return self.put_aside(work, &error).await,
        };
        let Some(exchange) = self.send(&request).await else {
            return;
        };
        // A success makes room for the next request at once. Anything else keeps its turn until it is recorded, because that may
        // disable the endpoint, and then nothing more must leave.
        let turn = Some(turn).filter(|_| !is_success(&exchange));
        let attempted = Attempted { work, request, exchange };
        if let Some(recorded) = self.record(&attempted).await {
            self.settle(&attempted, &recorded);
        }
        drop(turn);
    }

    /// Whether a delivery is leased to the session that this node has now, and nobody can have taken it over.
    fn is_ours(&self, delivery: &Delivery) -> bool {
        let session = self.leasing.certain(self.clock.elapsed());
        session.is_some() && delivery.lease.map(|lease| lease.session_id) == session
    }

    async fn turn(&self, slot: &Slot) -> Option<Turn> {
        tokio::select! {
            biased;
            () = self.reached(Phase::Draining) => None,
            turn = slot.turn(&*self.clock) => turn,
        }
    }

    /// `None` when the engine ended first: the lease stays, and whoever takes it over sends again.
    async fn send(&self, request: &OutboundRequest) -> Option<Exchange> {
        let _under_way = self.metrics.under_way();
        tokio::select! {
            exchange = self.sender.send(request) => {
                self.metrics.attempted(&exchange);
                Some(exchange)
            }
            () = self.reached(Phase::Over) => None,
        }
    }

    /// A request that cannot be signed has not been attempted: it waits, and its endpoint is left alone for a while.
    async fn put_aside(&self, Work { delivery, target, due_at, .. }: &Work, error: &DeliveryError) {
        tracing::error!(
            delivery.id = %delivery.id,
            endpoint.id = %delivery.endpoint_id,
            error.code = error.code(),
            error = chain(error),
            "cannot make requests for an endpoint: its deliveries wait; check the master key",
        );
        let until = self.clock.elapsed().saturating_add(UNSIGNABLE_REST);
        self.slots.rest(delivery.endpoint_id, target.endpoint.revision, until);
        self.give_back(vec![(delivery.clone(), *due_at)]).await;
    }

    /// Writes an attempt down, however long the store is away. `None` when the lease was lost, or the engine ended first, or the store
    /// refuses it for good: then the delivery is set back.
    async fn record(&self, attempted: &Attempted<'_>) -> Option<Recorded> {
        let delivery = &attempted.work.delivery;
        let lease = delivery.lease?;
        let mut tries = 0_u32;
        if let Some(success) = self.deliveries.plain_success(delivery, &attempted.request, &attempted.exchange) {
            tokio::select! {
                biased;
                answer = self.successes.record(lease.session_id, success) => match answer {
                    Ok(recorded) => return told_if_lost(delivery, recorded, 1),
                    // Whether it was written is not known.
                    Err(_gone) => tries = 1,
                },
                () = self.reached(Phase::Over) => return None,
            }
        }
        let recorded = self
            .persist("record an attempt", || {
                tries = tries.saturating_add(1);
                let (done, outcome) = oneshot::channel();
                self.deliveries
                    .record(lease.session_id, delivery.clone(), &attempted.request, &attempted.exchange)
                    .enqueue(|result| drop(done.send(result)));
                outcome
            })
            .await;
        if recorded == Err(Unwritten::Refused) {
            self.set_back(delivery).await;
        }
        told_if_lost(delivery, recorded.ok()?, tries)
    }

    /// Sets a delivery back that could not be tried, or whose result the store refuses. Where the store refuses that too, the delivery
    /// is lost until the next recount.
    async fn set_back(&self, delivery: &Delivery) {
        let Some(lease) = delivery.lease else { return };
        let set_back = self
            .persist("set a delivery back", || {
                let (done, outcome) = oneshot::channel();
                self.deliveries.set_back(lease.session_id, delivery.clone()).enqueue(|result| drop(done.send(result)));
                outcome
            })
            .await;
        let Ok(Some(after)) = set_back else { return };
        tracing::error!(
            delivery.id = %after.id,
            endpoint.id = %after.endpoint_id,
            delivery.state = after.state.as_str(),
            delivery.setbacks = after.setbacks,
            "a delivery was set back",
        );
        self.metrics.recorded(delivery, &after);
        if let Some(notice) = given_up(delivery, &after) {
            self.notices.leave(notice);
        }
    }

    /// Gives deliveries back to the store unsent, each with the instant at which it was due.
    pub(super) async fn give_back(&self, deliveries: Vec<(Delivery, Timestamp)>) {
        let mut by_session: HashMap<SessionId, Vec<(Delivery, Timestamp)>> = HashMap::new();
        for unsent in deliveries {
            if let Some(lease) = unsent.0.lease {
                by_session.entry(lease.session_id).or_default().push(unsent);
            }
        }
        for (session_id, deliveries) in by_session {
            let released = self
                .persist("give deliveries back", || {
                    let (done, outcome) = oneshot::channel();
                    self.deliveries.release(session_id, deliveries.clone()).enqueue(|result| drop(done.send(result)));
                    outcome
                })
                .await;
            if released.is_ok() {
                self.tally.released.fetch_add(deliveries.len(), Ordering::Relaxed);
                self.slots.note_returned();
            }
        }
    }

    /// What follows from a record: a count, a line in the log, how its endpoint is treated from now on, and what an operator should know.
    fn settle(&self, attempted: &Attempted<'_>, recorded: &Recorded) {
        let before = &attempted.work.delivery;
        self.tally.finished.fetch_add(1, Ordering::Relaxed);
        self.metrics.recorded(before, &recorded.delivery);
        log(&recorded.delivery, &attempted.exchange);
        self.slow_down(before.endpoint_id, attempted.request.endpoint_revision, &attempted.exchange);
        let url = attempted.request.url.origin();
        let of_health = self.keep_to(&recorded.health, &url);
        let of_endpoint = recorded.disables.map(|reason| {
            let Delivery { workspace_id, endpoint_id, .. } = recorded.delivery;
            // It was changed by this record: nothing leaves for it any more as it was.
            self.slots.recall(endpoint_id, attempted.work.target.endpoint.revision.saturating_add(1));
            self.slots.forget_gate(endpoint_id);
            Notice::EndpointDisabled { workspace_id, endpoint_id, url, reason: reason.sentence().to_owned() }
        });
        let notices = [given_up(before, &recorded.delivery), of_health, of_endpoint];
        for notice in notices.into_iter().flatten() {
            self.notices.leave(notice);
        }
    }
}

/// What an operator should know of a delivery that nobody tries any more. A resend that fails gives nothing up: it was given up before,
/// and that was told.
fn given_up(before: &Delivery, after: &Delivery) -> Option<Notice> {
    let Delivery { id: delivery_id, workspace_id, endpoint_id, state, .. } = *after;
    if before.resend.is_some_and(|resend| resend.state == state) {
        return None;
    }
    match state {
        DeliveryState::Exhausted => {
            Some(Notice::DeliveryExhausted { workspace_id, endpoint_id, delivery_id, deliveries: 1 })
        }
        DeliveryState::Parked => Some(Notice::DeliveryParked { workspace_id, endpoint_id, delivery_id }),
        DeliveryState::Leased
        | DeliveryState::Waiting
        | DeliveryState::Held
        | DeliveryState::Withheld
        | DeliveryState::Delivered
        | DeliveryState::Closed(_) => None,
    }
}

/// Says so where a result found no lease.
fn told_if_lost(delivery: &Delivery, recorded: Option<Recorded>, tries: u32) -> Option<Recorded> {
    if recorded.is_none() {
        // A try whose outcome stayed unknown may have been committed, and then it has ended the lease itself.
        let why = if tries > 1 { "an earlier try recorded it, or it was taken over" } else { "it was taken over" };
        tracing::warn!(
            delivery.id = %delivery.id,
            endpoint.id = %delivery.endpoint_id,
            "the result of a delivery found no lease: {why}",
        );
    }
    recorded
}

fn is_success(exchange: &Exchange) -> bool {
    matches!(&exchange.outcome, Outcome::Answered(answer) if (200..300).contains(&answer.status))
}

/// One line for an attempt: loud where somebody has to act, silent where all is well.
fn log(delivery: &Delivery, exchange: &Exchange) {
    let duration_ms = u64::try_from(exchange.duration.as_millis()).unwrap_or(u64::MAX);
    let (id, endpoint_id, state) = (delivery.id, delivery.endpoint_id, delivery.state.as_str());
    match &exchange.outcome {
        Outcome::Answered(answer) => tracing::debug!(
            delivery.id = %id,
            endpoint.id = %endpoint_id,
            duration_ms,
            delivery.state = state,
            "the receiver answered {}",
            answer.status,
        ),
        Outcome::Failed(failure) => tracing::info!(
            delivery.id = %id,
            endpoint.id = %endpoint_id,
            duration_ms,
            delivery.state = state,
            failure = failure.kind.as_str(),
            "the receiver was not reached: {}",
            failure.detail,
        ),
    }
}
