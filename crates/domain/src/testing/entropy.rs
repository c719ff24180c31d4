//! Random bytes that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::entropy::Entropy;

/// Bytes that follow from a seed: different on every call, the same in every run. Never for production.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    calls: AtomicU64,
}

impl SeededEntropy {
    /// A source that starts at `seed`.
    pub fn new(seed: u64) -> Self {
        Self { seed, calls: AtomicU64::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.seed.to_be_bytes()).update(&call.to_be_bytes());
        hasher.finalize_xof().fill(bytes);
    }
}
