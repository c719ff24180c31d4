//! The master key: from the configuration, or from a file that is made at the first start.
//!
//! *Threat:* the key is read by another user of the machine, printed, or silently replaced, which would leave a database that nobody
//! can open. *Defence:* the file is 0600 and written whole before it has its name; a key is made only for a database that has none;
//! nothing here prints it. *Not defended:* whoever is the hub's user, or root.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use devhub_domain::entropy::Entropy;
use devhub_domain::sealing::MasterKey;
use zeroize::Zeroizing;

use crate::private_file;

/// A key file holds 65 bytes; anything much larger is another file.
const FILE_BYTES_MAX: u64 = 1_024;

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MasterKeyError {
    /// The database was made with a key that is not here.
    #[error(
        "the master key file {} is missing, and this database was made with it: put it back, or set \
         security.master_key_file to where it is",
        path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file holds something else.
    #[error("the master key file {} must hold 64 hex digits and nothing else", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("the master key file {} cannot be {action}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why not.
        #[source]
        source: io::Error,
    },
}

/// Reads the file's key.
///
/// # Errors
/// [`MasterKeyError::Missing`], [`MasterKeyError::Malformed`], [`MasterKeyError::File`].
pub(crate) fn read(path: &Path) -> Result<MasterKey, MasterKeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => MasterKeyError::Missing { path: path.to_owned() },
        _ => MasterKeyError::File { path: path.to_owned(), action: "read", source },
    };
    let malformed = || MasterKeyError::Malformed { path: path.to_owned() };
    if std::fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(malformed());
    }
    let text = Zeroizing::new(std::fs::read(path).map_err(failed)?);
    std::str::from_utf8(&text).ok().and_then(|text| parse(text.trim())).ok_or_else(malformed)
}

/// Makes a key and writes it to a file that must not be there yet.
///
/// # Errors
/// [`MasterKeyError::File`].
pub(crate) fn create(path: &Path, entropy: &dyn Entropy) -> Result<MasterKey, MasterKeyError> {
    let key = MasterKey::generate(entropy);
    write(path, &key, entropy)?;
    Ok(key)
}

/// Writes a key to a file that must not be there yet.
///
/// # Errors
/// [`MasterKeyError::File`].
pub(crate) fn write(path: &Path, key: &MasterKey, entropy: &dyn Entropy) -> Result<(), MasterKeyError> {
    let text = Zeroizing::new(format!("{}\n", HEXLOWER.encode(key.expose())));
    let failed = |source| MasterKeyError::File { path: path.to_owned(), action: "written", source };
    private_file::write(path, text.as_bytes(), entropy).map_err(failed)
}

/// The key in 64 hex digits, upper or lower case.
pub(crate) fn parse(text: &str) -> Option<MasterKey> {
    let bytes = Zeroizing::new(HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?);
    bytes.as_slice().try_into().ok().map(MasterKey::from_bytes)
}

/// Whether users other than the owner may read the file. `false` when it cannot be told.
pub(crate) fn is_exposed(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

#[cfg(test)]
mod tests {
    use devhub_domain::testing::SeededEntropy;

    use super::*;

    #[test]
    fn a_key_that_was_made_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = create(&path, &SeededEntropy::new(1)).unwrap();
        assert_eq!(read(&path).unwrap().expose(), made.expose());
        assert!(!is_exposed(&path));
    }

    #[test]
    fn a_key_file_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        create(&path, &SeededEntropy::new(1)).unwrap();
        let second = create(&path, &SeededEntropy::new(2));
        assert!(matches!(second, Err(MasterKeyError::File { action: "written", .. })));
    }

    #[test]
    fn a_missing_key_file_is_not_a_reason_to_make_another() {
        let error = read(Path::new("/nowhere/master.key")).unwrap_err();
        assert!(error.to_string().contains("put it back"), "{error}");
    }

    #[test]
    fn a_key_file_with_something_else_is_refused_without_repeating_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        std::fs::write(&path, "correct horse battery staple").unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.ends_with("must hold 64 hex digits and nothing else"), "{error}");
        assert!(!error.contains("horse"));
    }
}
