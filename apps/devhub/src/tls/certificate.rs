//! A certificate with its key, and what is known of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use devhub_domain::time::Timestamp;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::sign::CertifiedKey;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};

use super::TlsFiles;
use super::error::TlsError;
use super::files::Contents;

/// Names that are shown of a certificate; some have a hundred.
const NAMES_SHOWN_MAX: usize = 5;

/// A certificate that fits its key. `Display` names it: `hub.example.com, until 2027-01-01T00:00:00Z`.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(super) key: Arc<CertifiedKey>,
    /// The host names that it is for; none when it has other names only.
    names: Vec<String>,
    validity: Validity,
}

/// When a certificate is good, both instants included. `None` is an instant that the certificate does not tell in a way that is
/// understood.
#[derive(Clone, Copy, Debug)]
struct Validity {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Certificate {
    /// Reads the files and checks that they fit each other. Blocks.
    ///
    /// # Errors
    /// Any [`TlsError`].
    pub(crate) fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        Self::from_contents(&files.read()?, files)
    }

    pub(super) fn from_contents(contents: &Contents, files: &TlsFiles) -> Result<Self, TlsError> {
        let path = &files.certificate;
        let no_certificate = |source| TlsError::NoCertificate { path: path.clone(), source };
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&contents.certificate)
            .collect::<Result<_, pem::Error>>()
            .map_err(no_certificate)?;
        let first = chain.first().ok_or_else(|| no_certificate(pem::Error::NoItemsFound))?;
        let (names, validity) =
            described(first).map_err(|source| TlsError::Malformed { path: path.clone(), source })?;
        let key = PrivateKeyDer::from_pem_slice(&contents.key)
            .map_err(|source| TlsError::NoKey { path: files.key.clone(), source })?;
        let unusable =
            |source| TlsError::Unusable { certificate: path.clone(), private_key: files.key.clone(), source };
        let key = CertifiedKey::from_der(chain, key, &default_provider()).map_err(unusable)?;
        Ok(Self { key: Arc::new(key), names, validity })
    }

    /// What is wrong with its dates, for an operator; `None` when it is good at this instant.
    pub(crate) fn out_of_date(&self, now: Timestamp) -> Option<&'static str> {
        let Validity { from, until } = self.validity;
        if until.is_some_and(|until| until < now) {
            return Some("the certificate has expired: clients refuse it until it is renewed");
        }
        let is_early = from.is_some_and(|from| now < from);
        is_early.then_some(
            "the certificate is not valid yet: clients refuse it until then, or this machine's clock is wrong",
        )
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<_> = self.names.iter().take(NAMES_SHOWN_MAX).map(String::as_str).collect();
        f.write_str(if shown.is_empty() { "no host name" } else { "" })?;
        f.write_str(&shown.join(", "))?;
        match self.names.len().saturating_sub(NAMES_SHOWN_MAX) {
            0 => {}
            more => write!(f, " and {more} more")?,
        }
        match self.validity.until {
            Some(until) => write!(f, ", until {until}"),
            None => Ok(()),
        }
    }
}

fn described(certificate: &CertificateDer<'_>) -> Result<(Vec<String>, Validity), webpki::Error> {
    let parsed = EndEntityCert::try_from(certificate)?;
    Ok((parsed.valid_dns_names().map(str::to_owned).collect(), validity(&parsed)))
}

/// The verifier has no words for when a certificate is good, but says it of one that it refuses for that reason: it is asked about
/// the beginning and about the end of time. Dates are what it looks at first, so that nothing else can be its reason.
fn validity(certificate: &EndEntityCert<'_>) -> Validity {
    let refused_at = |seconds| {
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        certificate.verify_for_usage(ALL_VERIFICATION_ALGS, &[], &[], time, KeyUsage::server_auth(), None, None).err()
    };
    let from = match refused_at(0) {
        Some(webpki::Error::CertNotValidYet { not_before, .. }) => Some(instant(not_before)),
        _ => None,
    };
    let until = match refused_at(u64::MAX) {
        Some(webpki::Error::CertExpired { not_after, .. }) => Some(instant(not_after)),
        _ => None,
    };
    Validity { from, until }
}

fn instant(time: UnixTime) -> Timestamp {
    Timestamp::from_seconds(i64::try_from(time.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use rcgen::KeyPair;

    use super::super::testing::{Folder, certificate_for, signed_with};
    use super::*;

    fn told(result: Result<Certificate, TlsError>) -> String {
        devhub_domain::causes::chain(&result.unwrap_err())
    }

    #[test]
    fn a_certificate_is_described_by_its_names_and_its_end() {
        let folder = Folder::with(&certificate_for(&["hub.example.com", "*.example.com"], 2030));
        let read = Certificate::read(&folder.files()).unwrap();
        assert_eq!(read.to_string(), "hub.example.com, *.example.com, until 2030-01-01T00:00:00.000000Z");
        assert_eq!(read.out_of_date("2029-12-31T00:00:00Z".parse().unwrap()), None);
        let expired = read.out_of_date("2030-01-01T00:00:01Z".parse().unwrap());
        assert!(expired.unwrap().contains("has expired"));
        let early = read.out_of_date("2020-01-01T00:00:00Z".parse().unwrap());
        assert!(early.unwrap().contains("not valid yet"));
    }

    #[test]
    fn many_names_are_counted_and_none_is_said() {
        let names: Vec<_> = (0..7).map(|number| format!("{number}.example.com")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let folder = Folder::with(&certificate_for(&names, 2030));
        let shown = Certificate::read(&folder.files()).unwrap().to_string();
        assert!(shown.contains("4.example.com and 2 more, until"), "{shown}");
        let folder = Folder::with(&certificate_for(&[], 2030));
        assert!(Certificate::read(&folder.files()).unwrap().to_string().starts_with("no host name, until"));
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let folder = Folder::with(&certificate_for(&["hub.example.com"], 2030));
        folder.write_key(&KeyPair::generate().unwrap().serialize_pem(), 0o600);
        let told = told(Certificate::read(&folder.files()));
        assert!(told.contains("cannot be used together: keys may not be consistent: KeyMismatch"), "{told}");
    }

    #[test]
    fn a_key_that_everybody_may_read_is_refused_and_one_that_a_group_may_read_is_not() {
        let made = certificate_for(&["hub.example.com"], 2030);
        let folder = Folder::with(&made);
        folder.write_key(&made.1, 0o640);
        assert!(Certificate::read(&folder.files()).is_ok());
        folder.write_key(&made.1, 0o644);
        assert!(told(Certificate::read(&folder.files())).starts_with("every user may read the private key"));
    }

    #[test]
    fn what_is_no_certificate_or_no_key_is_said_without_repeating_it() {
        let made = certificate_for(&["hub.example.com"], 2030);
        let folder = Folder::with(&made);
        folder.write_certificate("correct horse");
        assert!(told(Certificate::read(&folder.files())).contains("must hold a certificate in PEM"));
        folder.write_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert!(told(Certificate::read(&folder.files())).contains("the first certificate in"));
        folder.write_certificate(&made.0);
        for odd in
            ["correct horse", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"]
        {
            folder.write_key(odd, 0o600);
            let told = told(Certificate::read(&folder.files()));
            assert!(told.contains("must hold a private key in PEM") && !told.contains("horse"), "{told}");
        }
    }

    #[test]
    fn a_folder_and_a_missing_file_are_told_with_their_setting() {
        let folder = Folder::with(&certificate_for(&["hub.example.com"], 2030));
        let files = TlsFiles { certificate: folder.files().certificate, key: "/nowhere/key.pem".into() };
        assert!(told(Certificate::read(&files)).contains("/nowhere/key.pem cannot be read (server.tls_key_file): "));
        let files = TlsFiles { certificate: "/".into(), key: folder.files().key };
        assert!(told(Certificate::read(&files)).starts_with("/ must be a file of at most 1048576 bytes"));
    }

    #[test]
    fn a_key_as_openssl_writes_it_is_read() {
        let key = KeyPair::generate().unwrap();
        let certificate = signed_with(&key, &["hub.example.com"], 2030);
        // A SEC1 key is the last field of the same key in PKCS#8 (RFC 5915 §3, RFC 5208 §5): 109 bytes for P-256.
        let der = key.serialize_der();
        let sec1 = data_encoding::BASE64.encode(&der[der.len() - 109..]);
        let folder = Folder::with(&(
            certificate,
            format!("-----BEGIN EC PRIVATE KEY-----\n{sec1}\n-----END EC PRIVATE KEY-----\n"),
        ));
        assert!(Certificate::read(&folder.files()).is_ok());
    }
}
