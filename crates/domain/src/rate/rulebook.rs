//! The rate policies of every workspace in memory: what the next request is held against.
//!
//! *Threat:* a change of the rules that applies late, in part, or not at all; one that an older state overwrites; memory that grows with
//! strangers.
//! *Defence:* a workspace's policies are compiled as a whole and put here after their commit and before its answer, by revision; a request
//! reads one state from its beginning to its end, without a lock. Overrides are put one by one, by revision too, and leave a mark
//! when they go; they go with their policy. Nothing is added here that is not in the store, but for the youngest marks, and what is
//! counted and not written yet, which have a bound. *Not defended:* other nodes, which read the store at their start; a change that arrives when [`MARKS_MAX`] overrides were
//! deleted since its commit.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counts::Counters;
use super::ruleset::{Rule, Ruleset};
use super::{
    Ceiling, OverrideSubject, PolicyCounts, PolicyId, PolicyRef, Quota, RateError, RateOverride, RateSnapshot,
};
use crate::id::{KeyId, RatePolicyId, WorkspaceId};

/// Most marks of overrides that were deleted, of all workspaces: each takes some hundred bytes, and is needed while a change that was
/// committed before the deletion may arrive after it, which is over in milliseconds.
const MARKS_MAX: usize = 10_000;

/// Most policies that were deleted since counts were last taken: that is every few seconds, and each is a change in the audit log.
const DEPARTED_MAX: usize = 10_000;

/// What was counted of a policy.
type Taken = (WorkspaceId, PolicyRef, PolicyCounts);

/// What an override is known by.
type OverrideKey = (PolicyRef, OverrideSubject);

/// What an override says, and at which revision; `None` when it is deleted.
#[derive(Clone, Copy, Debug)]
struct Overridden {
    workspace_id: WorkspaceId,
    revision: i64,
    quota: Option<Quota>,
}

/// What stays of a policy when its rules change: its buckets and its counts.
#[derive(Debug)]
struct Known {
    workspace_id: WorkspaceId,
    policy_id: PolicyId,
    counters: Arc<Counters>,
    /// How much of that was taken; see [`Rulebook::take_counts`].
    taken: PolicyCounts,
}

/// The rules in memory. Clones of its `Arc` share it.
#[derive(Default)]
pub struct Rulebook {
    rulesets: papaya::HashMap<WorkspaceId, Ruleset>,
    overrides: papaya::HashMap<OverrideKey, Overridden>,
    /// Spares the look-ups while nobody has made a rule.
    has_rulesets: AtomicBool,
    has_overrides: AtomicBool,
    /// Locked by whoever changes something, never by a request.
    known: Mutex<HashMap<RatePolicyId, Known>>,
    /// The marks of deleted overrides with their revisions, the oldest first. Locked within `known`.
    marks: Mutex<VecDeque<(OverrideKey, i64)>>,
    /// What was counted of policies that are deleted. Locked within `known`.
    departed: Mutex<Vec<Taken>>,
    /// What the default has refused, by workspace. What it lets pass is not counted here: nearly every request is that.
    default_refusals: papaya::HashMap<WorkspaceId, AtomicU64>,
    doubtful: Mutex<Vec<WorkspaceId>>,
    next_policy_id: AtomicU32,
    ceiling: Option<Ceiling>,
}

impl std::fmt::Debug for Rulebook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rulebook").finish_non_exhaustive()
    }
}

impl Rulebook {
    /// No rules: the default binds everybody.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, for workspaces that may not raise their limits beyond something.
    #[must_use]
    pub fn with_ceiling(self, ceiling: Ceiling) -> Self {
        Self { ceiling: Some(ceiling), ..self }
    }

    /// Checks what a workspace wants to have by what it may have.
    ///
    /// # Errors
    /// What `check` returns.
    pub(super) fn check(&self, check: impl FnOnce(&Ceiling) -> Result<(), RateError>) -> Result<(), RateError> {
        self.ceiling.as_ref().map_or(Ok(()), check)
    }

    /// Checks the rate that a key is to have by itself.
    ///
    /// # Errors
    /// [`RateError::AboveMaximum`].
    pub(crate) fn check_key_rate(&self, workspace_id: WorkspaceId, quota: &Quota) -> Result<(), RateError> {
        self.check(|ceiling| ceiling.check_quota(workspace_id, quota))
    }

    /// Puts the policies and networks of a workspace here, unless newer ones are here already.
    pub fn put(&self, snapshot: &RateSnapshot) {
        let (workspace_id, revision) = (snapshot.state.workspace_id, snapshot.state.revision);
        // Held to the end, so that of two at once the newer one wins.
        let mut known = lock(&self.known);
        let guard = self.rulesets.pin();
        if guard.get(&workspace_id).is_some_and(|current| current.revision >= revision) {
            return;
        }
        let is_kept = |id: &RatePolicyId| snapshot.policies.iter().any(|policy| policy.id == *id);
        let before = known.len();
        let gone = known.extract_if(|id, known| known.workspace_id == workspace_id && !is_kept(id));
        gone.filter_map(|(id, mut known)| known.take(id)).for_each(|taken| self.note_departed(taken));
        if known.len() < before {
            self.drop_overrides_of_unknown(&known);
        }
        let rules = snapshot.policies.iter().filter_map(|policy| {
            let known = known.entry(policy.id).or_insert_with(|| self.make_known(workspace_id));
            Rule::new(policy, known.policy_id, Arc::clone(&known.counters))
        });
        let ruleset = Ruleset::new(revision, rules.collect(), &snapshot.state.exempt_networks);
        guard.insert(workspace_id, ruleset);
        self.has_rulesets.store(true, Ordering::Release);
    }

    /// Puts an override here, unless a newer state of it is here already.
    pub fn put_override(&self, made: &RateOverride) {
        let (workspace_id, revision, quota) = (made.workspace_id, made.revision, Some(made.quota));
        self.set_override((made.policy, made.subject), Overridden { workspace_id, revision, quota });
    }

    /// Takes an override away that was deleted at this revision, unless a newer one is here already.
    pub fn remove_override(&self, deleted: &RateOverride, revision: i64) {
        let state = Overridden { workspace_id: deleted.workspace_id, revision, quota: None };
        self.set_override((deleted.policy, deleted.subject), state);
    }

    /// Takes away what a workspace does not have at this revision: what else is here was deleted.
    pub(super) fn keep_overrides(&self, workspace_id: WorkspaceId, revision: i64, kept: &HashSet<OverrideKey>) {
        for (key, found) in &self.overrides.pin() {
            if found.workspace_id == workspace_id && found.quota.is_some() && !kept.contains(key) {
                self.set_override(*key, Overridden { workspace_id, revision, quota: None });
            }
        }
    }

    fn set_override(&self, key: OverrideKey, state: Overridden) {
        // Held to the end, so that a policy that goes meanwhile takes its overrides along.
        let known = lock(&self.known);
        if !is_known(&known, key.0) {
            drop(known);
            // The policy is gone already, or not here yet: the store knows.
            if state.quota.is_some() {
                self.doubt(state.workspace_id);
            }
            return;
        }
        self.has_overrides.store(true, Ordering::Release);
        let overrides = self.overrides.pin();
        let outcome = overrides.compute(key, |current| match current {
            Some((_, current)) if current.revision >= state.revision => papaya::Operation::Abort(()),
            _ => papaya::Operation::Insert(state),
        });
        let is_mark = state.quota.is_none() && !matches!(outcome, papaya::Compute::Aborted(()));
        if is_mark {
            self.note_mark(key, state.revision);
        }
    }

    /// Keeps what was counted of a policy that goes, until it is taken.
    fn note_departed(&self, taken: Taken) {
        let mut departed = lock(&self.departed);
        if departed.len() < DEPARTED_MAX {
            departed.push(taken);
        }
    }

    /// Forgets the oldest mark when there is one too many.
    fn note_mark(&self, key: OverrideKey, revision: i64) {
        let mut marks = lock(&self.marks);
        marks.push_back((key, revision));
        if marks.len() <= MARKS_MAX {
            return;
        }
        let Some((key, revision)) = marks.pop_front() else { return };
        self.overrides.pin().compute(key, |current| match current {
            Some((_, current)) if current.quota.is_none() && current.revision == revision => papaya::Operation::Remove,
            _ => papaya::Operation::Abort(()),
        });
    }

    /// Looks at the overrides of everybody, which a policy that goes is rare enough for.
    fn drop_overrides_of_unknown(&self, known: &HashMap<RatePolicyId, Known>) {
        self.overrides.pin().retain(|(policy, _), _| is_known(known, *policy));
    }

    /// Says that a change of a workspace's rules may or may not be in the store, which must be asked; see [`super::RulebookLoader`].
    pub fn doubt(&self, workspace_id: WorkspaceId) {
        let mut doubtful = lock(&self.doubtful);
        if !doubtful.contains(&workspace_id) {
            doubtful.push(workspace_id);
        }
    }

    /// The workspaces that are in doubt, which are so no longer.
    pub(super) fn take_doubtful(&self) -> Vec<WorkspaceId> {
        std::mem::take(&mut lock(&self.doubtful))
    }

    /// What a policy has decided since it is known here; zeros for one that is off or unknown.
    pub fn counts(&self, id: RatePolicyId) -> PolicyCounts {
        lock(&self.known).get(&id).map(|known| known.counters.read()).unwrap_or_default()
    }

    /// Counts a request that the default has refused.
    pub(super) fn count_default_refusal(&self, workspace_id: WorkspaceId) {
        let refusals = self.default_refusals.pin();
        refusals.get_or_insert_with(workspace_id, AtomicU64::default).fetch_add(1, Ordering::Relaxed);
    }

    /// What was counted since this was last asked: of each policy that has decided something, also of those that were deleted, and
    /// what the default has refused.
    pub(super) fn take_counts(&self) -> Vec<Taken> {
        let mut taken = std::mem::take(&mut *lock(&self.departed));
        taken.extend(lock(&self.known).iter_mut().filter_map(|(id, known)| known.take(*id)));
        let refusals = self.default_refusals.pin();
        let of_default = refusals.iter().map(|(workspace_id, refused)| {
            let counts = PolicyCounts { refused: refused.swap(0, Ordering::Relaxed), ..PolicyCounts::default() };
            (*workspace_id, PolicyRef::Default, counts)
        });
        taken.extend(of_default.filter(|(_, _, counts)| counts.refused > 0));
        taken
    }

    /// What the buckets of a workspace's policy are kept under; `None` when it has no such policy.
    pub(super) fn policy_id(&self, workspace_id: WorkspaceId, policy: PolicyRef) -> Option<PolicyId> {
        match policy {
            PolicyRef::Default => Some(PolicyId::default_of(&workspace_id)),
            PolicyRef::Of(id) => {
                let known = lock(&self.known);
                known.get(&id).filter(|known| known.workspace_id == workspace_id).map(|known| known.policy_id)
            }
        }
    }

    /// Lets `read` see the rules of a workspace, if it has any. Without a lock: what is replaced meanwhile is seen to the end.
    pub(super) fn with<R>(&self, workspace_id: &WorkspaceId, read: impl FnOnce(Option<&Ruleset>) -> R) -> R {
        if !self.has_rulesets.load(Ordering::Acquire) {
            return read(None);
        }
        let guard = self.rulesets.pin();
        read(guard.get(workspace_id))
    }

    /// The quota that an override gives, if there is one.
    pub(crate) fn overridden(&self, policy: PolicyRef, subject: OverrideSubject) -> Option<Quota> {
        if !self.has_overrides.load(Ordering::Acquire) {
            return None;
        }
        self.overrides.pin().get(&(policy, subject)).and_then(|found| found.quota)
    }

    /// The quota that the most special override gives, if there is one: that of the key, where keys are counted, then that of the
    /// workspace; of each, the closest policy's.
    pub(super) fn quota_for(
        &self,
        of: [Option<PolicyRef>; 2],
        key: Option<KeyId>,
        workspace_id: WorkspaceId,
    ) -> Option<Quota> {
        let find = |subject| of.into_iter().flatten().find_map(|policy| self.overridden(policy, subject));
        let of_key = key.and_then(|id| find(OverrideSubject::Key(id)));
        of_key.or_else(|| find(OverrideSubject::Workspace(workspace_id)))
    }

    fn make_known(&self, workspace_id: WorkspaceId) -> Known {
        // Four billion changes away from those of `PolicyId::default_of`.
        let number = self.next_policy_id.fetch_add(1, Ordering::Relaxed) & 0x7fff_ffff;
        Known { workspace_id, policy_id: PolicyId(number), counters: Arc::default(), taken: PolicyCounts::default() }
    }
}

impl Known {
    /// What was counted since this was last asked; `None` when nothing was.
    fn take(&mut self, id: RatePolicyId) -> Option<Taken> {
        let counted = self.counters.read();
        let counts = counted.since(&self.taken);
        self.taken = counted;
        (counts != PolicyCounts::default()).then_some((self.workspace_id, PolicyRef::Of(id), counts))
    }
}

/// Whether overrides of a policy may be here.
fn is_known(known: &HashMap<RatePolicyId, Known>, policy: PolicyRef) -> bool {
    match policy {
        PolicyRef::Default => true,
        PolicyRef::Of(id) => known.contains_key(&id),
    }
}

/// A thread that panicked inside left whole entries behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "rulebook_tests.rs"]
mod tests;
