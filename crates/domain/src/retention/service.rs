//! Removes events that are older than the policy, with their deliveries and attempts, then what endpoints were for none but these, and
//! endpoints that nothing names any more.
//!
//! *Threat:* a table that grows until the disk is full; a removal that holds up live deliveries, or takes what is still to be sent.
//! *Defence:* one transaction touches 500 rows at most, and there is none where a reader has found nothing to remove; an event goes last
//! of its own, and stays as long as any of its deliveries is not over. What waits for an endpoint that gets nothing, or for a decision,
//! and has done so for longer than events are kept, comes to its end as `expired`: a day later it goes with its event. *Not defended:* a
//! system clock that is years ahead, for which everything is old.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::expired::Expired;
use super::kept::Ages;
use super::{KeptDelivery, RetentionTx};
use crate::audit::{Actor, AuditDraft, append};
use crate::id::{DeliveryId, EndpointId, EventId, WorkspaceId};
use crate::notices::Notice;
use crate::store::{Lane, StoreError, UnitOfWork, read, write};
use crate::time::{Clock, Timestamp};
use crate::webhooks::DeliveryState;

/// Rows that one transaction removes at most: the bound of the background lane.
pub const REMOVED_ROWS_MAX: usize = 500;
/// Revisions of an endpoint that one call removes at most: its hours of eight days and its secrets go in the same transaction.
pub const RETIRED_REVISIONS_MAX: usize = 250;
/// Events that one step looks at, when they have few deliveries: with one each they are all that one transaction removes. The pauses
/// between the steps are most of what a pass takes.
const EVENTS_A_STEP: usize = 250;
/// How often a step looks further when it finds nothing to remove: some ten milliseconds of a reader's time.
const LOOKS_A_STEP: usize = 8;
/// Deliveries that one transaction lets expire: there is room left for a line in the log of each workspace, and those are not more than
/// [`EVENTS_A_STEP`].
const EXPIRED_A_STEP: usize = REMOVED_ROWS_MAX - EVENTS_A_STEP;
/// Endpoints that one pass looks at.
const ENDPOINTS_A_PASS: usize = 500;

/// What a step has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// How many events.
    pub events: usize,
    /// How many deliveries.
    pub deliveries: usize,
    /// How many attempts.
    pub attempts: usize,
    /// How many deliveries have expired: those are there still.
    pub expired: usize,
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
    /// What nobody was told of.
    expired: Expired,
}

impl std::fmt::Debug for Retention {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Retention").field("kept_for", &self.kept_for).finish_non_exhaustive()
    }
}

impl Retention {
    /// Keeps events of a store for so long; `None` for ever.
    pub fn new(store: Arc<dyn UnitOfWork<dyn RetentionTx>>, clock: Arc<dyn Clock>, kept_for: Option<Duration>) -> Self {
        Self { store, clock, kept_for, cursor: None, unreferenced: Vec::new(), expired: Expired::default() }
    }

    /// Removes up to [`REMOVED_ROWS_MAX`] rows that are old. After the last step of a pass the next one begins anew.
    ///
    /// # Errors
    /// The store's own: the step may be taken again.
    pub fn step(&mut self) -> Result<Removed, StoreError> {
        let Some(kept_for) = self.kept_for else {
            return self.retire_endpoints(Removed::default());
        };
        let ages = Ages::at(self.clock.now(), kept_for);
        let cursor = self.cursor;
        match read(&*self.store, |tx| look(tx, cursor, &ages))? {
            Sight::Nothing(last) => {
                self.cursor = Some(last);
                Ok(Removed::default())
            }
            Sight::Something(after) => {
                let done = write(&*self.store, Lane::Background, |tx| remove(tx, after, &ages))?;
                self.cursor = done.last.or(after);
                self.expired.add(&done.expired);
                Ok(done.removed)
            }
            Sight::End => self.end_pass(&ages),
        }
    }

    /// What operators should know of the deliveries that have expired since the last call: one notice for each endpoint. Call it after
    /// the last step of a pass.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.expired.take()
    }

    /// Removes what is left when all events have been looked at.
    fn end_pass(&mut self, ages: &Ages) -> Result<Removed, StoreError> {
        let before = ages.end();
        let mut removed = Removed::default();
        if read(&*self.store, |tx| tx.has_unmet_revisions(before))? {
            removed.revisions =
                write(&*self.store, Lane::Background, |tx| tx.delete_revisions(before, REMOVED_ROWS_MAX))?;
            if removed.revisions >= REMOVED_ROWS_MAX {
                return Ok(removed);
            }
        }
        self.cursor = None;
        self.retire_endpoints(removed)
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

/// What a reader sees of what is old.
enum Sight {
    /// Nothing to do up to this event, and more to look at.
    Nothing(EventId),
    /// Something to do right after this event.
    Something(Option<EventId>),
    /// Nothing more that is old.
    End,
}

/// Some of the oldest events.
struct Found {
    events: Vec<EventId>,
    deliveries: Vec<KeptDelivery>,
    /// Deliveries that wait for an endpoint that gets nothing, or for a decision, for longer than events are kept.
    in_vain: Vec<KeptDelivery>,
    /// Events that one of their deliveries keeps.
    open: HashSet<EventId>,
}

impl Found {
    fn is_idle(&self) -> bool {
        self.in_vain.is_empty() && self.events.iter().all(|id| self.open.contains(id))
    }
}

/// Looks for something to do without keeping anybody from writing.
fn look(tx: &mut (dyn RetentionTx + 'static), cursor: Option<EventId>, ages: &Ages) -> Result<Sight, StoreError> {
    let mut after = cursor;
    for _ in 0..LOOKS_A_STEP {
        let found = found(tx, after, ages)?;
        let Some(last) = found.events.last() else {
            return Ok(Sight::End);
        };
        if !found.is_idle() {
            return Ok(Sight::Something(after));
        }
        after = Some(*last);
    }
    Ok(after.map_or(Sight::End, Sight::Nothing))
}

/// What one transaction has done.
struct Done {
    removed: Removed,
    /// What has expired.
    expired: Vec<KeptDelivery>,
    /// The last event that is done with; `None` while the next step has to look at the same ones again.
    last: Option<EventId>,
}

impl Done {
    fn removed(removed: Removed, last: Option<EventId>) -> Self {
        Self { removed, expired: Vec::new(), last }
    }
}

/// Removes from the bottom up: an event whose deliveries are half gone is found again by the next step, or after a crash.
fn remove(tx: &mut (dyn RetentionTx + 'static), after: Option<EventId>, ages: &Ages) -> Result<Done, StoreError> {
    let mut found = found(tx, after, ages)?;
    found.in_vain.truncate(EXPIRED_A_STEP);
    let expired = expire(tx, &found.in_vain, ages.now)?;
    if expired > 0 {
        let removed = Removed { expired, ..Removed::default() };
        return Ok(Done { removed, expired: found.in_vain, last: None });
    }
    let is_old = |delivery: &&KeptDelivery| !found.open.contains(&delivery.event_id);
    let old: Vec<DeliveryId> = found.deliveries.iter().filter(is_old).map(|delivery| delivery.id).collect();
    let old_events: Vec<EventId> = found.events.iter().copied().filter(|id| !found.open.contains(id)).collect();

    let mut removed = Removed { attempts: tx.delete_attempts(&old, REMOVED_ROWS_MAX)?, ..Removed::default() };
    let mut left = REMOVED_ROWS_MAX.saturating_sub(removed.attempts);
    let (now, later) = old.split_at(left.min(old.len()));
    // Attempts that are left have no delivery to be found by once it is gone.
    if left == 0 {
        return Ok(Done::removed(removed, None));
    }
    removed.deliveries = tx.delete_deliveries(now)?;
    left = left.saturating_sub(now.len());
    if !later.is_empty() {
        return Ok(Done::removed(removed, None));
    }
    let (now, later) = old_events.split_at(left.min(old_events.len()));
    removed.events = tx.delete_events(now)?;
    Ok(Done::removed(removed, found.events.last().copied().filter(|_| later.is_empty())))
}

/// As many of the oldest events as have no more deliveries than one step removes.
fn found(tx: &mut (dyn RetentionTx + 'static), after: Option<EventId>, ages: &Ages) -> Result<Found, StoreError> {
    let mut events = tx.list_old_events(after, ages.end(), EVENTS_A_STEP)?;
    let deliveries = loop {
        let deliveries = tx.list_deliveries_of(&events, REMOVED_ROWS_MAX + 1)?;
        if deliveries.len() <= REMOVED_ROWS_MAX || events.len() <= 1 {
            break deliveries;
        }
        events.truncate(events.len() / 2);
    };
    let in_vain = in_vain(tx, &deliveries, ages)?;
    let is_open = |delivery: &&KeptDelivery| ages.keeps_event(delivery);
    let open = deliveries.iter().filter(is_open).map(|delivery| delivery.event_id).collect();
    Ok(Found { events, deliveries, in_vain, open })
}

/// Those of these deliveries that are overdue and to which nothing happens by itself: they are withheld, or their endpoint is paused,
/// disabled, or given up. What is overdue for an endpoint that gets deliveries is left to it.
fn in_vain(
    tx: &mut (dyn RetentionTx + 'static),
    deliveries: &[KeptDelivery],
    ages: &Ages,
) -> Result<Vec<KeptDelivery>, StoreError> {
    let overdue: Vec<KeptDelivery> = deliveries.iter().filter(|delivery| ages.is_overdue(delivery)).copied().collect();
    if overdue.is_empty() {
        return Ok(overdue);
    }
    let endpoints: HashSet<EndpointId> = overdue.iter().map(|delivery| delivery.endpoint_id).collect();
    let endpoints: Vec<EndpointId> = endpoints.into_iter().collect();
    let mut idle: HashSet<EndpointId> = tx.list_stopped_endpoints(&endpoints)?.into_iter().collect();
    let failing = tx.list_health_of(&endpoints)?;
    idle.extend(failing.iter().filter(|health| ages.is_given_up_by(health)).map(|health| health.endpoint_id));
    let waits_in_vain = |delivery: &KeptDelivery| {
        delivery.state == Some(DeliveryState::Withheld) || idle.contains(&delivery.endpoint_id)
    };
    Ok(overdue.into_iter().filter(waits_in_vain).collect())
}

/// Gives deliveries up, and says so in the logs of their workspaces; returns how many those were.
fn expire(tx: &mut (dyn RetentionTx + 'static), in_vain: &[KeptDelivery], at: Timestamp) -> Result<usize, StoreError> {
    // In the order of the workspaces, whose logs are locked one after the other: two nodes that do this at once never wait for each other.
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<DeliveryId>> = BTreeMap::new();
    for delivery in in_vain {
        by_workspace.entry(delivery.workspace_id).or_default().push(delivery.id);
    }
    let mut expired = 0;
    for (workspace_id, ids) in by_workspace {
        let count = tx.close_expired(&ids, at)?;
        if count > 0 {
            let (actor, action, detail) = (Actor::System, "deliveries.expired", json!({ "count": count }));
            append(tx, &AuditDraft { workspace_id, at, actor, action, subject: workspace_id.to_string(), detail })?;
        }
        expired += count;
    }
    Ok(expired)
}
