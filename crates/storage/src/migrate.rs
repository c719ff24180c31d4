//! Migrations, embedded from the folders of both backends.

use std::path::Path;

use devhub_domain::secret::Secret;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::{Cause, MigrateError};
use crate::{postgres, sqlite};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Names the advisory lock: "devhub" in ASCII, so that nobody else's lock is met by chance.
const ADVISORY_LOCK: &str = "SELECT pg_advisory_lock(110416395269474)";

pub(crate) fn sqlite(database: &Path) -> Result<Vec<String>, MigrateError> {
    apply::<Sqlite>(&mut open_sqlite(database)?, SQLITE)
}

pub(crate) fn postgres(address: &Secret) -> Result<Vec<String>, MigrateError> {
    let mut conn = open_postgres(address)?;
    // Given back when the connection closes, whatever happens.
    conn.batch_execute(ADVISORY_LOCK).map_err(|error| MigrateError::Failed(error.into()))?;
    apply::<Pg>(&mut conn, POSTGRES)
}

pub(crate) fn sqlite_pending(database: &Path) -> Result<Vec<String>, MigrateError> {
    pending::<Sqlite>(&mut open_sqlite(database)?, SQLITE).map(|missing| names(&missing))
}

pub(crate) fn postgres_pending(address: &Secret) -> Result<Vec<String>, MigrateError> {
    pending::<Pg>(&mut open_postgres(address)?, POSTGRES).map(|missing| names(&missing))
}

#[cfg(feature = "testing")]
pub(crate) fn sqlite_revert(database: &Path) -> Result<(), MigrateError> {
    open_sqlite(database)?.revert_all_migrations(SQLITE).map_err(MigrateError::Failed).map(drop)
}

#[cfg(feature = "testing")]
pub(crate) fn postgres_revert(address: &Secret) -> Result<(), MigrateError> {
    open_postgres(address)?.revert_all_migrations(POSTGRES).map_err(MigrateError::Failed).map(drop)
}

fn open_sqlite(database: &Path) -> Result<SqliteConnection, MigrateError> {
    sqlite::connect(database).map_err(|error| MigrateError::Connect(error.into()))
}

fn open_postgres(address: &Secret) -> Result<PgConnection, MigrateError> {
    postgres::connect(address).map_err(|error| MigrateError::Connect(error.into()))
}

type Missing<DB> = Vec<Box<dyn Migration<DB>>>;

fn apply<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: EmbeddedMigrations,
) -> Result<Vec<String>, MigrateError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let missing = pending(conn, source)?;
    for migration in &missing {
        conn.run_migration(migration).map_err(MigrateError::Failed)?;
    }
    Ok(names(&missing))
}

/// What is missing, unless there is something that this program does not know.
fn pending<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: EmbeddedMigrations,
) -> Result<Missing<DB>, MigrateError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let read = |error: Cause| MigrateError::Failed(error);
    let applied = conn.applied_migrations().map_err(read)?;
    let all = MigrationSource::<DB>::migrations(&source).map_err(read)?;
    let is_known = |version: &MigrationVersion<'_>| all.iter().any(|known| known.name().version() == *version);
    let unknown: Vec<_> = applied.iter().filter(|version| !is_known(version)).map(ToString::to_string).collect();
    if unknown.is_empty() { conn.pending_migrations(source).map_err(read) } else { Err(MigrateError::Newer(unknown)) }
}

fn names<DB: Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}
