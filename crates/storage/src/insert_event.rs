//! The statement that stores an event with its deliveries on PostgreSQL: one exchange instead of two.

use diesel::RunQueryDsl;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

use crate::delivery_columns::DeliveryColumns;
use crate::events::EventRow;

/// Stores an event and, if it was not there, its deliveries; says how many rows of each.
pub(crate) struct InsertEvent {
    pub(crate) event: EventRow,
    pub(crate) deliveries: DeliveryColumns,
}

impl QueryFragment<Pg> for InsertEvent {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let event = &self.event;
        out.push_sql("WITH accepted AS (INSERT INTO events (");
        out.push_sql("id, workspace_id, event_type, external_id, payload, accepted_at_us) VALUES (");
        out.push_bind_param::<Binary, _>(&event.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(&event.workspace_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(&event.event_type)?;
        out.push_sql(", ");
        out.push_bind_param::<Nullable<Text>, _>(&event.external_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Binary, _>(&event.payload)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&event.accepted_at_us)?;
        out.push_sql(") ON CONFLICT DO NOTHING RETURNING 1), born AS (INSERT INTO deliveries (");
        out.push_sql(DeliveryColumns::NAMES);
        out.push_sql(") SELECT own.* FROM ");
        self.deliveries.push_rows(&mut out)?;
        out.push_sql(" AS own WHERE EXISTS (SELECT FROM accepted) ON CONFLICT DO NOTHING RETURNING 1) ");
        out.push_sql("SELECT (SELECT count(*) FROM accepted), (SELECT count(*) FROM born)");
        Ok(())
    }
}

impl QueryId for InsertEvent {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for InsertEvent {
    type SqlType = (BigInt, BigInt);
}

impl<Conn> RunQueryDsl<Conn> for InsertEvent {}
