//! The command line: what there is to type, and what the exit code means.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::audit::{AuditCommand, run_audit_command};
use crate::backup::{backup, read_passphrase, restore};
use crate::check::check;
use crate::config::{ConfigArguments, ConfigError};
use crate::deliveries::{DeliveryCommand, run_delivery_command};
use crate::demo::demo;
use crate::endpoints::{EndpointCommand, run_endpoint_command};
use crate::keys::{KeyCommand, run_key_command};
use crate::migrate::migrate;
use crate::operators::{OperatorCommand, run_operator_command};
use crate::serve::serve;
use crate::terminal::{Terminal, TerminalError};
use crate::workspaces::{WorkspaceCommand, run_workspace_command};

/// A self-hosted Developer Hub: API keys, webhooks and rate limits in one program.
#[derive(Debug, Parser)]
#[command(name = "devhub", version, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    config: ConfigArguments,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done · 1 failed, or a check found a problem · 2 the command line or the configuration is \
wrong · 3 done, but read the warning";

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the hub until SIGTERM or Ctrl-C
    Serve,
    /// Shows the whole story in a temporary folder: key, call, event, signed webhook, revocation
    Demo {
        /// Leaves after the story instead of going on serving
        #[arg(long)]
        once: bool,
    },
    /// Brings the database up to date
    Migrate,
    /// Prints the configuration in force, secrets masked, and looks for problems
    Check,
    /// Issues, lists and revokes API keys, in the running hub when there is one
    #[command(subcommand)]
    Keys(KeyCommand),
    /// Takes over webhook endpoints, in the running hub when there is one
    #[command(subcommand)]
    Endpoints(EndpointCommand),
    /// Adds, lists and removes the people who administer the hub, in the running hub when there is one
    #[command(subcommand)]
    Operators(OperatorCommand),
    /// Makes and lists workspaces, in the running hub when there is one
    #[command(subcommand)]
    Workspaces(WorkspaceCommand),
    /// Decides about deliveries that were overdue when the database was restored, in the running hub when there is one
    #[command(subcommand)]
    Deliveries(DeliveryCommand),
    /// Checks the audit log, in the running hub when there is one
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Writes the database and the master key to one encrypted file; the hub may be running
    Backup {
        /// File to write; must not be there yet
        file: PathBuf,
        /// File that holds the passphrase [default: the variable `DEVHUB_BACKUP_PASSPHRASE`]
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Unpacks a backup into an empty folder
    Restore {
        /// File to read
        file: PathBuf,
        /// Folder to write to; must be empty or not there yet
        #[arg(long, value_name = "FOLDER")]
        into: PathBuf,
        /// File that holds the passphrase [default: the variable `DEVHUB_BACKUP_PASSPHRASE`]
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

/// How a command ended, other than by an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// As it should.
    Done,
    /// It found a problem and has said which.
    Problem,
    /// It did what it should, and warned of something.
    Warned,
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Done => Self::SUCCESS,
            Ending::Problem => Self::FAILURE,
            Ending::Warned => Self::from(3),
        }
    }
}

/// Exit code for a configuration that is wrong; clap uses the same for a wrong command line.
const WRONG_CONFIGURATION: u8 = 2;

/// Runs what was typed.
pub(crate) fn run() -> ExitCode {
    let terminal = Terminal::standard();
    let error = match carry_out(Cli::parse(), terminal) {
        Ok(ending) => return ending.into(),
        Err(error) => error,
    };
    // `devhub keys list | head -1` is no failure.
    if error.downcast_ref::<TerminalError>().is_some_and(TerminalError::is_reader_gone) {
        return ExitCode::SUCCESS;
    }
    // When nobody reads standard error there is nobody left to tell.
    terminal.failure(&error).ok();
    if error.is::<ConfigError>() { ExitCode::from(WRONG_CONFIGURATION) } else { ExitCode::FAILURE }
}

fn carry_out(cli: Cli, terminal: Terminal) -> anyhow::Result<Ending> {
    match cli.command {
        Command::Serve => serve(&cli.config.load()?, terminal),
        Command::Demo { once } => demo(once, terminal),
        Command::Migrate => migrate(&cli.config.load()?, terminal),
        Command::Check => check(&cli.config.load()?, terminal),
        Command::Keys(command) => run_key_command(&cli.config.load()?, command, terminal),
        Command::Endpoints(command) => run_endpoint_command(&cli.config.load()?, &command, terminal),
        Command::Operators(command) => run_operator_command(&cli.config.load()?, command, terminal),
        Command::Workspaces(command) => run_workspace_command(&cli.config.load()?, command, terminal),
        Command::Deliveries(command) => run_delivery_command(&cli.config.load()?, command, terminal),
        Command::Audit(command) => run_audit_command(&cli.config.load()?, command, terminal),
        Command::Backup { file, passphrase_file } => {
            let settings = cli.config.load()?;
            backup(&settings, &file, &read_passphrase(passphrase_file.as_deref())?, terminal)
        }
        Command::Restore { file, into, passphrase_file } => {
            restore(&file, &into, &read_passphrase(passphrase_file.as_deref())?, terminal)
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_put_together_without_contradictions() {
        Cli::command().debug_assert();
    }
}
