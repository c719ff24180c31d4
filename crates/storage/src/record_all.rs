//! The statement that writes the results of several deliveries on PostgreSQL: one exchange instead of one for each.

use diesel::RunQueryDsl;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Binary;

use crate::delivery_columns::DeliveryColumns;

/// Writes what leased deliveries have become, each as [`RecordDelivery`](crate::record::RecordDelivery) does; returns the ids of those
/// that were still leased to the session.
pub(crate) struct RecordAll<'a> {
    pub(crate) session_id: &'a [u8],
    pub(crate) deliveries: DeliveryColumns,
}

impl QueryFragment<Pg> for RecordAll<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("UPDATE deliveries AS old SET ");
        for (position, column) in WRITTEN.iter().enumerate() {
            out.push_sql(if position == 0 { "" } else { ", " });
            out.push_sql(column);
            out.push_sql(" = own.");
            out.push_sql(column);
        }
        out.push_sql(" FROM ");
        self.deliveries.push_rows(&mut out)?;
        out.push_sql(" AS own (");
        out.push_sql(DeliveryColumns::NAMES);
        // Not `=`, for the reason that `RecordDelivery` has.
        out.push_sql(") WHERE old.state = 'leased' AND old.id = own.id AND old.lease_session_id IS NOT DISTINCT FROM ");
        out.push_bind_param::<Binary, _>(self.session_id)?;
        out.push_sql(" AND old.attempts IN (own.attempts, own.attempts - 1) RETURNING old.id");
        Ok(())
    }
}

/// What a result may change.
pub(crate) const WRITTEN: &[&str] = &[
    "state",
    "due_at_us",
    "lease_session_id",
    "attempts",
    "finished_at_us",
    "last_started_at_us",
    "last_duration_ms",
    "last_status",
    "last_failure",
    "last_detail",
    "resends",
    "resend",
    "setbacks",
    "first_success",
];

impl QueryId for RecordAll<'_> {
    type QueryId = RecordAll<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for RecordAll<'_> {
    type SqlType = Binary;
}

impl<Conn> RunQueryDsl<Conn> for RecordAll<'_> {}
