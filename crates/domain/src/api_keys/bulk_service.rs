//! Locks, unlocks and revokes many keys in one transaction.
//!
//! Each key is judged as if it were asked for alone, so that nobody does in bulk what it may not do to one. All of them are locked in
//! the order of their ids before the first is logged: two bulk changes, or one and a single change, follow each other and never wait
//! for each other.

use std::sync::Arc;

use super::bulk::{BULK_MATCHES_MAX, BULK_REMAINING_MAX};
use super::own_rate_service::DroppedRates;
use super::service::{log_move, moved};
use super::tell_service::Telling;
use super::{
    ApiKey, ApiKeyError, ApiKeyFilter, ApiKeyTx, ApiKeys, BulkChange, BulkFate, BulkOutcome, BulkResult, BulkTarget,
    KeyTold, Scope, Transition,
};
use crate::access::Asker;
use crate::id::{EventId, KeyId, WorkspaceId};
use crate::page::{PageRequest, PageSize};
use crate::store::{Change, Prepared, StoreError, read};
use crate::time::Timestamp;

/// A bulk change within one transaction.
struct Bulk {
    asker: Asker,
    workspace_id: WorkspaceId,
    change: BulkChange,
    now: Timestamp,
}

/// Keys that a bulk change is about, in the order of their ids.
#[derive(Default)]
struct Reached {
    ids: Vec<KeyId>,
    next: Option<KeyId>,
    remaining: usize,
}

impl ApiKeys {
    /// Changes the status of many keys: of all those that may be changed, or of none when the store fails.
    ///
    /// A key that the asker could not change alone is left as it is, and named with the reason.
    ///
    /// *Repeat:* what was changed before is unchanged then; a filter goes on to the keys that it has not reached.
    ///
    /// # Errors
    /// [`ApiKeyError::Forbidden`], [`ApiKeyError::BulkTooLarge`], [`ApiKeyError::BulkFilterEmpty`], and the store's own.
    pub fn change_many(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        change: BulkChange,
    ) -> Result<
        Prepared<dyn ApiKeyTx, impl Change<dyn ApiKeyTx, Output = BulkOutcome, Error = ApiKeyError> + use<>>,
        ApiKeyError,
    > {
        let bulk = self.bulk(asker, workspace_id, change)?;
        let event_ids = self.event_ids(bulk.now, bulk.keys_max());
        let (acknowledge, doubted) = (self.acknowledge(), Arc::clone(&self.directory));
        let rates = DroppedRates::new(Arc::clone(&self.rulebook));
        let (dropped, unsure) = (Arc::clone(&rates), Arc::clone(&rates));
        let committed = move |outcome: &mut BulkOutcome| {
            outcome.receipt = Some(acknowledge(&outcome.changed));
            dropped.apply();
        };
        let unsettled = move |outcome: &mut BulkOutcome| {
            outcome.changed.iter().for_each(|key| doubted.doubt(key));
            unsure.doubt();
        };
        let apply = move |tx: &mut (dyn ApiKeyTx + 'static), telling: &mut Telling| {
            let outcome = bulk.carry_out(tx, telling, &event_ids)?;
            rates.write(tx, &outcome.changed, (&bulk.asker, bulk.now))?;
            Ok(outcome)
        };
        Ok(self.prepare_telling(apply, committed, unsettled))
    }

    /// What [`ApiKeys::change_many`] would do now. Changes nothing.
    ///
    /// # Errors
    /// As for that.
    pub fn preview_many(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        change: BulkChange,
    ) -> Result<BulkOutcome, ApiKeyError> {
        let bulk = self.bulk(asker, workspace_id, change)?;
        read(&*self.store, |tx| Ok(bulk.plan(tx)?.0))
    }

    fn bulk(&self, asker: Asker, workspace_id: WorkspaceId, change: BulkChange) -> Result<Bulk, ApiKeyError> {
        asker.require(Scope::KeysWrite)?;
        change.check()?;
        Ok(Bulk { asker, workspace_id, change, now: self.clock.now() })
    }
}

impl Bulk {
    /// Most keys that it reaches.
    fn keys_max(&self) -> usize {
        match &self.change.target {
            BulkTarget::Keys(ids) => ids.len(),
            // The last page may go beyond.
            BulkTarget::Matches { .. } => BULK_MATCHES_MAX + PageSize::MAX.get(),
        }
    }

    fn carry_out(
        &self,
        tx: &mut (dyn ApiKeyTx + 'static),
        telling: &mut Telling,
        event_ids: &[EventId],
    ) -> Result<BulkOutcome, ApiKeyError> {
        let (outcome, befores) = self.plan(tx)?;
        let changes = befores.iter().zip(&outcome.changed);
        for ((before, key), event_id) in changes.zip(event_ids) {
            tx.update_api_key(key)?;
            let told = KeyTold::of(*event_id, (self.asker.actor(), self.now), self.transition().into(), key);
            telling.tell(tx, told)?;
            log_move(tx, (before, key), self.transition(), (&self.asker, self.now))?;
        }
        Ok(outcome)
    }

    /// What becomes of each key; and those that change, as they were. In a transaction that writes, all of them are locked then.
    fn plan(&self, tx: &mut (dyn ApiKeyTx + 'static)) -> Result<(BulkOutcome, Vec<ApiKey>), ApiKeyError> {
        let Reached { ids, next, remaining } = self.reached(tx)?;
        let mut outcome = BulkOutcome { next, remaining, ..BulkOutcome::default() };
        let mut befores = Vec::new();
        for id in ids {
            let key = tx.find_api_key(self.workspace_id, id)?;
            let judged = key.ok_or(ApiKeyError::NotFound(id)).and_then(|key| {
                self.check_wanted(&key)?;
                let after = moved(&key, self.transition(), self.asker)?;
                Ok((key, after))
            });
            let fate = match judged {
                Ok((key, None)) => BulkFate::Unchanged(key.status),
                Ok((key, Some(after))) => {
                    befores.push(key);
                    outcome.changed.push(after.clone());
                    BulkFate::Changed(after.status)
                }
                Err(ApiKeyError::Store(error)) => return Err(error.into()),
                Err(refused) => BulkFate::Refused(refused.code()),
            };
            outcome.results.push(BulkResult { id, fate });
        }
        Ok((outcome, befores))
    }

    fn reached(&self, tx: &mut (dyn ApiKeyTx + 'static)) -> Result<Reached, StoreError> {
        let mut reached = match &self.change.target {
            BulkTarget::Keys(ids) => Reached { ids: ids.clone(), ..Reached::default() },
            BulkTarget::Matches { filter, after } => self.matches(tx, &self.open_to_change(filter), *after)?,
        };
        reached.ids.sort_unstable();
        reached.ids.dedup();
        Ok(reached)
    }

    fn matches(
        &self,
        tx: &mut (dyn ApiKeyTx + 'static),
        filter: &ApiKeyFilter,
        after: Option<KeyId>,
    ) -> Result<Reached, StoreError> {
        let mut reached = Reached { next: after, ..Reached::default() };
        while reached.ids.len() < BULK_MATCHES_MAX {
            let page = PageRequest { size: PageSize::MAX, after: reached.next };
            let page = tx.list_api_keys(self.workspace_id, filter, self.now, page)?;
            reached.ids.extend(page.items.iter().map(|key| key.id));
            reached.next = page.next;
            if reached.next.is_none() {
                return Ok(reached);
            }
        }
        let within = (reached.next, BULK_REMAINING_MAX);
        reached.remaining = tx.count_api_keys(self.workspace_id, filter, self.now, within)?;
        Ok(reached)
    }

    /// Only what the change is for, so that it goes on when it is repeated and does not begin with what it has done.
    fn open_to_change(&self, filter: &ApiKeyFilter) -> ApiKeyFilter {
        ApiKeyFilter { open_to: Some(self.transition()), ..filter.clone() }
    }

    /// Others may change a key after it was listed and before it is locked. What was done to it meanwhile is no reason to pass over it
    /// in silence.
    fn check_wanted(&self, key: &ApiKey) -> Result<(), ApiKeyError> {
        match &self.change.target {
            BulkTarget::Matches { filter, .. } if !filter.wants(key, self.now) => {
                Err(ApiKeyError::RevisionStale { id: key.id, current: key.revision })
            }
            BulkTarget::Keys(_) | BulkTarget::Matches { .. } => Ok(()),
        }
    }

    const fn transition(&self) -> Transition {
        self.change.transition
    }
}
