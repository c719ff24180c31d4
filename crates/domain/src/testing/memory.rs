//! A store in memory: whole entities in ordered maps, one lock, rolled back by keeping a copy.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use crate::api_keys::{ApiKey, ApiKeyTx, Stragglers};
use crate::audit::{AuditEntry, AuditFilter, AuditHead, AuditTx};
use crate::events::{Event, EventTx, EventType, OwnType, OwnTypeTx};
use crate::id::{
    DeliveryId, EndpointId, EndpointSecretId, EventId, JobId, KeyId, OperatorId, OperatorSessionId, RateOverrideId,
    RatePolicyId, SessionId, WorkspaceId,
};
use crate::idempotency::{Caller, IdempotencyKey, IdempotencyTx, RecordedAnswer};
use crate::installation::{Installation, InstallationTx};
use crate::operators::{Operator, OperatorSession, OperatorTx, Role, SecondFactor};
use crate::page::{Page, PageRequest, PageSize};
use crate::rate::{PolicyCounts, PolicyHoursTx, PolicyRef, RateOverride, RatePolicy, RateState, RateTx};
use crate::reference::{ReferenceDocument, ReferenceDocumentTx};
use crate::resends::{ResendJob, ResendTx};
use crate::restores::RestoreTx;
use crate::retention::RetentionTx;
use crate::store::{Body, Lane, StoreError, UnitOfWork};
use crate::time::Timestamp;
use crate::usage::{KeyHour, TimedCalls, UnknownAttempts, UsageTx};
use crate::webhooks::{
    Attempt, Delivery, DeliveryTx, Endpoint, EndpointRevision, EndpointSecret, EndpointTx, Health, HourTally, LogTx,
    Session,
};
use crate::workspaces::{Workspace, WorkspaceTx};

/// A store in memory, for tests and examples. Clones share their content.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    content: Arc<Mutex<Content>>,
}

/// Everything that the store holds: a transaction over everything, while [`MemoryStore::transact`] lends it.
#[derive(Clone, Debug, Default)]
pub struct Content {
    pub(super) keys: BTreeMap<KeyId, ApiKey>,
    pub(super) stragglers: BTreeMap<KeyId, Stragglers>,
    pub(super) events: BTreeMap<EventId, Event>,
    pub(super) own_types: BTreeMap<(WorkspaceId, EventType), OwnType>,
    pub(super) documents: BTreeMap<WorkspaceId, ReferenceDocument>,
    pub(super) endpoints: BTreeMap<EndpointId, Endpoint>,
    pub(super) secrets: BTreeMap<EndpointSecretId, EndpointSecret>,
    pub(super) deliveries: BTreeMap<DeliveryId, Delivery>,
    pub(super) attempts: BTreeMap<(DeliveryId, u32), Attempt>,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    pub(super) resend_jobs: BTreeMap<JobId, ResendJob>,
    /// What endpoints were, each with the newest event that met it so.
    pub(super) revisions: BTreeMap<(EndpointId, i64), (Option<EventId>, EndpointRevision)>,
    pub(super) health: BTreeMap<EndpointId, Health>,
    pub(super) tallies: BTreeMap<(EndpointId, i64), HourTally>,
    pub(super) key_hours: BTreeMap<(KeyId, i64), KeyHour>,
    pub(super) workspace_hours: BTreeMap<(WorkspaceId, i64), TimedCalls>,
    /// In the order of their list.
    pub(super) unknown_attempts: BTreeMap<(Reverse<i64>, String), UnknownAttempts>,
    audit: BTreeMap<(WorkspaceId, i64), AuditEntry>,
    /// As the workspaces know them that they are at home in.
    pub(super) operators: BTreeMap<OperatorId, Operator>,
    /// Where else operators work.
    pub(super) memberships: BTreeMap<(OperatorId, WorkspaceId), (Role, Timestamp)>,
    pub(super) second_factors: BTreeMap<OperatorId, SecondFactor>,
    pub(super) operator_sessions: BTreeMap<OperatorSessionId, OperatorSession>,
    pub(super) workspaces: BTreeMap<WorkspaceId, Workspace>,
    installation: Option<Installation>,
    pub(super) rate_states: BTreeMap<WorkspaceId, RateState>,
    pub(super) rate_policies: BTreeMap<RatePolicyId, RatePolicy>,
    pub(super) rate_overrides: BTreeMap<RateOverrideId, RateOverride>,
    pub(super) policy_hours: BTreeMap<(WorkspaceId, PolicyRef, i64), PolicyCounts>,
    answers: BTreeMap<(Caller, IdempotencyKey), RecordedAnswer>,
}

impl MemoryStore {
    /// Takes an event away behind the back of everything, as a damaged database would.
    ///
    /// # Panics
    /// When an earlier transaction has panicked.
    pub fn forget_event(&self, id: EventId) {
        self.content.lock().expect("no transaction has panicked").events.remove(&id);
    }

    /// Runs a transaction, for a store that keeps more beside this one: what fails leaves no trace.
    ///
    /// # Errors
    /// Those of `run`, and [`StoreError::Unavailable`] when an earlier transaction has panicked.
    pub fn transact(&self, run: impl FnOnce(&mut Content) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let mut content = self.content.lock().map_err(|error| StoreError::unavailable(error.to_string()))?;
        let before = content.clone();
        let outcome = run(&mut content);
        if outcome.is_err() {
            *content = before;
        }
        outcome
    }
}

macro_rules! units_of_work {
    ($($port:ty),*) => {$(
        impl UnitOfWork<$port> for MemoryStore {
            fn read(&self, body: &mut Body<'_, $port>) -> Result<(), StoreError> {
                self.transact(|content| body(content))
            }

            fn write(&self, _lane: Lane, body: &mut Body<'_, $port>) -> Result<(), StoreError> {
                self.transact(|content| body(content))
            }
        }
    )*};
}

units_of_work!(
    dyn AuditTx,
    dyn WorkspaceTx,
    dyn ApiKeyTx,
    dyn EventTx,
    dyn OwnTypeTx,
    dyn RateTx,
    dyn PolicyHoursTx,
    dyn ReferenceDocumentTx,
    dyn EndpointTx,
    dyn DeliveryTx,
    dyn ResendTx,
    dyn RestoreTx,
    dyn RetentionTx,
    dyn LogTx,
    dyn UsageTx,
    dyn OperatorTx,
    dyn InstallationTx,
    dyn crate::tx::Tx
);

/// Adds a row whose key must be free.
pub(super) fn insert<K: Ord, V>(
    rows: &mut BTreeMap<K, V>,
    key: K,
    value: V,
    what: &'static str,
) -> Result<(), StoreError> {
    match rows.entry(key) {
        std::collections::btree_map::Entry::Occupied(_) => Err(StoreError::Conflict(what)),
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(value);
            Ok(())
        }
    }
}

/// The newest rows below the cursor that fit.
pub(super) fn page<Id: Ord + Copy, V: Clone>(
    rows: &BTreeMap<Id, V>,
    page: PageRequest<Id>,
    id_of: impl Fn(&V) -> Id,
    fits: impl Fn(&V) -> bool,
) -> Page<V, Id> {
    let newest = rows.iter().rev().filter(|(id, _)| page.after.is_none_or(|after| **id < after));
    let fitting = newest.map(|(_, value)| value).filter(|value| fits(value)).take(page.size.get() + 1);
    Page::from_rows(fitting.cloned().collect(), page.size, id_of)
}

impl AuditTx for Content {
    fn audit_head(&mut self, workspace_id: WorkspaceId) -> Result<Option<AuditHead>, StoreError> {
        let last = self.audit.range((workspace_id, 0)..=(workspace_id, i64::MAX)).next_back();
        Ok(last.map(|(_, entry)| AuditHead { sequence: entry.sequence, hash: entry.hash }))
    }

    fn insert_audit_entry(&mut self, entry: &AuditEntry) -> Result<(), StoreError> {
        insert(&mut self.audit, (entry.workspace_id, entry.sequence), entry.clone(), "audit_entries")
    }

    fn list_audit_entries(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &AuditFilter,
        request: PageRequest<i64>,
    ) -> Result<Page<AuditEntry, i64>, StoreError> {
        let head = self.audit_head(workspace_id)?.map_or(0, |head| head.sequence);
        let before = request.after.unwrap_or_else(|| head.saturating_add(1));
        let from = filter.sought_from(before);
        let sought = self.audit.range((workspace_id, from)..(workspace_id, before.max(from))).rev();
        let rows = sought
            .filter(|(_, entry)| filter.wants(entry))
            .take(request.size.get() + 1)
            .map(|(_, entry)| entry.clone())
            .collect();
        let page = Page::from_rows(rows, request.size, |entry: &AuditEntry| entry.sequence);
        Ok(Page { next: page.next.or((from > 1).then_some(from)), ..page })
    }

    fn list_audit_chain(
        &mut self,
        workspace_id: WorkspaceId,
        after: i64,
        size: PageSize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let lines = self.audit.range((workspace_id, after.saturating_add(1))..=(workspace_id, i64::MAX));
        Ok(lines.take(size.get()).map(|(_, entry)| entry.clone()).collect())
    }
}

impl Content {
    fn require_free_name(&self, workspace: &Workspace) -> Result<(), StoreError> {
        let is_taken = self.workspaces.values().any(|other| other.id != workspace.id && other.name == workspace.name);
        if is_taken { Err(StoreError::Conflict("workspaces.name")) } else { Ok(()) }
    }
}

impl WorkspaceTx for Content {
    fn insert_workspace(&mut self, workspace: &Workspace) -> Result<(), StoreError> {
        self.require_free_name(workspace)?;
        insert(&mut self.workspaces, workspace.id, workspace.clone(), "workspaces.id")
    }

    fn find_workspace(&mut self, id: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
        Ok(self.workspaces.get(&id).cloned())
    }

    fn update_workspace(&mut self, workspace: &Workspace) -> Result<(), StoreError> {
        if self.workspaces.contains_key(&workspace.id) {
            self.require_free_name(workspace)?;
            self.workspaces.insert(workspace.id, workspace.clone());
        }
        Ok(())
    }

    fn list_workspaces(&mut self) -> Result<Vec<Workspace>, StoreError> {
        Ok(self.workspaces.values().cloned().collect())
    }
}

impl InstallationTx for Content {
    fn find_installation(&mut self) -> Result<Option<Installation>, StoreError> {
        Ok(self.installation.clone())
    }

    fn insert_installation(&mut self, installation: &Installation) -> Result<(), StoreError> {
        if self.installation.is_some() {
            return Err(StoreError::Conflict("installation"));
        }
        self.installation = Some(installation.clone());
        Ok(())
    }
}

impl IdempotencyTx for Content {
    fn find_answer(&mut self, caller: Caller, key: &IdempotencyKey) -> Result<Option<RecordedAnswer>, StoreError> {
        Ok(self.answers.get(&(caller, *key)).cloned())
    }

    fn put_answer(&mut self, answer: &RecordedAnswer) -> Result<(), StoreError> {
        self.answers.insert((answer.caller, answer.key), answer.clone());
        Ok(())
    }

    fn delete_answers(&mut self, made_before: Timestamp, limit: usize) -> Result<usize, StoreError> {
        let mut old: Vec<_> = self.answers.values().filter(|answer| answer.created_at < made_before).cloned().collect();
        old.sort_by_key(|answer| answer.created_at);
        old.truncate(limit);
        for answer in &old {
            self.answers.remove(&(answer.caller, answer.key));
        }
        Ok(old.len())
    }
}
