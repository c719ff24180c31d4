//! Overrides of rate policies, and the revision that all changes of a workspace's rules count up.

use std::num::NonZeroU32;
use std::time::Duration;

use devhub_domain::id::{KeyId, RateOverrideId, RatePolicyId, WorkspaceId};
use devhub_domain::rate::{OverrideSubject, OverrideTx, PolicyRef, Quota, RateOverride, RateState};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::row::{Row, own_id, written};
use crate::schema::{rate_overrides, rate_policies, rate_states};
use crate::tx::both;

/// What a subject is that is a key.
const KEY: &str = "key";
/// What a subject is that is a workspace.
const WORKSPACE: &str = "workspace";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rate_states)]
pub(crate) struct StateRow {
    workspace_id: Vec<u8>,
    revision: i64,
    exempt_networks: String,
    networks_revision: i64,
    override_count: i64,
}

impl From<&RateState> for StateRow {
    fn from(state: &RateState) -> Self {
        let networks: Vec<_> = state.exempt_networks.iter().map(ToString::to_string).collect();
        Self {
            workspace_id: state.workspace_id.as_bytes().to_vec(),
            revision: state.revision,
            exempt_networks: networks.join("\n"),
            networks_revision: state.networks_revision,
            override_count: state.override_count,
        }
    }
}

impl StateRow {
    pub(crate) fn into_state(self) -> Result<RateState, StoreError> {
        let workspace_id = WorkspaceId::from_bytes(own_id("rate_states", &self.workspace_id)?);
        let row = Row { table: "rate_states", id: &workspace_id };
        Ok(RateState {
            workspace_id,
            revision: self.revision,
            exempt_networks: row.texts("exempt_networks", '\n', &self.exempt_networks)?,
            networks_revision: self.networks_revision,
            override_count: self.override_count,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = rate_overrides)]
pub(crate) struct OverrideRow {
    id: Vec<u8>,
    workspace_id: Vec<u8>,
    policy: Vec<u8>,
    subject_kind: String,
    subject: Vec<u8>,
    quota_limit: i64,
    window_ms: i64,
    burst: i64,
    created_at_us: i64,
    updated_at_us: i64,
    revision: i64,
}

impl From<&RateOverride> for OverrideRow {
    fn from(made: &RateOverride) -> Self {
        Self {
            id: made.id.as_bytes().to_vec(),
            workspace_id: made.workspace_id.as_bytes().to_vec(),
            policy: policy_bytes(made.policy),
            subject_kind: subject_kind(&made.subject).to_owned(),
            subject: subject_bytes(&made.subject).to_vec(),
            quota_limit: made.quota.limit().get().into(),
            window_ms: window_ms(&made.quota),
            burst: made.quota.burst().get().into(),
            created_at_us: made.created_at.as_micros(),
            updated_at_us: made.updated_at.as_micros(),
            revision: made.revision,
        }
    }
}

impl OverrideRow {
    pub(crate) fn into_override(self) -> Result<RateOverride, StoreError> {
        let id = RateOverrideId::from_bytes(own_id("rate_overrides", &self.id)?);
        let row = Row { table: "rate_overrides", id: &id };
        let subject = row.bytes("subject", &self.subject)?;
        Ok(RateOverride {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            policy: policy_ref(&row, &self.policy)?,
            subject: match self.subject_kind.as_str() {
                KEY => OverrideSubject::Key(KeyId::from_bytes(subject)),
                WORKSPACE => OverrideSubject::Workspace(WorkspaceId::from_bytes(subject)),
                _ => return Err(row.corrupt("subject_kind")),
            },
            quota: quota(&row, self.quota_limit, self.window_ms, self.burst)?,
            created_at: Timestamp::from_micros(self.created_at_us),
            updated_at: Timestamp::from_micros(self.updated_at_us),
            revision: self.revision,
        })
    }
}

/// The policy that a column of a row names.
pub(crate) fn policy_ref(row: &Row<'_>, bytes: &[u8]) -> Result<PolicyRef, StoreError> {
    match bytes {
        [] => Ok(PolicyRef::Default),
        bytes => Ok(PolicyRef::Of(RatePolicyId::from_bytes(row.bytes("policy", bytes)?))),
    }
}

/// The bytes of a policy that is named; none for the default.
pub(crate) fn policy_bytes(policy: PolicyRef) -> Vec<u8> {
    match policy {
        PolicyRef::Default => Vec::new(),
        PolicyRef::Of(id) => id.as_bytes().to_vec(),
    }
}

const fn subject_kind(subject: &OverrideSubject) -> &'static str {
    match subject {
        OverrideSubject::Key(_) => KEY,
        OverrideSubject::Workspace(_) => WORKSPACE,
    }
}

fn subject_bytes(subject: &OverrideSubject) -> &[u8] {
    match subject {
        OverrideSubject::Key(id) => id.as_bytes(),
        OverrideSubject::Workspace(id) => id.as_bytes(),
    }
}

/// Windows are at most a day, so this is never cut.
pub(crate) fn window_ms(quota: &Quota) -> i64 {
    i64::try_from(quota.window().as_millis()).unwrap_or(i64::MAX)
}

/// The quota of three columns.
pub(crate) fn quota(row: &Row<'_>, limit: i64, window_ms: i64, burst: i64) -> Result<Quota, StoreError> {
    let limit: NonZeroU32 = row.value("quota_limit", NonZeroU32::new(row.number("quota_limit", limit)?))?;
    let burst: NonZeroU32 = row.value("burst", NonZeroU32::new(row.number("burst", burst)?))?;
    let window = Duration::from_millis(row.number("window_ms", window_ms)?);
    let quota = row.value("window_ms", Quota::new(limit, window).ok())?;
    row.value("burst", quota.with_burst(burst).ok())
}

both! {
    impl OverrideTx {
        /// Served by the primary key. Whoever changes rules holds the lock of the workspace's log already.
        fn find_rate_state(&mut self, workspace_id: WorkspaceId) -> Result<Option<RateState>, StoreError> {
            let query = rate_states::table.find(workspace_id.as_bytes()).select(StateRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(StateRow::into_state).transpose()
        }

        fn write_rate_state(&mut self, state: &RateState) -> Result<(), StoreError> {
            let row = StateRow::from(state);
            if state.revision == 1 {
                let insert = diesel::insert_into(rate_states::table).values(row).on_conflict_do_nothing();
                return written(self.state.note(insert.execute(&mut *self.conn))?, 1, "rate_states.revision");
            }
            let earlier = rate_states::table
                .filter(rate_states::workspace_id.eq(state.workspace_id.as_bytes()))
                .filter(rate_states::revision.eq(state.revision - 1));
            let update = diesel::update(earlier).set((
                rate_states::revision.eq(row.revision),
                rate_states::exempt_networks.eq(row.exempt_networks),
                rate_states::networks_revision.eq(row.networks_revision),
                rate_states::override_count.eq(row.override_count),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "rate_states.revision")
        }

        fn insert_rate_override(&mut self, made: &RateOverride) -> Result<(), StoreError> {
            let row = OverrideRow::from(made);
            let insert = diesel::insert_into(rate_overrides::table).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "rate_overrides")
        }

        /// Served by the primary key.
        fn find_rate_override(
            &mut self,
            workspace_id: WorkspaceId,
            id: RateOverrideId,
        ) -> Result<Option<RateOverride>, StoreError> {
            let query = rate_overrides::table
                .filter(rate_overrides::id.eq(id.as_bytes()))
                .filter(rate_overrides::workspace_id.eq(workspace_id.as_bytes()))
                .select(OverrideRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(OverrideRow::into_override).transpose()
        }

        /// Served by `rate_overrides_by_subject`.
        fn find_rate_override_of(
            &mut self,
            workspace_id: WorkspaceId,
            policy: PolicyRef,
            subject: OverrideSubject,
        ) -> Result<Option<RateOverride>, StoreError> {
            let query = rate_overrides::table
                .filter(rate_overrides::workspace_id.eq(workspace_id.as_bytes()))
                .filter(rate_overrides::policy.eq(policy_bytes(policy)))
                .filter(rate_overrides::subject_kind.eq(subject_kind(&subject)))
                .filter(rate_overrides::subject.eq(subject_bytes(&subject)))
                .select(OverrideRow::as_select());
            self.state.note(query.first(&mut *self.conn).optional())?.map(OverrideRow::into_override).transpose()
        }

        /// Served by `rate_policies_by_name` and, once for each policy, by `rate_overrides_by_subject`.
        fn list_rate_overrides_of(
            &mut self,
            workspace_id: WorkspaceId,
            subject: OverrideSubject,
        ) -> Result<Vec<RateOverride>, StoreError> {
            let policies = rate_policies::table
                .filter(rate_policies::workspace_id.eq(workspace_id.as_bytes()))
                .select(rate_policies::id);
            let mut policies: Vec<Vec<u8>> = self.state.note(policies.load(&mut *self.conn))?;
            policies.push(policy_bytes(PolicyRef::Default));
            let query = rate_overrides::table
                .filter(rate_overrides::workspace_id.eq(workspace_id.as_bytes()))
                .filter(rate_overrides::policy.eq_any(policies))
                .filter(rate_overrides::subject_kind.eq(subject_kind(&subject)))
                .filter(rate_overrides::subject.eq(subject_bytes(&subject)))
                .select(OverrideRow::as_select());
            let rows: Vec<OverrideRow> = self.state.note(query.load(&mut *self.conn))?;
            let found: Result<Vec<_>, _> = rows.into_iter().map(OverrideRow::into_override).collect();
            let mut found = found?;
            found.sort_by_key(|made| made.id);
            Ok(found)
        }

        /// Served by `rate_overrides_by_subject`.
        fn count_rate_overrides(&mut self, workspace_id: WorkspaceId, policy: RatePolicyId) -> Result<u64, StoreError> {
            let query = rate_overrides::table
                .filter(rate_overrides::workspace_id.eq(workspace_id.as_bytes()))
                .filter(rate_overrides::policy.eq(&policy.as_bytes()[..]))
                .count();
            let count: i64 = self.state.note(query.get_result(&mut *self.conn))?;
            // A count is never negative.
            Ok(count.try_into().unwrap_or(0))
        }

        fn update_rate_override(&mut self, made: &RateOverride, before: i64) -> Result<(), StoreError> {
            let earlier = rate_overrides::table
                .filter(rate_overrides::id.eq(made.id.as_bytes()))
                .filter(rate_overrides::revision.eq(before));
            let update = diesel::update(earlier).set((
                rate_overrides::quota_limit.eq(i64::from(made.quota.limit().get())),
                rate_overrides::window_ms.eq(window_ms(&made.quota)),
                rate_overrides::burst.eq(i64::from(made.quota.burst().get())),
                rate_overrides::updated_at_us.eq(made.updated_at.as_micros()),
                rate_overrides::revision.eq(made.revision),
            ));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "rate_overrides.revision")
        }

        fn delete_rate_override(&mut self, made: &RateOverride) -> Result<(), StoreError> {
            let there = rate_overrides::table
                .filter(rate_overrides::id.eq(made.id.as_bytes()))
                .filter(rate_overrides::revision.eq(made.revision));
            let delete = diesel::delete(there);
            written(self.state.note(delete.execute(&mut *self.conn))?, 1, "rate_overrides.revision")
        }
    }
}
