//! Attempts that were cut off: the node that held a delivery ended before it told the outcome.
//!
//! Nothing is written when a request leaves, so that nobody knows whether it did: what a node held when it ended may have been sent.

use super::{Attempt, Delivery, FailureKind, Report};
use crate::time::Timestamp;

/// How many interrupted attempts of one delivery are kept: each adds to its log, which is read as a whole.
pub const INTERRUPTIONS_MAX: u32 = 100;

/// What is said of an interrupted attempt.
pub const INTERRUPTED_DETAIL: &str =
    "interrupted: it may have been sent; the node that held it ended before it told the outcome";

impl Delivery {
    /// The delivery taken away from the session that held it, due at once, and the attempt that was cut off with it.
    ///
    /// The attempt has a number and uses up none of the schedule. It began when it was found, because nobody knows when it did. No
    /// attempt is kept past [`INTERRUPTIONS_MAX`].
    #[must_use]
    pub fn interrupted(self, now: Timestamp) -> (Self, Option<Attempt>) {
        let session_id = self.lease.map(|lease| lease.session_id);
        if self.interruptions >= INTERRUPTIONS_MAX {
            return (self.released(now), None);
        }
        let (attempts, interruptions) = (self.attempts.saturating_add(1), self.interruptions.saturating_add(1));
        let delivery = Self { attempts, interruptions, ..self.released(now) };
        let attempt = Attempt {
            delivery_id: delivery.id,
            number: attempts,
            started_at: now,
            duration_ms: 0,
            status: None,
            failure: Some(FailureKind::Interrupted),
            detail: Some(INTERRUPTED_DETAIL.to_owned()),
            body_excerpt: Vec::new(),
            secret_ids: Vec::new(),
            report: Report { session_id, ..Report::default() },
        };
        (delivery, Some(attempt))
    }
}
