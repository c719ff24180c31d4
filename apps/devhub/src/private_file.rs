//! Files and folders that only the hub's own user may read.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use devhub_domain::entropy::{Entropy, random_bytes};

/// Makes a file that must not be there yet, readable and writable by this user only (0600).
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], and what the file system says.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Writes a whole file that must not be there yet, and returns once it is on disk. It has its name only once it is whole.
///
/// # Errors
/// As [`publish`]; what was written so far is removed.
pub(crate) fn write(path: &Path, bytes: &[u8], entropy: &dyn Entropy) -> io::Result<()> {
    let partial = partial_name(path, entropy);
    let mut file = create(&partial)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| publish(&partial, path));
    if written.is_err() {
        // The first error says what went wrong; a file that cannot be removed either changes nothing about it.
        std::fs::remove_file(&partial).ok();
    }
    written
}

/// A name beside `path`, for a file that is not whole yet.
pub(crate) fn partial_name(path: &Path, entropy: &dyn Entropy) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", HEXLOWER.encode(&random_bytes::<4>(entropy))));
    path.with_file_name(name)
}

/// Gives a file that is whole and on disk its name, which nothing must have yet, and returns once the name is on disk too.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`], and what the file system says; `partial` is still there then.
pub(crate) fn publish(partial: &Path, path: &Path) -> io::Result<()> {
    // A rename would overwrite what came under this name in the meantime; a link never does.
    match std::fs::hard_link(partial, path) {
        Ok(()) => std::fs::remove_file(partial)?,
        // A file system without links, such as a memory stick's: the name is claimed first, and only our own claim replaced.
        Err(error) if matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::Unsupported) => {
            create(path)?;
            std::fs::rename(partial, path).inspect_err(|_| drop(std::fs::remove_file(path)))?;
        }
        Err(error) => return Err(error),
    }
    sync_folder_of(path)
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

#[cfg(test)]
mod tests {
    use devhub_domain::testing::SeededEntropy;

    use super::*;

    #[test]
    fn a_file_gets_its_name_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("master.key"), b"whole", &SeededEntropy::new(1)).unwrap();
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["master.key"]);
    }

    #[test]
    fn a_name_that_was_taken_in_the_meantime_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (partial, path) = (folder.path().join("new.partial"), folder.path().join("hub.backup"));
        std::fs::write(&partial, "today's").unwrap();
        std::fs::write(&path, "yesterday's").unwrap();
        assert_eq!(publish(&partial, &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"yesterday's");
    }
}
