//! What follows from changes of endpoints and is too much for their own transactions: done in bounded steps.

use std::sync::Arc;

use super::{DeliveryError, Dispatcher, EndpointTx};
use crate::store::{Lane, UnitOfWork, write};
use crate::time::Clock;

/// Rows touched in one transaction: the bound of the background lane.
const ROWS: usize = 500;

/// Brings deliveries in line with their endpoints.
pub struct Upkeep {
    store: Arc<dyn UnitOfWork<dyn EndpointTx>>,
    dispatcher: Arc<dyn Dispatcher>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Upkeep {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upkeep").finish_non_exhaustive()
    }
}

impl Upkeep {
    /// Looks after the deliveries of a store.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn EndpointTx>>,
        dispatcher: Arc<dyn Dispatcher>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { store, dispatcher, clock }
    }

    /// Makes held deliveries of endpoints that are active again wait, and closes those of deleted endpoints: 500 of each at most.
    /// `true` when there may be more. Costs one look-up an endpoint when there is nothing to do.
    ///
    /// # Errors
    /// The store's own.
    pub fn step(&self) -> Result<bool, DeliveryError> {
        let now = self.clock.now();
        let released = write(&*self.store, Lane::Background, |tx| tx.release_held(now, ROWS))?;
        if released > 0 {
            self.dispatcher.wake();
        }
        let closed = write(&*self.store, Lane::Background, |tx| tx.close_deleted(now, ROWS))?;
        Ok(released == ROWS || closed == ROWS)
    }
}
