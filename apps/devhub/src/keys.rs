//! `devhub keys`.

use clap::Subcommand;

use crate::cli::Ending;
use crate::config::Settings;
use crate::control::{Action, KeyChoice, KeyView, KeyWords, NewKey, Reply};
use crate::explain::{ExplainArguments, explain};
use crate::import::{ImportArguments, import};
use crate::opened::{Answer, ask_hub_or_open, unexpected};
use crate::places::Places;
use crate::terminal::Terminal;

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Issues a key and shows its token, this once
    Issue {
        /// What people call it, such as "WooCommerce Plugin"
        #[arg(long)]
        label: String,
        /// What it may do, such as events:write; may be repeated [default: read and write]
        #[arg(long, value_delimiter = ',')]
        scope: Vec<String>,
        /// What it is meant for [default: live]
        #[arg(long)]
        environment: Option<String>,
        /// When it stops being accepted, such as 2027-01-31T00:00:00Z [default: never]
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
        /// Address or network that may use it; may be repeated [default: all]
        #[arg(long, value_name = "NETWORK", value_delimiter = ',')]
        allow: Vec<String>,
        /// Who answers for it, such as "checkout team" [default: nobody in particular]
        #[arg(long)]
        owner: Option<String>,
        /// What your own systems keep with it, such as '{"customer":17}' [default: nothing]
        #[arg(long, value_name = "JSON")]
        metadata: Option<String>,
        /// How often it may ask, such as 600/1m; windows in s, m or h [default: as the rate policies say]
        #[arg(long, value_name = "N/WINDOW")]
        rate_limit: Option<String>,
        /// Workspace that it opens [default: the first]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Takes over keys of OwnPay, which go on working unchanged
    Import(ImportArguments),
    /// Lists keys, newest first
    List {
        #[command(flatten)]
        words: KeyWords,
        /// Workspace whose keys they are [default: the first]
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Prints JSON, one key a line
        #[arg(long)]
        json: bool,
    },
    /// Refuses a key from now on and for good
    Revoke(KeyChoice),
    /// Refuses a key until it is unlocked
    Lock(KeyChoice),
    /// Tells why a request with a key is accepted or refused, check by check, spending nothing
    Explain(ExplainArguments),
    /// Accepts a locked key again
    Unlock(KeyChoice),
}

/// Carries a command out, in the running hub when there is one.
///
/// # Errors
/// Whatever refuses, in its words.
pub(crate) fn run_key_command(settings: &Settings, command: KeyCommand, terminal: Terminal) -> anyhow::Result<Ending> {
    match command {
        KeyCommand::Issue {
            label,
            scope,
            environment,
            expires_at,
            allow,
            owner,
            metadata,
            rate_limit,
            workspace,
            json,
        } => {
            let (scopes, allow_list) = (scope, allow);
            let new =
                NewKey { label, scopes, environment, expires_at, allow_list, owner, metadata, rate_limit, workspace };
            issue(settings, new, json, terminal)
        }
        KeyCommand::Import(arguments) => import(settings, &arguments, terminal),
        KeyCommand::List { words, workspace, json } => list(settings, &words, workspace.as_ref(), json, terminal),
        KeyCommand::Explain(arguments) => explain(settings, arguments, terminal),
        KeyCommand::Revoke(choice) => change(settings, Action::RevokeKey(choice), terminal),
        KeyCommand::Lock(choice) => change(settings, Action::LockKey(choice), terminal),
        KeyCommand::Unlock(choice) => change(settings, Action::UnlockKey(choice), terminal),
    }
}

fn issue(settings: &Settings, new: NewKey, json: bool, terminal: Terminal) -> anyhow::Result<Ending> {
    let Answer { reply, is_from_hub } = ask_hub_or_open(settings, Action::IssueKey(new))?;
    let Reply::Issued { key, token } = reply else {
        return Err(unexpected());
    };
    if json {
        terminal.line(serde_json::json!({ "key": key, "token": token }))?;
    } else {
        terminal.line(token.0.expose())?;
        terminal.remark(format_args!("This is the token of {} ({}), shown this once.", key.id, key.label))?;
        terminal.remark(format_args!("It may: {}", key.scopes))?;
    }
    ending(settings, is_from_hub, terminal)
}

fn list(
    settings: &Settings,
    words: &KeyWords,
    workspace: Option<&String>,
    json: bool,
    terminal: Terminal,
) -> anyhow::Result<Ending> {
    let mut after = None;
    loop {
        let action = Action::ListKeys { workspace: workspace.cloned(), words: words.clone(), after };
        let Reply::Keys { items, next } = ask_hub_or_open(settings, action)?.reply else {
            return Err(unexpected());
        };
        for key in &items {
            if json { terminal.line(serde_json::to_string(key)?)? } else { terminal.line(row(key))? }
        }
        if next.is_none() {
            return Ok(Ending::Done);
        }
        after = next;
    }
}

fn change(settings: &Settings, action: Action, terminal: Terminal) -> anyhow::Result<Ending> {
    let Answer { reply, is_from_hub } = ask_hub_or_open(settings, action)?;
    let Reply::Key(key) = reply else {
        return Err(unexpected());
    };
    terminal.line(row(&key))?;
    ending(settings, is_from_hub, terminal)
}

/// Warns when a running hub may not know of a change.
pub(crate) fn ending(settings: &Settings, is_from_hub: bool, terminal: Terminal) -> anyhow::Result<Ending> {
    // A folder has one owner, so that nobody else can be running on it; a PostgreSQL may have a hub that was not reached.
    if is_from_hub || Places::of(settings).database_folder.is_some() {
        return Ok(Ending::Done);
    }
    terminal.warning(
        "no running hub was reached on this machine, so the change stands in the database only: a hub that is running \
         elsewhere goes on as before until it is restarted",
    )?;
    Ok(Ending::Warned)
}

fn row(key: &KeyView) -> String {
    let used = key.last_used_at.as_deref().unwrap_or("never used");
    format!("{}  {}…  {:<8}  {}  [{}]  {used}", key.id, key.prefix, key.status, key.label, key.scopes)
}
