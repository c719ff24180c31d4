//! The use cases of rate policies: list, find, create, replace, reorder, delete; and of the networks that they spare.

use std::sync::Arc;

use serde_json::{Value, json};

use super::load_service::snapshot;
use super::{
    LineFault, OverrideTx, POLICIES_MAX, PolicyCounts, PolicyName, PolicyRule, RateError, RatePolicy, RateSnapshot,
    RateState, RateTx, Rulebook, RulebookLoader,
};
use crate::access::Asker;
use crate::api_keys::Scope;
use crate::audit::{AuditDraft, append};
use crate::entropy::Entropy;
use crate::id::{RatePolicyId, WorkspaceId};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::{Clock, Timestamp};

/// The use cases of rate policies.
#[derive(Clone)]
pub struct RatePolicies {
    store: Arc<dyn UnitOfWork<dyn RateTx>>,
    rulebook: Arc<Rulebook>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    counted_since: Timestamp,
}

impl std::fmt::Debug for RatePolicies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RatePolicies").finish_non_exhaustive()
    }
}

/// What a change led to, and the rules of the workspace after it.
#[derive(Clone, Debug)]
pub struct Ruled<T> {
    /// What was changed.
    pub changed: T,
    snapshot: RateSnapshot,
}

/// A prepared change of a workspace's rules.
macro_rules! rule_change {
    ($output:ty) => {
        Prepared<dyn RateTx, impl Change<dyn RateTx, Output = Ruled<$output>, Error = RateError> + use<>>
    };
}

#[expect(clippy::type_complexity, reason = "what a change leads to and fails with has no name, and is said in full")]
impl RatePolicies {
    /// The use cases over a store and the rules in memory.
    pub fn new(
        store: Arc<dyn UnitOfWork<dyn RateTx>>,
        rulebook: Arc<Rulebook>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        let counted_since = clock.now();
        Self { store, rulebook, clock, entropy, counted_since }
    }

    /// What fills the rules in memory from the store.
    pub fn loader(&self) -> RulebookLoader {
        RulebookLoader::new(Arc::clone(&self.store), Arc::clone(&self.rulebook))
    }

    /// The policies and networks of a workspace; the policies in their order, of which there are at most [`POLICIES_MAX`].
    ///
    /// # Errors
    /// The store's own.
    pub fn list(&self, workspace_id: WorkspaceId) -> Result<RateSnapshot, RateError> {
        read(&*self.store, |tx| Ok(snapshot(tx, workspace_id)?))
    }

    /// The policy with this id.
    ///
    /// # Errors
    /// [`RateError::NotFound`] also for one of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: RatePolicyId) -> Result<RatePolicy, RateError> {
        read(&*self.store, |tx| find(&tx.list_rate_policies(workspace_id)?, id).cloned())
    }

    /// What a policy has decided, and since when that is counted. The policy must be one of the caller's workspace.
    pub fn counts(&self, policy: &RatePolicy) -> (PolicyCounts, Timestamp) {
        (self.rulebook.counts(policy.id), self.counted_since.max(policy.created_at))
    }

    /// Adds a policy after all others.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::CostAboveBurst`], [`RateError::NameReserved`], [`RateError::NameTaken`],
    /// [`RateError::TooManyPolicies`], [`RateError::AboveMaximum`], and the store's own.
    pub fn create(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        rule: PolicyRule,
    ) -> Result<rule_change!(RatePolicy), RateError> {
        check(&asker, &rule)?;
        self.rulebook.check(|ceiling| ceiling.check_rule(workspace_id, &rule))?;
        let now = self.clock.now();
        let id = RatePolicyId::generate(now, &*self.entropy);
        Ok(self.change(workspace_id, move |tx, state| {
            let others = tx.list_rate_policies(workspace_id)?;
            if others.len() >= POLICIES_MAX {
                return Err(RateError::TooManyPolicies);
            }
            check_name(&others, id, rule.name)?;
            let position = others.last().map_or(1, |last| last.position + 1);
            let (created_at, updated_at, rule) = (now, now, rule.clone());
            let policy = RatePolicy { id, workspace_id, position, rule, created_at, updated_at, revision: 1 };
            tx.insert_rate_policy(&policy)?;
            bump(tx, state)?;
            log(tx, (workspace_id, now), &asker, "rate_policy.created", (id.to_string(), detail_of(&policy.rule)))?;
            Ok(policy)
        }))
    }

    /// Says anew what a policy is. Its buckets stay: what was spent stays spent.
    ///
    /// *Repeat:* what changes nothing leaves the revision as it is.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::CostAboveBurst`], [`RateError::NameReserved`], [`RateError::NameTaken`],
    /// [`RateError::NotFound`], [`RateError::RevisionStale`], [`RateError::AboveMaximum`], and the store's own.
    pub fn replace(
        &self,
        asker: Asker,
        (workspace_id, id): (WorkspaceId, RatePolicyId),
        expected_revision: Option<i64>,
        rule: PolicyRule,
    ) -> Result<rule_change!(RatePolicy), RateError> {
        check(&asker, &rule)?;
        self.rulebook.check(|ceiling| ceiling.check_rule(workspace_id, &rule))?;
        let now = self.clock.now();
        Ok(self.change(workspace_id, move |tx, state| {
            let others = tx.list_rate_policies(workspace_id)?;
            let before = expected(find(&others, id)?, expected_revision)?;
            check_name(&others, id, rule.name)?;
            if before.rule == rule {
                return Ok(before.clone());
            }
            let revision = before.revision + 1;
            let after = RatePolicy { rule: rule.clone(), updated_at: now, revision, ..before.clone() };
            tx.update_rate_policy(&after, before.revision)?;
            bump(tx, state)?;
            let detail = json!({ "before": detail_of(&before.rule), "after": detail_of(&after.rule) });
            log(tx, (workspace_id, now), &asker, "rate_policy.updated", (id.to_string(), detail))?;
            Ok(after)
        }))
    }

    /// Sets the order in which policies are asked: `ids` names each once, the first one first.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::OrderStale`], and the store's own.
    pub fn reorder(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        ids: Vec<RatePolicyId>,
    ) -> Result<rule_change!(Vec<RatePolicy>), RateError> {
        asker.require(Scope::LimitsWrite)?;
        let now = self.clock.now();
        Ok(self.change(workspace_id, move |tx, state| {
            let policies = tx.list_rate_policies(workspace_id)?;
            let ordered: Option<Vec<_>> = ids.iter().map(|id| find(&policies, *id).ok()).collect();
            let ordered = ordered.filter(|ordered| ordered.len() == policies.len()).ok_or(RateError::OrderStale)?;
            let is_once = |id| ids.iter().filter(|other| *other == id).count() == 1;
            if !ids.iter().all(is_once) {
                return Err(RateError::OrderStale);
            }
            if ordered.iter().map(|policy| policy.id).eq(policies.iter().map(|policy| policy.id)) {
                return Ok(policies);
            }
            let moved = (1..).zip(ordered).map(|(position, policy)| RatePolicy { position, ..policy.clone() });
            let moved: Vec<_> = moved.collect();
            moved.iter().try_for_each(|policy| tx.update_rate_policy(policy, policy.revision))?;
            bump(tx, state)?;
            let names =
                |policies: &[RatePolicy]| policies.iter().map(|policy| policy.rule.name.as_str()).collect::<Value>();
            let detail = json!({ "before": names(&policies), "after": names(&moved) });
            log(tx, (workspace_id, now), &asker, "rate_policies.reordered", (workspace_id.to_string(), detail))?;
            Ok(moved)
        }))
    }

    /// Removes a policy and its overrides.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::NotFound`], [`RateError::RevisionStale`], and the store's own.
    pub fn delete(
        &self,
        asker: Asker,
        (workspace_id, id): (WorkspaceId, RatePolicyId),
        expected_revision: Option<i64>,
    ) -> Result<rule_change!(RatePolicy), RateError> {
        asker.require(Scope::LimitsWrite)?;
        let now = self.clock.now();
        Ok(self.change(workspace_id, move |tx, state| {
            let policies = tx.list_rate_policies(workspace_id)?;
            let policy = expected(find(&policies, id)?, expected_revision)?.clone();
            state.override_count -= tx.delete_rate_policy(&policy)?;
            bump(tx, state)?;
            log(tx, (workspace_id, now), &asker, "rate_policy.deleted", (id.to_string(), detail_of(&policy.rule)))?;
            Ok(policy)
        }))
    }

    /// Says anew which networks pass unlimited.
    ///
    /// # Errors
    /// [`RateError::Forbidden`], [`RateError::Networks`] for lines that are none, [`RateError::ExemptElsewhere`], [`RateError::RevisionStale`],
    /// and the store's own.
    pub fn replace_networks(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        expected_revision: Option<i64>,
        networks: Result<Vec<ipnet::IpNet>, Vec<LineFault>>,
    ) -> Result<rule_change!(RateState), RateError> {
        asker.require(Scope::LimitsWrite)?;
        let networks = networks.map_err(RateError::Networks)?;
        self.rulebook.check(|ceiling| ceiling.check_networks(workspace_id, &networks))?;
        let now = self.clock.now();
        Ok(self.change(workspace_id, move |tx, state| {
            let current = state.networks_revision;
            if expected_revision.is_some_and(|revision| revision != current) {
                return Err(RateError::RevisionStale { what: "the list of networks".to_owned(), current });
            }
            if state.exempt_networks == networks {
                return Ok(state.clone());
            }
            let before = std::mem::replace(&mut state.exempt_networks, networks.clone());
            state.networks_revision += 1;
            bump(tx, state)?;
            let texts = |networks: &[ipnet::IpNet]| networks.iter().map(ToString::to_string).collect::<Value>();
            let detail = json!({ "before": texts(&before), "after": texts(&networks) });
            log(tx, (workspace_id, now), &asker, "rate_networks.replaced", (workspace_id.to_string(), detail))?;
            Ok(state.clone())
        }))
    }

    /// A change of a workspace's rules: takes its turn, then hands on what the rules are after it.
    fn change<R, F>(
        &self,
        workspace_id: WorkspaceId,
        mut body: F,
    ) -> Prepared<dyn RateTx, impl Change<dyn RateTx, Output = Ruled<R>, Error = RateError> + use<R, F>>
    where
        R: Send + 'static,
        F: FnMut(&mut (dyn RateTx + 'static), &mut RateState) -> Result<R, RateError> + Send,
    {
        let (rulebook, doubted) = (Arc::clone(&self.rulebook), Arc::clone(&self.rulebook));
        let apply = move |tx: &mut (dyn RateTx + 'static)| {
            let mut state = take_turn(tx, workspace_id)?;
            let changed = body(tx, &mut state)?;
            Ok(Ruled { changed, snapshot: snapshot(tx, workspace_id)? })
        };
        prepare(&self.store, Lane::Interactive, apply, move |ruled: &mut Ruled<R>| rulebook.put(&ruled.snapshot))
            .or_unsettled(move |_: &mut Ruled<R>| doubted.doubt(workspace_id))
    }
}

/// Makes whoever changes the rules of a workspace take turns, and says what they are at.
pub(super) fn take_turn(tx: &mut (dyn RateTx + 'static), workspace_id: WorkspaceId) -> Result<RateState, StoreError> {
    tx.audit_head(workspace_id)?;
    Ok(tx.find_rate_state(workspace_id)?.unwrap_or_else(|| RateState::new(workspace_id)))
}

/// Writes the state with its next revision, which it returns.
pub(super) fn bump(tx: &mut (dyn OverrideTx + '_), state: &mut RateState) -> Result<i64, StoreError> {
    state.revision += 1;
    tx.write_rate_state(state)?;
    Ok(state.revision)
}

/// Appends to the audit log.
pub(super) fn log(
    tx: &mut (dyn RateTx + 'static),
    (workspace_id, at): (WorkspaceId, Timestamp),
    asker: &Asker,
    action: &'static str,
    (subject, detail): (String, Value),
) -> Result<(), StoreError> {
    let draft = AuditDraft { workspace_id, at, actor: asker.actor(), action, subject, detail };
    append(tx, &draft.from_address(asker.address()))
}

fn check(asker: &Asker, rule: &PolicyRule) -> Result<(), RateError> {
    asker.require(Scope::LimitsWrite)?;
    if rule.name == PolicyName::DEFAULT {
        return Err(RateError::NameReserved(rule.name));
    }
    if rule.cost > rule.quota.burst() { Err(RateError::CostAboveBurst) } else { Ok(()) }
}

fn check_name(others: &[RatePolicy], id: RatePolicyId, name: PolicyName) -> Result<(), RateError> {
    let is_taken = others.iter().any(|other| other.id != id && other.rule.name == name);
    if is_taken { Err(RateError::NameTaken(name)) } else { Ok(()) }
}

fn find(policies: &[RatePolicy], id: RatePolicyId) -> Result<&RatePolicy, RateError> {
    policies.iter().find(|policy| policy.id == id).ok_or(RateError::NotFound(id))
}

fn expected(policy: &RatePolicy, revision: Option<i64>) -> Result<&RatePolicy, RateError> {
    let current = policy.revision;
    if revision.is_some_and(|revision| revision != current) {
        return Err(RateError::RevisionStale { what: policy.id.to_string(), current });
    }
    Ok(policy)
}

fn detail_of(rule: &PolicyRule) -> Value {
    json!({
        "name": rule.name.as_str(),
        "limit": rule.quota.limit(),
        "window_s": rule.quota.window().as_secs(),
        "burst": rule.quota.burst(),
        "cost": rule.cost,
        "subject": rule.subject.as_str(),
        "methods": rule.methods.words().collect::<Vec<_>>(),
        "path": rule.path.as_str(),
        "mode": rule.mode.as_str(),
        "on_backend_error": rule.on_backend_error.as_str(),
    })
}
