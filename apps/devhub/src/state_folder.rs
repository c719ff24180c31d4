//! The state folder: one hub at a time lives in it.
//!
//! *Threat:* two hubs with different databases share the folder, the second takes the control socket from the first, and the command
//! line changes the wrong database. *Defence:* a lock of the operating system, held as long as the hub serves its socket; it is given
//! back when the process ends, however it ends. *Not defended:* a file system that knows no locks.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::private_file;

/// Not the name of the database's own lock: another hub's database may be kept in this folder.
const LOCK_NAME: &str = "state.lock";

/// Why the folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateFolderError {
    /// Another hub has it.
    #[error(
        "another hub keeps its control socket in {}: stop it, or set server.state_folder to a folder of this hub's own",
        path.display()
    )]
    InUse {
        /// Which folder.
        path: PathBuf,
    },
    /// The system refuses.
    #[error("the folder {} cannot be used for the control socket", path.display())]
    Unusable {
        /// Which folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A state folder that this process owns until this is dropped.
#[derive(Debug)]
pub(crate) struct StateFolder {
    /// Where it is.
    pub(crate) path: PathBuf,
    _lock: File,
}

impl StateFolder {
    /// Makes the folder if it is missing (0700), and takes its lock.
    ///
    /// # Errors
    /// [`StateFolderError`].
    pub(crate) fn take(path: &Path) -> Result<Self, StateFolderError> {
        let unusable = |source| StateFolderError::Unusable { path: path.to_owned(), source };
        private_file::create_folder(path).map_err(unusable)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(path.join(LOCK_NAME)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StateFolderError::InUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_made_for_its_owner_and_has_one_hub_at_a_time() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("state");
        let taken = StateFolder::take(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(matches!(StateFolder::take(&path), Err(StateFolderError::InUse { .. })));
        drop(taken);
        assert!(StateFolder::take(&path).is_ok());
    }
}
