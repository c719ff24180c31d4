//! The statement that stores the deliveries of one event on PostgreSQL.

use diesel::RunQueryDsl;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::Untyped;

use crate::delivery_columns::DeliveryColumns;

/// Stores deliveries, and passes over those that are there already.
pub(crate) struct InsertDeliveries(pub(crate) DeliveryColumns);

impl QueryFragment<Pg> for InsertDeliveries {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO deliveries (");
        out.push_sql(DeliveryColumns::NAMES);
        out.push_sql(") SELECT * FROM ");
        self.0.push_rows(&mut out)?;
        out.push_sql(" ON CONFLICT DO NOTHING");
        Ok(())
    }
}

impl QueryId for InsertDeliveries {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for InsertDeliveries {
    type SqlType = Untyped;
}

impl<Conn> RunQueryDsl<Conn> for InsertDeliveries {}
