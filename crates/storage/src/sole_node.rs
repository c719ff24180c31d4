//! One hub on one PostgreSQL, for as long as hubs do not tell each other of changes.
//!
//! *Defence:* an advisory lock of the session that PostgreSQL gives to one at a time. *Not defended:* the lock goes with its
//! connection, so that after the server was restarted another hub gets it beside the one that goes on; and a pooler that hands
//! one session to many clients gives it to all of them.

use devhub_domain::secret::Secret;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel::{PgConnection, RunQueryDsl};

use crate::error::OpenError;
use crate::postgres;

/// Names the lock. Another one than that of migrations, which are waited for.
const ADVISORY_LOCK: i64 = i64::from_be_bytes(*b"devhub-n");

/// Has the server notice within seconds when this machine is gone, so that another one may take its place: by the defaults it
/// would keep the lock for two hours.
const NOTICE_OUR_END: &str =
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;";

/// That no other hub runs on the database. Given back when it is dropped, or when the process ends, however it ends.
#[must_use = "another hub may start as soon as this is dropped"]
pub struct SoleNode {
    /// Holds the lock; `None` on SQLite, where the folder's lock does.
    conn: Option<PgConnection>,
}

impl SoleNode {
    pub(crate) const fn of_folder() -> Self {
        Self { conn: None }
    }

    /// Takes the lock on a connection of its own; `None` when another one has it.
    pub(crate) fn take(address: &Secret) -> Result<Option<Self>, OpenError> {
        let fail = |error: diesel::result::Error| OpenError::Connect(error.into());
        let mut conn = postgres::connect(address)?;
        conn.batch_execute(NOTICE_OUR_END).map_err(fail)?;
        let lock = format!("pg_try_advisory_lock({ADVISORY_LOCK})");
        let is_ours: bool = diesel::select(sql::<Bool>(&lock)).get_result(&mut conn).map_err(fail)?;
        Ok(is_ours.then_some(Self { conn: Some(conn) }))
    }
}

impl Drop for SoleNode {
    fn drop(&mut self) {
        if let Some(conn) = &mut self.conn {
            // Closing gives it back too, but a moment later, in which the next start would be refused. A lost connection holds nothing.
            drop(conn.batch_execute(&format!("SELECT pg_advisory_unlock({ADVISORY_LOCK})")));
        }
    }
}

impl std::fmt::Debug for SoleNode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SoleNode").finish_non_exhaustive()
    }
}
