//! `devhub workspaces`.

use clap::Subcommand;

use crate::cli::Ending;
use crate::config::Settings;
use crate::control::{Action, Reply, WorkspaceView, WorkspaceWords};
use crate::opened::{ask_hub_or_open, unexpected};
use crate::places::Places;
use crate::program::program;
use crate::terminal::Terminal;

/// What can be done with workspaces.
#[derive(Debug, Subcommand)]
pub(crate) enum WorkspaceCommand {
    /// Makes a workspace, which begins empty, and says what to do next
    Create {
        #[command(flatten)]
        words: WorkspaceWords,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Lists the workspaces, oldest first
    List {
        /// Prints JSON, one a line
        #[arg(long)]
        json: bool,
    },
}

/// Carries a command out, in the running hub when there is one.
///
/// A hub that was not reached needs no warning: every one reads workspaces anew for each request.
///
/// # Errors
/// Whatever refuses, in its words.
pub(crate) fn run_workspace_command(
    settings: &Settings,
    command: WorkspaceCommand,
    terminal: Terminal,
) -> anyhow::Result<Ending> {
    match command {
        WorkspaceCommand::Create { words, json } => create(settings, words, json, terminal),
        WorkspaceCommand::List { json } => list(settings, json, terminal),
    }
}

fn create(settings: &Settings, words: WorkspaceWords, json: bool, terminal: Terminal) -> anyhow::Result<Ending> {
    let owner = words.owner.clone();
    let Reply::Workspace(made) = ask_hub_or_open(settings, Action::CreateWorkspace(words))?.reply else {
        return Err(unexpected());
    };
    if json {
        terminal.line(serde_json::to_string(&made)?)?;
        return Ok(Ending::Done);
    }
    terminal.line(row(&made))?;
    let data = Places::of(settings).database_folder;
    let data = data.map(|folder| format!(" --data {}", folder.display())).unwrap_or_default();
    let (program, there) = (program(), format!("--workspace {}{data}", made.id));
    let next = match owner {
        Some(email) => format!("{email} owns it, and goes there by the menu on top of every page."),
        None => format!(
            "It has no owner yet; add one, with --known if the hub has that person already, with: \
             {program} operators add <email> --role owner {there}"
        ),
    };
    terminal.remark(next)?;
    terminal.remark(format_args!("Issue its first key with: {program} keys issue --label <label> {there}"))?;
    Ok(Ending::Done)
}

fn list(settings: &Settings, json: bool, terminal: Terminal) -> anyhow::Result<Ending> {
    let Reply::Workspaces { items } = ask_hub_or_open(settings, Action::ListWorkspaces)?.reply else {
        return Err(unexpected());
    };
    for workspace in &items {
        if json { terminal.line(serde_json::to_string(workspace)?)? } else { terminal.line(row(workspace))? }
    }
    Ok(Ending::Done)
}

fn row(workspace: &WorkspaceView) -> String {
    let WorkspaceView { id, name, status, time_zone, is_first, .. } = workspace;
    let place = if *is_first { "first" } else { "" };
    format!("{id}  {place:<5}  {status:<9}  {time_zone:<19}  {name}")
}
