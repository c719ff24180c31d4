//! The circuits of endpoints that fail, as this node keeps to them: what waits stays in the store, and one request at a time asks
//! whether the receiver is back.
//!
//! What is decided is the domain's and stands in the store; the pauses are counted here, on the monotonic clock, so that a wall clock
//! that jumps neither starts a burst nor freezes anything.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::id::EndpointId;
use devhub_domain::notices::Notice;
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{
    Answer, Circuit, Delivery, DeliveryError, Exchange, Health, HealthStep, Leased, Outcome, PROBE_PAUSE_MAX, Probe,
    RETRY_AFTER_MAX,
};
use tokio::sync::oneshot;

use super::courier::{Courier, Phase};
use super::dispatch::DispatchHandle;
use super::slots::{Slots, send_back};

/// Open circuits that a node keeps to, as many as endpoints can rest: claims name each. One more is tried like any other endpoint.
const GATES_MAX: usize = 1_000;

/// Time between two looks at what the store knows of endpoints that fail: what another node has seen, and what was healed there; and
/// whether there is more than one workspace.
const REFRESH: Duration = Duration::from_secs(5);

/// How long an endpoint is left alone that is asked too much and does not say for how long: as long as the first retry waits.
const SLOW_PAUSE: Duration = Duration::from_secs(5);

/// The endpoints whose circuits are open.
#[derive(Default)]
pub(super) struct Gates(HashMap<EndpointId, Gate>);

struct Gate {
    /// What the store says, as far as this node knows.
    health: Health,
    /// When the next probe may leave, on the monotonic clock.
    until: Duration,
}

impl Gates {
    /// Keeps to an open circuit; its next probe may leave at `until`.
    pub(super) fn keep(&mut self, health: Health, until: Duration) {
        if self.0.len() < GATES_MAX || self.0.contains_key(&health.endpoint_id) {
            self.0.insert(health.endpoint_id, Gate { health, until });
        }
    }

    /// Forgets a circuit, which is closed.
    pub(super) fn forget(&mut self, endpoint_id: EndpointId) {
        self.0.remove(&endpoint_id);
    }

    /// Whether the circuit of an endpoint is open.
    pub(super) fn is_shut(&self, endpoint_id: EndpointId) -> bool {
        self.0.contains_key(&endpoint_id)
    }

    /// Whether a request may leave that finds `held` others of its endpoint here.
    pub(super) fn admits(&self, endpoint_id: EndpointId, held: usize, now: Duration) -> bool {
        self.0.get(&endpoint_id).is_none_or(|gate| held == 0 && gate.until <= now)
    }

    /// Every endpoint whose circuit is open.
    pub(super) fn shut(&self) -> impl Iterator<Item = EndpointId> {
        self.0.keys().copied()
    }

    /// What is known of those whose probe is due.
    pub(super) fn due(&self, now: Duration) -> impl Iterator<Item = &Health> {
        self.0.values().filter(move |gate| gate.until <= now).map(|gate| &gate.health)
    }

    /// Takes what the store says: a circuit that is news is kept to from `until` on, and one that the store does not have is forgotten.
    pub(super) fn learn(&mut self, failing: Vec<Health>, until: impl Fn(&Circuit) -> Duration) -> Vec<EndpointId> {
        let open: HashMap<_, _> = failing
            .into_iter()
            .filter_map(|health| health.circuit.map(|circuit| (health.endpoint_id, (health, circuit))))
            .collect();
        self.0.retain(|endpoint_id, _| open.contains_key(endpoint_id));
        let mut news = Vec::new();
        for (endpoint_id, (health, circuit)) in open {
            if self.0.get(&endpoint_id).is_none_or(|gate| gate.health.circuit != Some(circuit)) {
                self.keep(health, until(&circuit));
                news.push(endpoint_id);
            }
        }
        news
    }
}

impl Slots {
    /// Keeps to the open circuit of an endpoint, whose next probe may leave at `until`; what waits for a turn goes back to the store.
    pub(super) fn keep_gate(&self, health: Health, until: Duration) {
        let mut held = self.held();
        let floor = held.floor(health.endpoint_id);
        held.change_gates(|gates| gates.keep(health, until));
        drop(held);
        send_back(floor);
    }

    /// Sends to an endpoint again as to any other.
    pub(super) fn forget_gate(&self, endpoint_id: EndpointId) {
        self.held().change_gates(|gates| gates.forget(endpoint_id));
        self.call_for_claim();
    }

    /// What is known of the endpoints that a probe may be sent to at `now`.
    fn probes_due(&self, now: Duration) -> Vec<Health> {
        let held = self.held();
        let is_free = |health: &&Health| {
            held.of_endpoint(health.endpoint_id) == 0
                && !held.is_resting(health.endpoint_id, now)
                && held.admits(health.workspace_id)
        };
        held.gates.due(now).filter(is_free).cloned().collect()
    }

    /// How often circuits were opened and closed: to be asked before the store is, and given to [`Slots::learn_gates`].
    pub(super) fn gate_changes(&self) -> u64 {
        self.held().gate_changes
    }

    /// Takes what the store said of all endpoints that fail, unless a circuit has changed here since `changes`.
    fn learn_gates(&self, failing: Vec<Health>, changes: u64, until: impl Fn(&Circuit) -> Duration) {
        let mut held = self.held();
        if changes != held.gate_changes {
            return;
        }
        let news = held.gates.learn(failing, until);
        let floors: Vec<_> = news.into_iter().filter_map(|endpoint_id| held.floor(endpoint_id)).collect();
        drop(held);
        send_back(floors);
    }
}

impl Courier {
    /// Leaves the whole endpoint alone that has said that it is asked too much, not only this delivery.
    ///
    /// *Source:* webhooks §1 and §2.
    pub(super) fn slow_down(&self, endpoint_id: EndpointId, revision: i64, exchange: &Exchange) {
        if let Outcome::Answered(Answer { status: 429 | 502 | 503 | 504, retry_after, .. }) = &exchange.outcome {
            let pause = retry_after.unwrap_or(SLOW_PAUSE).min(RETRY_AFTER_MAX);
            self.slots.rest(endpoint_id, revision, self.clock.elapsed().saturating_add(pause));
        }
    }

    /// Keeps to what an attempt has changed about the health of its endpoint; says what an operator should know of it.
    pub(super) fn keep_to(&self, step: &HealthStep, url: &str) -> Option<Notice> {
        match step {
            HealthStep::Unchanged | HealthStep::Failing(_) => None,
            HealthStep::Opened(health) | HealthStep::Probed(health) => {
                let circuit = health.circuit?;
                self.slots.keep_gate(health.clone(), self.clock.elapsed().saturating_add(circuit.pause));
                let has_opened = matches!(step, HealthStep::Opened(_));
                has_opened.then(|| Notice::EndpointFailing {
                    workspace_id: health.workspace_id,
                    endpoint_id: health.endpoint_id,
                    url: url.to_owned(),
                    failures: health.failures,
                    last_error: health.last_error.clone(),
                })
            }
            HealthStep::Recovered(health) => {
                self.slots.forget_gate(health.endpoint_id);
                Some(Notice::EndpointRecovered {
                    workspace_id: health.workspace_id,
                    endpoint_id: health.endpoint_id,
                    url: url.to_owned(),
                    failing_since: health.failing_since,
                })
            }
        }
    }
}

/// Sends the probes that are due.
pub(super) struct Probes {
    pub(super) courier: Arc<Courier>,
    pub(super) dispatch: DispatchHandle,
}

impl Probes {
    /// Looks again and again until the engine drains.
    pub(super) async fn run(self) {
        let poll = self.dispatch.options().poll;
        let mut refreshed_at = self.courier.clock.elapsed();
        loop {
            tokio::select! {
                () = tokio::time::sleep(poll) => {}
                () = self.courier.slots.probes.notified() => {}
                () = self.courier.reached(Phase::Draining) => return,
            }
            self.courier.metrics.probed(self.courier.slots.held().gates.shut().count());
            let now = self.courier.clock.elapsed();
            if now.saturating_sub(refreshed_at) >= REFRESH {
                refreshed_at = now;
                self.refresh().await.unwrap_or_else(|error| warn(&error));
            }
            for health in self.courier.slots.probes_due(now) {
                self.probe(health).await.unwrap_or_else(|error| warn(&error));
            }
        }
    }

    async fn refresh(&self) -> Result<(), DeliveryError> {
        let deliveries = self.courier.deliveries.clone();
        let changes = self.courier.slots.gate_changes();
        let read = move || Ok::<_, DeliveryError>((deliveries.failing()?, deliveries.has_several_workspaces()?));
        let read = self.courier.runtime.spawn_blocking(read).await;
        let (failing, is_shared) = read.map_err(StoreError::unavailable)??;
        self.courier.slots.share(is_shared);
        self.learn(failing, changes);
        Ok(())
    }

    /// Takes what the store said of all endpoints that fail when `changes` had been made here.
    pub(super) fn learn(&self, failing: Vec<Health>, changes: u64) {
        let (now, wall) = (self.courier.clock.elapsed(), self.courier.clock.now());
        // By the wall clock, because another node or another run has set it; bounded, because that clock may have jumped.
        let until = |circuit: &Circuit| now.saturating_add(circuit.probe_at.since(wall).min(PROBE_PAUSE_MAX));
        self.courier.slots.learn_gates(failing, changes, until);
    }

    /// One probe. A claim that has begun is brought to its end: what it leased must not be forgotten.
    async fn probe(&self, health: Health) -> Result<(), DeliveryError> {
        let Some(session_id) = self.courier.leasing.certain(self.courier.clock.elapsed()) else { return Ok(()) };
        let endpoint_id = health.endpoint_id;
        let (done, probed) = oneshot::channel::<Result<Probe, DeliveryError>>();
        self.courier.deliveries.probe(session_id, &health).enqueue(|result| drop(done.send(result)));
        let now = self.courier.clock.elapsed();
        match probed.await.map_err(StoreError::unavailable)?? {
            Probe::Leased { leased: Leased { work, parked, .. }, health } => {
                for Delivery { id: delivery_id, workspace_id, endpoint_id, .. } in parked {
                    self.courier.notices.leave(Notice::DeliveryParked { workspace_id, endpoint_id, delivery_id });
                }
                // Due still: what it leads to says when the next one is.
                self.courier.slots.keep_gate(health, now);
                self.courier.accept(work);
            }
            // A look is a write: not before the shortest pause has passed again.
            Probe::Idle => {
                let pause = self.courier.deliveries.circuit().pause;
                self.courier.slots.keep_gate(health, now.saturating_add(pause));
            }
            Probe::Moved(moved) => match moved.and_then(|health| health.circuit.map(|circuit| (health, circuit))) {
                Some((health, circuit)) => {
                    let pause = circuit.probe_at.since(self.courier.clock.now()).min(PROBE_PAUSE_MAX);
                    self.courier.slots.keep_gate(health, now.saturating_add(pause));
                }
                None => self.courier.slots.forget_gate(endpoint_id),
            },
        }
        Ok(())
    }
}

fn warn(error: &DeliveryError) {
    tracing::warn!(
        error.code = error.code(),
        error = chain(error),
        "cannot look after endpoints that fail: the store failed; trying again",
    );
}

#[cfg(test)]
mod tests {
    use devhub_domain::id::WorkspaceId;
    use devhub_domain::time::Timestamp;

    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn endpoint(number: usize) -> EndpointId {
        EndpointId::from_bytes(u128::try_from(number).unwrap().to_be_bytes())
    }

    fn open(number: usize, probe_at: i64) -> Health {
        let at = Timestamp::from_seconds(probe_at);
        Health {
            endpoint_id: endpoint(number),
            workspace_id: WorkspaceId::from_bytes([1; 16]),
            failures: 10,
            failing_since: at,
            failed_at: at,
            last_error: String::new(),
            circuit: Some(Circuit { opened_at: at, pause: MINUTE, probe_at: at }),
        }
    }

    #[test]
    fn an_open_circuit_admits_one_request_once_its_pause_is_over() {
        let mut gates = Gates::default();
        gates.keep(open(1, 0), MINUTE);
        assert!(!gates.admits(endpoint(1), 0, Duration::from_secs(59)));
        assert!(gates.admits(endpoint(1), 0, MINUTE));
        assert!(!gates.admits(endpoint(1), 1, MINUTE));
        assert!(gates.admits(endpoint(2), 9, Duration::ZERO), "another endpoint is not concerned");
        assert_eq!(gates.due(MINUTE).count(), 1);
    }

    #[test]
    fn what_the_store_says_opens_closes_and_moves_and_leaves_the_rest_alone() {
        let mut gates = Gates::default();
        for number in 1..=3 {
            gates.keep(open(number, 0), MINUTE);
        }
        let closed = Health { circuit: None, ..open(2, 0) };
        let mut news = gates.learn(vec![open(1, 0), closed, open(3, 9), open(4, 0)], |_| Duration::ZERO);
        news.sort_unstable();
        assert_eq!(news, [endpoint(3), endpoint(4)]);
        assert!(!gates.is_shut(endpoint(2)));
        let mut due: Vec<_> = gates.due(Duration::ZERO).map(|health| health.endpoint_id).collect();
        due.sort_unstable();
        assert_eq!(due, [endpoint(3), endpoint(4)]);
    }

    #[test]
    fn a_node_keeps_to_a_thousand_circuits() {
        let mut gates = Gates::default();
        (0..=GATES_MAX).for_each(|number| gates.keep(open(number, 0), MINUTE));
        assert_eq!(gates.shut().count(), GATES_MAX);
        assert!(!gates.is_shut(endpoint(GATES_MAX)));
    }
}
