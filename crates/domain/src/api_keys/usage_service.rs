//! Writes down when keys were last used: in batches, never within a request.

use std::sync::Arc;

use super::{ApiKeyTx, KeyDirectory};
use crate::store::{Lane, StoreError, UnitOfWork, write};

/// Rows of one batch: the bound of the background lane.
const BATCH_ROWS: usize = 500;

/// Writes gathered uses to the store.
pub struct LastUseFlusher {
    store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>,
    directory: Arc<KeyDirectory>,
}

impl std::fmt::Debug for LastUseFlusher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LastUseFlusher").finish_non_exhaustive()
    }
}

impl LastUseFlusher {
    /// A flusher from `directory` to `store`.
    pub fn new(store: Arc<dyn UnitOfWork<dyn ApiKeyTx>>, directory: Arc<KeyDirectory>) -> Self {
        Self { store, directory }
    }

    /// Writes everything gathered so far; returns how many keys that were.
    ///
    /// Call it every few seconds and once before leaving: what a crash can cost is the time between two calls.
    ///
    /// # Errors
    /// The store's own; the batch that failed is written by the next call.
    pub fn flush(&self) -> Result<usize, StoreError> {
        let mut written = 0;
        loop {
            let digests = self.directory.take_used(BATCH_ROWS);
            if digests.is_empty() {
                self.flush_stragglers()?;
                return Ok(written);
            }
            let uses = self.directory.last_uses(&digests);
            let outcome = write(&*self.store, Lane::Background, |tx| tx.record_last_uses(&uses));
            if outcome.is_err() {
                self.directory.mark_used(&digests);
            }
            outcome?;
            written += uses.len();
        }
    }

    /// Writes who has called with keys that have a successor: what was counted until now, so that this ends however many call meanwhile.
    fn flush_stragglers(&self) -> Result<(), StoreError> {
        let counted = self.directory.stragglers().take();
        let mut batches = counted.chunks(BATCH_ROWS);
        while let Some(batch) = batches.next() {
            let written = write(&*self.store, Lane::Background, |tx| tx.add_stragglers(batch));
            if let Err(error) = written {
                // An unknown outcome may count these twice, which is better than never.
                batches.chain([batch]).for_each(|batch| self.directory.stragglers().put_back(batch));
                return Err(error);
            }
        }
        Ok(())
    }
}
