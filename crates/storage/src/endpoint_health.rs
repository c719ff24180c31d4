//! The health of endpoints: a row for each that fails.

use std::time::Duration;

use devhub_domain::id::{EndpointId, WorkspaceId};
use devhub_domain::latencies::Latencies;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Circuit, DeliveryState, EndpointBacklog, Health, HealthTx, HourTally, TALLY_HOURS_KEPT};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use crate::delivery_list::UNSETTLED;
use crate::dialect::Dialect;
use crate::row::{Row, limit, own_id};
use crate::schema::{endpoint_health, endpoint_hours, endpoints, workspaces};
use crate::tx::both;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = endpoint_health, treat_none_as_null = true, treat_none_as_default_value = false)]
struct HealthRow {
    endpoint_id: Vec<u8>,
    workspace_id: Vec<u8>,
    failures: i64,
    failing_since_us: i64,
    failed_at_us: i64,
    last_error: String,
    /// With the two below: all or none.
    opened_at_us: Option<i64>,
    probe_pause_ms: Option<i64>,
    probe_at_us: Option<i64>,
}

impl From<&Health> for HealthRow {
    fn from(health: &Health) -> Self {
        let circuit = health.circuit;
        let pause_ms = |circuit: Circuit| i64::try_from(circuit.pause.as_millis()).unwrap_or(i64::MAX);
        Self {
            endpoint_id: health.endpoint_id.as_bytes().to_vec(),
            workspace_id: health.workspace_id.as_bytes().to_vec(),
            failures: i64::from(health.failures),
            failing_since_us: health.failing_since.as_micros(),
            failed_at_us: health.failed_at.as_micros(),
            last_error: health.last_error.clone(),
            opened_at_us: circuit.map(|circuit| circuit.opened_at.as_micros()),
            probe_pause_ms: circuit.map(pause_ms),
            probe_at_us: circuit.map(|circuit| circuit.probe_at.as_micros()),
        }
    }
}

impl HealthRow {
    fn into_health(self) -> Result<Health, StoreError> {
        let endpoint_id = EndpointId::from_bytes(own_id("endpoint_health", &self.endpoint_id)?);
        let row = Row { table: "endpoint_health", id: &endpoint_id };
        let circuit = match (self.opened_at_us, self.probe_pause_ms, self.probe_at_us) {
            (None, None, None) => None,
            (Some(opened_at_us), Some(pause_ms), Some(probe_at_us)) => Some(Circuit {
                opened_at: Timestamp::from_micros(opened_at_us),
                pause: Duration::from_millis(row.number("probe_pause_ms", pause_ms)?),
                probe_at: Timestamp::from_micros(probe_at_us),
            }),
            _ => return Err(row.corrupt("probe_at_us")),
        };
        Ok(Health {
            endpoint_id,
            workspace_id: row.workspace_id(&self.workspace_id)?,
            failures: row.number("failures", self.failures)?,
            failing_since: Timestamp::from_micros(self.failing_since_us),
            failed_at: Timestamp::from_micros(self.failed_at_us),
            last_error: self.last_error,
            circuit,
        })
    }
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = endpoint_hours)]
struct HourRow {
    endpoint_id: Vec<u8>,
    hour: i64,
    successes: i64,
    failures: i64,
    latencies: Vec<u8>,
}

impl From<&HourTally> for HourRow {
    fn from(tally: &HourTally) -> Self {
        Self {
            endpoint_id: tally.endpoint_id.as_bytes().to_vec(),
            hour: tally.hour,
            successes: i64::try_from(tally.successes).unwrap_or(i64::MAX),
            failures: i64::try_from(tally.failures).unwrap_or(i64::MAX),
            latencies: tally.latencies.to_bytes(),
        }
    }
}

impl HourRow {
    fn into_tally(self) -> Result<HourTally, StoreError> {
        let endpoint_id = EndpointId::from_bytes(own_id("endpoint_hours", &self.endpoint_id)?);
        let row = Row { table: "endpoint_hours", id: &format_args!("{endpoint_id}/{}", self.hour) };
        Ok(HourTally {
            endpoint_id,
            hour: self.hour,
            successes: row.number("successes", self.successes)?,
            failures: row.number("failures", self.failures)?,
            latencies: row.value("latencies", Latencies::from_bytes(&self.latencies))?,
        })
    }
}

/// How many deliveries of what `of` names are not over and not on their way, counted up to a limit: the text before and after it.
fn counted(of: &str) -> (String, &'static str) {
    let [waiting, held, withheld] = STATES.map(DeliveryState::as_str);
    let states = format!("deliveries.state IN ('{waiting}', '{held}', '{withheld}')");
    let rows = format!("SELECT 1 FROM deliveries WHERE {of} AND {states} AND {UNSETTLED} LIMIT ");
    (format!("(SELECT count(*) FROM ({rows}"), ") AS counted)")
}

/// When the oldest of those in one state was made.
fn oldest(of: &str, state: DeliveryState) -> String {
    let state = format!("deliveries.state = '{}' AND {UNSETTLED}", state.as_str());
    format!("(SELECT deliveries.created_at_us FROM deliveries WHERE {of} AND {state} ORDER BY deliveries.id LIMIT 1)")
}

/// In which states a delivery is neither over nor on its way.
const STATES: [DeliveryState; 3] = [DeliveryState::Waiting, DeliveryState::Held, DeliveryState::Withheld];

/// The columns of a backlog, within a statement about what `of` compares deliveries with.
///
/// Each is looked up by itself, in an index that begins with what is compared: `deliveries_unsettled_by_endpoint` or
/// `deliveries_unsettled_by_workspace`.
macro_rules! backlog {
    ($of:expr, $limit:expr) => {{
        let [waiting, held, withheld] = STATES.map(|state| oldest($of, state));
        let (before, after) = counted($of);
        (
            sql::<BigInt>(&before).bind::<BigInt, _>(limit($limit)).sql(after),
            sql::<Nullable<BigInt>>(&waiting),
            sql::<Nullable<BigInt>>(&held),
            sql::<Nullable<BigInt>>(&withheld),
        )
    }};
}

/// A backlog as it is read: how many, and when the oldest in each state was made.
type BacklogRow = (i64, Option<i64>, Option<i64>, Option<i64>);

fn read_backlog((deliveries, waiting, held, withheld): BacklogRow) -> EndpointBacklog {
    let oldest = [waiting, held, withheld].into_iter().flatten().min();
    EndpointBacklog {
        deliveries: usize::try_from(deliveries).unwrap_or(0),
        oldest_at: oldest.map(Timestamp::from_micros),
    }
}

both! {
    impl HealthTx {
        fn find_health(&mut self, endpoint_id: EndpointId) -> Result<Option<Health>, StoreError> {
            if !self.state.is_read_only {
                // The endpoint stands for its health, which may not be there yet.
                self.state.note(self.conn.lock_endpoint(endpoint_id.as_bytes()))?;
            }
            let query = endpoint_health::table
                .filter(endpoint_health::endpoint_id.eq(endpoint_id.as_bytes()))
                .select(HealthRow::as_select());
            let row: Option<HealthRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            Ok(row.and_then(|row| row.into_health().ok()))
        }

        fn try_hold_health(&mut self, endpoint_id: EndpointId) -> Result<bool, StoreError> {
            self.state.note(self.conn.try_lock_endpoint(endpoint_id.as_bytes()))
        }

        fn put_health(&mut self, health: &Health) -> Result<(), StoreError> {
            let insert = diesel::insert_into(endpoint_health::table)
                .values(HealthRow::from(health))
                .on_conflict(endpoint_health::endpoint_id)
                .do_update()
                .set(HealthRow::from(health));
            self.state.note(insert.execute(&mut *self.conn)).map(drop)
        }

        fn delete_health(&mut self, endpoint_id: EndpointId) -> Result<(), StoreError> {
            let row = endpoint_health::table.filter(endpoint_health::endpoint_id.eq(endpoint_id.as_bytes()));
            self.state.note(diesel::delete(row).execute(&mut *self.conn)).map(drop)
        }

        /// Served by the primary key.
        fn list_health(&mut self, count: usize) -> Result<Vec<Health>, StoreError> {
            let query = endpoint_health::table
                .order(endpoint_health::endpoint_id.asc())
                .limit(limit(count))
                .select(HealthRow::as_select());
            let rows: Vec<HealthRow> = self.state.note(query.load(&mut *self.conn))?;
            Ok(rows.into_iter().filter_map(|row| row.into_health().ok()).collect())
        }

        /// Served by the primary key.
        fn list_health_of(&mut self, endpoint_ids: &[EndpointId]) -> Result<Vec<Health>, StoreError> {
            let ids: Vec<&[u8]> = endpoint_ids.iter().map(|id| &id.as_bytes()[..]).collect();
            let query = endpoint_health::table
                .filter(endpoint_health::endpoint_id.eq_any(ids))
                .select(HealthRow::as_select());
            let rows: Vec<HealthRow> = self.state.note(query.load(&mut *self.conn))?;
            Ok(rows.into_iter().filter_map(|row| row.into_health().ok()).collect())
        }

        /// Served by the primary key of endpoints, then by `deliveries_unsettled_by_endpoint`.
        fn list_backlogs(
            &mut self,
            endpoint_ids: &[EndpointId],
            count: usize,
        ) -> Result<Vec<(EndpointId, EndpointBacklog)>, StoreError> {
            let ids: Vec<&[u8]> = endpoint_ids.iter().map(|id| &id.as_bytes()[..]).collect();
            let query = endpoints::table
                .filter(endpoints::id.eq_any(ids))
                .select((endpoints::id, backlog!("deliveries.endpoint_id = endpoints.id", count)));
            let rows: Vec<(Vec<u8>, BacklogRow)> = self.state.note(query.load(&mut *self.conn))?;
            let read = |(id, row): (Vec<u8>, BacklogRow)| {
                Ok((EndpointId::from_bytes(own_id("endpoints", &id)?), read_backlog(row)))
            };
            rows.into_iter().map(read).collect()
        }

        /// Served by `deliveries_unsettled_by_workspace`.
        fn backlog_of_workspace(
            &mut self,
            workspace_id: WorkspaceId,
            count: usize,
        ) -> Result<EndpointBacklog, StoreError> {
            let query = workspaces::table
                .filter(workspaces::id.eq(workspace_id.as_bytes()))
                .select(backlog!("deliveries.workspace_id = workspaces.id", count));
            let row: Option<BacklogRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            Ok(row.map(read_backlog).unwrap_or_default())
        }

        fn add_tally(&mut self, tally: &HourTally) -> Result<(), StoreError> {
            // Read, and written as a whole: no statement adds to one bucket of many. The endpoint stands for its hours meanwhile.
            self.state.note(self.conn.lock_endpoint(tally.endpoint_id.as_bytes()))?;
            let query = endpoint_hours::table
                .find((tally.endpoint_id.as_bytes(), tally.hour))
                .select(HourRow::as_select());
            let stored: Option<HourRow> = self.state.note(query.first(&mut *self.conn).optional())?;
            let mut sum = tally.clone();
            if let Some(stored) = stored.and_then(|stored| stored.into_tally().ok()) {
                sum.add(&stored);
            }
            let insert = diesel::insert_into(endpoint_hours::table)
                .values(HourRow::from(&sum))
                .on_conflict((endpoint_hours::endpoint_id, endpoint_hours::hour))
                .do_update()
                .set(HourRow::from(&sum));
            self.state.note(insert.execute(&mut *self.conn)).map(drop)
        }

        /// Served by the primary key.
        fn list_tallies(
            &mut self,
            endpoint_ids: &[EndpointId],
            after_hour: i64,
        ) -> Result<Vec<HourTally>, StoreError> {
            let ids: Vec<&[u8]> = endpoint_ids.iter().map(|id| &id.as_bytes()[..]).collect();
            let rows_max = limit(ids.len()).saturating_mul(TALLY_HOURS_KEPT);
            let query = endpoint_hours::table
                .filter(endpoint_hours::endpoint_id.eq_any(ids))
                .filter(endpoint_hours::hour.gt(after_hour))
                .order((endpoint_hours::endpoint_id.asc(), endpoint_hours::hour.asc()))
                .limit(rows_max)
                .select(HourRow::as_select());
            let rows: Vec<HourRow> = self.state.note(query.load(&mut *self.conn))?;
            Ok(rows.into_iter().filter_map(|row| row.into_tally().ok()).collect())
        }

        /// Served by `endpoint_hours_by_age`.
        fn delete_tallies(&mut self, before_hour: i64, count: usize) -> Result<usize, StoreError> {
            let old = endpoint_hours::table
                .filter(endpoint_hours::hour.lt(before_hour))
                .order((endpoint_hours::hour.asc(), endpoint_hours::endpoint_id.asc()))
                .limit(limit(count))
                .select((endpoint_hours::endpoint_id, endpoint_hours::hour));
            let old: Vec<(Vec<u8>, i64)> = self.state.note(old.load(&mut *self.conn))?;
            let mut removed = 0;
            for (endpoint_id, hour) in old {
                let row = endpoint_hours::table.find((endpoint_id, hour));
                removed += self.state.note(diesel::delete(row).execute(&mut *self.conn))?;
            }
            Ok(removed)
        }
    }
}
