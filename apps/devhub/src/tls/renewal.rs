//! Presents the newest certificate that fits its key, without a restart.
//!
//! The files are read every few seconds instead of being watched: whoever renews them renames files, swaps links of folders
//! (Kubernetes) or writes over a network, and no one notice of the system covers all of that. Two small files cost nothing.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::time::Clock;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::error::TlsError;
use super::files::Contents;
use super::{Certificate, TlsFiles};

/// How long a new certificate may wait until it is presented.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The certificate that new connections are shown.
#[derive(Debug)]
pub(crate) struct Presented(RwLock<Arc<CertifiedKey>>);

impl Presented {
    fn present(&self, certificate: &Certificate) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&certificate.key);
    }
}

impl ResolvesServerCert for Presented {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// Looks at the files and presents what is new there.
pub(crate) struct Renewal {
    files: TlsFiles,
    presented: Arc<Presented>,
    clock: Arc<dyn Clock>,
    contents: Contents,
    complaint: Option<Complaint>,
}

/// What is wrong with the files. It is told when it is found for the second time, because whoever renews them writes one after the
/// other, and once, because it would fill the log until somebody comes.
struct Complaint {
    text: String,
    is_told: bool,
}

impl Renewal {
    /// Reads the certificate that the hub starts with.
    ///
    /// # Errors
    /// Any [`TlsError`]. A certificate that is out of date is only told in the log: it can be renewed while the hub serves.
    pub(crate) fn start(files: TlsFiles, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let contents = files.read()?;
        let certificate = Certificate::from_contents(&contents, &files)?;
        log(&certificate, &*clock);
        let presented = Arc::new(Presented(RwLock::new(Arc::clone(&certificate.key))));
        Ok(Self { files, presented, clock, contents, complaint: None })
    }

    /// What the listener asks.
    pub(crate) fn presented(&self) -> Arc<Presented> {
        Arc::clone(&self.presented)
    }

    /// Looks once. Blocks.
    fn look(&mut self) {
        match self.renewed() {
            Ok(None) => self.complaint = None,
            Ok(Some(certificate)) => {
                self.complaint = None;
                self.presented.present(&certificate);
                log(&certificate, &*self.clock);
            }
            Err(error) => self.complain(chain(&error)),
        }
    }

    fn renewed(&mut self) -> Result<Option<Certificate>, TlsError> {
        let contents = self.files.read()?;
        if contents == self.contents {
            return Ok(None);
        }
        let certificate = Certificate::from_contents(&contents, &self.files)?;
        self.contents = contents;
        Ok(Some(certificate))
    }

    fn complain(&mut self, text: String) {
        match &mut self.complaint {
            Some(complaint) if complaint.text == text => {
                if !std::mem::replace(&mut complaint.is_told, true) {
                    tracing::warn!(error = text, "the new certificate is not used, the old one stays");
                }
            }
            _ => self.complaint = Some(Complaint { text, is_told: false }),
        }
    }
}

fn log(certificate: &Certificate, clock: &dyn Clock) {
    tracing::info!(%certificate, "a certificate is presented");
    if let Some(problem) = certificate.out_of_date(clock.now()) {
        tracing::warn!(%certificate, "{problem}");
    }
}

/// Looks for as long as the hub serves.
pub(crate) async fn renew_regularly(mut renewal: Renewal) {
    let mut interval = tokio::time::interval(LOOK_EVERY);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        let looked = tokio::task::spawn_blocking(move || {
            renewal.look();
            renewal
        });
        match looked.await {
            Ok(back) => renewal = back,
            Err(error) => {
                tracing::error!(%error, "certificates are no longer renewed: restart the hub");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::testing::ManualClock;

    use super::super::testing::{Folder, certificate_for};
    use super::*;

    fn renewal(folder: &Folder) -> Renewal {
        Renewal::start(folder.files(), Arc::new(ManualClock::default())).unwrap()
    }

    fn presented(renewal: &Renewal) -> Vec<u8> {
        renewal.presented.0.read().unwrap().end_entity_cert().unwrap().to_vec()
    }

    #[test]
    fn a_new_certificate_is_presented_once_its_key_is_there_too() {
        let folder = Folder::with(&certificate_for(&["old.example.com"], 2030));
        let mut renewal = renewal(&folder);
        let old = presented(&renewal);
        let (certificate, key) = certificate_for(&["new.example.com"], 2031);
        folder.write_certificate(&certificate);
        renewal.look();
        assert_eq!(presented(&renewal), old);
        folder.write_key(&key, 0o600);
        renewal.look();
        assert_ne!(presented(&renewal), old);
        assert!(renewal.complaint.is_none());
    }

    #[test]
    fn what_is_wrong_is_told_at_the_second_look_and_forgotten_once_it_is_right() {
        let made = certificate_for(&["hub.example.com"], 2030);
        let folder = Folder::with(&made);
        let mut renewal = renewal(&folder);
        folder.write_certificate("half a certif");
        renewal.look();
        assert!(!renewal.complaint.as_ref().unwrap().is_told);
        renewal.look();
        assert!(renewal.complaint.as_ref().unwrap().is_told);
        folder.write_certificate(&made.0);
        renewal.look();
        assert!(renewal.complaint.is_none());
    }

    #[test]
    fn a_link_that_points_to_another_folder_is_followed() {
        let folder = Folder::with(&certificate_for(&["old.example.com"], 2030));
        for (name, year) in [("first", 2030), ("second", 2031)] {
            let (certificate, key) = certificate_for(&["hub.example.com"], year);
            std::fs::create_dir(folder.path(name)).unwrap();
            std::fs::write(folder.path(name).join("tls.crt"), certificate).unwrap();
            write_private(&folder.path(name).join("tls.key"), &key);
        }
        std::os::unix::fs::symlink("first", folder.path("..data")).unwrap();
        let data = folder.path("..data");
        let files = TlsFiles { certificate: data.join("tls.crt"), key: data.join("tls.key") };
        let mut renewal = Renewal::start(files, Arc::new(ManualClock::default())).unwrap();
        let first = presented(&renewal);
        std::os::unix::fs::symlink("second", folder.path("..new")).unwrap();
        std::fs::rename(folder.path("..new"), &data).unwrap();
        renewal.look();
        assert_ne!(presented(&renewal), first);
    }

    fn write_private(path: &std::path::Path, key: &str) {
        use std::io::Write as _;

        crate::private_file::create(path).unwrap().write_all(key.as_bytes()).unwrap();
    }
}
