//! Fills the rulebook from the store: at the start, and where a change was left in doubt.

use std::collections::HashSet;
use std::sync::Arc;

use super::{OverrideSubject, PolicyRef, RateSnapshot, RateState, RateTx, Rulebook};
use crate::id::WorkspaceId;
use crate::page::{PageRequest, PageSize};
use crate::store::{StoreError, UnitOfWork, read};

/// What overrides are known by.
type Kept = HashSet<(PolicyRef, OverrideSubject)>;

/// Brings the rules in memory in line with the store.
#[derive(Clone)]
pub struct RulebookLoader {
    store: Arc<dyn UnitOfWork<dyn RateTx>>,
    rulebook: Arc<Rulebook>,
}

impl std::fmt::Debug for RulebookLoader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RulebookLoader").finish_non_exhaustive()
    }
}

impl RulebookLoader {
    /// A loader from a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn RateTx>>, rulebook: Arc<Rulebook>) -> Self {
        Self { store, rulebook }
    }

    /// Loads the rules of all workspaces into an empty rulebook; call it before the first request. Blocks.
    ///
    /// Takes time with the number of overrides, and no more: nothing here can be of a row that is gone.
    ///
    /// # Errors
    /// The store's own.
    pub fn load(&self) -> Result<(), StoreError> {
        let states = read(&*self.store, |tx| tx.list_rate_states())?;
        states.into_iter().try_for_each(|state| self.fill(state.workspace_id).map(drop))
    }

    /// Loads again what a failed commit has left in doubt; costs nothing when nothing is. Blocks.
    ///
    /// One that fails stops no other and stays in doubt.
    ///
    /// # Errors
    /// The store's own, the first one; the next call tries again.
    pub fn settle(&self) -> Result<(), StoreError> {
        let mut outcome = Ok(());
        for workspace_id in self.rulebook.take_doubtful() {
            let settled = self.settle_one(workspace_id).inspect_err(|_| self.rulebook.doubt(workspace_id));
            outcome = outcome.and(settled);
        }
        outcome
    }

    /// Also takes away what is here and in the store no longer: that looks at the overrides of everybody.
    fn settle_one(&self, workspace_id: WorkspaceId) -> Result<(), StoreError> {
        let (revision, kept) = self.fill(workspace_id)?;
        // What was made while the pages were read is of a later revision, which this leaves alone.
        self.rulebook.keep_overrides(workspace_id, revision, &kept);
        Ok(())
    }

    /// Puts everything of a workspace into the rulebook; says at which revision its policies were read, and which overrides there are.
    fn fill(&self, workspace_id: WorkspaceId) -> Result<(i64, Kept), StoreError> {
        let snapshot = read(&*self.store, |tx| snapshot(tx, workspace_id))?;
        self.rulebook.put(&snapshot);
        let mut kept = Kept::new();
        let mut page = PageRequest { size: PageSize::MAX, after: None };
        loop {
            let overrides = read(&*self.store, |tx| tx.list_rate_overrides(workspace_id, page))?;
            for made in &overrides.items {
                self.rulebook.put_override(made);
                kept.insert((made.policy, made.subject));
            }
            if overrides.next.is_none() {
                return Ok((snapshot.state.revision, kept));
            }
            page.after = overrides.next;
        }
    }
}

/// The policies of a workspace as this transaction sees them.
pub(super) fn snapshot(tx: &mut (dyn RateTx + '_), workspace_id: WorkspaceId) -> Result<RateSnapshot, StoreError> {
    let state = tx.find_rate_state(workspace_id)?.unwrap_or_else(|| RateState::new(workspace_id));
    Ok(RateSnapshot { state, policies: tx.list_rate_policies(workspace_id)? })
}
