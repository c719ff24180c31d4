//! Why a backup cannot be written or read.

use std::io;

/// What a backup file can fail with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArchiveError {
    /// Another kind of file.
    #[error("this is not a backup of devhub")]
    NotABackup,
    /// Made by a later version.
    #[error("this backup has format {0}, which is newer than this program: restore it with the version that made it")]
    Newer(u8),
    /// The passphrase is another one, or the first bytes are damaged.
    #[error("the passphrase does not fit this backup")]
    Passphrase,
    /// A byte was changed, or the end is missing.
    #[error("this backup is damaged or incomplete: use another copy")]
    Damaged,
    /// The file system failed.
    #[error("the backup cannot be read or written")]
    File(#[from] io::Error),
}

impl ArchiveError {
    /// A stable word for logs.
    #[cfg(test)]
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::NotABackup => "backup_foreign",
            Self::Newer(_) => "backup_newer",
            Self::Passphrase => "backup_passphrase",
            Self::Damaged => "backup_damaged",
            Self::File(_) => "backup_file",
        }
    }
}
