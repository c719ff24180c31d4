//! Receivers that are believed because of an authority of their endpoint's own.
//!
//! *Threat:* an authority that one endpoint's owner brings is believed about another endpoint's receiver.
//! *Defence:* requests of an endpoint with its own authorities go over connections that no other shares, unless it has exactly the same.

use std::sync::Arc;

use devhub_domain::causes::chain;
use devhub_domain::webhooks::{Authorities, AuthoritiesError, AuthorityCheck, Failure, FailureKind};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use super::clients::Clients;
use super::connector::Connector;
use super::failure::failure;
use super::recent::Recent;
use super::tls;

/// Sets of authorities for which connections are kept; more endpoints than that with authorities of their own reconnect now and then.
const OWN_MAX: usize = 64;

/// Says whether the sender would trust certificates.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrustAnchors;

impl AuthorityCheck for TrustAnchors {
    fn check(&self, authorities: &Authorities) -> Result<(), AuthoritiesError> {
        for (position, certificate) in (1..).zip(authorities.certificates()) {
            let added = RootCertStore::empty().add(CertificateDer::from(certificate));
            added.map_err(|error| AuthoritiesError::Untrustworthy { position, reason: error.to_string() })?;
        }
        Ok(())
    }
}

/// The clients of endpoints with authorities of their own.
pub(super) struct OwnClients {
    connector: Connector,
    /// Those that every endpoint is believed by.
    extra_roots_pem: Vec<u8>,
    recent: Recent<[u8; 32], Clients>,
}

impl OwnClients {
    /// Connects as `connector` does, but for whom it believes.
    pub(super) fn new(connector: Connector, extra_roots_pem: Vec<u8>) -> Arc<Self> {
        Arc::new(Self { connector, extra_roots_pem, recent: Recent::new(OWN_MAX) })
    }

    /// The clients that believe these authorities too.
    ///
    /// # Errors
    /// [`FailureKind::Tls`] when they cannot be trusted: they were checked when they were saved, perhaps by another release.
    pub(super) fn of(&self, authorities: &Authorities) -> Result<Clients, Failure> {
        self.recent.find_or_make(authorities.digest(), || {
            let roots = [&self.extra_roots_pem, &b"\n"[..], authorities.pem().as_bytes()].concat();
            match tls::connector(&roots) {
                Ok(encrypt) => Ok(Clients::new(self.connector.believing(encrypt))),
                Err(error) => {
                    let detail = format!("the endpoint's own authorities cannot be used: {}", chain(&error));
                    Err(failure(FailureKind::Tls, detail))
                }
            }
        })
    }
}
