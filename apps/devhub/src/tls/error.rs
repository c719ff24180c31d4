//! Why a certificate cannot be served.

use std::io;
use std::path::PathBuf;

use rustls::pki_types::pem;

/// What is wrong with the certificate's or the key's file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file cannot be read.
    #[error("the file {} cannot be read ({key})", path.display())]
    Unreadable {
        /// Which setting names it.
        key: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is not one, or far too large.
    #[error("{} must be a file of at most {bytes_max} bytes ({key})", path.display())]
    NoFile {
        /// Which setting names it.
        key: &'static str,
        /// Which file.
        path: PathBuf,
        /// The limit.
        bytes_max: u64,
    },
    /// Everybody on the machine may read the private key.
    #[error("every user may read the private key {0}: chmod 640 {0}, or 600", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// No certificate is in the file, or one is cut off.
    #[error(
        "the file {} must hold a certificate in PEM, then those that signed it (server.tls_certificate_file)",
        path.display()
    )]
    NoCertificate {
        /// Which file.
        path: PathBuf,
        /// What the parser says.
        #[source]
        source: pem::Error,
    },
    /// No private key is in the file.
    #[error("the file {} must hold a private key in PEM, without a passphrase (server.tls_key_file)", path.display())]
    NoKey {
        /// Which file.
        path: PathBuf,
        /// What the parser says, which repeats nothing of the key.
        #[source]
        source: pem::Error,
    },
    /// The first certificate is none of X.509, or the key of no kind that TLS takes, or they do not belong together.
    #[error("the certificate {} and the key {} cannot be used together", certificate.display(), private_key.display())]
    Unusable {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        private_key: PathBuf,
        /// Why.
        #[source]
        source: rustls::Error,
    },
    /// The first certificate cannot be read as one.
    #[error("the first certificate in {} cannot be read", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: webpki::Error,
    },
}
