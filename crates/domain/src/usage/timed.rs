//! What became of calls, and how long the hub took to answer them.

use super::{CallCounts, KeyHour};
use crate::id::KeyId;
use crate::latencies::Latencies;
use crate::tally::Tally;

/// Calls by what became of them, and how long the hub took to answer those that it answered itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimedCalls {
    /// How many.
    pub counts: CallCounts,
    /// From the start of a request to the head of its answer. Fewer than calls where a key was asked about by somebody else, whose
    /// call is the one that was answered.
    pub latencies: Latencies,
}

impl TimedCalls {
    /// Counts what others have counted.
    pub fn add(&mut self, other: &Self) {
        self.counts.add(&other.counts);
        self.latencies.add(&other.latencies);
    }
}

/// An hour of a key as this node has counted it: what the key's own row keeps, and how long answers took, which is kept for all keys of
/// its workspace together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedHour {
    /// What the key's row keeps.
    pub of_key: KeyHour,
    /// How long answers took.
    pub latencies: Latencies,
}

impl TimedHour {
    /// What the workspace of the key keeps.
    pub const fn calls(&self) -> TimedCalls {
        TimedCalls { counts: self.of_key.counts, latencies: self.latencies }
    }
}

impl From<KeyHour> for TimedHour {
    fn from(of_key: KeyHour) -> Self {
        Self { of_key, latencies: Latencies::default() }
    }
}

impl Tally for TimedHour {
    type Key = (KeyId, i64);

    fn key(&self) -> Self::Key {
        (self.of_key.key_id, self.of_key.hour)
    }

    fn add(&mut self, other: &Self) {
        self.of_key.add(&other.of_key);
        self.latencies.add(&other.latencies);
    }
}
