//! One owner for each folder.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::OpenError;

const LOCK_FILE: &str = "hub.lock";
/// What the database is called in its folder.
pub const DATABASE_FILE: &str = "hub.db";

/// A folder that this process owns: the operating system gives the lock back when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Folder {
    /// Where the database is.
    pub(crate) database: PathBuf,
    _lock: File,
}

impl Folder {
    /// Makes the folder if it is missing, for its owner only, and takes its lock.
    pub(crate) fn take(folder: &Path) -> Result<Self, OpenError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            move |cause| OpenError::Folder { path, cause }
        };
        create_folder(folder).map_err(fail(folder))?;
        // An absolute path begins with a slash: SQLite would take `file:…` for a URI.
        let folder = folder.canonicalize().map_err(fail(folder))?;
        let lock_path = folder.join(LOCK_FILE);
        let lock = private_file(&lock_path).map_err(fail(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(folder)),
            Err(TryLockError::Error(cause)) => return Err(OpenError::Folder { path: lock_path, cause }),
        }
        let database = folder.join(DATABASE_FILE);
        private_file(&database).map_err(fail(&database))?;
        Ok(Self { database, _lock: lock })
    }
}

fn create_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file, made for its owner only if it is missing. SQLite gives its other files the same mode.
fn private_file(path: &Path) -> std::io::Result<File> {
    open_private(path, OpenOptions::new().create(true).truncate(false))
}

/// Makes a file for its owner only, which must not be there yet.
pub(crate) fn new_private_file(path: &Path) -> std::io::Result<File> {
    open_private(path, OpenOptions::new().create_new(true))
}

fn open_private(path: &Path, options: &mut OpenOptions) -> std::io::Result<File> {
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options.open(path)
}
