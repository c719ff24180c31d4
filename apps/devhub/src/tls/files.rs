//! The two files, read whole.

use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::error::TlsError;

/// Largest file: a chain has some 10 KiB.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Everybody but the owner and the group. The group is left out, because that is how a hub that is not root gets a key that another
/// program renews: certbot's files for a group of their own, Kubernetes' with `fsGroup`.
const OTHERS: u32 = 0o007;

/// Where the certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The certificate and those that signed it, in PEM.
    pub(crate) certificate: PathBuf,
    /// The private key, in PEM.
    pub(crate) key: PathBuf,
}

/// What both files hold.
#[derive(PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) certificate: Vec<u8>,
    pub(super) key: Zeroizing<Vec<u8>>,
}

impl TlsFiles {
    /// Reads both files by their names, so that whatever a link points to now is read. Blocks.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`], [`TlsError::NoFile`], [`TlsError::Exposed`].
    pub(super) fn read(&self) -> Result<Contents, TlsError> {
        let (certificate, _) = read("server.tls_certificate_file", &self.certificate)?;
        let (key, mode) = read("server.tls_key_file", &self.key)?;
        if mode & OTHERS != 0 {
            return Err(TlsError::Exposed { path: self.key.clone() });
        }
        Ok(Contents { certificate: certificate.to_vec(), key })
    }
}

/// The whole file, and its mode.
fn read(key: &'static str, path: &Path) -> Result<(Zeroizing<Vec<u8>>, u32), TlsError> {
    let unreadable = |source| TlsError::Unreadable { key, path: path.to_owned(), source };
    let odd = || TlsError::NoFile { key, path: path.to_owned(), bytes_max: FILE_BYTES_MAX };
    // Asked before it is opened: to open a pipe waits for whoever writes to it.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(odd());
    }
    let file = File::open(path).map_err(unreadable)?;
    // Of the open file, because the name may mean another one by now.
    let mode = file.metadata().map_err(unreadable)?.permissions().mode();
    let mut bytes = Zeroizing::new(Vec::new());
    let length = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(length).is_ok_and(|length| length > FILE_BYTES_MAX) {
        return Err(odd());
    }
    Ok((bytes, mode))
}
