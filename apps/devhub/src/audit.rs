//! `devhub audit`.

use clap::Subcommand;

use crate::cli::Ending;
use crate::config::Settings;
use crate::control::{Action, AuditCheckView, Reply};
use crate::opened::ask_hub_or_open;
use crate::terminal::Terminal;

/// What can be done with the audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Checks that nobody has changed, removed or reordered lines; ends with 1 when somebody has
    Verify {
        /// A line that was noted before, such as 7:af13…: a log that was cut off or written anew lacks it
        #[arg(long, value_name = "LINE:HASH")]
        noted: Option<String>,
        /// The workspace whose log it is [default: the hub's own]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
}

/// Carries a command out, in the running hub when there is one.
///
/// # Errors
/// Whatever refuses, in its words.
pub(crate) fn run_audit_command(
    settings: &Settings,
    command: AuditCommand,
    terminal: Terminal,
) -> anyhow::Result<Ending> {
    let AuditCommand::Verify { noted, workspace, json } = command;
    let mut after = None;
    let check = loop {
        let check = check(settings, (workspace.clone(), after.take(), noted.clone()))?;
        if check.is_whole || check.fault.is_some() {
            break check;
        }
        terminal.remark(format_args!("{} lines hold so far", check.lines))?;
        after = check.head;
    };
    if json {
        terminal.line(serde_json::to_string(&check)?)?;
    } else {
        show(&check, terminal)?;
    }
    Ok(if check.fault.is_some() { Ending::Problem } else { Ending::Done })
}

fn check(
    settings: &Settings,
    (workspace, after, noted): (Option<String>, Option<String>, Option<String>),
) -> anyhow::Result<AuditCheckView> {
    match ask_hub_or_open(settings, Action::VerifyAudit { workspace, after, noted })?.reply {
        Reply::AuditCheck(check) => Ok(check),
        _ => anyhow::bail!("the running hub gave another answer than asked for: use the same program for both"),
    }
}

fn show(check: &AuditCheckView, terminal: Terminal) -> anyhow::Result<()> {
    let count = match check.lines {
        1 => "1 line holds".to_owned(),
        lines => format!("{lines} lines hold"),
    };
    match &check.head {
        Some(head) => terminal.line(format_args!("{count}, the last is {head}"))?,
        None => terminal.line(count)?,
    }
    match &check.fault {
        Some(fault) => terminal.line(fault)?,
        None => terminal
            .remark("Note the last line where others than the hub's administrators keep it; --noted compares.")?,
    }
    Ok(())
}
