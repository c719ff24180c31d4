//! HTTPS by certificate files.
//!
//! *Threat:* the private key is read by another user of the machine; a renewed certificate is not presented, or one that does not fit
//! its key takes the hub off the net. *Defence:* a key that everybody may read is refused; the files are read again while the hub
//! serves, and what does not fit leaves the old certificate in place, with a warning. Only TLS 1.2 and 1.3 are spoken, with the cipher
//! suites of rustls, all of which have forward secrecy. *Not defended:* revocation: no OCSP answer is stapled; and the key in the
//! memory of this process.

mod certificate;
mod error;
mod files;
mod policy;
mod renewal;
#[cfg(test)]
mod testing;

pub(crate) use certificate::Certificate;
pub(crate) use files::TlsFiles;
pub(crate) use policy::server_config;
pub(crate) use renewal::{Presented, Renewal, renew_regularly};
