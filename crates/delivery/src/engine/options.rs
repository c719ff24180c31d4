//! How much one node does at once, and how often it looks around.

use std::num::NonZeroUsize;
use std::time::Duration;

/// How much one node does at once, and how often it looks around.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EngineOptions {
    /// Requests in flight. Twice as many deliveries are held in memory, so that a free slot has its next request at hand.
    pub in_flight_max: NonZeroUsize,
    /// Requests in flight to one endpoint: a slow receiver costs no more than these.
    pub per_endpoint_max: NonZeroUsize,
    /// Payload bytes held in memory, from which on nothing more is taken: the last delivery may reach past it, so that even one that
    /// is larger than all of it is sent.
    pub held_bytes_max: NonZeroUsize,
    /// Longest time without a look into the store: what another node published, and what nobody woke us for.
    pub poll: Duration,
    /// Time between two beats of this node's session; well below the silence after which others take over.
    pub beat: Duration,
    /// Time between two comparisons of what the store says this node is sending with what it holds. What was lost on the way is sent
    /// after two of them; far longer than the moment between a commit and what follows it in memory.
    pub recount: Duration,
    /// Whether no other node can have this store: then a start takes over at once what earlier runs left.
    pub single_owner: bool,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            in_flight_max: const { NonZeroUsize::new(512).expect("it is not 0") },
            per_endpoint_max: const { NonZeroUsize::new(16).expect("it is not 0") },
            held_bytes_max: const { NonZeroUsize::new(64 * 1024 * 1024).expect("it is not 0") },
            poll: Duration::from_secs(1),
            beat: Duration::from_secs(2),
            recount: Duration::from_secs(15),
            single_owner: false,
        }
    }
}
