//! What differs between the backends: each statement is one function with an arm for each.

use diesel::prelude::*;
use diesel::result::QueryResult;

use crate::deliveries::DeliveryRow;
use crate::schema::{api_keys, deliveries, endpoints, workspaces};

/// Statements that are not the same text on both backends.
pub(crate) trait Dialect {
    /// Keeps every other transaction from appending to a workspace's log until this one ends.
    fn lock_audit_log(&mut self, workspace_id: &[u8; 16]) -> QueryResult<()>;

    /// Keeps every other transaction from changing a key until this one ends.
    fn lock_api_key(&mut self, id: &[u8; 16]) -> QueryResult<()>;

    /// Deliveries that are due, of active endpoints that are not `full`; no two transactions get the same.
    fn find_due(&mut self, now_us: i64, full: &[&[u8]], limit: i64) -> QueryResult<Vec<DeliveryRow>>;

    /// Ids of deliveries that are leased to a session; another transaction that asks for the same waits.
    fn find_leased(&mut self, session_id: &[u8; 16], limit: i64) -> QueryResult<Vec<Vec<u8>>>;

    /// Adds deliveries; returns how many, those passed over whose ids are taken.
    fn insert_delivery_rows(&mut self, rows: Vec<DeliveryRow>) -> QueryResult<usize>;
}

/// Served by `deliveries_due`, which holds the waiting ones only; the sub-query keeps it the outer loop.
macro_rules! due {
    ($now_us:expr, $full:expr, $limit:expr) => {
        deliveries::table
            .filter(deliveries::due_at_us.le($now_us))
            .filter(deliveries::endpoint_id.ne_all($full))
            .filter(diesel::dsl::exists(
                endpoints::table
                    .filter(endpoints::id.eq(deliveries::endpoint_id))
                    .filter(endpoints::status.eq("active")),
            ))
            .order((deliveries::due_at_us.asc(), deliveries::id.asc()))
            .limit($limit)
            .select(DeliveryRow::as_select())
    };
}

/// Served by `deliveries_leased`.
macro_rules! leased {
    ($session_id:expr, $limit:expr) => {
        deliveries::table
            .filter(deliveries::lease_session_id.eq(&$session_id[..]))
            .order(deliveries::id.asc())
            .limit($limit)
            .select(deliveries::id)
    };
}

impl Dialect for SqliteConnection {
    fn lock_audit_log(&mut self, _workspace_id: &[u8; 16]) -> QueryResult<()> {
        // A transaction that writes is the only one.
        Ok(())
    }

    fn lock_api_key(&mut self, _id: &[u8; 16]) -> QueryResult<()> {
        Ok(())
    }

    fn find_due(&mut self, now_us: i64, full: &[&[u8]], limit: i64) -> QueryResult<Vec<DeliveryRow>> {
        due!(now_us, full, limit).load(self)
    }

    fn find_leased(&mut self, session_id: &[u8; 16], limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        leased!(session_id, limit).load(self)
    }

    fn insert_delivery_rows(&mut self, rows: Vec<DeliveryRow>) -> QueryResult<usize> {
        // One statement that is prepared once; a statement for many rows would be prepared anew for each count.
        let mut inserted = 0;
        for row in rows {
            inserted += diesel::insert_or_ignore_into(deliveries::table).values(row).execute(self)?;
        }
        Ok(inserted)
    }
}

impl Dialect for PgConnection {
    fn lock_audit_log(&mut self, workspace_id: &[u8; 16]) -> QueryResult<()> {
        // Not FOR UPDATE: that would wait for, and dead-lock with, every foreign key that refers to the workspace.
        let workspace = workspaces::table.filter(workspaces::id.eq(workspace_id));
        workspace.select(workspaces::id).for_no_key_update().execute(self).map(drop)
    }

    fn lock_api_key(&mut self, id: &[u8; 16]) -> QueryResult<()> {
        let key = api_keys::table.filter(api_keys::id.eq(id));
        key.select(api_keys::id).for_no_key_update().execute(self).map(drop)
    }

    fn find_due(&mut self, now_us: i64, full: &[&[u8]], limit: i64) -> QueryResult<Vec<DeliveryRow>> {
        due!(now_us, full, limit).for_update().skip_locked().load(self)
    }

    fn find_leased(&mut self, session_id: &[u8; 16], limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        leased!(session_id, limit).for_update().load(self)
    }

    fn insert_delivery_rows(&mut self, rows: Vec<DeliveryRow>) -> QueryResult<usize> {
        // One exchange with the server, however many rows. A single row has its own statement, which is prepared once.
        let deliveries = deliveries::table;
        match <[DeliveryRow; 1]>::try_from(rows) {
            Ok([row]) => diesel::insert_into(deliveries).values(row).on_conflict_do_nothing().execute(self),
            Err(rows) => diesel::insert_into(deliveries).values(rows).on_conflict_do_nothing().execute(self),
        }
    }
}
