//! Rate policies of workspaces, in their order.

use std::num::NonZeroU32;

use devhub_domain::id::{RateOverrideId, RatePolicyId, WorkspaceId};
use devhub_domain::page::{Page, PageRequest};
use devhub_domain::rate::{
    MethodSet, Mode, OnBackendError, PolicyRule, RateOverride, RatePolicy, RateState, RateTx, SubjectKind,
};
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use diesel::prelude::*;

use crate::rate_overrides::{OverrideRow, StateRow, quota, window_ms};
use crate::row::{Row, limit, own_id, written};
use crate::schema::rate_policies::dsl;
use crate::schema::{rate_overrides, rate_policies, rate_states};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = rate_policies)]
struct PolicyRow {
    id: Vec<u8>,
    workspace_id: Vec<u8>,
    position: i64,
    name: String,
    quota_limit: i64,
    window_ms: i64,
    burst: i64,
    cost: i64,
    subject: String,
    methods: String,
    path: String,
    mode: String,
    on_backend_error: String,
    created_at_us: i64,
    updated_at_us: i64,
    revision: i64,
}

impl From<&RatePolicy> for PolicyRow {
    fn from(policy: &RatePolicy) -> Self {
        let rule = &policy.rule;
        Self {
            id: policy.id.as_bytes().to_vec(),
            workspace_id: policy.workspace_id.as_bytes().to_vec(),
            position: policy.position,
            name: rule.name.to_string(),
            quota_limit: rule.quota.limit().get().into(),
            window_ms: window_ms(&rule.quota),
            burst: rule.quota.burst().get().into(),
            cost: rule.cost.get().into(),
            subject: rule.subject.as_str().to_owned(),
            methods: rule.methods.words().collect::<Vec<_>>().join(" "),
            path: rule.path.to_string(),
            mode: rule.mode.as_str().to_owned(),
            on_backend_error: rule.on_backend_error.as_str().to_owned(),
            created_at_us: policy.created_at.as_micros(),
            updated_at_us: policy.updated_at.as_micros(),
            revision: policy.revision,
        }
    }
}

impl PolicyRow {
    fn into_policy(self) -> Result<RatePolicy, StoreError> {
        let id = RatePolicyId::from_bytes(own_id("rate_policies", &self.id)?);
        let row = Row { table: "rate_policies", id: &id };
        let methods = self.methods.split_whitespace().try_fold(MethodSet::ALL, MethodSet::with);
        let rule = PolicyRule {
            name: row.text("name", &self.name)?,
            quota: quota(&row, self.quota_limit, self.window_ms, self.burst)?,
            cost: row.value("cost", NonZeroU32::new(row.number("cost", self.cost)?))?,
            subject: row.value("subject", SubjectKind::parse(&self.subject))?,
            methods: row.value("methods", methods.ok())?,
            path: row.text("path", &self.path)?,
            mode: row.value("mode", Mode::parse(&self.mode))?,
            on_backend_error: row.value("on_backend_error", OnBackendError::parse(&self.on_backend_error))?,
        };
        Ok(RatePolicy {
            id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            position: self.position,
            rule,
            created_at: Timestamp::from_micros(self.created_at_us),
            updated_at: Timestamp::from_micros(self.updated_at_us),
            revision: self.revision,
        })
    }
}

both! {
    impl RateTx {
        /// There are few workspaces: all are looked at.
        fn list_rate_states(&mut self) -> Result<Vec<RateState>, StoreError> {
            let query = rate_states::table.select(StateRow::as_select());
            let rows: Vec<StateRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(StateRow::into_state).collect()
        }

        fn insert_rate_policy(&mut self, policy: &RatePolicy) -> Result<(), StoreError> {
            let row = PolicyRow::from(policy);
            let insert = diesel::insert_into(dsl::rate_policies).values(row).on_conflict_do_nothing();
            written(self.state.note(insert.execute(&mut *self.conn))?, 1, "rate_policies")
        }

        /// Served by `rate_policies_by_name`; there are at most a hundred, which are sorted here.
        fn list_rate_policies(&mut self, workspace_id: WorkspaceId) -> Result<Vec<RatePolicy>, StoreError> {
            let query = dsl::rate_policies
                .filter(dsl::workspace_id.eq(workspace_id.as_bytes()))
                .order((dsl::position.asc(), dsl::id.asc()))
                .select(PolicyRow::as_select());
            let rows: Vec<PolicyRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(PolicyRow::into_policy).collect()
        }

        fn update_rate_policy(&mut self, policy: &RatePolicy, before: i64) -> Result<(), StoreError> {
            let earlier =
                dsl::rate_policies.filter(dsl::id.eq(policy.id.as_bytes())).filter(dsl::revision.eq(before));
            let update = diesel::update(earlier).set(PolicyRow::from(policy));
            written(self.state.note(update.execute(&mut *self.conn))?, 1, "rate_policies.revision")
        }

        /// Overrides by `rate_overrides_by_subject`.
        fn delete_rate_policy(&mut self, policy: &RatePolicy) -> Result<i64, StoreError> {
            let there =
                dsl::rate_policies.filter(dsl::id.eq(policy.id.as_bytes())).filter(dsl::revision.eq(policy.revision));
            let deleted = self.state.note(diesel::delete(there).execute(&mut *self.conn))?;
            written(deleted, 1, "rate_policies.revision")?;
            let overrides = rate_overrides::table
                .filter(rate_overrides::workspace_id.eq(policy.workspace_id.as_bytes()))
                .filter(rate_overrides::policy.eq(&policy.id.as_bytes()[..]));
            let gone = self.state.note(diesel::delete(overrides).execute(&mut *self.conn))?;
            Ok(limit(gone))
        }

        /// Served by `rate_overrides_by_age`.
        fn list_rate_overrides(
            &mut self,
            workspace_id: WorkspaceId,
            page: PageRequest<RateOverrideId>,
        ) -> Result<Page<RateOverride, RateOverrideId>, StoreError> {
            let mut query = rate_overrides::table
                .filter(rate_overrides::workspace_id.eq(workspace_id.as_bytes()))
                .order(rate_overrides::id.desc())
                .limit(limit(page.size.get() + 1))
                .select(OverrideRow::as_select())
                .into_boxed();
            if let Some(after) = &page.after {
                query = query.filter(rate_overrides::id.lt(after.as_bytes()));
            }
            let rows: Vec<OverrideRow> = self.state.note(query.load(&mut *self.conn))?;
            let overrides: Result<Vec<_>, _> = rows.into_iter().map(OverrideRow::into_override).collect();
            Ok(Page::from_rows(overrides?, page.size, |made| made.id))
        }
    }
}
