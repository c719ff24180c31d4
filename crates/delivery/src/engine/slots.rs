//! Which endpoints have room: the bookkeeping of what this node holds in memory. Nothing here waits or reads a clock.
//!
//! An endpoint has at most `per_endpoint_max` requests in flight, or its own cap of them, and room for as many that come next, and
//! for a burst while the node has next to nothing to do: then a slow endpoint takes places that nobody wants, never more than a
//! quarter of all. A claim takes of each endpoint at most `per_endpoint_max` and passes over those that hold more than that, so that
//! what it brings fits unless others were faster. What all workspaces hold they share by the rule of [`Stock`].
//!
//! Room is asked for inside a transaction and taken after its commit, and many transactions may share one commit: the bounds are
//! kept where room is taken, and asking is an estimate.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::rate::Quota;
use tokio::sync::{Notify, Semaphore, watch};

use super::EngineOptions;
use super::circuits::Gates;
use super::node_turns::NodeTurns;
use super::pacing::Paces;
use super::recalled::Recalled;
use super::slot::Slot;
use super::stock::Stock;
use super::turns::Turns;
use super::wish::Wish;

/// Endpoints that can rest at once. One more is simply tried again at the next look into the store.
const RESTING_MAX: usize = 1_000;

/// Endpoints with a rate whose room a claim is told: bounds the memory. What it brings of others beyond their room is given back.
const PACED_OVER_MAX: usize = 10_000;

/// How many times its requests in flight an endpoint may have in memory while three quarters of the node's places are free. What finds no
/// place is claimed from the store, which costs as much as the delivery itself; and bursts go to one endpoint more often than to many.
const BURST_FACTOR: usize = 8;

/// How many endpoints a claim serves whole, where many wait: it costs a transaction and a sync, whatever it brings. Not more, because
/// large payloads come at once, and what finds no place then must be given back.
const CLAIM_SHARES: usize = 4;

/// The room that one node has.
pub(super) struct Slots {
    held_max: usize,
    per_endpoint: usize,
    held_bytes_max: usize,
    /// How long a delivery may wait in memory for the rate of its endpoint: two looks into the store, so that the next ones are there in
    /// time. What would wait longer waits in the store, where it takes no room from others.
    reach: Duration,
    held: Mutex<Held>,
    /// Bounds the requests in flight to all endpoints.
    pub(super) turns: Arc<NodeTurns>,
    freed: Notify,
    /// Something is due in the store that nobody published.
    returned: Notify,
    emptied: Notify,
    /// Whoever looks for probes that are due has a reason to do so before its time.
    pub(super) probes: Notify,
}

pub(super) struct Held {
    pub(super) places: Stock,
    /// Of all payloads.
    pub(super) bytes: Stock,
    endpoints: HashMap<EndpointId, Queue>,
    /// Until when, on the monotonic clock, an endpoint is left alone.
    resting: HashMap<EndpointId, Duration>,
    /// What endpoints with a rate have spent of it.
    paces: Paces,
    /// Endpoints that were changed: nothing that was read before is taken.
    recalled: Recalled,
    /// Endpoints whose circuits are open: one request at a time.
    pub(super) gates: Gates,
    /// Counts changes of `gates`.
    pub(super) gate_changes: u64,
    /// Workspaces that the last claim passed over, because each had much of its share.
    pub(super) passed_over: HashSet<WorkspaceId>,
}

struct Queue {
    held: usize,
    /// Of those, how many have had no turn.
    waiting: usize,
    /// Bounds the requests in flight to this endpoint.
    turns: Turns,
    /// Who is next to leave at the endpoint's rate.
    gate: Arc<Semaphore>,
    /// Of the endpoint when its limits were last read.
    revision: i64,
    /// What may still be sent.
    floor: watch::Sender<Floor>,
}

/// From where on deliveries of an endpoint may be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Floor {
    /// The oldest revision of the endpoint.
    pub(super) revision: i64,
    /// How often all that waited was sent back: what was taken before the last time is.
    pub(super) sweeps: u64,
}

impl Slots {
    /// Empty slots.
    pub(super) fn new(options: &EngineOptions) -> Self {
        let in_flight = options.in_flight_max.get();
        let held_max = in_flight.saturating_mul(2);
        let held_bytes_max = options.held_bytes_max.get();
        Self {
            held_max,
            per_endpoint: options.per_endpoint_max.get().min(in_flight),
            held_bytes_max,
            reach: options.poll.saturating_mul(2),
            held: Mutex::new(Held::new(Stock::new(held_max), Stock::new(held_bytes_max))),
            turns: Arc::new(NodeTurns::new(in_flight)),
            freed: Notify::new(),
            returned: Notify::new(),
            emptied: Notify::new(),
            probes: Notify::new(),
        }
    }

    /// Whether one more delivery to this endpoint would be sent soon.
    pub(super) fn has_room(&self, (workspace_id, endpoint_id): (WorkspaceId, EndpointId), now: Duration) -> bool {
        let held = self.held();
        self.fits(&held, workspace_id, endpoint_id)
            && !held.is_resting(endpoint_id, now)
            && !held.gates.is_shut(endpoint_id)
            && held.delay(endpoint_id, now) <= self.reach
    }

    /// Takes a slot; `None` when the node, the workspace, the endpoint or its rate has no room, the endpoint has changed since the
    /// delivery was read, rests, or has an open circuit that does not let this one pass.
    pub(super) fn take(self: &Arc<Self>, wish: &Wish, now: Duration) -> Option<Slot> {
        let Wish { workspace_id, endpoint_id, revision, bytes, limits } = *wish;
        let mut held = self.held();
        // Under the same lock as a recall: no slot is taken that the recall does not see.
        if held.recalled.is_stale(endpoint_id, revision)
            || !self.fits(&held, workspace_id, endpoint_id)
            || held.is_resting(endpoint_id, now)
            || !held.gates.admits(endpoint_id, held.of_endpoint(endpoint_id), now)
        {
            return None;
        }
        if held.endpoints.get(&endpoint_id).is_none_or(|queue| queue.revision < revision) {
            held.paces.set(endpoint_id, limits.quota, now);
        }
        // Twice as far as a claim looks, so that what it brings fits where the rate is not a slow one.
        if held.delay(endpoint_id, now) > self.reach.saturating_mul(2) {
            return None;
        }
        held.places.take(workspace_id, 1);
        held.bytes.take(workspace_id, bytes);
        let cap = limits.in_flight_max.map_or(self.per_endpoint, |max| max.get().min(self.per_endpoint));
        let queue = held.endpoints.entry(endpoint_id).or_insert_with(|| Queue::new(cap, revision));
        if queue.revision < revision {
            queue.revision = revision;
            queue.turns.limit(cap);
        }
        queue.held += 1;
        queue.waiting += 1;
        let (turns, gate, floor) = (queue.turns.clone(), Arc::clone(&queue.gate), queue.floor.subscribe());
        // Under the lock: what is sent back after it was let go of concerns this one too.
        let sweeps = floor.borrow().sweeps;
        drop(held);
        let (slots, waits, quota) = (Arc::clone(self), AtomicBool::new(true), limits.quota);
        Some(Slot { slots, workspace_id, endpoint_id, revision, bytes, quota, turns, gate, waits, sweeps, floor })
    }

    /// How many deliveries are held at most.
    pub(super) fn held_max(&self) -> usize {
        self.held_max
    }

    /// How many deliveries a claim may bring; 0 when there is no room for a useful number.
    pub(super) fn claim_limit(&self) -> usize {
        let held = self.held();
        if held.bytes.taken() > self.claim_bytes_max() {
            return 0;
        }
        held.places.free().min(self.per_endpoint.saturating_mul(CLAIM_SHARES))
    }

    /// Endpoints of which a claim may bring fewer than of others: none of those that it must pass over, and of one with a rate only what
    /// finds room there.
    pub(super) fn fewer(&self, now: Duration) -> HashMap<EndpointId, usize> {
        let mut held = self.held();
        held.resting.retain(|_, until| now < *until);
        let paced =
            held.paces.rooms(self.reach, now, |id| held.waiting(id)).filter(|(_, room)| *room < self.per_endpoint);
        let mut fewer: HashMap<_, _> = paced.take(PACED_OVER_MAX).collect();
        let full = held.endpoints.iter().filter(|(_, queue)| queue.held > self.per_endpoint).map(|(id, _)| *id);
        let passed_over = full.chain(held.resting.keys().copied()).chain(held.gates.shut());
        fewer.extend(passed_over.map(|id| (id, 0)));
        fewer
    }

    /// Leaves an endpoint alone until an instant on the monotonic clock, or longer if that was said before; what waits for a turn goes
    /// back to the store. Not an endpoint that was changed since `revision`: who asked for a rest may be another receiver.
    pub(super) fn rest(&self, endpoint_id: EndpointId, revision: i64, until: Duration) {
        let mut held = self.held();
        if held.recalled.is_stale(endpoint_id, revision) {
            return;
        }
        if held.resting.len() < RESTING_MAX || held.resting.contains_key(&endpoint_id) {
            let longest = held.resting.entry(endpoint_id).or_default();
            *longest = until.max(*longest);
        }
        let floor = held.floor(endpoint_id);
        drop(held);
        send_back(floor);
    }

    /// Sends nothing more to an endpoint as it was before `revision`: whoever waits for a turn with it gets none, and whoever comes with
    /// it gets no slot.
    pub(super) fn recall(&self, endpoint_id: EndpointId, revision: i64) {
        let mut held = self.held();
        held.recalled.raise(endpoint_id, revision);
        let floor = held.floor(endpoint_id);
        drop(held);
        // Not under the lock, which whoever is woken may want. Whoever comes meanwhile was told by `take`.
        if let Some(floor) = floor {
            floor.send_if_modified(|floor| {
                let is_newer = floor.revision < revision;
                floor.revision = revision.max(floor.revision);
                is_newer
            });
        }
    }

    /// Sends to an endpoint as to any other, whatever was known of it.
    pub(super) fn heal(&self, endpoint_id: EndpointId) {
        let mut held = self.held();
        held.resting.remove(&endpoint_id);
        held.change_gates(|gates| gates.forget(endpoint_id));
        drop(held);
        self.call_for_claim();
    }

    /// How many deliveries are held.
    pub(super) fn total(&self) -> usize {
        self.held().places.taken()
    }

    /// Says that a claim may find something that it passed over before.
    pub(super) fn call_for_claim(&self) {
        self.freed.notify_one();
        self.returned.notify_one();
    }

    /// Says that something is due in the store again.
    pub(super) fn note_returned(&self) {
        self.returned.notify_one();
    }

    /// Returns once something is due in the store again.
    pub(super) async fn returned(&self) {
        self.returned.notified().await;
    }

    /// Returns once room was made that a claim can use.
    pub(super) async fn freed(&self) {
        self.freed.notified().await;
    }

    /// Returns once nothing is held.
    pub(super) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.total() == 0 {
                return;
            }
            emptied.await;
        }
    }

    fn fits(&self, held: &Held, workspace_id: WorkspaceId, endpoint_id: EndpointId) -> bool {
        let factor = if held.places.taken() < self.held_max / 4 { BURST_FACTOR } else { 2 };
        held.admits(workspace_id) && held.of_endpoint(endpoint_id) < self.per_endpoint.saturating_mul(factor)
    }

    /// Bytes that may be held when a claim is made. A quarter stays free for what it brings: else nearly all of it would be given back,
    /// and claimed again for each delivery that ends.
    fn claim_bytes_max(&self) -> usize {
        self.held_bytes_max - self.held_bytes_max / 4
    }

    /// How long until the rate of an endpoint lets the next request leave.
    pub(super) fn wait(&self, endpoint_id: EndpointId, now: Duration) -> Duration {
        self.held().paces.wait(endpoint_id, 0, now)
    }

    /// Spends one request of an endpoint's rate; `false` when none may leave now.
    pub(super) fn spend(&self, endpoint_id: EndpointId, quota: &Quota, now: Duration) -> bool {
        self.held().paces.spend(endpoint_id, quota, now)
    }

    /// One that waited has its turn, or will never have one.
    pub(super) fn end_wait(&self, endpoint_id: EndpointId) {
        if let Some(queue) = self.held().endpoints.get_mut(&endpoint_id) {
            queue.waiting -= 1;
        }
    }

    pub(super) fn give_back(&self, (workspace_id, endpoint_id): (WorkspaceId, EndpointId), bytes: usize) {
        let mut held = self.held();
        let had_bytes_free = held.bytes.taken() <= self.claim_bytes_max();
        held.places.give_back(workspace_id, 1);
        held.bytes.give_back(workspace_id, bytes);
        let has_bytes_freed = !had_bytes_free && held.bytes.taken() <= self.claim_bytes_max();
        let is_served_again = held.serves_again();
        let total = held.places.taken();
        let of_endpoint = held.endpoints.get_mut(&endpoint_id).map_or(0, |queue| {
            queue.held -= 1;
            queue.held
        });
        if of_endpoint == 0 {
            held.endpoints.remove(&endpoint_id);
        }
        drop(held);
        // Only at the moment when a claim can be whole again: one claim for many slots, not one for each.
        let is_whole = of_endpoint == self.per_endpoint || total + self.per_endpoint == self.held_max;
        if is_whole || has_bytes_freed || is_served_again {
            self.freed.notify_one();
        }
        if total == 0 {
            self.emptied.notify_waiters();
        }
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing that runs under this lock panics between two writes that belong together.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends back to the store what waits for a turn; whoever takes a slot later is not concerned. Not under the lock, as for a recall.
pub(super) fn send_back(floors: impl IntoIterator<Item = watch::Sender<Floor>>) {
    for floor in floors {
        floor.send_modify(|floor| floor.sweeps += 1);
    }
}

impl Held {
    fn new(places: Stock, bytes: Stock) -> Self {
        Self {
            places,
            bytes,
            endpoints: HashMap::new(),
            resting: HashMap::new(),
            paces: Paces::default(),
            recalled: Recalled::default(),
            gates: Gates::default(),
            gate_changes: 0,
            passed_over: HashSet::new(),
        }
    }

    pub(super) fn of_endpoint(&self, endpoint_id: EndpointId) -> usize {
        self.endpoints.get(&endpoint_id).map_or(0, |queue| queue.held)
    }

    pub(super) fn change_gates(&mut self, change: impl FnOnce(&mut Gates)) {
        self.gate_changes += 1;
        change(&mut self.gates);
    }

    /// What may still be sent to an endpoint that has slots.
    pub(super) fn floor(&self, endpoint_id: EndpointId) -> Option<watch::Sender<Floor>> {
        self.endpoints.get(&endpoint_id).map(|queue| queue.floor.clone())
    }

    pub(super) fn is_resting(&self, endpoint_id: EndpointId, now: Duration) -> bool {
        self.resting.get(&endpoint_id).is_some_and(|until| now < *until)
    }

    fn waiting(&self, endpoint_id: EndpointId) -> usize {
        self.endpoints.get(&endpoint_id).map_or(0, |queue| queue.waiting)
    }

    /// How long one more delivery would wait for the rate of its endpoint.
    fn delay(&self, endpoint_id: EndpointId, now: Duration) -> Duration {
        self.paces.wait(endpoint_id, self.waiting(endpoint_id), now)
    }
}

impl Queue {
    fn new(cap: usize, revision: i64) -> Self {
        let (turns, gate) = (Turns::new(cap), Arc::new(Semaphore::new(1)));
        let floor = watch::Sender::new(Floor { revision: i64::MIN, sweeps: 0 });
        Self { held: 0, waiting: 0, turns, gate, revision, floor }
    }
}
