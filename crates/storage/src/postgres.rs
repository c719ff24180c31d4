//! PostgreSQL: how a connection is set up, and what its errors mean.

use devhub_domain::secret::Secret;
use devhub_domain::store::StoreError;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::error::{Cause, OpenError};
use crate::link::{Failure, Link};
use crate::targets::TargetCache;
use crate::tx::PostgresTx;

/// A connection that the hub itself owns.
pub(crate) type PostgresLink = PostgresTx<Box<PgConnection>>;

/// A commit waits for the disk whatever the server's own setting; nothing waits for ever.
///
/// A hub that is frozen in the middle of a transaction holds its rows, and nobody could take over from it. Nothing of ours waits
/// inside a transaction, so that the server may end one that stands still, sooner than others take a session for silent.
const SESSION: &str = "SET synchronous_commit = on; SET lock_timeout = '10s'; SET statement_timeout = '60s'; \
    SET idle_in_transaction_session_timeout = '5s'; SET client_min_messages = warning;";

/// How PostgreSQL calls the error 40P01, for which Diesel has no kind.
const DEADLOCK: &str = "deadlock detected";

/// A plain connection, without the limits of [`writer`]; for migrations.
pub(crate) fn connect(address: &Secret) -> Result<PgConnection, OpenError> {
    PgConnection::establish(address.expose()).map_err(|error| OpenError::Connect(error.into()))
}

/// A connection of a writer.
pub(crate) fn writer(address: &Secret) -> Result<PostgresLink, Cause> {
    let mut conn = connect(address)?;
    conn.batch_execute(SESSION)?;
    let mut link = PostgresTx::wrap(Box::new(conn));
    link.state.targets = Some(TargetCache::default());
    Ok(link)
}

/// A connection of a reader.
pub(crate) fn reader(address: &Secret) -> Result<PostgresLink, Cause> {
    let mut link = writer(address)?;
    link.state.is_read_only = true;
    link.state.targets = None;
    Ok(link)
}

/// What an error means for the transaction.
pub(crate) fn classify(error: &Error) -> Failure {
    match error {
        Error::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, cause) => {
            Failure::Lost(cause.message().to_owned())
        }
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, cause) => {
            Failure::Contended(cause.message().to_owned())
        }
        Error::DatabaseError(_, cause) if cause.message() == DEADLOCK => Failure::Contended(DEADLOCK.to_owned()),
        error => Failure::Statement(error.to_string()),
    }
}

impl Link for PostgresLink {
    fn begin_write(&mut self) -> Result<(), StoreError> {
        self.control("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")?;
        if let Some(targets) = &mut self.state.targets {
            targets.begin(None);
        }
        Ok(())
    }

    fn begin_read(&mut self) -> Result<(), StoreError> {
        self.control("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    }

    fn control(&mut self, sql: &str) -> Result<(), StoreError> {
        self.conn.batch_execute(sql).map_err(StoreError::unavailable)
    }

    fn take_failure(&mut self) -> Option<Failure> {
        self.state.take_failure()
    }
}
