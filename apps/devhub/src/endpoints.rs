//! `devhub endpoints`.
//!
//! *Threat:* a file of signing secrets on the way through logs and messages, or an import that is broken off half-way. *Defence:* as for
//! keys: the file is read and checked here, whole, before anything is written; its secrets go to the hub over the socket that only its
//! user may open, and are printed nowhere; what is there already stays as it is, so that the same command goes on where another has
//! stopped. *Not defended:* the file itself: remove it afterwards.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Subcommand;
use devhub_domain::api_keys::ImportFormat;
use devhub_domain::secret::Secret;
use devhub_domain::webhooks::{
    EndpointImportFile, IMPORT_ENDPOINTS_MAX, ImportedEndpoint, RefusedEndpoint, read_endpoint_import,
};

use crate::cli::Ending;
use crate::config::Settings;
use crate::control::{Action, ImportedView, Reply, Revealed};
use crate::import::{text_of, warn_of_sandbox};
use crate::opened::{ask_hub_or_open, unexpected};
use crate::terminal::Terminal;

/// What can be done with webhook endpoints.
#[derive(Debug, Subcommand)]
pub(crate) enum EndpointCommand {
    /// Takes over webhook endpoints of OwnPay with their secrets, so that receivers go on unchanged
    Import(EndpointImportArguments),
}

/// How a file of endpoints is to be read.
#[derive(Debug, clap::Args)]
pub(crate) struct EndpointImportArguments {
    /// File with the endpoints: a table as `mysql --batch` writes it, comma-separated, or JSON
    file: PathBuf,
    /// How it is written, csv (any table) or json [default: found out]
    #[arg(long)]
    format: Option<String>,
    /// Tells what would happen and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Workspace that the endpoints are to belong to [default: the first]
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
}

/// Carries a command out, in the running hub when there is one.
///
/// # Errors
/// Whatever refuses, in its words.
pub(crate) fn run_endpoint_command(
    settings: &Settings,
    command: &EndpointCommand,
    terminal: Terminal,
) -> anyhow::Result<Ending> {
    match command {
        EndpointCommand::Import(arguments) => import(settings, arguments, terminal),
    }
}

/// Imports a file, part by part.
fn import(settings: &Settings, arguments: &EndpointImportArguments, terminal: Terminal) -> anyhow::Result<Ending> {
    let EndpointImportFile { endpoints, refused } = read(arguments)?;
    for RefusedEndpoint { line, refusal } in &refused {
        terminal.remark(format_args!("line {line}: {refusal}"))?;
    }
    let (mut sum, mut refused, mut done) = (ImportedView::default(), refused.len(), 0);
    for part in endpoints.chunks(IMPORT_ENDPOINTS_MAX) {
        let reply = ask_hub_or_open(settings, action(part, arguments, sum.new)).with_context(|| {
            format!("{done} of {} endpoints are done: mend the cause and run it again", endpoints.len())
        })?;
        let Reply::Imported(imported) = reply.reply else {
            return Err(unexpected());
        };
        sum.new += imported.new;
        sum.existing += imported.existing;
        sum.is_beside_sandbox |= imported.is_beside_sandbox;
        refused += imported.refused.len();
        for (entry, refusal) in &imported.refused {
            terminal.remark(format_args!("line {}: {refusal}", line_of(part, *entry)))?;
        }
        done += part.len();
    }
    let own_pay_only = endpoints.iter().filter(|endpoint| !endpoint.signs_standard()).count();
    if own_pay_only > 0 {
        terminal.remark(format_args!(
            "{own_pay_only} of them get OwnPay's signature only: a secret that is not whsec_ and base64 of 24 bytes or more makes no other"
        ))?;
    }
    let verb = if arguments.dry_run { "would be imported" } else { "imported" };
    terminal.line(format_args!("{} {verb}, {} already there, {refused} refused", sum.new, sum.existing))?;
    warn_of_sandbox(&sum, terminal)?;
    Ok(if refused > 0 { Ending::Warned } else { Ending::Done })
}

/// The line of the file that an entry of a part comes from.
fn line_of(part: &[ImportedEndpoint], entry: u64) -> u64 {
    let at = usize::try_from(entry).ok().and_then(|entry| entry.checked_sub(1));
    at.and_then(|at| part.get(at)).map_or(0, |endpoint| endpoint.line)
}

/// `planned` endpoints of the parts before are new.
fn action(part: &[ImportedEndpoint], arguments: &EndpointImportArguments, planned: usize) -> Action {
    let entries: Vec<String> = part.iter().map(|endpoint| endpoint.to_entry().to_string()).collect();
    Action::ImportEndpoints {
        workspace: arguments.workspace.clone(),
        entries: Revealed(Secret::new(entries.join("\n"))),
        plan: arguments.dry_run.then(|| u64::try_from(planned).unwrap_or(u64::MAX)),
    }
}

fn read(arguments: &EndpointImportArguments) -> anyhow::Result<EndpointImportFile> {
    let text = text_of(&arguments.file)?;
    let format = match &arguments.format {
        Some(word) => ImportFormat::parse(word).context("--format must be csv or json")?,
        None => ImportFormat::of(text.expose()),
    };
    read_endpoint_import(text.expose(), format)
        .with_context(|| format!("{} holds no webhook endpoints of OwnPay", arguments.file.display()))
}
