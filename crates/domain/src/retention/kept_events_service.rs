//! What is kept of events at this moment, for whoever asks how far back they reach.

use std::sync::Arc;
use std::time::Duration;

use super::RetentionTx;
use crate::id::EventId;
use crate::store::{StoreError, UnitOfWork, read};
use crate::time::{Clock, Timestamp};

/// Events past their time that are counted at most: a few milliseconds of a reader's time.
pub const OLD_EVENTS_COUNTED_MAX: usize = 1_000;

/// Above the ids of all events.
const END: EventId = EventId::from_bytes([0xff; 16]);

/// Tells how far back events reach.
#[derive(Clone)]
pub struct KeptEvents {
    store: Arc<dyn UnitOfWork<dyn RetentionTx>>,
    clock: Arc<dyn Clock>,
    kept_for: Option<Duration>,
}

impl std::fmt::Debug for KeptEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptEvents").field("kept_for", &self.kept_for).finish_non_exhaustive()
    }
}

/// How far back events of all workspaces reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// When the oldest one was accepted, to the millisecond; `None` where there is none.
    pub oldest_at: Option<Timestamp>,
    /// How many are past their time, counted to [`OLD_EVENTS_COUNTED_MAX`].
    pub old: usize,
}

impl KeptEvents {
    /// Looks into a store that keeps events for so long; `None` for ever.
    pub fn new(store: Arc<dyn UnitOfWork<dyn RetentionTx>>, clock: Arc<dyn Clock>, kept_for: Option<Duration>) -> Self {
        Self { store, clock, kept_for }
    }

    /// How long events are kept; `None` for ever.
    pub const fn kept_for(&self) -> Option<Duration> {
        self.kept_for
    }

    /// How far back they reach now. Reads the ends of an index.
    ///
    /// # Errors
    /// The store's own.
    pub fn look(&self) -> Result<Kept, StoreError> {
        let before = self.kept_for.map(|kept_for| EventId::lowest_at(self.clock.now().minus(kept_for)));
        read(&*self.store, |tx| {
            let oldest = tx.list_old_events(None, END, 1)?;
            let old = match before {
                Some(before) => tx.list_old_events(None, before, OLD_EVENTS_COUNTED_MAX)?.len(),
                None => 0,
            };
            Ok(Kept { oldest_at: oldest.first().map(EventId::made_at), old })
        })
    }
}
