//! Files and folders that only the hub's own user may read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes a file that must not be there yet, readable and writable by this user only (0600).
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], and what the file system says.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a whole file that must not be there yet, and returns once it is on disk.
///
/// # Errors
/// As [`create`]; what was written so far is removed.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| sync_folder_of(path));
    if let Err(error) = written {
        // The first error says what went wrong; a file that cannot be removed either changes nothing about it.
        std::fs::remove_file(path).ok();
        return Err(error);
    }
    Ok(())
}

/// Makes a folder and those above it, open to this user only (0700). One that is there stays as it is.
///
/// # Errors
/// What the file system says.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a new name in a folder survive a power cut.
///
/// # Errors
/// What the file system says.
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
