//! What differs between the backends for the sandbox; see `dialect`.

use diesel::prelude::*;
use diesel::result::QueryResult;

use crate::sandbox_payments::ENDED;
use crate::sandbox_schema::sandbox_payments;

/// Statements that are not the same text on both backends.
pub(crate) trait SandboxDialect: Connection {
    /// Keeps every other transaction from changing a payment until this one ends.
    fn lock_payment(&mut self, id: &[u8; 16]) -> QueryResult<()>;

    /// Those of these payments that no other transaction has locked; no two transactions get the same.
    fn lock_free_payments(&mut self, ids: Vec<Vec<u8>>) -> QueryResult<Vec<Vec<u8>>>;

    /// Ids of payments that have ended and were last changed before an instant, longest first; no two transactions get the same.
    fn find_old_payments(&mut self, changed_before_us: i64, limit: i64) -> QueryResult<Vec<Vec<u8>>>;
}

/// Served by `sandbox_payments_ended`.
macro_rules! old_payments {
    ($changed_before_us:expr, $limit:expr) => {
        sandbox_payments::table
            .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(ENDED))
            .filter(sandbox_payments::updated_at_us.lt($changed_before_us))
            .order((sandbox_payments::updated_at_us.asc(), sandbox_payments::id.asc()))
            .limit($limit)
            .select(sandbox_payments::id)
    };
}

impl SandboxDialect for SqliteConnection {
    fn lock_payment(&mut self, _id: &[u8; 16]) -> QueryResult<()> {
        // A transaction that writes is the only one.
        Ok(())
    }

    fn lock_free_payments(&mut self, ids: Vec<Vec<u8>>) -> QueryResult<Vec<Vec<u8>>> {
        Ok(ids)
    }

    fn find_old_payments(&mut self, changed_before_us: i64, limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        old_payments!(changed_before_us, limit).load(self)
    }
}

impl SandboxDialect for PgConnection {
    fn lock_payment(&mut self, id: &[u8; 16]) -> QueryResult<()> {
        let payment = sandbox_payments::table.filter(sandbox_payments::id.eq(&id[..]));
        payment.select(sandbox_payments::id).for_update().execute(self).map(drop)
    }

    fn lock_free_payments(&mut self, ids: Vec<Vec<u8>>) -> QueryResult<Vec<Vec<u8>>> {
        let wanted = sandbox_payments::table.filter(sandbox_payments::id.eq_any(ids));
        wanted.select(sandbox_payments::id).for_update().skip_locked().load(self)
    }

    fn find_old_payments(&mut self, changed_before_us: i64, limit: i64) -> QueryResult<Vec<Vec<u8>>> {
        old_payments!(changed_before_us, limit).for_update().skip_locked().load(self)
    }
}
