//! `devhub restore`.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use devhub_domain::entropy::SystemEntropy;
use devhub_domain::sealing::MasterKey;
use devhub_domain::secret::Secret;

use super::archive::Opened;
use super::error::ArchiveError;
use crate::cli::Ending;
use crate::master_key;
use crate::places::master_key_in;
use crate::private_file;
use crate::program::program;
use crate::restored;
use crate::terminal::Terminal;

/// Name of the database in its folder.
const DATABASE_NAME: &str = "hub.db";

/// Unpacks a backup into a folder that is empty or not there yet.
///
/// # Errors
/// When the folder holds anything, the passphrase does not fit, or the file is damaged; nothing is left behind then.
pub(crate) fn restore(file: &Path, into: &Path, passphrase: &Secret, terminal: Terminal) -> anyhow::Result<Ending> {
    let archive = File::open(file).with_context(|| format!("the backup {} cannot be opened", file.display()))?;
    let failed = || format!("{} cannot be restored", file.display());
    let mut opened = Opened::new(archive, passphrase).with_context(failed)?;

    private_file::create_folder(into).with_context(|| format!("the folder {} cannot be made", into.display()))?;
    let mut entries =
        std::fs::read_dir(into).with_context(|| format!("the folder {} cannot be read", into.display()))?;
    if entries.next().is_some() {
        bail!("the folder {} is not empty: restore into a new one, then point --data at it", into.display());
    }
    let partial = into.join("hub.db.partial");
    let entropy = SystemEntropy::new();
    let marked = restored::mark(into, &entropy).with_context(failed)?;
    let unpacked = unpack(&mut opened, &partial).and_then(|key| {
        master_key::write(&master_key_in(into), &key, &entropy)?;
        Ok(private_file::publish(&partial, &into.join(DATABASE_NAME))?)
    });
    if unpacked.is_err() {
        std::fs::remove_file(&partial).ok();
        std::fs::remove_file(master_key_in(into)).ok();
        std::fs::remove_file(marked).ok();
    }
    unpacked.with_context(failed)?;
    terminal.line(format_args!("{} now holds the database and its master key", into.display()))?;
    terminal.line(
        "Its first start withholds deliveries that are overdue by more than an hour, and says what to do about them",
    )?;
    terminal.line(format_args!("Start the hub with: {} serve --data {}", program(), into.display()))?;
    Ok(Ending::Done)
}

/// Writes the database to `partial` and returns the master key, once all of the backup has been verified and is on disk.
fn unpack(opened: &mut Opened<File>, partial: &Path) -> anyhow::Result<MasterKey> {
    let first = opened.next_chunk()?.ok_or(ArchiveError::Damaged)?;
    let (key, rest) = first.split_first_chunk::<32>().ok_or(ArchiveError::Damaged)?;
    let mut out = private_file::create(partial)?;
    out.write_all(rest)?;
    while let Some(chunk) = opened.next_chunk()? {
        out.write_all(&chunk)?;
    }
    out.sync_all()?;
    Ok(MasterKey::from_bytes(*key))
}
