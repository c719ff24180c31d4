//! Opening the database, and bringing it up to date.

use anyhow::{Context as _, bail};
use devhub_domain::time::Clock;
use devhub_storage::{Database, DatabaseUrl};

use crate::config::Settings;
use crate::terminal::Terminal;

/// Opens the database, making it when it is not there yet.
///
/// # Errors
/// When its folder is in use or not writable, or the server does not answer.
pub(crate) fn open(settings: &Settings) -> anyhow::Result<Database> {
    let url = &settings.database.url;
    Database::open(url, settings.database.options).with_context(|| format!("the database {url} cannot be opened"))
}

/// Opens a database that must be there already: a mistyped folder is told, not made.
///
/// # Errors
/// As [`open`], and when there is none.
pub(crate) fn open_existing(settings: &Settings) -> anyhow::Result<Database> {
    if let DatabaseUrl::Sqlite { folder } = &settings.database.url
        && !folder.join("hub.db").exists()
    {
        bail!(
            "there is no hub in {0}: start one with `devhub serve --data {0}`, or point --data at the right folder",
            folder.display()
        );
    }
    open(settings)
}

/// Brings the database up to date and says what was done and how long it took.
///
/// # Errors
/// When it is newer than the program, or a migration fails; the ones before it stay.
pub(crate) fn migrate(database: &Database, clock: &dyn Clock, terminal: Terminal) -> anyhow::Result<usize> {
    let started = clock.elapsed();
    let applied = database.migrate().context("the database cannot be brought up to date")?;
    if !applied.is_empty() {
        let duration_ms = clock.elapsed().saturating_sub(started).as_millis();
        terminal.remark(format_args!("database brought up to date in {duration_ms} ms: {}", applied.join(", ")))?;
    }
    Ok(applied.len())
}

/// Makes sure that the database is up to date without changing it.
///
/// # Errors
/// When migrations are pending, or the database is newer than the program.
pub(crate) fn require_current(database: &Database) -> anyhow::Result<()> {
    let pending = database.pending_migrations().context("the state of the database cannot be read")?;
    if pending.is_empty() { Ok(()) } else { Err(Older(pending.join(", ")).into()) }
}

/// Whether an error of [`require_current`] says only that migrations are pending.
pub(crate) fn is_older(error: &anyhow::Error) -> bool {
    error.is::<Older>()
}

/// Migrations are pending.
#[derive(Debug, thiserror::Error)]
#[error("the database is not up to date ({0} pending): run `devhub migrate`")]
struct Older(String);
