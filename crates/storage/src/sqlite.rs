//! SQLite: how a connection is set up, and what its errors mean.

use std::path::Path;

use devhub_domain::store::StoreError;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Text};

use crate::error::{Cause, OpenError};
use crate::link::{Failure, Link, is_constraint};
use crate::options::Synchronous;
use crate::targets::TargetCache;
use crate::tx::SqliteTx;

/// A connection that the hub itself owns.
pub(crate) type SqliteLink = SqliteTx<Box<SqliteConnection>>;

/// For every connection. A lock is waited for, though only a backup or a migration can hold one. `mmap` stays off: an I/O error
/// under a map is a signal that ends the process, not an error. The log is cut back after a burst.
const SESSION: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; \
    PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA journal_size_limit = 67108864;";
/// Asked for by itself, because SQLite does not fail when it cannot have it: it answers with another mode.
const LOG: &str = "PRAGMA journal_mode = WAL";
/// 8 MiB: holds the inner pages of the indexes of some million deliveries.
const WRITER: &str = "PRAGMA cache_size = -8192;";
const READER: &str = "PRAGMA query_only = ON; PRAGMA cache_size = -2048;";

/// A plain connection, set up; for migrations and backups.
pub(crate) fn connect(database: &Path) -> Result<SqliteConnection, OpenError> {
    let path = database.to_str().ok_or_else(|| OpenError::NotUtf8(database.to_owned()))?;
    let mut conn = SqliteConnection::establish(path).map_err(|error| OpenError::Connect(error.into()))?;
    let set_up = conn.batch_execute(SESSION).and_then(|()| diesel::sql_query(LOG).get_result::<Journal>(&mut conn));
    let journal = set_up.map_err(|error| OpenError::Connect(error.into()))?;
    if journal.journal_mode != "wal" {
        let cause = format!("the file system allows no write-ahead log, only {:?}", journal.journal_mode);
        return Err(OpenError::Connect(cause.into()));
    }
    Ok(conn)
}

/// The connection of the writer.
pub(crate) fn writer(database: &Path, synchronous: Synchronous) -> Result<SqliteLink, Cause> {
    let mut conn = connect(database)?;
    conn.batch_execute(WRITER)?;
    conn.batch_execute(match synchronous {
        Synchronous::Full => "PRAGMA synchronous = FULL;",
        Synchronous::Off => "PRAGMA synchronous = OFF;",
    })?;
    let mut link = SqliteTx::wrap(Box::new(conn));
    link.state.targets = Some(TargetCache::default());
    Ok(link)
}

/// A connection of a reader.
pub(crate) fn reader(database: &Path) -> Result<SqliteLink, Cause> {
    let mut conn = connect(database)?;
    conn.batch_execute(READER)?;
    let mut link = SqliteTx::wrap(Box::new(conn));
    link.state.is_read_only = true;
    Ok(link)
}

/// What an error means for the transaction.
///
/// After `SQLITE_FULL`, `IOERR`, `NOMEM` and others SQLite may have rolled everything back on its own, so that the next statement would
/// commit alone. Which those are is not certain to stay the same: all errors but those of a row's own values end the transaction.
pub(crate) fn classify(error: &Error) -> Failure {
    match error {
        Error::DatabaseError(kind, cause) if is_constraint(*kind) => Failure::Statement(cause.message().to_owned()),
        Error::DatabaseError(_, cause) => Failure::Lost(cause.message().to_owned()),
        error => Failure::Statement(error.to_string()),
    }
}

#[derive(QueryableByName)]
struct Journal {
    #[diesel(sql_type = Text)]
    journal_mode: String,
}

#[derive(QueryableByName)]
struct DataVersion {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Link for SqliteLink {
    fn begin_write(&mut self) -> Result<(), StoreError> {
        self.control("BEGIN IMMEDIATE")?;
        if let Some(targets) = &mut self.state.targets {
            // Changes when another connection has committed: an embedder's own, or the command line's in the same process.
            let version = diesel::sql_query("PRAGMA data_version").get_result::<DataVersion>(&mut *self.conn);
            let version = version.map_err(StoreError::unavailable)?;
            targets.begin(Some(version.data_version));
        }
        Ok(())
    }

    fn begin_read(&mut self) -> Result<(), StoreError> {
        self.control("BEGIN")
    }

    fn control(&mut self, sql: &str) -> Result<(), StoreError> {
        self.conn.batch_execute(sql).map_err(StoreError::unavailable)
    }

    fn take_failure(&mut self) -> Option<Failure> {
        self.state.take_failure()
    }
}
