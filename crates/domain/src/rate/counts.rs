//! What a policy has decided since the hub started.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one policy. In memory only: they begin at zero with the hub, or with the policy.
#[derive(Debug, Default)]
pub(super) struct Counters {
    allowed: AtomicU64,
    refused: AtomicU64,
    shadow_refused: AtomicU64,
}

/// What a policy has decided so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyCounts {
    /// Requests that fitted into it.
    pub allowed: u64,
    /// Requests that it refused.
    pub refused: u64,
    /// Requests that passed and that it would have refused, had it been enforced.
    pub shadow_refused: u64,
}

impl Counters {
    pub(super) fn allow(&self) {
        self.allowed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn refuse_in_shadow(&self) {
        self.shadow_refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> PolicyCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (allowed, refused) = (read(&self.allowed), read(&self.refused));
        PolicyCounts { allowed, refused, shadow_refused: read(&self.shadow_refused) }
    }
}
