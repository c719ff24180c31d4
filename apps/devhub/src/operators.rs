//! `devhub operators`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Subcommand;
use devhub_domain::entropy::SystemEntropy;
use devhub_domain::operators::{EmailAddress, Password, Passwords, Role};
use devhub_domain::secret::Secret;

use crate::cli::Ending;
use crate::config::Settings;
use crate::control::{Action, OperatorView, Reply, Revealed};
use crate::opened::{ask_hub_or_open, unexpected};
use crate::password_input::read_password;
use crate::terminal::Terminal;

/// What can be done with operators.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorCommand {
    /// Adds a person; asks for the password, which is no argument because every user of the machine can read those
    Add {
        /// What the person signs in with
        email: String,
        /// What the person may do: owner, admin, developer or viewer
        #[arg(long)]
        role: String,
        /// Workspace that the person is to work in [default: the first]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// The person works in another workspace already, and keeps the password that it has
        #[arg(long, conflicts_with = "password_file")]
        known: bool,
        /// File whose first line is the password, - for standard input [default: asks]
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Lists the people, oldest first
    List {
        /// Workspace that they work in [default: the first]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Prints JSON, one a line
        #[arg(long)]
        json: bool,
    },
    /// Gives a person another password and signs it out everywhere
    ResetPassword {
        /// What the person signs in with
        email: String,
        /// File whose first line is the password, - for standard input [default: asks]
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Takes the second factor of a person away who has lost it, and signs it out everywhere
    ResetSecondFactor {
        /// What the person signs in with
        email: String,
    },
    /// Removes a person from a workspace and signs it out there; from the last one off the hub
    Remove {
        /// What the person signs in with
        email: String,
        /// Workspace that it is to leave [default: the first, or else the one that it is at home in]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
    },
}

/// Carries a command out, in the running hub when there is one.
///
/// A hub that was not reached needs no warning: every one reads operators and sessions anew for each request.
///
/// # Errors
/// Whatever refuses, in its words.
pub(crate) fn run_operator_command(
    settings: &Settings,
    command: OperatorCommand,
    terminal: Terminal,
) -> anyhow::Result<Ending> {
    let action = match command {
        OperatorCommand::Add { email, role, workspace, known: true, .. } => {
            Action::AdmitOperator { workspace, email, role }
        }
        OperatorCommand::Add { email, role, workspace, password_file, .. } => {
            // The hub checks it too, but only after a password was typed twice.
            role.parse::<Role>()?;
            let password_hash = hash_password(&email, password_file.as_deref(), terminal)?;
            Action::AddOperator { workspace, email, role, password_hash }
        }
        OperatorCommand::ResetPassword { email, password_file } => {
            let password_hash = hash_password(&email, password_file.as_deref(), terminal)?;
            Action::ResetPassword { email, password_hash }
        }
        OperatorCommand::ResetSecondFactor { email } => Action::ResetSecondFactor { email },
        OperatorCommand::Remove { email, workspace } => Action::RemoveOperator { workspace, email },
        OperatorCommand::List { workspace, json } => return list(settings, workspace, json, terminal),
    };
    let Reply::Operator(operator) = ask_hub_or_open(settings, action)?.reply else {
        return Err(unexpected());
    };
    terminal.line(row(&operator))?;
    Ok(Ending::Done)
}

fn list(settings: &Settings, workspace: Option<String>, json: bool, terminal: Terminal) -> anyhow::Result<Ending> {
    let Reply::Operators { items } = ask_hub_or_open(settings, Action::ListOperators { workspace })?.reply else {
        return Err(unexpected());
    };
    for operator in &items {
        if json { terminal.line(serde_json::to_string(operator)?)? } else { terminal.line(row(operator))? }
    }
    Ok(Ending::Done)
}

/// Reads, checks and hashes a password here: it never leaves this process.
fn hash_password(email: &str, file: Option<&Path>, terminal: Terminal) -> anyhow::Result<Revealed> {
    let email = EmailAddress::new(email)?;
    let password = Password::new(read_password(file, terminal)?, &email)?;
    let hash = Passwords::new(Arc::new(SystemEntropy::new())).hash(&password)?;
    Ok(Revealed(Secret::new(hash.as_str())))
}

fn row(operator: &OperatorView) -> String {
    let password = if operator.has_password { "" } else { "  no password yet" };
    let second_factor = match operator.second_factor.as_str() {
        "on" => "  second factor",
        "missing" => "  no second factor yet",
        _ => "",
    };
    format!("{}  {:<9}  {}{password}{second_factor}", operator.id, operator.role, operator.email)
}
