//! What a policy has decided.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts of one policy in memory: they begin at zero with the hub, or with the policy.
#[derive(Debug, Default)]
pub(super) struct Counters {
    allowed: AtomicU64,
    refused: AtomicU64,
    shadow_refused: AtomicU64,
}

/// What a policy has decided, so far or in some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PolicyCounts {
    /// Requests that fitted into it.
    pub allowed: u64,
    /// Requests that it refused.
    pub refused: u64,
    /// Requests that passed and that it would have refused, had it been enforced.
    pub shadow_refused: u64,
}

impl PolicyCounts {
    /// Requests that it decided over.
    pub const fn decided(&self) -> u64 {
        self.allowed.saturating_add(self.refused).saturating_add(self.shadow_refused)
    }

    /// Counts what was counted elsewhere.
    pub const fn add(&mut self, other: &Self) {
        self.allowed = self.allowed.saturating_add(other.allowed);
        self.refused = self.refused.saturating_add(other.refused);
        self.shadow_refused = self.shadow_refused.saturating_add(other.shadow_refused);
    }

    /// What has come since it was `earlier`.
    pub(super) const fn since(&self, earlier: &Self) -> Self {
        Self {
            allowed: self.allowed.saturating_sub(earlier.allowed),
            refused: self.refused.saturating_sub(earlier.refused),
            shadow_refused: self.shadow_refused.saturating_sub(earlier.shadow_refused),
        }
    }
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
