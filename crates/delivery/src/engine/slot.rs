//! A delivery's place in memory, and how it comes to leave from there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::rate::Quota;
use devhub_domain::time::Clock;
use tokio::sync::{Semaphore, watch};

use super::node_turns::NodeTurn;
use super::slots::{Floor, Slots};
use super::turns::{EndpointTurn, Turns};

/// A delivery's place in memory; given back when dropped.
pub(super) struct Slot {
    pub(super) slots: Arc<Slots>,
    pub(super) workspace_id: WorkspaceId,
    pub(super) endpoint_id: EndpointId,
    pub(super) revision: i64,
    pub(super) bytes: usize,
    pub(super) quota: Option<Quota>,
    pub(super) turns: Turns,
    pub(super) gate: Arc<Semaphore>,
    pub(super) waits: AtomicBool,
    /// The sweeps until it was taken.
    pub(super) sweeps: u64,
    pub(super) floor: watch::Receiver<Floor>,
}

/// Leave to have one request in flight; given back when dropped.
pub(super) struct Turn {
    _of_endpoint: EndpointTurn,
    _of_node: NodeTurn,
}

impl Slot {
    /// Waits until a request may leave; `None` when it was recalled.
    pub(super) async fn turn(&self, clock: &dyn Clock) -> Option<Turn> {
        let turn = tokio::select! {
            biased;
            () = self.recalled() => None,
            turn = self.next_turn(clock) => turn,
        };
        self.end_wait();
        turn
    }

    fn end_wait(&self) {
        if self.waits.swap(false, Ordering::Relaxed) {
            self.slots.end_wait(self.endpoint_id);
        }
    }

    async fn recalled(&self) {
        // The queue keeps the sender for as long as it has slots.
        let is_below = |floor: &Floor| self.revision < floor.revision || self.sweeps < floor.sweeps;
        drop(self.floor.clone().wait_for(is_below).await);
    }

    /// The endpoint's turn comes first, so that who waits for a slow endpoint holds no turn that others could use.
    async fn next_turn(&self, clock: &dyn Clock) -> Option<Turn> {
        let of_endpoint = self.turns.next().await?;
        let of_node = match &self.quota {
            Some(quota) => self.paced_turn(quota, clock).await?,
            None => self.turn_of_node().await?,
        };
        Some(Turn { _of_endpoint: of_endpoint, _of_node: of_node })
    }

    /// A turn of the node at the moment when the rate of the endpoint lets a request leave. Nobody holds one while it waits for that.
    async fn paced_turn(&self, quota: &Quota, clock: &dyn Clock) -> Option<NodeTurn> {
        let _next = self.gate.acquire().await.ok()?;
        loop {
            let wait = self.slots.wait(self.endpoint_id, clock.elapsed());
            if !wait.is_zero() {
                tokio::time::sleep(wait).await;
                continue;
            }
            let of_node = self.turn_of_node().await?;
            if self.slots.spend(self.endpoint_id, quota, clock.elapsed()) {
                return Some(of_node);
            }
        }
    }

    async fn turn_of_node(&self) -> Option<NodeTurn> {
        self.slots.turns.next(self.workspace_id).await
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.end_wait();
        self.slots.give_back((self.workspace_id, self.endpoint_id), self.bytes);
    }
}
