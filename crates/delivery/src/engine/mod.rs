//! The deliveries of one node: claimed or handed over, sent, recorded.
//!
//! ```text
//! publish ──dispatch──▶ Slots ──turn──▶ Sender ──▶ record ──▶ store
//! store ───claim──────▶   │                          │
//!                         └──── no room: release ────┘   also what was recalled before its turn
//! ```
//!
//! No transaction and no connection is held across an await: a claim, a record and a release are queued with the store and called
//! back. What is in memory is leased to this node's session, so that a crash loses nothing: the next start takes it over. What is
//! leased and not in memory, although the node lives, is found by a recount.

mod caught;
mod circuits;
mod claims;
mod counting;
mod courier;
mod custody;
mod digest;
mod dispatch;
mod heartbeat;
#[cfg(test)]
mod heartbeat_tests;
mod leasing;
mod node_turns;
mod notices;
mod options;
mod pacing;
mod persist;
mod recalled;
mod recount;
mod run;
mod shares;
mod slot;
mod slots;
#[cfg(test)]
mod slots_tests;
mod stock;
mod successes;
#[cfg(test)]
mod successes_tests;
mod takeover;
mod turns;
mod wish;

pub use dispatch::DispatchHandle;
pub use options::EngineOptions;
pub use run::{Engine, EngineParts, ShutdownReport};
