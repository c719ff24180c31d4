//! Which endpoints have room: the bookkeeping of what this node holds in memory. Nothing here waits or reads a clock.
//!
//! An endpoint has at most `per_endpoint_max` requests in flight and room for as many that come next. A claim takes at most
//! `per_endpoint_max` and passes over endpoints that hold more than that, so that what it brings fits unless others were faster.
//!
//! Room is asked for inside a transaction and taken after its commit, and many transactions may share one commit: the bounds are
//! kept where room is taken, and asking is an estimate.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use devhub_domain::id::EndpointId;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use super::EngineOptions;
use super::recalled::Recalled;

/// Endpoints that can rest at once. One more is simply tried again at the next look into the store.
const RESTING_MAX: usize = 1_000;

/// The room that one node has.
pub(super) struct Slots {
    held_max: usize,
    per_endpoint: usize,
    held_bytes_max: usize,
    held: Mutex<Held>,
    /// Bounds the requests in flight to all endpoints.
    turns: Arc<Semaphore>,
    freed: Notify,
    emptied: Notify,
}

#[derive(Default)]
struct Held {
    total: usize,
    /// Of all payloads.
    bytes: usize,
    endpoints: HashMap<EndpointId, Queue>,
    /// Until when, on the monotonic clock, an endpoint is left alone.
    resting: HashMap<EndpointId, Duration>,
    /// Endpoints that were changed: nothing that was read before is taken.
    recalled: Recalled,
}

struct Queue {
    held: usize,
    /// Bounds the requests in flight to this endpoint.
    turns: Arc<Semaphore>,
    /// The oldest revision of the endpoint that may still be sent.
    oldest: watch::Sender<i64>,
}

/// A delivery's place in memory; given back when dropped.
pub(super) struct Slot {
    slots: Arc<Slots>,
    endpoint_id: EndpointId,
    revision: i64,
    bytes: usize,
    turns: Arc<Semaphore>,
    oldest: watch::Receiver<i64>,
}

/// Leave to have one request in flight; given back when dropped.
pub(super) struct Turn {
    _of_endpoint: OwnedSemaphorePermit,
    _of_node: OwnedSemaphorePermit,
}

impl Slots {
    /// Empty slots.
    pub(super) fn new(options: &EngineOptions) -> Self {
        let in_flight = options.in_flight_max.get();
        Self {
            held_max: in_flight.saturating_mul(2),
            per_endpoint: options.per_endpoint_max.get().min(in_flight),
            held_bytes_max: options.held_bytes_max.get(),
            held: Mutex::default(),
            turns: Arc::new(Semaphore::new(in_flight.min(Semaphore::MAX_PERMITS))),
            freed: Notify::new(),
            emptied: Notify::new(),
        }
    }

    /// Whether one more delivery to this endpoint would be sent soon.
    pub(super) fn has_room(&self, endpoint_id: EndpointId, now: Duration) -> bool {
        let held = self.held();
        self.fits(&held, endpoint_id) && !held.is_resting(endpoint_id, now)
    }

    /// Takes a slot for a payload of `bytes` to an endpoint as it was at `revision`; `None` when the node or the endpoint has no room, or
    /// the endpoint has changed since.
    pub(super) fn take(self: &Arc<Self>, endpoint_id: EndpointId, revision: i64, bytes: usize) -> Option<Slot> {
        let mut held = self.held();
        // Under the same lock as a recall: no slot is taken that the recall does not see.
        if held.recalled.is_stale(endpoint_id, revision) || !self.fits(&held, endpoint_id) {
            return None;
        }
        held.total += 1;
        held.bytes += bytes;
        let queue = held.endpoints.entry(endpoint_id).or_insert_with(|| Queue {
            held: 0,
            turns: Arc::new(Semaphore::new(self.per_endpoint.min(Semaphore::MAX_PERMITS))),
            oldest: watch::Sender::new(i64::MIN),
        });
        queue.held += 1;
        let (turns, oldest) = (Arc::clone(&queue.turns), queue.oldest.subscribe());
        drop(held);
        Some(Slot { slots: Arc::clone(self), endpoint_id, revision, bytes, turns, oldest })
    }

    /// How many deliveries are held at most.
    pub(super) fn held_max(&self) -> usize {
        self.held_max
    }

    /// How many deliveries a claim may bring; 0 when there is no room for a useful number.
    pub(super) fn claim_limit(&self) -> usize {
        let held = self.held();
        if held.bytes > self.claim_bytes_max() {
            return 0;
        }
        (self.held_max - held.total).min(self.per_endpoint)
    }

    /// The endpoints that a claim must pass over.
    pub(super) fn passed_over(&self, now: Duration) -> Vec<EndpointId> {
        let mut held = self.held();
        held.resting.retain(|_, until| now < *until);
        let full = held.endpoints.iter().filter(|(_, queue)| queue.held > self.per_endpoint).map(|(id, _)| *id);
        full.chain(held.resting.keys().copied()).collect()
    }

    /// Leaves an endpoint alone until an instant on the monotonic clock.
    pub(super) fn rest(&self, endpoint_id: EndpointId, until: Duration) {
        let mut held = self.held();
        if held.resting.len() < RESTING_MAX {
            held.resting.insert(endpoint_id, until);
        }
    }

    /// Sends nothing more to an endpoint as it was before `revision`: whoever waits for a turn with it gets none, and whoever comes with
    /// it gets no slot.
    pub(super) fn recall(&self, endpoint_id: EndpointId, revision: i64) {
        let mut held = self.held();
        held.recalled.raise(endpoint_id, revision);
        let oldest = held.endpoints.get(&endpoint_id).map(|queue| queue.oldest.clone());
        drop(held);
        // Not under the lock, which whoever is woken may want. Whoever comes meanwhile was told by `take`.
        if let Some(oldest) = oldest {
            oldest.send_if_modified(|oldest| {
                let is_newer = *oldest < revision;
                *oldest = revision.max(*oldest);
                is_newer
            });
        }
    }

    /// How many deliveries are held.
    pub(super) fn total(&self) -> usize {
        self.held().total
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

    fn fits(&self, held: &Held, endpoint_id: EndpointId) -> bool {
        let of_endpoint = held.endpoints.get(&endpoint_id).map_or(0, |queue| queue.held);
        held.total < self.held_max
            && held.bytes < self.held_bytes_max
            && of_endpoint < self.per_endpoint.saturating_mul(2)
    }

    /// Bytes that may be held when a claim is made. A quarter stays free for what it brings: else nearly all of it would be given back,
    /// and claimed again for each delivery that ends.
    fn claim_bytes_max(&self) -> usize {
        self.held_bytes_max - self.held_bytes_max / 4
    }

    fn give_back(&self, endpoint_id: EndpointId, bytes: usize) {
        let mut held = self.held();
        held.total -= 1;
        let had_bytes_free = held.bytes <= self.claim_bytes_max();
        held.bytes -= bytes;
        let has_bytes_freed = !had_bytes_free && held.bytes <= self.claim_bytes_max();
        let total = held.total;
        let of_endpoint = held.endpoints.get_mut(&endpoint_id).map_or(0, |queue| {
            queue.held -= 1;
            queue.held
        });
        if of_endpoint == 0 {
            held.endpoints.remove(&endpoint_id);
        }
        drop(held);
        // Only at the moment when a claim can be whole again: one claim for many slots, not one for each.
        if of_endpoint == self.per_endpoint || total + self.per_endpoint == self.held_max || has_bytes_freed {
            self.freed.notify_one();
        }
        if total == 0 {
            self.emptied.notify_waiters();
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing that runs under this lock panics between two writes that belong together.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn is_resting(&self, endpoint_id: EndpointId, now: Duration) -> bool {
        self.resting.get(&endpoint_id).is_some_and(|until| now < *until)
    }
}

impl Slot {
    /// Waits until a request may leave; `None` when it was recalled.
    pub(super) async fn turn(&self) -> Option<Turn> {
        tokio::select! {
            biased;
            () = self.recalled() => None,
            turn = self.next_turn() => turn,
        }
    }

    async fn recalled(&self) {
        // The queue keeps the sender for as long as it has slots.
        drop(self.oldest.clone().wait_for(|oldest| self.revision < *oldest).await);
    }

    /// The endpoint's turn comes first, so that who waits for a slow endpoint holds no turn that others could use.
    async fn next_turn(&self) -> Option<Turn> {
        let of_endpoint = Arc::clone(&self.turns).acquire_owned().await.ok()?;
        let of_node = Arc::clone(&self.slots.turns).acquire_owned().await.ok()?;
        Some(Turn { _of_endpoint: of_endpoint, _of_node: of_node })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.give_back(self.endpoint_id, self.bytes);
    }
}
