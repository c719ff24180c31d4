//! What rate policies decide, by hours.

use std::ops::Range;

use devhub_domain::id::WorkspaceId;
use devhub_domain::rate::{PolicyCounts, PolicyHour, PolicyHoursTx, PolicyRef};
use devhub_domain::store::StoreError;
use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::rate_overrides::{policy_bytes, policy_ref};
use crate::row::{Row, limit, own_id};
use crate::tx::both;
use crate::usage_counts::stored;
use crate::usage_schema::policy_hours;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = policy_hours)]
struct PolicyHourRow {
    workspace_id: Vec<u8>,
    policy: Vec<u8>,
    hour: i64,
    allowed: i64,
    refused: i64,
    shadow_refused: i64,
}

impl From<&PolicyHour> for PolicyHourRow {
    fn from(row: &PolicyHour) -> Self {
        Self {
            workspace_id: row.workspace_id.as_bytes().to_vec(),
            policy: policy_bytes(row.policy),
            hour: row.hour,
            allowed: stored(row.counts.allowed),
            refused: stored(row.counts.refused),
            shadow_refused: stored(row.counts.shadow_refused),
        }
    }
}

impl PolicyHourRow {
    fn into_hour(self) -> Result<PolicyHour, StoreError> {
        let workspace_id = WorkspaceId::from_bytes(own_id("policy_hours", &self.workspace_id)?);
        let of_workspace = Row { table: "policy_hours", id: &workspace_id };
        let policy = policy_ref(&of_workspace, &self.policy)?;
        let row = Row { table: "policy_hours", id: &format_args!("{policy}/{}", self.hour) };
        let counts = PolicyCounts {
            allowed: row.number("allowed", self.allowed)?,
            refused: row.number("refused", self.refused)?,
            shadow_refused: row.number("shadow_refused", self.shadow_refused)?,
        };
        Ok(PolicyHour { workspace_id, policy, hour: self.hour, counts })
    }
}

both! {
    impl PolicyHoursTx {
        fn add_policy_hour(&mut self, hour: &PolicyHour) -> Result<(), StoreError> {
            let insert = diesel::insert_into(policy_hours::table)
                .values(PolicyHourRow::from(hour))
                .on_conflict((policy_hours::workspace_id, policy_hours::policy, policy_hours::hour))
                .do_update()
                .set((
                    policy_hours::allowed.eq(policy_hours::allowed + excluded(policy_hours::allowed)),
                    policy_hours::refused.eq(policy_hours::refused + excluded(policy_hours::refused)),
                    policy_hours::shadow_refused.eq(policy_hours::shadow_refused + excluded(policy_hours::shadow_refused)),
                ));
            self.state.note(insert.execute(&mut *self.conn)).map(drop)
        }

        /// Served by the primary key: a range of it for each policy, in one statement.
        fn list_policy_hours(
            &mut self,
            workspace_id: WorkspaceId,
            policies: &[PolicyRef],
            hours: Range<i64>,
        ) -> Result<Vec<PolicyHour>, StoreError> {
            let policies: Vec<_> = policies.iter().map(|policy| policy_bytes(*policy)).collect();
            let query = policy_hours::table
                .filter(policy_hours::workspace_id.eq(workspace_id.as_bytes()))
                .filter(policy_hours::policy.eq_any(policies))
                .filter(policy_hours::hour.ge(hours.start))
                .filter(policy_hours::hour.lt(hours.end))
                .select(PolicyHourRow::as_select());
            let rows: Vec<PolicyHourRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(PolicyHourRow::into_hour).collect()
        }

        /// Served by `policy_hours_by_age`.
        fn delete_policy_hours(&mut self, before_hour: i64, count: usize) -> Result<usize, StoreError> {
            let old = policy_hours::table
                .filter(policy_hours::hour.lt(before_hour))
                .order((policy_hours::hour.asc(), policy_hours::workspace_id.asc(), policy_hours::policy.asc()))
                .limit(limit(count))
                .select((policy_hours::workspace_id, policy_hours::policy, policy_hours::hour));
            let old: Vec<(Vec<u8>, Vec<u8>, i64)> = self.state.note(old.load(&mut *self.conn))?;
            let mut removed = 0;
            for (workspace_id, policy, hour) in old {
                let row = policy_hours::table.find((workspace_id, policy, hour));
                removed += self.state.note(diesel::delete(row).execute(&mut *self.conn))?;
            }
            Ok(removed)
        }
    }
}
