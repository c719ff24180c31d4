//! `devhub backup`.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use devhub_domain::entropy::{Entropy, SystemEntropy};
use devhub_domain::sealing::MasterKey;
use devhub_domain::secret::Secret;

use super::archive::seal;
use super::header::Cost;
use crate::cli::Ending;
use crate::config::{Settings, backup_passphrase};
use crate::control::{Action, Reply};
use crate::opened::{ask_hub_or_open, read_master_key, unexpected};
use crate::places::Places;
use crate::private_file;
use crate::terminal::Terminal;

/// A passphrase is a line that somebody typed; a larger file is another file.
const PASSPHRASE_BYTES_MAX: u64 = 1_024;
/// Shortest passphrase: below this guessing is feasible whatever each guess costs.
const PASSPHRASE_CHARS_MIN: usize = 12;

/// The passphrase: the first line of `file`, or else what the environment holds.
///
/// # Errors
/// When there is none, or it is too short.
pub(crate) fn read_passphrase(file: Option<&Path>) -> anyhow::Result<Secret> {
    let passphrase = match file {
        Some(file) => read_first_line(file)
            .with_context(|| format!("the passphrase cannot be read from {}", file.display()))
            .map(Some)?,
        None => backup_passphrase(),
    };
    let Some(passphrase) = passphrase else {
        bail!("a backup needs a passphrase: use --passphrase-file <file> or set DEVHUB_BACKUP_PASSPHRASE");
    };
    if passphrase.expose().chars().count() < PASSPHRASE_CHARS_MIN {
        bail!(
            "the passphrase must have at least {PASSPHRASE_CHARS_MIN} characters: whoever has the file may guess for years"
        );
    }
    Ok(passphrase)
}

fn read_first_line(file: &Path) -> io::Result<Secret> {
    let mut text = zeroize::Zeroizing::new(String::new());
    File::open(file)?.take(PASSPHRASE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}

/// Writes the database and the master key to one encrypted file.
///
/// The database is copied as it is at one moment, by the running hub when there is one. The file has its name only once it is
/// complete and on disk.
///
/// # Errors
/// When the file is there already, the database cannot be copied, or the disk is full.
pub(crate) fn backup(
    settings: &Settings,
    file: &Path,
    passphrase: &Secret,
    terminal: Terminal,
) -> anyhow::Result<Ending> {
    let places = Places::of(settings);
    let Some(folder) = places.database_folder else {
        bail!(
            "with PostgreSQL a backup takes two steps: pg_dump saves the database, and a copy of the master key {} opens it again",
            places.master_key_file.display()
        );
    };
    if file.exists() {
        bail!("{} is there already: choose another name, backups are never overwritten", file.display());
    }
    let key = read_master_key(settings)?;
    let Reply::Snapshot { file_name, master_key } = ask_hub_or_open(settings, Action::Snapshot)?.reply else {
        return Err(unexpected());
    };
    let snapshot = Snapshot(folder.join(file_name));
    let configured = key.id();
    if configured.to_string() != master_key {
        bail!(
            "the running hub has master key {master_key}, but this command is configured with {configured}: give it the hub's \
             master key, the backup would open with no other"
        );
    }
    let bytes = write_archive(&snapshot.0, &key, file, passphrase)?;
    terminal
        .line(format_args!("{} holds the database and the master key, encrypted ({bytes} bytes)", file.display()))?;
    terminal.line("Keep the passphrase elsewhere: without it nobody can open this file.")?;
    Ok(Ending::Done)
}

/// The plain copy of the database, removed whatever happens.
struct Snapshot(PathBuf);

impl Drop for Snapshot {
    fn drop(&mut self) {
        // Left-over copies are removed at the hub's next start, or when the next copy is asked for.
        std::fs::remove_file(&self.0).ok();
    }
}

fn write_archive(snapshot: &Path, key: &MasterKey, file: &Path, passphrase: &Secret) -> anyhow::Result<u64> {
    let entropy = SystemEntropy::new();
    let partial = private_file::partial_name(file, &entropy);
    let written = write_partial(snapshot, key, &partial, passphrase, &entropy).and_then(|bytes| {
        private_file::publish(&partial, file)?;
        Ok(bytes)
    });
    if written.is_err() {
        std::fs::remove_file(&partial).ok();
    }
    written.with_context(|| format!("the backup cannot be written to {}", file.display()))
}

fn write_partial(
    snapshot: &Path,
    key: &MasterKey,
    partial: &Path,
    passphrase: &Secret,
    entropy: &dyn Entropy,
) -> anyhow::Result<u64> {
    let plain = key.expose().chain(File::open(snapshot)?);
    let out = private_file::create(partial)?;
    seal(plain, io::BufWriter::new(&out), passphrase, Cost::DEFAULT, entropy)?;
    out.sync_all()?;
    Ok(out.metadata()?.len())
}
