//! What the limiter failed with, kept until somebody logs it: the domain has no log, and a line for each request would bury the rest.

use std::sync::{Mutex, PoisonError};

use super::LimiterError;

/// Failures of the limiter since they were taken last.
#[derive(Debug)]
pub struct LimiterFaults {
    /// How many; never zero.
    pub count: u64,
    /// The last one.
    pub last: LimiterError,
}

/// Where they are kept: in one place, however many there are.
#[derive(Debug, Default)]
pub(super) struct Faults(Mutex<Option<LimiterFaults>>);

impl Faults {
    pub(super) fn note(&self, last: LimiterError) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = kept.as_ref().map_or(0, |faults| faults.count).saturating_add(1);
        *kept = Some(LimiterFaults { count, last });
    }

    pub(super) fn take(&self) -> Option<LimiterFaults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
