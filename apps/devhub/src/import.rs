//! `devhub keys import`: takes over the keys of OwnPay from a file.
//!
//! *Threat:* a file of digests on the way through logs and messages, or one that is broken off half-way. *Defence:* the file is read and
//! checked here, whole, before anything is written; its digests go to the hub over the socket that only its user may open, and are
//! printed nowhere; it is written some hundred keys at a time, each part whole or not at all, and what is there already stays as it is,
//! so that the same command goes on where another has stopped. *Not defended:* the file itself: remove it afterwards.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use devhub_domain::api_keys::{
    IMPORT_KEYS_MAX, ImportFile, ImportFormat, ImportOptions, ImportedKey, RefusedLine, read_import,
};
use devhub_domain::secret::Secret;
use devhub_domain::time::{Clock as _, SystemClock};
use devhub_domain::workspaces::TimeZone;

use crate::cli::Ending;
use crate::config::Settings;
use crate::control::{Action, ImportedView, Reply, Revealed};
use crate::imports::SANDBOX_IS_ON;
use crate::keys::ending;
use crate::opened::{Answer, ask_hub_or_open, unexpected};
use crate::terminal::{Terminal, TerminalError};

/// Largest file, held in memory as it is read: some 800,000 keys.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// How a file of keys is to be read.
#[derive(Debug, clap::Args)]
pub(crate) struct ImportArguments {
    /// File with the keys: a table as `mysql --batch` writes it, comma-separated, or JSON
    file: PathBuf,
    /// How it is written, csv (any table) or json [default: found out]
    #[arg(long)]
    format: Option<String>,
    /// Where its times are read that have no offset, such as Asia/Dhaka: what OwnPay has as `APP_TIMEZONE`
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// Tells what would happen and changes nothing
    #[arg(long)]
    dry_run: bool,
    /// Workspace that the keys are to open [default: the first]
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
}

/// Imports a file, part by part.
///
/// # Errors
/// When the file is another one than was meant, of which nothing is written then; and whatever refuses a part, after which the same
/// command goes on.
pub(crate) fn import(settings: &Settings, arguments: &ImportArguments, terminal: Terminal) -> anyhow::Result<Ending> {
    let ImportFile { keys, refused } = read(arguments)?;
    for RefusedLine { line, refusal } in &refused {
        terminal.remark(format_args!("line {line}: {refusal}"))?;
    }
    let mut sum = ImportedView::default();
    let (mut refused, mut is_from_hub, mut done) = (refused.len(), true, 0);
    for part in keys.chunks(IMPORT_KEYS_MAX) {
        let Answer { reply, is_from_hub: is_part_from_hub } = ask_hub_or_open(settings, action(part, arguments))
            .with_context(|| format!("{done} of {} keys are done: mend the cause and run it again", keys.len()))?;
        let Reply::Imported(imported) = reply else {
            return Err(unexpected());
        };
        is_from_hub &= is_part_from_hub;
        sum.new += imported.new;
        sum.existing += imported.existing;
        sum.is_beside_sandbox |= imported.is_beside_sandbox;
        refused += imported.refused.len();
        for (entry, refusal) in &imported.refused {
            let line = usize::try_from(*entry)
                .ok()
                .and_then(|entry| part.get(entry.checked_sub(1)?))
                .map_or(0, |key| key.line);
            terminal.remark(format_args!("line {line}: {refusal}"))?;
        }
        done += part.len();
        if keys.len() > IMPORT_KEYS_MAX {
            terminal.remark(format_args!("{done} of {} keys", keys.len()))?;
        }
    }
    let verb = if arguments.dry_run { "would be imported" } else { "imported" };
    terminal.line(format_args!("{} {verb}, {} already there, {refused} refused", sum.new, sum.existing))?;
    let ending =
        if arguments.dry_run || sum.new == 0 { Ending::Done } else { ending(settings, is_from_hub, terminal)? };
    warn_of_sandbox(&sum, terminal)?;
    Ok(if refused > 0 { Ending::Warned } else { ending })
}

/// Warns when what is imported would be played with.
///
/// # Errors
/// When nobody reads the output.
pub(crate) fn warn_of_sandbox(imported: &ImportedView, terminal: Terminal) -> Result<(), TerminalError> {
    if imported.is_beside_sandbox { terminal.warning(SANDBOX_IS_ON) } else { Ok(()) }
}

fn action(part: &[ImportedKey], arguments: &ImportArguments) -> Action {
    let entries: Vec<String> = part.iter().map(|key| key.to_entry().to_string()).collect();
    Action::ImportKeys {
        workspace: arguments.workspace.clone(),
        entries: Revealed(Secret::new(entries.join("\n"))),
        dry_run: arguments.dry_run,
    }
}

fn read(arguments: &ImportArguments) -> anyhow::Result<ImportFile> {
    let text = text_of(&arguments.file)?;
    let format = match &arguments.format {
        Some(word) => ImportFormat::parse(word).context("--format must be csv or json")?,
        None => ImportFormat::of(text.expose()),
    };
    let time_zone = arguments.time_zone.as_deref().map(TimeZone::new).transpose().context("--time-zone is none")?;
    let options = ImportOptions { format, time_zone, now: SystemClock::new().now() };
    read_import(text.expose(), &options)
        .with_context(|| format!("{} holds no keys of OwnPay", arguments.file.display()))
}

/// A file that holds secrets, whole.
///
/// # Errors
/// When it cannot be read, or is larger than any that is meant.
pub(crate) fn text_of(path: &Path) -> anyhow::Result<Secret> {
    let cannot = || format!("{} cannot be read", path.display());
    let mut text = String::new();
    let read = File::open(path).with_context(cannot)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
    let text = Secret::new(text);
    if u64::try_from(read.with_context(cannot)?)? > FILE_BYTES_MAX {
        bail!("{} has more than {} MiB: split it", path.display(), FILE_BYTES_MAX / 1024 / 1024);
    }
    Ok(text)
}
