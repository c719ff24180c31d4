//! What differs between the backends: each statement is one function with an arm for each.

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Binary, Bool, Integer, Text};

use crate::delivery_row::DeliveryRow;
use crate::due::DueOfEndpoints;
use crate::events::EventRow;
use crate::insert_deliveries::InsertDeliveries;
use crate::insert_event::InsertEvent;
use crate::pattern::{ESCAPE, holding};
use crate::record::RecordDelivery;
use crate::record_all::RecordAll;
use crate::row::limit;
use crate::schema::{api_keys, deliveries, endpoints, events, resend_jobs, workspaces};

/// A condition on keys.
pub(crate) type OfKeys<DB> = Box<dyn BoxableExpression<api_keys::table, DB, SqlType = Bool>>;

/// Statements that are not the same text on both backends.
pub(crate) trait Dialect: Connection {
    /// Keeps every other transaction from appending to a workspace's log until this one ends.
    fn lock_audit_log(&mut self, workspace_id: &[u8; 16]) -> QueryResult<()>;

    /// Keeps every other transaction from changing a key until this one ends.
    fn lock_api_key(&mut self, id: &[u8; 16]) -> QueryResult<()>;

    /// Keeps every other transaction from changing an endpoint until this one ends.
    fn lock_endpoint(&mut self, id: &[u8; 16]) -> QueryResult<()>;

    /// The same without waiting; `false` when another transaction does so, or there is no such endpoint.
    fn try_lock_endpoint(&mut self, id: &[u8; 16]) -> QueryResult<bool>;

    /// Keeps every other transaction from changing a delivery until this one ends.
    fn lock_delivery(&mut self, id: &[u8; 16]) -> QueryResult<()>;

    /// Keeps every other transaction from changing a job until this one ends.
    fn lock_resend_job(&mut self, id: &[u8; 16]) -> QueryResult<()>;

    /// Keeps every other transaction from asking for the answer of a caller under a key until this one ends, also while there is none.
    fn lock_answer(&mut self, caller: &[u8; 16], key: &[u8; 32]) -> QueryResult<()>;

    /// Whether the label of a key holds a text, in whatever case its ASCII letters are.
    fn label_holds(&self, text: &str) -> OfKeys<Self::Backend>;

    /// Deliveries with ids from `from` on and below `before` that bring one of these events.
    fn find_of_events(&mut self, within: (&[u8], &[u8]), events: &[&[u8]], limit: i64) -> QueryResult<Vec<OfEvent>>;

    /// The same; another transaction that changes one of them waits.
    fn lock_of_events(&mut self, within: (&[u8], &[u8]), events: &[&[u8]], limit: i64) -> QueryResult<Vec<OfEvent>>;

    /// Ids of held deliveries of active endpoints; no two transactions get the same.
    fn find_held(&mut self, limit: i64) -> QueryResult<Vec<Vec<u8>>>;

    /// Ids of waiting, held and withheld deliveries of deleted endpoints; no two transactions get the same.
    fn find_of_deleted(&mut self, limit: i64) -> QueryResult<Vec<Vec<u8>>>;

    /// Deliveries that are due to these endpoints, in their order, of each at most as many as it is given with, longest due first; no
    /// two transactions get the same.
    fn find_due(&mut self, now_us: i64, served: &[(&[u8], usize)], count: usize) -> QueryResult<Vec<DeliveryRow>>;

    /// The delivery of an active endpoint that is longest due; no two transactions get the same.
    fn find_longest_due(&mut self, now_us: i64, endpoint_id: &[u8; 16]) -> QueryResult<Vec<DeliveryRow>>;

    /// Ids of deliveries that are leased to a session; another transaction that asks for the same waits.
    fn find_leased(&mut self, session_id: &[u8; 16], limit: i64) -> QueryResult<Vec<Vec<u8>>>;

    /// Adds deliveries; returns how many, those passed over whose ids are taken.
    fn insert_delivery_rows(&mut self, rows: Vec<DeliveryRow>) -> QueryResult<usize>;

    /// Adds an event unless it is there, and its deliveries if it was not; returns how many of each.
    fn insert_event_rows(&mut self, event: EventRow, deliveries: Vec<DeliveryRow>) -> QueryResult<(usize, usize)>;

    /// Writes what deliveries that are leased to a session have become; returns the ids of those that still were.
    fn record_rows(&mut self, session_id: &[u8; 16], rows: Vec<DeliveryRow>) -> QueryResult<Vec<Vec<u8>>>;
}

/// Served by `deliveries_due_by_endpoint`.
macro_rules! longest_due {
    ($now_us:expr, $endpoint_id:expr) => {
        deliveries::table
            .filter(deliveries::endpoint_id.eq(&$endpoint_id[..]))
            .filter(deliveries::due_at_us.le($now_us))
            .filter(diesel::dsl::exists(
                endpoints::table
                    .filter(endpoints::id.eq(deliveries::endpoint_id))
                    .filter(endpoints::status.eq("active")),
            ))
            .order((deliveries::due_at_us.asc(), deliveries::id.asc()))
            .limit(1)
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

/// A delivery of an event, as far as its removal needs it.
#[derive(Queryable, Selectable)]
#[diesel(table_name = deliveries)]
pub(crate) struct OfEvent {
    pub(crate) id: Vec<u8>,
    pub(crate) workspace_id: Vec<u8>,
    pub(crate) event_id: Vec<u8>,
    pub(crate) endpoint_id: Vec<u8>,
    pub(crate) state: String,
    pub(crate) due_at_us: Option<i64>,
    pub(crate) last_started_at_us: Option<i64>,
    pub(crate) created_at_us: i64,
    pub(crate) finished_at_us: Option<i64>,
    pub(crate) resend: Option<String>,
}

/// Served by the primary key: ids of deliveries begin with the millisecond of their event.
macro_rules! of_events {
    ($within:expr, $events:expr, $limit:expr) => {
        deliveries::table
            .filter(deliveries::id.ge($within.0))
            .filter(deliveries::id.lt($within.1))
            .filter(deliveries::event_id.eq_any($events))
            .order(deliveries::id.asc())
            .limit($limit)
            .select(OfEvent::as_select())
    };
}

/// An id that a written-out statement returns.
#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
}

fn ids(rows: Vec<IdRow>) -> Vec<Vec<u8>> {
    rows.into_iter().map(|row| row.id).collect()
}

/// Deliveries in some states of endpoints in one: a look-up in `deliveries_unsettled_by_endpoint` for each such endpoint, however many
/// deliveries the other endpoints have.
///
/// Written out, because the order matters and no planner may change it: SQLite does not for a CROSS JOIN.
macro_rules! of_endpoints_on_sqlite {
    ($status:literal, $states:literal) => {
        concat!(
            "SELECT deliveries.id FROM endpoints CROSS JOIN deliveries ON deliveries.endpoint_id = endpoints.id ",
            "WHERE endpoints.status = '",
            $status,
            "' AND deliveries.state IN (",
            $states,
            ") AND deliveries.state NOT IN ('leased', 'delivered') LIMIT ?"
        )
    };
}

/// The same; PostgreSQL does not reach past the LIMIT of a lateral query.
macro_rules! of_endpoints_on_postgres {
    ($status:literal, $states:literal) => {
        concat!(
            "SELECT due.id FROM endpoints CROSS JOIN LATERAL (",
            "SELECT id FROM deliveries WHERE deliveries.endpoint_id = endpoints.id AND state IN (",
            $states,
            ") AND state NOT IN ('leased', 'delivered') LIMIT $1 FOR UPDATE SKIP LOCKED) due ",
            "WHERE endpoints.status = '",
            $status,
            "' LIMIT $1"
        )
    };
}

/// Apart from the one big number of the locks that a hub itself holds, so that no key that a caller chooses can meet one of those.
const ANSWER_LOCKS: i32 = i32::from_be_bytes(*b"idem");

impl Dialect for SqliteConnection {
    fn lock_audit_log(&mut self, _workspace_id: &[u8; 16]) -> QueryResult<()> {
        // A transaction that writes is the only one.
        Ok(())
    }

    fn lock_api_key(&mut self, _id: &[u8; 16]) -> QueryResult<()> {
        Ok(())
    }

    fn lock_endpoint(&mut self, _id: &[u8; 16]) -> QueryResult<()> {
        Ok(())
    }

    fn try_lock_endpoint(&mut self, _id: &[u8; 16]) -> QueryResult<bool> {
        Ok(true)
    }

    fn lock_delivery(&mut self, _id: &[u8; 16]) -> QueryResult<()> {
        Ok(())
    }

    fn lock_resend_job(&mut self, _id: &[u8; 16]) -> QueryResult<()> {
        Ok(())
    }

    fn lock_answer(&mut self, _caller: &[u8; 16], _key: &[u8; 32]) -> QueryResult<()> {
        Ok(())
    }

    fn label_holds(&self, text: &str) -> OfKeys<Self::Backend> {
        // LIKE folds ASCII letters here, and no others.
        Box::new(api_keys::label.like(holding(text)).escape(ESCAPE))
    }

    fn find_of_events(&mut self, within: (&[u8], &[u8]), events: &[&[u8]], limit: i64) -> QueryResult<Vec<OfEvent>> {
        of_events!(within, events, limit).load(self)
    }

    fn lock_of_events(&mut self, within: (&[u8], &[u8]), events: &[&[u8]], limit: i64) -> QueryResult<Vec<OfEvent>> {
        self.find_of_events(within, events, limit)
    }

    fn find_held(&mut self, limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        diesel::sql_query(of_endpoints_on_sqlite!("active", "'held'")).bind::<BigInt, _>(limit).load(self).map(ids)
    }

    fn find_of_deleted(&mut self, limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        let query = diesel::sql_query(of_endpoints_on_sqlite!("deleted", "'waiting', 'held', 'withheld'"));
        query.bind::<BigInt, _>(limit).load(self).map(ids)
    }

    fn find_due(&mut self, now_us: i64, served: &[(&[u8], usize)], count: usize) -> QueryResult<Vec<DeliveryRow>> {
        // A statement for each endpoint: there is nobody to exchange messages with. Served by `deliveries_due_by_endpoint`. Without a
        // LIMIT, whose value SQLite would plan for anew each time: rows are read one by one, until there are enough.
        let mut rows = Vec::new();
        for (endpoint_id, room) in served {
            let room = (*room).min(count - rows.len());
            if room == 0 {
                break;
            }
            let due = deliveries::table
                .filter(deliveries::endpoint_id.eq(*endpoint_id))
                .filter(deliveries::due_at_us.le(now_us))
                .order((deliveries::due_at_us.asc(), deliveries::id.asc()))
                .select(DeliveryRow::as_select());
            for row in due.load_iter::<DeliveryRow, DefaultLoadingMode>(self)?.take(room) {
                rows.push(row?);
            }
        }
        Ok(rows)
    }

    fn find_longest_due(&mut self, now_us: i64, endpoint_id: &[u8; 16]) -> QueryResult<Vec<DeliveryRow>> {
        longest_due!(now_us, endpoint_id).load(self)
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

    fn insert_event_rows(&mut self, event: EventRow, deliveries: Vec<DeliveryRow>) -> QueryResult<(usize, usize)> {
        let accepted = diesel::insert_or_ignore_into(events::table).values(event).execute(self)?;
        let born = if accepted == 0 { 0 } else { self.insert_delivery_rows(deliveries)? };
        Ok((accepted, born))
    }

    fn record_rows(&mut self, session_id: &[u8; 16], rows: Vec<DeliveryRow>) -> QueryResult<Vec<Vec<u8>>> {
        let mut recorded = Vec::with_capacity(rows.len());
        for row in rows {
            let record = RecordDelivery { session_id, attempts_before: row.attempts - 1, row: &row };
            if record.execute(self)? == 1 {
                recorded.push(row.id);
            }
        }
        Ok(recorded)
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

    fn lock_endpoint(&mut self, id: &[u8; 16]) -> QueryResult<()> {
        // Publishing waits for none of these: it reads endpoints without a lock, and no row of it refers to them.
        let endpoint = endpoints::table.filter(endpoints::id.eq(id));
        endpoint.select(endpoints::id).for_no_key_update().execute(self).map(drop)
    }

    fn try_lock_endpoint(&mut self, id: &[u8; 16]) -> QueryResult<bool> {
        let endpoint = endpoints::table.filter(endpoints::id.eq(id)).select(endpoints::id);
        let found: Option<Vec<u8>> = endpoint.for_no_key_update().skip_locked().first(self).optional()?;
        Ok(found.is_some())
    }

    fn lock_delivery(&mut self, id: &[u8; 16]) -> QueryResult<()> {
        let delivery = deliveries::table.filter(deliveries::id.eq(id));
        delivery.select(deliveries::id).for_no_key_update().execute(self).map(drop)
    }

    fn lock_resend_job(&mut self, id: &[u8; 16]) -> QueryResult<()> {
        let job = resend_jobs::table.filter(resend_jobs::id.eq(id));
        job.select(resend_jobs::id).for_no_key_update().execute(self).map(drop)
    }

    fn lock_answer(&mut self, caller: &[u8; 16], key: &[u8; 32]) -> QueryResult<()> {
        // Two that share a hash by chance wait for each other, and no more.
        diesel::sql_query("SELECT pg_advisory_xact_lock($1, hashtext(encode($2 || $3, 'hex')))")
            .bind::<Integer, _>(ANSWER_LOCKS)
            .bind::<Binary, _>(&caller[..])
            .bind::<Binary, _>(&key[..])
            .execute(self)
            .map(drop)
    }

    fn label_holds(&self, text: &str) -> OfKeys<Self::Backend> {
        // ILIKE would fold whatever letters the database's locale knows; the collation C folds those of ASCII, as the domain does.
        let label = sql::<Text>(r#"lower("api_keys"."label" COLLATE "C")"#);
        Box::new(label.like(holding(&text.to_ascii_lowercase())).escape(ESCAPE))
    }

    fn find_of_events(&mut self, within: (&[u8], &[u8]), events: &[&[u8]], limit: i64) -> QueryResult<Vec<OfEvent>> {
        of_events!(within, events, limit).load(self)
    }

    fn lock_of_events(&mut self, within: (&[u8], &[u8]), events: &[&[u8]], limit: i64) -> QueryResult<Vec<OfEvent>> {
        of_events!(within, events, limit).for_update().load(self)
    }

    fn find_held(&mut self, limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        diesel::sql_query(of_endpoints_on_postgres!("active", "'held'")).bind::<BigInt, _>(limit).load(self).map(ids)
    }

    fn find_of_deleted(&mut self, limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        let query = diesel::sql_query(of_endpoints_on_postgres!("deleted", "'waiting', 'held', 'withheld'"));
        query.bind::<BigInt, _>(limit).load(self).map(ids)
    }

    fn find_due(&mut self, now_us: i64, served: &[(&[u8], usize)], count: usize) -> QueryResult<Vec<DeliveryRow>> {
        if served.is_empty() {
            return Ok(Vec::new());
        }
        let (endpoints, rows): (Vec<&[u8]>, Vec<i64>) = served.iter().map(|(id, rows)| (*id, limit(*rows))).unzip();
        let due = DueOfEndpoints { now_us, endpoints: &endpoints, rows: &rows, limit: limit(count) };
        let ids: Vec<Vec<u8>> = due.load(self)?;
        let rows = deliveries::table.filter(deliveries::id.eq_any(&ids)).select(DeliveryRow::as_select());
        let mut rows: Vec<DeliveryRow> = rows.load(self)?;
        rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
        Ok(rows)
    }

    fn find_longest_due(&mut self, now_us: i64, endpoint_id: &[u8; 16]) -> QueryResult<Vec<DeliveryRow>> {
        longest_due!(now_us, endpoint_id).for_update().skip_locked().load(self)
    }

    fn find_leased(&mut self, session_id: &[u8; 16], limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        leased!(session_id, limit).for_update().load(self)
    }

    fn insert_delivery_rows(&mut self, rows: Vec<DeliveryRow>) -> QueryResult<usize> {
        // One exchange with the server, however many rows.
        match <[DeliveryRow; 1]>::try_from(rows) {
            Ok([row]) => diesel::insert_into(deliveries::table).values(row).on_conflict_do_nothing().execute(self),
            Err(rows) => InsertDeliveries(rows.into()).execute(self),
        }
    }

    fn insert_event_rows(&mut self, event: EventRow, deliveries: Vec<DeliveryRow>) -> QueryResult<(usize, usize)> {
        let insert = InsertEvent { event, deliveries: deliveries.into() };
        let (accepted, born): (i64, i64) = insert.get_result(self)?;
        Ok((usize::try_from(accepted).unwrap_or(0), usize::try_from(born).unwrap_or(0)))
    }

    fn record_rows(&mut self, session_id: &[u8; 16], rows: Vec<DeliveryRow>) -> QueryResult<Vec<Vec<u8>>> {
        RecordAll { session_id, deliveries: rows.into() }.load(self)
    }
}
