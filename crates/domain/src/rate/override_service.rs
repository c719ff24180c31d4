//! The use cases of overrides: list, find, create, replace, delete; and the rate that a key is given with itself.

use std::sync::Arc;

use serde_json::{Value, json};

use super::policy_service::{bump, log, take_turn};
use super::{
    OVERRIDES_MAX, OverrideSubject, OverrideTx, POLICY_OVERRIDES_MAX, PolicyRef, Quota, RateError, RateOverride,
    RateState, RateTx, Rulebook, SubjectKind,
};
use crate::access::Asker;
use crate::api_keys::{ApiKeyTx, Scope};
use crate::audit::{AuditDraft, append};
use crate::entropy::Entropy;
use crate::id::{KeyId, RateOverrideId, WorkspaceId};
use crate::page::{Page, PageRequest};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// Another quota of a policy, for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOverride {
    /// Of which policy.
    pub policy: PolicyRef,
    /// For whom.
    pub subject: OverrideSubject,
    /// How much they have.
    pub quota: Quota,
}

/// The use cases of overrides.
#[derive(Clone)]
pub struct RateOverrides {
    store: Arc<dyn UnitOfWork<dyn RateTx>>,
    rulebook: Arc<Rulebook>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for RateOverrides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateOverrides").finish_non_exhaustive()
    }
}

/// A prepared change of an override.
macro_rules! override_change {
    () => {
        Prepared<dyn RateTx, impl Change<dyn RateTx, Output = RateOverride, Error = RateError> + use<>>
    };
}

impl RateOverrides {
    /// The use cases over a store and the rules in memory.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn RateTx>>,
        rulebook: Arc<Rulebook>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, rulebook, clock, entropy }
    }

    /// Overrides of a workspace, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        page: PageRequest<RateOverrideId>,
    ) -> Result<Page<RateOverride, RateOverrideId>, RateError> {
        read(&*self.store, |tx| Ok(tx.list_rate_overrides(workspace_id, page)?))
    }

    /// The override with this id.
    ///
    /// # Errors
    /// [`RateError::OverrideNotFound`] also for one of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: RateOverrideId) -> Result<RateOverride, RateError> {
        read(&*self.store, |tx| find(tx, workspace_id, id))
    }

    /// What all keys of a workspace have instead of the hub's default.
    ///
    /// # Errors
    /// The store's own.
    pub fn find_of_workspace(&self, workspace_id: WorkspaceId) -> Result<Option<RateOverride>, RateError> {
        let subject = OverrideSubject::Workspace(workspace_id);
        read(&*self.store, |tx| Ok(tx.find_rate_override_of(workspace_id, PolicyRef::Default, subject)?))
    }

    /// Gives somebody another quota.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::AboveMaximum`], [`RateError::NotFound`], [`RateError::KeyNotFound`],
    /// [`RateError::SubjectMismatch`], [`RateError::OverrideTaken`], [`RateError::TooManyOverrides`], [`RateError::PolicyFull`],
    /// and the store's own.
    pub fn create(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        new: NewOverride,
    ) -> Result<override_change!(), RateError> {
        asker.require(Scope::LimitsWrite)?;
        self.rulebook.check_key_rate(workspace_id, &new.quota)?;
        let now = self.clock.now();
        let id = RateOverrideId::generate(now, &*self.entropy);
        let (rulebook, doubted) = (Arc::clone(&self.rulebook), Arc::clone(&self.rulebook));
        let change = move |tx: &mut (dyn RateTx + 'static)| {
            // Locks the key, and before the log: whoever changes a key takes the two in that order.
            check_subject(tx, workspace_id, new.subject)?;
            let state = take_turn(tx, workspace_id)?;
            check(tx, workspace_id, &new)?;
            if let Some(there) = tx.find_rate_override_of(workspace_id, new.policy, new.subject)? {
                return Err(RateError::OverrideTaken(there.id));
            }
            check_room(tx, &state, new.policy)?;
            let made = insert(tx, state, (id, now), new)?;
            log(tx, (workspace_id, now), &asker, "rate_override.created", (id.to_string(), detail_of(&made)))?;
            Ok(made)
        };
        Ok(prepare(&self.store, Lane::Interactive, change, move |made: &mut RateOverride| rulebook.put_override(made))
            .or_unsettled(move |_: &mut RateOverride| doubted.doubt(workspace_id)))
    }

    /// Changes the quota that somebody has.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::AboveMaximum`], [`RateError::OverrideNotFound`], [`RateError::RevisionStale`],
    /// and the store's own.
    pub fn replace(
        &self,
        asker: Asker,
        (workspace_id, id): (WorkspaceId, RateOverrideId),
        expected_revision: Option<i64>,
        quota: Quota,
    ) -> Result<override_change!(), RateError> {
        asker.require(Scope::LimitsWrite)?;
        self.rulebook.check_key_rate(workspace_id, &quota)?;
        let now = self.clock.now();
        let (rulebook, doubted) = (Arc::clone(&self.rulebook), Arc::clone(&self.rulebook));
        let change = move |tx: &mut (dyn RateTx + 'static)| {
            let state = take_turn(tx, workspace_id)?;
            let before = expected(tx, (workspace_id, id), expected_revision)?;
            if before.quota == quota {
                return Ok(before);
            }
            let after = update(tx, state, &before, quota, now)?;
            let detail = json!({ "before": detail_of(&before), "after": detail_of(&after) });
            log(tx, (workspace_id, now), &asker, "rate_override.updated", (id.to_string(), detail))?;
            Ok(after)
        };
        Ok(prepare(&self.store, Lane::Interactive, change, move |made: &mut RateOverride| rulebook.put_override(made))
            .or_unsettled(move |_: &mut RateOverride| doubted.doubt(workspace_id)))
    }

    /// Takes an override away: what stands behind it holds again.
    ///
    /// The revision of what this returns is that of the removal.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::OverrideNotFound`], [`RateError::RevisionStale`], and the store's own.
    pub fn delete(
        &self,
        asker: Asker,
        (workspace_id, id): (WorkspaceId, RateOverrideId),
        expected_revision: Option<i64>,
    ) -> Result<override_change!(), RateError> {
        asker.require(Scope::LimitsWrite)?;
        let now = self.clock.now();
        let (rulebook, doubted) = (Arc::clone(&self.rulebook), Arc::clone(&self.rulebook));
        let change = move |tx: &mut (dyn RateTx + 'static)| {
            let state = take_turn(tx, workspace_id)?;
            let made = expected(tx, (workspace_id, id), expected_revision)?;
            let gone = delete(tx, state, &made)?;
            log(tx, (workspace_id, now), &asker, "rate_override.deleted", (id.to_string(), detail_of(&gone)))?;
            Ok(gone)
        };
        let committed = move |gone: &mut RateOverride| rulebook.remove_override(gone, gone.revision);
        Ok(prepare(&self.store, Lane::Interactive, change, committed)
            .or_unsettled(move |_: &mut RateOverride| doubted.doubt(workspace_id)))
    }
}

/// What became of the rate that a key has by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyRate {
    /// It is as it was.
    Unchanged,
    /// It is this.
    Put(RateOverride),
    /// It is gone; the revision is that of the removal.
    Removed(RateOverride),
}

impl KeyRate {
    /// Lets the next request see it; call it after the commit.
    pub(crate) fn apply(&self, rulebook: &Rulebook) {
        match self {
            Self::Unchanged => {}
            Self::Put(made) => rulebook.put_override(made),
            Self::Removed(gone) => rulebook.remove_override(gone, gone.revision),
        }
    }
}

/// Gives a key a rate of its own, or takes it away: an override of the default, written within the transaction of the key.
///
/// Whoever calls must have taken the turn of the workspace's log.
///
/// # Errors
/// [`RateError::TooManyOverrides`], and the store's own.
pub(crate) fn write_key_rate(
    tx: &mut (dyn OverrideTx + '_),
    (workspace_id, key_id): (WorkspaceId, KeyId),
    (id, now): (RateOverrideId, Timestamp),
    wanted: Option<Quota>,
) -> Result<KeyRate, RateError> {
    let state = tx.find_rate_state(workspace_id)?.unwrap_or_else(|| RateState::new(workspace_id));
    let (policy, subject) = (PolicyRef::Default, OverrideSubject::Key(key_id));
    let there = tx.find_rate_override_of(workspace_id, policy, subject)?;
    Ok(match (there, wanted) {
        (Some(there), Some(quota)) if there.quota == quota => KeyRate::Unchanged,
        (Some(there), Some(quota)) => KeyRate::Put(update(tx, state, &there, quota, now)?),
        (Some(there), None) => KeyRate::Removed(delete(tx, state, &there)?),
        (None, Some(quota)) => {
            check_room(tx, &state, policy)?;
            KeyRate::Put(insert(tx, state, (id, now), NewOverride { policy, subject, quota })?)
        }
        (None, None) => KeyRate::Unchanged,
    })
}

/// Gives a key all rates that another has by itself, written within the transaction that puts it in the other's place.
///
/// Asks for no room: a key that has leaked can be rotated whatever is full, and its own copies are few.
///
/// Whoever calls must have taken the turn of the workspace's log.
///
/// # Errors
/// Only the store's own.
pub(crate) fn copy_key_rates(
    tx: &mut (dyn OverrideTx + '_),
    workspace_id: WorkspaceId,
    (from, to): (KeyId, KeyId),
    (now, entropy): (Timestamp, &dyn Entropy),
) -> Result<Vec<RateOverride>, StoreError> {
    let subject = OverrideSubject::Key(to);
    let mut copies = Vec::new();
    for made in tx.list_rate_overrides_of(workspace_id, OverrideSubject::Key(from))? {
        let state = tx.find_rate_state(workspace_id)?.unwrap_or_else(|| RateState::new(workspace_id));
        let new = NewOverride { policy: made.policy, subject, quota: made.quota };
        copies.push(insert(tx, state, (RateOverrideId::generate(now, entropy), now), new)?);
    }
    Ok(copies)
}

/// Takes all rates away that a key has by itself, each logged, within the transaction that revokes it: nobody asks with it again, and
/// each would take room from others for ever.
///
/// Whoever calls must have taken the turn of the workspace's log.
///
/// # Errors
/// Only the store's own.
pub(crate) fn drop_key_rates(
    tx: &mut (dyn ApiKeyTx + '_),
    (workspace_id, key_id): (WorkspaceId, KeyId),
    (asker, at): (&Asker, Timestamp),
) -> Result<Vec<RateOverride>, StoreError> {
    let mut gone = Vec::new();
    // A store that keeps no rates has none to take away.
    if let Some(tx) = tx.overrides() {
        for made in tx.list_rate_overrides_of(workspace_id, OverrideSubject::Key(key_id))? {
            let state = tx.find_rate_state(workspace_id)?.unwrap_or_else(|| RateState::new(workspace_id));
            gone.push(delete(tx, state, &made)?);
        }
    }
    for made in &gone {
        let (action, subject, detail) = ("rate_override.deleted", made.id.to_string(), detail_of(made));
        let draft = AuditDraft { workspace_id, at, actor: asker.actor(), action, subject, detail };
        append(tx, &draft.from_address(asker.address()).answered_for_by(asker.answerable()))?;
    }
    Ok(gone)
}

fn insert(
    tx: &mut (dyn OverrideTx + '_),
    mut state: RateState,
    (id, now): (RateOverrideId, Timestamp),
    new: NewOverride,
) -> Result<RateOverride, StoreError> {
    state.override_count += 1;
    let (workspace_id, revision) = (state.workspace_id, bump(tx, &mut state)?);
    let NewOverride { policy, subject, quota } = new;
    let made = RateOverride { id, workspace_id, policy, subject, quota, created_at: now, updated_at: now, revision };
    tx.insert_rate_override(&made)?;
    Ok(made)
}

fn update(
    tx: &mut (dyn OverrideTx + '_),
    mut state: RateState,
    before: &RateOverride,
    quota: Quota,
    now: Timestamp,
) -> Result<RateOverride, StoreError> {
    let revision = bump(tx, &mut state)?;
    let after = RateOverride { quota, updated_at: now, revision, ..before.clone() };
    tx.update_rate_override(&after, before.revision)?;
    Ok(after)
}

fn delete(
    tx: &mut (dyn OverrideTx + '_),
    mut state: RateState,
    made: &RateOverride,
) -> Result<RateOverride, StoreError> {
    tx.delete_rate_override(made)?;
    state.override_count -= 1;
    Ok(RateOverride { revision: bump(tx, &mut state)?, ..made.clone() })
}

/// Checks that the subject is of the workspace.
fn check_subject(
    tx: &mut (dyn RateTx + 'static),
    workspace_id: WorkspaceId,
    subject: OverrideSubject,
) -> Result<(), RateError> {
    match subject {
        OverrideSubject::Key(id) => tx.find_api_key(workspace_id, id)?.map(drop).ok_or(RateError::KeyNotFound(id)),
        // Everybody of another workspace is bound by its own rules alone.
        OverrideSubject::Workspace(id) if id != workspace_id => Err(RateError::SubjectMismatch),
        OverrideSubject::Workspace(_) => Ok(()),
    }
}

/// Checks that the policy is there and may be overridden for the subject.
fn check(tx: &mut (dyn RateTx + 'static), workspace_id: WorkspaceId, new: &NewOverride) -> Result<(), RateError> {
    let counts = match new.policy {
        PolicyRef::Default => SubjectKind::Key,
        PolicyRef::Of(id) => {
            let policies = tx.list_rate_policies(workspace_id)?;
            let policy = policies.iter().find(|policy| policy.id == id);
            policy.ok_or(RateError::NotFound(id))?.rule.subject
        }
    };
    match new.subject {
        OverrideSubject::Key(_) if counts != SubjectKind::Key => Err(RateError::SubjectMismatch),
        _ => Ok(()),
    }
}

/// Checks that the policy, and the workspace, may have one more.
fn check_room(tx: &mut (dyn OverrideTx + '_), state: &RateState, policy: PolicyRef) -> Result<(), RateError> {
    if let PolicyRef::Of(id) = policy
        && tx.count_rate_overrides(state.workspace_id, id)? >= POLICY_OVERRIDES_MAX
    {
        return Err(RateError::PolicyFull);
    }
    let is_full = usize::try_from(state.override_count).unwrap_or(usize::MAX) >= OVERRIDES_MAX;
    if is_full { Err(RateError::TooManyOverrides) } else { Ok(()) }
}

fn find(tx: &mut (dyn RateTx + '_), workspace_id: WorkspaceId, id: RateOverrideId) -> Result<RateOverride, RateError> {
    tx.find_rate_override(workspace_id, id)?.ok_or(RateError::OverrideNotFound(id))
}

fn expected(
    tx: &mut (dyn RateTx + 'static),
    (workspace_id, id): (WorkspaceId, RateOverrideId),
    revision: Option<i64>,
) -> Result<RateOverride, RateError> {
    let made = find(tx, workspace_id, id)?;
    let current = made.revision;
    if revision.is_some_and(|revision| revision != current) {
        return Err(RateError::RevisionStale { what: id.to_string(), current });
    }
    Ok(made)
}

fn detail_of(made: &RateOverride) -> Value {
    let subject = match made.subject {
        OverrideSubject::Key(id) => id.to_string(),
        OverrideSubject::Workspace(id) => id.to_string(),
    };
    let quota = &made.quota;
    json!({
        "policy": made.policy.to_string(),
        "subject": subject,
        "limit": quota.limit(),
        "window_s": quota.window().as_secs(),
        "burst": quota.burst(),
    })
}
