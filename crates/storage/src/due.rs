//! Which endpoints have something to send, found endpoint by endpoint instead of delivery by delivery.
//!
//! A million deliveries that wait for a paused endpoint, or for one that is full, are one step here. SQL has no word for it: a recursive
//! query asks the index for the endpoint after the last one (a loose index scan). Served by `deliveries_due_by_endpoint`, which holds
//! only what waits.
//!
//! Written out as types of their own, so that each statement is prepared once for each connection.

use diesel::RunQueryDsl;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Binary, Nullable};
use diesel::sqlite::Sqlite;

/// Below every endpoint that waits.
pub(crate) const BEFORE_ALL: &[u8] = &[];
/// Above every endpoint that waits: one byte longer than an id.
pub(crate) const AFTER_ALL: &[u8] = &[0xff; 17];

/// Every endpoint after `$start` that something waits for, in ascending order.
///
/// SQLite is told the index: its planner would take the one of all deliveries, which holds the history too.
macro_rules! waiting_on_sqlite {
    () => {
        "SELECT min(endpoint_id) FROM deliveries INDEXED BY deliveries_due_by_endpoint \
         WHERE due_at_us IS NOT NULL AND endpoint_id > "
    };
}

/// When the delivery of an endpoint is due that waits longest.
const FIRST_DUE_ON_SQLITE: &str = "(SELECT min(due_at_us) FROM deliveries INDEXED BY deliveries_due_by_endpoint \
     WHERE due_at_us IS NOT NULL AND endpoint_id = waiting.endpoint_id)";

/// The order has both columns of the index, so that no other index can serve it.
macro_rules! waiting_on_postgres {
    () => {
        "(SELECT endpoint_id, due_at_us FROM deliveries WHERE due_at_us IS NOT NULL AND endpoint_id > "
    };
}

const FIRST_OF_NEXT_ON_POSTGRES: &str = " ORDER BY endpoint_id, due_at_us LIMIT 1)";

/// A sub-query and no join: a join could be turned round, and then it would wait for the whole list.
const IS_ACTIVE: &str = "(SELECT status FROM endpoints WHERE endpoints.id = waiting.endpoint_id) = 'active'";

/// Of an endpoint that was found to be active, so that there is one.
const WORKSPACE: &str = "(SELECT workspace_id FROM endpoints WHERE endpoints.id = waiting.endpoint_id)";

/// Active endpoints with something due, above one id and up to another, in ascending order, each with its workspace.
pub(crate) struct DueEndpoints<'a> {
    pub(crate) now_us: i64,
    pub(crate) after: &'a [u8],
    pub(crate) until: &'a [u8],
    pub(crate) limit: i64,
}

/// When the delivery is due that waits longest for an active endpoint; null when none waits.
pub(crate) struct FirstDue;

/// Ids of what is due to endpoints, of each as many as it has room for in the order in which they are due, locked against other claims.
///
/// For PostgreSQL, where an exchange for each endpoint would cost more than the query.
pub(crate) struct DueOfEndpoints<'a> {
    pub(crate) now_us: i64,
    pub(crate) endpoints: &'a [&'a [u8]],
    /// Of each of them at most so many.
    pub(crate) rows: &'a [i64],
    pub(crate) limit: i64,
}

impl QueryId for DueEndpoints<'_> {
    type QueryId = DueEndpoints<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for DueEndpoints<'_> {
    type SqlType = (Binary, Binary);
}

impl<Conn> RunQueryDsl<Conn> for DueEndpoints<'_> {}

impl QueryFragment<Sqlite> for DueEndpoints<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(concat!("WITH RECURSIVE waiting (endpoint_id) AS (", waiting_on_sqlite!()));
        out.push_bind_param::<Binary, _>(self.after)?;
        out.push_sql(concat!(" UNION ALL SELECT (", waiting_on_sqlite!(), "waiting.endpoint_id) FROM waiting "));
        // A null ends it too: nothing is below it.
        out.push_sql("WHERE waiting.endpoint_id < ");
        out.push_bind_param::<Binary, _>(self.until)?;
        out.push_sql(") SELECT waiting.endpoint_id, ");
        out.push_sql(WORKSPACE);
        out.push_sql(" FROM waiting WHERE waiting.endpoint_id <= ");
        out.push_bind_param::<Binary, _>(self.until)?;
        out.push_sql(" AND ");
        out.push_sql(IS_ACTIVE);
        out.push_sql(" AND ");
        out.push_sql(FIRST_DUE_ON_SQLITE);
        out.push_sql(" <= ");
        out.push_bind_param::<BigInt, _>(&self.now_us)?;
        // SQLite looks at what is bound to a bare LIMIT while it plans, and so prepares the statement anew each time.
        out.push_sql(" LIMIT 0 + ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl QueryFragment<Pg> for DueEndpoints<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(concat!("WITH RECURSIVE waiting AS (", waiting_on_postgres!()));
        out.push_bind_param::<Binary, _>(self.after)?;
        out.push_sql(FIRST_OF_NEXT_ON_POSTGRES);
        out.push_sql(" UNION ALL SELECT next.endpoint_id, next.due_at_us FROM waiting CROSS JOIN LATERAL ");
        out.push_sql(concat!(waiting_on_postgres!(), "waiting.endpoint_id"));
        out.push_sql(FIRST_OF_NEXT_ON_POSTGRES);
        out.push_sql(" next WHERE waiting.endpoint_id < ");
        out.push_bind_param::<Binary, _>(self.until)?;
        out.push_sql(") SELECT waiting.endpoint_id, ");
        out.push_sql(WORKSPACE);
        out.push_sql(" FROM waiting WHERE waiting.endpoint_id <= ");
        out.push_bind_param::<Binary, _>(self.until)?;
        out.push_sql(" AND waiting.due_at_us <= ");
        out.push_bind_param::<BigInt, _>(&self.now_us)?;
        out.push_sql(" AND ");
        out.push_sql(IS_ACTIVE);
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}

impl QueryId for FirstDue {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for FirstDue {
    type SqlType = Nullable<BigInt>;
}

impl<Conn> RunQueryDsl<Conn> for FirstDue {}

impl QueryFragment<Sqlite> for FirstDue {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(concat!("WITH RECURSIVE waiting (endpoint_id) AS (", waiting_on_sqlite!(), "x''"));
        out.push_sql(concat!(" UNION ALL SELECT (", waiting_on_sqlite!(), "waiting.endpoint_id) FROM waiting "));
        out.push_sql("WHERE waiting.endpoint_id IS NOT NULL) SELECT min(");
        out.push_sql(FIRST_DUE_ON_SQLITE);
        out.push_sql(") FROM waiting WHERE waiting.endpoint_id IS NOT NULL AND ");
        out.push_sql(IS_ACTIVE);
        Ok(())
    }
}

impl QueryFragment<Pg> for FirstDue {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(concat!("WITH RECURSIVE waiting AS (", waiting_on_postgres!(), "''::bytea"));
        out.push_sql(FIRST_OF_NEXT_ON_POSTGRES);
        out.push_sql(" UNION ALL SELECT next.endpoint_id, next.due_at_us FROM waiting CROSS JOIN LATERAL ");
        out.push_sql(concat!(waiting_on_postgres!(), "waiting.endpoint_id"));
        out.push_sql(FIRST_OF_NEXT_ON_POSTGRES);
        out.push_sql(" next) SELECT min(waiting.due_at_us) FROM waiting WHERE ");
        out.push_sql(IS_ACTIVE);
        Ok(())
    }
}

impl QueryId for DueOfEndpoints<'_> {
    type QueryId = DueOfEndpoints<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for DueOfEndpoints<'_> {
    type SqlType = Binary;
}

impl<Conn> RunQueryDsl<Conn> for DueOfEndpoints<'_> {}

impl QueryFragment<Pg> for DueOfEndpoints<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT due.id FROM unnest(");
        out.push_bind_param::<Array<Binary>, _>(&self.endpoints)?;
        // PostgreSQL does not reach past the LIMIT of a lateral query.
        out.push_sql("::bytea[], ");
        out.push_bind_param::<Array<BigInt>, _>(&self.rows)?;
        out.push_sql("::bigint[]) AS served (endpoint_id, rows) CROSS JOIN LATERAL (SELECT id FROM deliveries ");
        out.push_sql("WHERE deliveries.endpoint_id = served.endpoint_id AND due_at_us <= ");
        out.push_bind_param::<BigInt, _>(&self.now_us)?;
        out.push_sql(" ORDER BY due_at_us, id LIMIT served.rows FOR UPDATE SKIP LOCKED) due LIMIT ");
        out.push_bind_param::<BigInt, _>(&self.limit)
    }
}
