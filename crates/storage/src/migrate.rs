//! Migrations, embedded from the folders of both backends.

use std::path::Path;

use devhub_domain::secret::Secret;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use diesel::{PgConnection, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::error::MigrateError;
use crate::{postgres, sqlite};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// Names the advisory lock, so that nobody else's is met by chance.
const ADVISORY_LOCK: i64 = i64::from_be_bytes(*b"\0\0devhub");

/// Whether any migration was ever applied here. Asked first by who must change nothing: Diesel makes the table that it looks into.
const SQLITE_HAS_RECORDS: &str = "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')";
const POSTGRES_HAS_RECORDS: &str = "to_regclass('__diesel_schema_migrations') IS NOT NULL";

pub(crate) fn sqlite(database: &Path) -> Result<Vec<String>, MigrateError> {
    apply::<Sqlite>(&mut open_sqlite(database)?, &SQLITE)
}

pub(crate) fn postgres(address: &Secret) -> Result<Vec<String>, MigrateError> {
    let mut conn = open_postgres(address)?;
    // Given back when the connection closes, whatever happens.
    conn.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})")).map_err(failed)?;
    apply::<Pg>(&mut conn, &POSTGRES)
}

pub(crate) fn sqlite_pending(database: &Path) -> Result<Vec<String>, MigrateError> {
    let mut conn = open_sqlite(database)?;
    let has_records = diesel::select(sql::<Bool>(SQLITE_HAS_RECORDS)).get_result(&mut conn);
    let applied = if has_records.map_err(failed)? { conn.applied_migrations() } else { Ok(Vec::new()) };
    missing::<Sqlite>(&applied.map_err(MigrateError::Failed)?, &SQLITE).map(|missing| names(&missing))
}

pub(crate) fn postgres_pending(address: &Secret) -> Result<Vec<String>, MigrateError> {
    let mut conn = open_postgres(address)?;
    let has_records = diesel::select(sql::<Bool>(POSTGRES_HAS_RECORDS)).get_result(&mut conn);
    let applied = if has_records.map_err(failed)? { conn.applied_migrations() } else { Ok(Vec::new()) };
    missing::<Pg>(&applied.map_err(MigrateError::Failed)?, &POSTGRES).map(|missing| names(&missing))
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

fn failed(error: diesel::result::Error) -> MigrateError {
    MigrateError::Failed(error.into())
}

type Missing<DB> = Vec<Box<dyn Migration<DB>>>;

fn apply<DB: Backend>(
    conn: &mut impl MigrationHarness<DB>,
    source: &EmbeddedMigrations,
) -> Result<Vec<String>, MigrateError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let applied = conn.applied_migrations().map_err(MigrateError::Failed)?;
    let missing = missing(&applied, source)?;
    for migration in &missing {
        conn.run_migration(migration).map_err(MigrateError::Failed)?;
    }
    Ok(names(&missing))
}

/// What is missing, in order, unless there is something that this program does not know.
fn missing<DB: Backend>(
    applied: &[MigrationVersion<'_>],
    source: &EmbeddedMigrations,
) -> Result<Missing<DB>, MigrateError>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let mut all = MigrationSource::<DB>::migrations(source).map_err(MigrateError::Failed)?;
    let is_known = |version: &MigrationVersion<'_>| all.iter().any(|known| known.name().version() == *version);
    let unknown: Vec<_> = applied.iter().filter(|version| !is_known(version)).map(ToString::to_string).collect();
    if !unknown.is_empty() {
        return Err(MigrateError::Newer(unknown));
    }
    all.retain(|migration| !applied.contains(&migration.name().version()));
    all.sort_unstable_by(|a, b| a.name().version().cmp(&b.name().version()));
    Ok(all)
}

fn names<DB: Backend>(migrations: &[Box<dyn Migration<DB>>]) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}
