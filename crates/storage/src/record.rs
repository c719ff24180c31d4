//! The statement that every result of a delivery runs.
//!
//! Diesel prepares an UPDATE anew each time, because its set of columns may differ. Here it never does, and to prepare it costs more
//! than to run it: the statement is written out, so that it is prepared once for each connection.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Nullable, Text};

use crate::delivery_row::DeliveryRow;

/// Writes what a leased delivery has become, if it is still leased to the session with one attempt less or as many.
pub(crate) struct RecordDelivery<'a> {
    pub(crate) session_id: &'a [u8],
    pub(crate) row: &'a DeliveryRow,
    /// One attempt less than the row has.
    pub(crate) attempts_before: i64,
}

impl QueryId for RecordDelivery<'_> {
    type QueryId = RecordDelivery<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for RecordDelivery<'_> {
    type SqlType = diesel::sql_types::Untyped;
}

impl<Conn> RunQueryDsl<Conn> for RecordDelivery<'_> {}

impl<DB> QueryFragment<DB> for RecordDelivery<'_>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<BigInt> + HasSqlType<Binary>,
    String: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    [u8]: ToSql<Binary, DB>,
    Option<i64>: ToSql<Nullable<BigInt>, DB>,
    Option<String>: ToSql<Nullable<Text>, DB>,
    Option<Vec<u8>>: ToSql<Nullable<Binary>, DB>,
    Vec<u8>: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let row = self.row;
        out.push_sql("UPDATE deliveries SET state = ");
        out.push_bind_param::<Text, _>(&row.state)?;
        out.push_sql(", due_at_us = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&row.due_at_us)?;
        out.push_sql(", lease_session_id = ");
        out.push_bind_param::<Nullable<Binary>, _>(&row.lease_session_id)?;
        out.push_sql(", attempts = ");
        out.push_bind_param::<BigInt, _>(&row.attempts)?;
        out.push_sql(", finished_at_us = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&row.finished_at_us)?;
        out.push_sql(", last_started_at_us = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&row.last_started_at_us)?;
        out.push_sql(", last_duration_ms = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&row.last_duration_ms)?;
        out.push_sql(", last_status = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&row.last_status)?;
        out.push_sql(", last_failure = ");
        out.push_bind_param::<Nullable<Text>, _>(&row.last_failure)?;
        out.push_sql(", last_detail = ");
        out.push_bind_param::<Nullable<Text>, _>(&row.last_detail)?;
        out.push_sql(", resends = ");
        out.push_bind_param::<BigInt, _>(&row.resends)?;
        out.push_sql(", resend = ");
        out.push_bind_param::<Nullable<Text>, _>(&row.resend)?;
        out.push_sql(", setbacks = ");
        out.push_bind_param::<BigInt, _>(&row.setbacks)?;
        out.push_sql(", first_success = ");
        out.push_bind_param::<Nullable<Binary>, _>(&row.first_success)?;
        out.push_sql(" WHERE state = 'leased' AND id = ");
        out.push_bind_param::<Binary, _>(&row.id)?;
        // Not `=`, which an index serves: where few rows are leased, the planner of PostgreSQL would take the one of leases by the session
        // alone, and walk whatever that session has ended while a long snapshot keeps it there.
        out.push_sql(" AND lease_session_id IS NOT DISTINCT FROM ");
        out.push_bind_param::<Binary, _>(self.session_id)?;
        out.push_sql(" AND attempts IN (");
        out.push_bind_param::<BigInt, _>(&row.attempts)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.attempts_before)?;
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::testing::{endpoint, event};
    use devhub_domain::webhooks::Delivery;
    use diesel::debug_query;
    use diesel::sqlite::Sqlite;

    use super::*;
    use crate::record_all::WRITTEN;

    #[test]
    fn one_result_writes_what_several_write() {
        let row = DeliveryRow::from(&Delivery::born(&event(1), &endpoint(1), None));
        let record = RecordDelivery { session_id: &[0; 16], row: &row, attempts_before: 0 };
        let sql = debug_query::<Sqlite, _>(&record).to_string();
        let written = sql.split_once(" SET ").unwrap().1.split_once(" WHERE ").unwrap().0;
        let columns: Vec<_> = written.split(", ").map(|set| set.split_once(" = ").unwrap().0).collect();
        assert_eq!(columns, WRITTEN);
    }
}
