//! The use cases of circuits: what an attempt means for its endpoint, the probes of those that fail, and what is known of them.

use std::time::Duration;

use serde_json::json;

use super::circuit::verdict;
use super::delivery_service::set_aside;
use super::troubled::TROUBLED_MAX;
use super::{
    AfterFailure, CircuitRule, Deliveries, Delivery, DeliveryError, DeliveryState, DeliveryTx, Disabled, Endpoint,
    EndpointStatus, Exchange, Health, Leased, OutboundRequest, Recorded, RequestFailure, Target,
};
use crate::audit::{Actor, AuditDraft, append};
use crate::events::{Operational, is_operational, publish_operational};
use crate::id::{EventId, SessionId};
use crate::store::{Change, Lane, Prepared, StoreError, prepare, read};
use crate::time::Timestamp;

/// What an attempt changes about the health of its endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HealthStep {
    /// Nothing that anybody acts upon.
    #[default]
    Unchanged,
    /// It failed, and everything goes on.
    Failing(Health),
    /// It failed once too often: the circuit is open from now on.
    Opened(Health),
    /// A probe failed: the next one comes later.
    Probed(Health),
    /// It succeeded, and the circuit, which was open, is closed. This is how the endpoint had failed.
    Recovered(Health),
}

/// What a look for a delivery to probe with leads to.
#[derive(Debug)]
pub enum Probe {
    /// One delivery to send; the health says when another may be.
    Leased {
        /// The delivery.
        leased: Leased,
        /// The health while the probe is on its way.
        health: Health,
    },
    /// Nothing is due.
    Idle,
    /// The endpoint's health is not what was known: another node has probed it, or it is well again.
    Moved(Option<Health>),
}

/// What is known of an attempt before the transaction that records it.
pub(super) struct Aftermath {
    rule: CircuitRule,
    at: Timestamp,
    started_at: Timestamp,
    endpoint_revision: i64,
    verdict: Option<Result<(), String>>,
    /// Whether a success may end something.
    may_fail: bool,
    /// Whether the delivery had come to its end before somebody asked for this attempt.
    was_over: bool,
    /// One for what becomes of the endpoint, one for what becomes of the delivery. `None` after a success that changes nothing.
    event_ids: Option<[EventId; 2]>,
}

impl Aftermath {
    pub(super) fn new(of: &Deliveries, delivery: &Delivery, request: &OutboundRequest, exchange: &Exchange) -> Self {
        let at = of.clock.now();
        let verdict = verdict(&exchange.outcome);
        let may_fail = of.troubled.may_fail(delivery.endpoint_id);
        let draw = || EventId::generate(at, &*of.entropy);
        let is_quiet = matches!(verdict, Some(Ok(()))) && !may_fail;
        Self {
            rule: of.circuit,
            at,
            started_at: exchange.started_at,
            endpoint_revision: request.endpoint_revision,
            verdict,
            may_fail,
            was_over: delivery.resend.is_some_and(|resend| resend.state.is_over()),
            event_ids: (!is_quiet).then(|| [draw(), draw()]),
        }
    }

    /// Whether the attempt succeeded; `None` when it never left.
    pub(super) fn succeeded(&self) -> Option<bool> {
        self.verdict.as_ref().map(Result::is_ok)
    }

    /// Does what a recorded attempt means for its endpoint; says what that was.
    pub(super) fn settle(&self, tx: &mut dyn DeliveryTx, recorded: Recorded) -> Result<Recorded, StoreError> {
        let delivery = &recorded.delivery;
        let is_of_interest = self.may_fail || !matches!(self.verdict, Some(Ok(())));
        // Whoever holds it counts: one attempt more or less says nothing about an endpoint that is asked so often.
        let holds = is_of_interest && tx.try_hold_health(delivery.endpoint_id)?;
        let (disables, health) = match (recorded.disables, &self.verdict) {
            (Some(reason), _) => (self.disable(tx, delivery, reason)?.then_some(reason), HealthStep::Unchanged),
            (None, Some(Ok(()))) if holds => (None, self.succeed(tx, delivery)?),
            (None, Some(Err(error))) if holds => self.fail(tx, delivery, error)?,
            (None, _) => (None, HealthStep::Unchanged),
        };
        let has_told = self.tell(tx, delivery, disables, &health)?;
        Ok(Recorded { disables, health, has_told, ..recorded })
    }

    fn fail(
        &self,
        tx: &mut dyn DeliveryTx,
        delivery: &Delivery,
        error: &str,
    ) -> Result<(Option<Disabled>, HealthStep), StoreError> {
        if self.endpoint_as_asked(tx, delivery)?.is_none() {
            return Ok((None, HealthStep::Unchanged));
        }
        let failure = RequestFailure {
            endpoint_id: delivery.endpoint_id,
            workspace_id: delivery.workspace_id,
            started_at: self.started_at,
            error: error.to_owned(),
        };
        let before = tx.find_health(delivery.endpoint_id)?;
        let step = match Health::after(before, failure, &self.rule, self.at) {
            AfterFailure::Disables(_) => {
                let disables = self.disable(tx, delivery, Disabled::Failing)?.then_some(Disabled::Failing);
                return Ok((disables, HealthStep::Unchanged));
            }
            AfterFailure::Counted(health) => HealthStep::Failing(health),
            AfterFailure::Opened(health) => HealthStep::Opened(health),
            AfterFailure::Probed(health) => HealthStep::Probed(health),
        };
        if let HealthStep::Failing(health) | HealthStep::Opened(health) | HealthStep::Probed(health) = &step {
            tx.put_health(health)?;
        }
        Ok((None, step))
    }

    /// A success ends what was stored of failures.
    fn succeed(&self, tx: &mut dyn DeliveryTx, delivery: &Delivery) -> Result<HealthStep, StoreError> {
        let Some(health) = tx.find_health(delivery.endpoint_id)? else {
            return Ok(HealthStep::Unchanged);
        };
        if self.endpoint_as_asked(tx, delivery)?.is_none() {
            return Ok(HealthStep::Unchanged);
        }
        tx.delete_health(delivery.endpoint_id)?;
        Ok(if health.circuit.is_some() { HealthStep::Recovered(health) } else { HealthStep::Unchanged })
    }

    /// The endpoint of a delivery, if it is active and as it was when the request was made: what happened where it was says nothing
    /// about where it is now.
    fn endpoint_as_asked(&self, tx: &mut dyn DeliveryTx, delivery: &Delivery) -> Result<Option<Endpoint>, StoreError> {
        let target = tx.find_target(delivery.workspace_id, delivery.endpoint_id)?;
        let endpoint = target.map(|target| target.endpoint.clone());
        Ok(endpoint.filter(|endpoint| {
            endpoint.status == EndpointStatus::Active && endpoint.revision == self.endpoint_revision
        }))
    }

    /// Disables the endpoint of a delivery if it is as it was when the request was made; says whether it did.
    fn disable(&self, tx: &mut dyn DeliveryTx, delivery: &Delivery, reason: Disabled) -> Result<bool, StoreError> {
        let Some(endpoint) = self.endpoint_as_asked(tx, delivery)? else {
            return Ok(false);
        };
        let revision = endpoint.revision + 1;
        let endpoint = Endpoint { status: EndpointStatus::Disabled(reason), revision, ..endpoint };
        tx.update_endpoint(&endpoint)?;
        tx.delete_health(endpoint.id)?;
        let draft = AuditDraft {
            workspace_id: endpoint.workspace_id,
            at: self.at,
            actor: Actor::System,
            action: "endpoint.disabled",
            subject: endpoint.id.to_string(),
            detail: json!({ "reason": reason.as_str(), "delivery": delivery.id.to_string() }),
        };
        append(tx, &draft)?;
        Ok(true)
    }

    /// Publishes what others may want to know; says whether anybody does. A delivery of such an event causes none: else two endpoints
    /// that tell of each other would never be quiet.
    fn tell(
        &self,
        tx: &mut dyn DeliveryTx,
        delivery: &Delivery,
        disables: Option<Disabled>,
        health: &HealthStep,
    ) -> Result<bool, StoreError> {
        let Some([of_endpoint, of_delivery]) = self.event_ids.filter(|_| !is_operational(&delivery.event_type)) else {
            return Ok(false);
        };
        let at = self.at;
        let mut has_told = false;
        let target = |tx: &mut dyn DeliveryTx| tx.find_target(delivery.workspace_id, delivery.endpoint_id);
        if let Some(reason) = disables {
            let target = target(tx)?;
            let what = Operational::EndpointDisabled { url: &told_origin(target.as_deref()), reason };
            has_told |= publish_operational(tx, delivery, &what, (of_endpoint, at))?;
        } else if let HealthStep::Recovered(health) = health {
            let target = target(tx)?;
            let what = Operational::EndpointRecovered { url: &told_origin(target.as_deref()), health };
            has_told |= publish_operational(tx, delivery, &what, (of_endpoint, at))?;
        }
        if delivery.state == DeliveryState::Exhausted && !self.was_over {
            has_told |= publish_operational(tx, delivery, &Operational::DeliveryExhausted, (of_delivery, at))?;
        }
        Ok(has_told)
    }
}

fn told_origin(target: Option<&Target>) -> String {
    target.map(|target| target.endpoint.url.origin()).unwrap_or_default()
}

impl Deliveries {
    /// The same, with another rule for endpoints that fail.
    #[must_use]
    pub fn with_circuit(mut self, rule: CircuitRule) -> Self {
        self.circuit = rule;
        self
    }

    /// From how many failures on an endpoint is probed, and when it is disabled.
    pub fn circuit(&self) -> &CircuitRule {
        &self.circuit
    }

    /// The endpoints that fail, as far as they are remembered.
    ///
    /// Call it at the start and now and then: until it was called, each success asks the store whether it ends something; and what
    /// another node has seen is known from here only.
    ///
    /// # Errors
    /// The store's own.
    pub fn failing(&self) -> Result<Vec<Health>, DeliveryError> {
        let additions = self.troubled.additions();
        let failing = read(&*self.store, |tx| tx.list_health(TROUBLED_MAX))?;
        let ids: Vec<_> = failing.iter().map(|health| health.endpoint_id).collect();
        self.troubled.learn(&ids, ids.len() < TROUBLED_MAX, additions);
        Ok(failing)
    }

    /// Leases one due delivery to an endpoint whose circuit is open and whose probe is due, if its health is as it was `known`: of
    /// two nodes one sends. What has nothing to send is set back.
    ///
    /// # Errors
    /// The store's own.
    pub fn probe(
        &self,
        session_id: SessionId,
        known: &Health,
    ) -> Prepared<dyn DeliveryTx, impl Change<dyn DeliveryTx, Output = Probe, Error = DeliveryError> + use<>> {
        /// What a request may take longer than its own deadline: its way into the store and out of it.
        const SLACK: Duration = Duration::from_secs(5);
        let now = self.clock.now();
        let (endpoint_id, circuit) = (known.endpoint_id, known.circuit);
        let probe = move |tx: &mut (dyn DeliveryTx + 'static)| {
            let stored = tx.find_health(endpoint_id)?;
            let health = match stored {
                Some(stored) if stored.circuit.is_some() && stored.circuit == circuit => stored,
                moved => return Ok(Probe::Moved(moved)),
            };
            let claimed = tx.claim_probe(session_id, now, endpoint_id)?;
            let leased = set_aside(tx, session_id, claimed, now)?;
            if leased.work.is_empty() && leased.parked.is_empty() {
                return Ok(Probe::Idle);
            }
            // As long as this endpoint may take: else another node probes it while this one is still asking.
            let timeouts = leased.work.iter().map(|work| work.target.endpoint.settings.timeout.get());
            let within = timeouts.max().unwrap_or(Endpoint::TIMEOUT).saturating_add(SLACK);
            let health = health.probing(now, within);
            tx.put_health(&health)?;
            Ok(Probe::Leased { leased, health })
        };
        prepare(&self.store, Lane::Delivery, probe, |_| {})
    }
}
