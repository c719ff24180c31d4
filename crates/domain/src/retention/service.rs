//! Removes events that are older than the policy, with their deliveries and attempts, then what endpoints were for none but these, and
//! endpoints that nothing names any more.
//!
//! *Threat:* a table that grows until the disk is full; a removal that holds up live deliveries, or takes what is still to be sent.
//! *Defence:* one transaction touches 500 rows at most; an event goes last of its own, and stays as long as any of its deliveries is not
//! over. *Not defended:* a system clock that is years ahead, for which everything is old.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use super::{KeptDelivery, RetentionTx};
use crate::id::{DeliveryId, EndpointId, EventId};
use crate::store::{Lane, StoreError, UnitOfWork, read, write};
use crate::time::Clock;

/// Rows that one transaction removes at most: the bound of the background lane.
pub const REMOVED_ROWS_MAX: usize = 500;
/// Revisions of an endpoint that one call removes at most: its hours of eight days and its secrets go in the same transaction.
pub const RETIRED_REVISIONS_MAX: usize = 250;
/// Events that one step looks at, when they have few deliveries.
const EVENTS_A_STEP: usize = 100;
/// Endpoints that one pass looks at.
const ENDPOINTS_A_PASS: usize = 500;

/// What a step has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many events.
    pub events: usize,
    /// How many deliveries.
    pub deliveries: usize,
    /// How many attempts.
    pub attempts: usize,
    /// How many revisions of endpoints, besides those that went with their endpoints.
    pub revisions: usize,
    /// How many endpoints; each in a transaction of its own.
    pub endpoints: usize,
    /// One of the endpoints that nothing named and that could not be removed; `None` when there were none.
    pub stuck_endpoint: Option<EndpointId>,
    /// Whether the pass is over: everything that is old has been looked at.
    pub is_last: bool,
}

/// Removes what is old, pass after pass.
pub struct Retention {
    store: Arc<dyn UnitOfWork<dyn RetentionTx>>,
    clock: Arc<dyn Clock>,
    /// How long events are kept; `None` for ever.
    kept_for: Option<Duration>,
    /// The last event of this pass that is done with.
    cursor: Option<EventId>,
    /// Endpoints that nothing named in the pass before.
    unreferenced: Vec<EndpointId>,
}

impl std::fmt::Debug for Retention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Retention").field("kept_for", &self.kept_for).finish_non_exhaustive()
    }
}

impl Retention {
    /// Keeps events of a store for so long; `None` for ever.
    pub fn new(store: Arc<dyn UnitOfWork<dyn RetentionTx>>, clock: Arc<dyn Clock>, kept_for: Option<Duration>) -> Self {
        Self { store, clock, kept_for, cursor: None, unreferenced: Vec::new() }
    }

    /// Removes up to [`REMOVED_ROWS_MAX`] rows that are old. After the last step of a pass the next one begins anew.
    ///
    /// # Errors
    /// The store's own: the step may be taken again.
    pub fn step(&mut self) -> Result<Removed, StoreError> {
        let Some(kept_for) = self.kept_for else {
            return self.retire_endpoints(Removed::default());
        };
        let before = EventId::lowest_at(self.clock.now().minus(kept_for));
        let after = self.cursor;
        let (removed, cursor) = write(&*self.store, Lane::Background, |tx| remove(tx, after, before))?;
        match cursor {
            Cursor::Stay => Ok(removed),
            Cursor::Move(last) => {
                self.cursor = Some(last);
                Ok(removed)
            }
            Cursor::End => {
                let revisions =
                    write(&*self.store, Lane::Background, |tx| tx.delete_revisions(before, REMOVED_ROWS_MAX))?;
                let removed = Removed { revisions, ..Removed::default() };
                if revisions >= REMOVED_ROWS_MAX {
                    return Ok(removed);
                }
                self.cursor = None;
                self.retire_endpoints(removed)
            }
        }
    }

    /// Removes the rows of endpoints that nothing names now and nothing named in the pass before.
    ///
    /// An event that is being published while its endpoint is deleted names the endpoint only when it commits, on PostgreSQL a moment
    /// after the deletion. No transaction lasts from one pass to the next.
    fn retire_endpoints(&mut self, removed: Removed) -> Result<Removed, StoreError> {
        let unreferenced = read(&*self.store, |tx| tx.list_unreferenced_endpoints(ENDPOINTS_A_PASS))?;
        let mut removed = Removed { is_last: true, ..removed };
        for id in unreferenced.iter().filter(|id| self.unreferenced.contains(id)) {
            match write(&*self.store, Lane::Background, |tx| tx.delete_unreferenced_endpoint(*id)) {
                Ok(is_gone) => removed.endpoints += usize::from(is_gone),
                // Something refers to it that this release does not know. It must not keep the others.
                Err(StoreError::Conflict(_)) => removed.stuck_endpoint = Some(*id),
                Err(error) => return Err(error),
            }
        }
        self.unreferenced = unreferenced;
        Ok(removed)
    }
}

/// Where a step leaves the pass.
enum Cursor {
    /// Not all of what it has looked at is gone: the next step looks again.
    Stay,
    /// Up to this event all is done.
    Move(EventId),
    /// There was nothing left.
    End,
}

/// Removes from the bottom up: an event whose deliveries are half gone is found again by the next step, or after a crash.
fn remove(
    tx: &mut (dyn RetentionTx + 'static),
    after: Option<EventId>,
    before: EventId,
) -> Result<(Removed, Cursor), StoreError> {
    let (events, deliveries) = found(tx, after, before)?;
    let Some(last) = events.last() else {
        return Ok((Removed::default(), Cursor::End));
    };
    let open: HashSet<EventId> =
        deliveries.iter().filter(|delivery| !delivery.is_over).map(|delivery| delivery.event_id).collect();
    let is_old = |delivery: &&KeptDelivery| !open.contains(&delivery.event_id);
    let old: Vec<DeliveryId> = deliveries.iter().filter(is_old).map(|delivery| delivery.id).collect();
    let old_events: Vec<EventId> = events.iter().copied().filter(|id| !open.contains(id)).collect();

    let mut removed = Removed { attempts: tx.delete_attempts(&old, REMOVED_ROWS_MAX)?, ..Removed::default() };
    let mut left = REMOVED_ROWS_MAX.saturating_sub(removed.attempts);
    let (now, later) = old.split_at(left.min(old.len()));
    // Attempts that are left have no delivery to be found by once it is gone.
    if left == 0 {
        return Ok((removed, Cursor::Stay));
    }
    removed.deliveries = tx.delete_deliveries(now)?;
    left = left.saturating_sub(now.len());
    if !later.is_empty() {
        return Ok((removed, Cursor::Stay));
    }
    let (now, later) = old_events.split_at(left.min(old_events.len()));
    removed.events = tx.delete_events(now)?;
    Ok((removed, if later.is_empty() { Cursor::Move(*last) } else { Cursor::Stay }))
}

/// As many of the oldest events as have no more deliveries than one step removes.
fn found(
    tx: &mut (dyn RetentionTx + 'static),
    after: Option<EventId>,
    before: EventId,
) -> Result<(Vec<EventId>, Vec<KeptDelivery>), StoreError> {
    let mut events = tx.list_old_events(after, before, EVENTS_A_STEP)?;
    loop {
        let deliveries = tx.list_deliveries_of(&events, REMOVED_ROWS_MAX + 1)?;
        if deliveries.len() <= REMOVED_ROWS_MAX || events.len() <= 1 {
            return Ok((events, deliveries));
        }
        events.truncate(events.len() / 2);
    }
}
