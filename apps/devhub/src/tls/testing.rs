//! Certificates on disk, for tests.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

use super::TlsFiles;

/// A certificate that signed itself and its key, both in PEM, good from 2024 until the start of `year`.
pub(super) fn certificate_for(names: &[&str], year: i32) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    (signed_with(&key, names, year), key.serialize_pem())
}

/// Such a certificate for this key.
pub(super) fn signed_with(key: &KeyPair, names: &[&str], year: i32) -> String {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.not_before = date_time_ymd(2024, 1, 1);
    params.not_after = date_time_ymd(year, 1, 1);
    params.self_signed(key).unwrap().pem()
}

/// A folder with both files.
pub(super) struct Folder(TempDir);

impl Folder {
    /// With this certificate and its key.
    pub(super) fn with((certificate, key): &(String, String)) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write_certificate(certificate);
        folder.write_key(key, 0o600);
        folder
    }

    pub(super) fn files(&self) -> TlsFiles {
        TlsFiles { certificate: self.path("certificate.pem"), key: self.path("key.pem") }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn write_certificate(&self, text: &str) {
        std::fs::write(self.files().certificate, text).unwrap();
    }

    pub(super) fn write_key(&self, text: &str, mode: u32) {
        std::fs::write(self.files().key, text).unwrap();
        std::fs::set_permissions(self.files().key, std::fs::Permissions::from_mode(mode)).unwrap();
    }
}
