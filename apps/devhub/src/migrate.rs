//! `devhub migrate`.

use devhub_domain::time::SystemClock;

use crate::cli::Ending;
use crate::config::Settings;
use crate::store;
use crate::terminal::Terminal;

/// Brings the database up to date, making it when it is not there yet.
///
/// # Errors
/// When a hub is running on it, it is newer than the program, or a migration fails.
pub(crate) fn migrate(settings: &Settings, terminal: Terminal) -> anyhow::Result<Ending> {
    let database = store::open(settings)?;
    let applied = store::migrate(&database, &SystemClock::new(), terminal)?;
    database.shutdown();
    terminal.line(match applied {
        0 => "the database is up to date".to_owned(),
        1 => "applied 1 migration".to_owned(),
        applied => format!("applied {applied} migrations"),
    })?;
    Ok(Ending::Done)
}
