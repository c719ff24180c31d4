//! `devhub check`: what is in force, and whether a hub could start with it.

use std::path::Path;

use devhub_domain::causes::chain;
use devhub_domain::time::{Clock as _, SystemClock};

use crate::cli::Ending;
use crate::config::{ServerSettings, Settings};
use crate::connections::Room;
use crate::control::{Action, Reply, ask};
use crate::imports::{SANDBOX_IS_ON, has_imports};
use crate::opened::{Opened, is_installed, read_master_key};
use crate::places::Places;
use crate::terminal::{Colour, Terminal, TerminalError};
use crate::tls::Certificate;
use crate::{master_key, store};

/// Prints the configuration in force and looks for problems. Changes nothing.
///
/// # Errors
/// Only when nobody reads the output; problems are printed.
pub(crate) fn check(settings: &Settings, terminal: Terminal) -> anyhow::Result<Ending> {
    let width = settings.listing.iter().map(|line| line.key.len() + line.value.len()).max().unwrap_or(0);
    for line in &settings.listing {
        let written = format!("{} = {}", line.key, line.value);
        terminal.line(format_args!("{written:<0$}  {1}", width + 3, terminal.coloured(Colour::Dim, &line.origin)))?;
    }
    terminal.line("")?;
    let mut report = Report { terminal, has_problem: false };
    report.check_all(settings)?;
    Ok(if report.has_problem { Ending::Problem } else { Ending::Done })
}

/// Prints findings and remembers whether one is a problem.
struct Report {
    terminal: Terminal,
    has_problem: bool,
}

impl Report {
    fn check_all(&mut self, settings: &Settings) -> Result<(), TerminalError> {
        let places = Places::of(settings);
        self.check_listener(&settings.server)?;
        if let Some(shortage) = Room::look(settings).shortage() {
            self.bad(shortage)?;
        }
        self.check_folder(&places.state_folder)?;
        if settings.security.master_key.is_none() {
            self.check_key_file(&places.master_key_file)?;
        }
        match ask(&places, Action::Hello) {
            Ok(Some(Reply::Hello { process_id, master_key, warnings })) => {
                self.good(format_args!("a hub is running here as process {process_id}, so the database fits"))?;
                warnings.into_iter().try_for_each(|warning| self.warn(warning))?;
                match read_master_key(settings) {
                    Ok(key) if key.id().to_string() == master_key => self.good("the master key is the running hub's"),
                    Ok(key) => self.bad(format_args!("the running hub has master key {master_key}, not {}", key.id())),
                    Err(error) => self.bad(format_args!("{error:#}")),
                }
            }
            Ok(Some(_)) => self.bad("the running hub is of another version than this program"),
            Ok(None) => self.check_database(settings, &places),
            Err(error) => self.bad(error),
        }
    }

    fn check_listener(&mut self, server: &ServerSettings) -> Result<(), TerminalError> {
        server.warnings().into_iter().try_for_each(|warning| self.warn(warning))?;
        if let Err(refusal) = server.page_url(server.listen) {
            self.warn(refusal)?;
        }
        let Some(files) = &server.tls else {
            return Ok(());
        };
        match Certificate::read(files) {
            Ok(certificate) => match certificate.out_of_date(SystemClock::new().now()) {
                Some(problem) => self.bad(format_args!("{problem} ({certificate})")),
                None => self.good(format_args!("the certificate fits its key ({certificate})")),
            },
            Err(error) => self.bad(chain(&error)),
        }
    }

    fn check_folder(&mut self, folder: &Path) -> Result<(), TerminalError> {
        let shown = folder.display();
        if !folder.exists() {
            return self.good(format_args!("the folder {shown} is made at the first start"));
        }
        match tempfile::tempfile_in(folder) {
            Ok(_) => self.good(format_args!("the folder {shown} can be written to")),
            Err(error) => self.bad(format_args!("the folder {shown} cannot be written to: {error}")),
        }
    }

    fn check_key_file(&mut self, file: &Path) -> Result<(), TerminalError> {
        if master_key::is_exposed(file) {
            let shown = file.display();
            return self.bad(format_args!("other users may read the master key {shown}: chmod 600 {shown}"));
        }
        Ok(())
    }

    fn check_database(&mut self, settings: &Settings, places: &Places) -> Result<(), TerminalError> {
        let url = &settings.database.url;
        if places.database_folder.as_ref().is_some_and(|folder| !folder.join("hub.db").exists()) {
            return self.good(format_args!("the database {url} is made at the first start"));
        }
        let database = match store::open_existing(settings) {
            Ok(database) => database,
            Err(error) => return self.bad(format_args!("{error:#}")),
        };
        self.good(format_args!("the database {url} can be reached"))?;
        match store::require_current(&database) {
            Ok(()) => {
                self.good("the database is up to date")?;
                self.check_master_key(settings, &database)?;
                if settings.has_sandbox {
                    self.check_imports(&database)?;
                }
            }
            Err(error) if settings.database.migrates_at_start && store::is_older(&error) => {
                self.good(format_args!("{error}, or start the hub, which does it"))?;
            }
            Err(error) => self.bad(format_args!("{error:#}"))?,
        }
        database.shutdown();
        Ok(())
    }

    fn check_master_key(
        &mut self,
        settings: &Settings,
        database: &devhub_storage::Database,
    ) -> Result<(), TerminalError> {
        // Opening a database without an installation would make one, and a check changes nothing.
        match is_installed(database) {
            Ok(true) => {}
            Ok(false) => return self.good("the hub is set up at the first start"),
            Err(error) => return self.bad(error),
        }
        let opened = read_master_key(settings)
            .and_then(|_| Opened::new(settings, database.clone(), std::sync::Arc::new(SystemClock::new())));
        match opened {
            Ok(_) => self.good("the master key fits the database"),
            Err(error) => self.bad(format_args!("{error:#}")),
        }
    }

    fn check_imports(&mut self, database: &devhub_storage::Database) -> Result<(), TerminalError> {
        match has_imports(database) {
            Ok(true) => self.warn(SANDBOX_IS_ON),
            Ok(false) => Ok(()),
            Err(error) => self.bad(chain(&error)),
        }
    }

    fn good(&self, finding: impl std::fmt::Display) -> Result<(), TerminalError> {
        self.terminal.line(format_args!("{} {finding}", self.terminal.coloured(Colour::Green, "✓")))
    }

    fn warn(&self, finding: impl std::fmt::Display) -> Result<(), TerminalError> {
        self.terminal.line(format_args!("{} {finding}", self.terminal.coloured(Colour::Yellow, "!")))
    }

    fn bad(&mut self, finding: impl std::fmt::Display) -> Result<(), TerminalError> {
        self.has_problem = true;
        self.terminal.line(format_args!("{} {finding}", self.terminal.coloured(Colour::Red, "✗")))
    }
}
