//! What the keys of workspaces are used for, by hours.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use devhub_domain::id::WorkspaceId;
use devhub_domain::latencies::Latencies;
use devhub_domain::store::StoreError;
use devhub_domain::usage::{TimedCalls, TimedHour, WorkspaceHoursTx};
use diesel::prelude::*;

use crate::row::{Row, limit};
use crate::schema::api_keys;
use crate::tx::both;
use crate::usage_counts::{counts_added, counts_of_row, row_with_counts};
use crate::usage_schema::workspace_hours;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = workspace_hours)]
struct WorkspaceHourRow {
    workspace_id: Vec<u8>,
    hour: i64,
    success: i64,
    redirect: i64,
    client_error: i64,
    too_many: i64,
    server_error: i64,
    verifications: i64,
    revoked: i64,
    locked: i64,
    expired: i64,
    workspace_suspended: i64,
    ip_not_allowed: i64,
    insufficient_scope: i64,
    rate_limited: i64,
    latencies: Vec<u8>,
}

impl WorkspaceHourRow {
    /// A new row, in which nothing is timed yet.
    fn of(workspace_id: &[u8], hour: i64, calls: &TimedCalls) -> Self {
        let latencies = Vec::new();
        row_with_counts!(Self, &calls.counts, { workspace_id: workspace_id.to_vec(), hour: hour, latencies: latencies })
    }

    fn calls(&self, workspace_id: WorkspaceId) -> Result<(i64, TimedCalls), StoreError> {
        let row = Row { table: "workspace_hours", id: &format_args!("{workspace_id}/{}", self.hour) };
        let latencies = row.value("latencies", latencies_of(&self.latencies))?;
        Ok((self.hour, TimedCalls { counts: counts_of_row!(&row, self), latencies }))
    }
}

/// What was timed: no bytes where nothing was, as in the rows of a release that timed nothing.
fn latencies_of(bytes: &[u8]) -> Option<Latencies> {
    if bytes.is_empty() { Some(Latencies::default()) } else { Latencies::from_bytes(bytes) }
}

both! {
    impl WorkspaceHoursTx {
        fn add_workspace_hours(&mut self, hours: &[TimedHour]) -> Result<(), StoreError> {
            let ids: Vec<_> = hours.iter().map(|row| row.of_key.key_id.as_bytes()).collect();
            let owners = api_keys::table.filter(api_keys::id.eq_any(ids)).select((api_keys::id, api_keys::workspace_id));
            let owners: HashMap<Vec<u8>, Vec<u8>> = self.state.note(owners.load(&mut *self.conn))?.into_iter().collect();
            let mut sums: BTreeMap<(&[u8], i64), TimedCalls> = BTreeMap::new();
            for row in hours {
                if let Some(owner) = owners.get(row.of_key.key_id.as_bytes().as_slice()) {
                    sums.entry((owner, row.of_key.hour)).or_default().add(&row.calls());
                }
            }
            for ((workspace_id, hour), calls) in sums {
                let insert = diesel::insert_into(workspace_hours::table)
                    .values(WorkspaceHourRow::of(workspace_id, hour, &calls))
                    .on_conflict((workspace_hours::workspace_id, workspace_hours::hour))
                    .do_update()
                    .set(counts_added!(workspace_hours));
                self.state.note(insert.execute(&mut *self.conn))?;
                if calls.latencies == Latencies::default() {
                    continue;
                }
                // No statement adds to one bucket of many. From here on no other transaction changes the row: what is read is what
                // the last one wrote.
                let own = || workspace_hours::table.find((workspace_id, hour));
                let bytes = own().select(workspace_hours::latencies).first(&mut *self.conn);
                let bytes: Vec<u8> = self.state.note(bytes)?;
                let Some(mut latencies) = latencies_of(&bytes) else {
                    // Left as they are for whoever reads the hour, who is told. To fail would hold up what was counted of all other keys.
                    continue;
                };
                latencies.add(&calls.latencies);
                let update = diesel::update(own()).set(workspace_hours::latencies.eq(latencies.to_bytes()));
                self.state.note(update.execute(&mut *self.conn))?;
            }
            Ok(())
        }

        /// Served by the primary key.
        fn list_workspace_hours(
            &mut self,
            workspace_id: WorkspaceId,
            hours: Range<i64>,
        ) -> Result<Vec<(i64, TimedCalls)>, StoreError> {
            let query = workspace_hours::table
                .filter(workspace_hours::workspace_id.eq(workspace_id.as_bytes()))
                .filter(workspace_hours::hour.ge(hours.start))
                .filter(workspace_hours::hour.lt(hours.end))
                .order(workspace_hours::hour.asc())
                .select(WorkspaceHourRow::as_select());
            let rows: Vec<WorkspaceHourRow> = self.state.note(query.load(&mut *self.conn))?;
            rows.into_iter().map(|row| row.calls(workspace_id)).collect()
        }

        /// Served by `workspace_hours_by_age`.
        fn delete_workspace_hours(&mut self, before_hour: i64, count: usize) -> Result<usize, StoreError> {
            let old = workspace_hours::table
                .filter(workspace_hours::hour.lt(before_hour))
                .order((workspace_hours::hour.asc(), workspace_hours::workspace_id.asc()))
                .limit(limit(count))
                .select((workspace_hours::workspace_id, workspace_hours::hour));
            let old: Vec<(Vec<u8>, i64)> = self.state.note(old.load(&mut *self.conn))?;
            let mut removed = 0;
            for (workspace_id, hour) in old {
                let row = workspace_hours::table.find((workspace_id, hour));
                removed += self.state.note(diesel::delete(row).execute(&mut *self.conn))?;
            }
            Ok(removed)
        }
    }
}
