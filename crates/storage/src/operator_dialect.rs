//! What differs between the backends for operators.

use diesel::prelude::*;
use diesel::result::QueryResult;

use crate::schema::operators;

/// Statements about operators that are not the same on both backends.
pub(crate) trait OperatorDialect: Connection {
    /// Keeps every other transaction from changing an operator until this one ends.
    fn lock_operator(&mut self, id: &[u8; 16]) -> QueryResult<()>;
}

impl OperatorDialect for SqliteConnection {
    fn lock_operator(&mut self, _id: &[u8; 16]) -> QueryResult<()> {
        // A transaction that writes is the only one.
        Ok(())
    }
}

impl OperatorDialect for PgConnection {
    fn lock_operator(&mut self, id: &[u8; 16]) -> QueryResult<()> {
        // Not FOR UPDATE: sessions and second factors that are written meanwhile refer to the operator.
        let operator = operators::table.filter(operators::id.eq(id));
        operator.select(operators::id).for_no_key_update().execute(self).map(drop)
    }
}
