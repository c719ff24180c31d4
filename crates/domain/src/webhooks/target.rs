//! An endpoint with the secrets that sign its requests.

use std::sync::{Arc, OnceLock};

use super::custom_headers::open;
use super::{CustomHeader, CustomValue, Endpoint, OutboundHeader, SigningSecret};
use crate::entropy::Entropy;
use crate::id::{EndpointId, EndpointSecretId};
use crate::sealing::{Place, SealError, Sealed, Sealer};
use crate::secret::{Secret, bytes_are_equal};
use crate::time::Timestamp;

/// A secret of an endpoint as the hub keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSecret {
    /// Its identifier.
    pub id: EndpointSecretId,
    /// Whose secret it is.
    pub endpoint_id: EndpointId,
    /// Which one of its endpoint, counted from 1: in this order they were made, whatever the clock said.
    pub number: u32,
    /// The secret text, sealed under the master key.
    pub sealed: Sealed,
    /// When it was made.
    pub created_at: Timestamp,
    /// From this instant on it signs nothing; `None` for the current one.
    pub expires_at: Option<Timestamp>,
}

impl EndpointSecret {
    /// The first secret of an endpoint, sealed.
    pub(super) fn first(
        endpoint_id: EndpointId,
        text: &Secret,
        now: Timestamp,
        sealer: &Sealer,
        entropy: &dyn Entropy,
    ) -> Self {
        let id = EndpointSecretId::generate(now, entropy);
        Self {
            id,
            endpoint_id,
            number: 1,
            sealed: sealer.seal(text.expose().as_bytes(), Self::place(&id), entropy),
            created_at: now,
            expires_at: None,
        }
    }

    /// Whether it signs without an end: an endpoint has one such secret.
    pub const fn is_current(&self) -> bool {
        self.expires_at.is_none()
    }

    /// Whether it signs what is sent at `now`.
    pub fn signs_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|expiry| now < expiry)
    }

    /// Where its sealed text stands.
    pub(super) fn place(id: &EndpointSecretId) -> Place<'_> {
        Place { table: "endpoint_secrets", column: "sealed", row: id.as_bytes() }
    }
}

/// A stored secret does not open.
#[derive(Debug, thiserror::Error)]
#[error("secret {secret_id} of the endpoint does not open")]
pub struct OpenError {
    /// Which secret.
    pub secret_id: EndpointSecretId,
    /// Why.
    #[source]
    pub cause: SealError,
}

/// A header that says a secret does not open.
#[derive(Debug, thiserror::Error)]
#[error("header {name} of the endpoint does not open: give its value again")]
pub struct HeaderOpenError {
    /// Which header.
    pub name: String,
    /// Why.
    #[source]
    pub cause: SealError,
}

/// An endpoint with its secrets, as a request needs them.
#[derive(Debug)]
pub struct Target {
    /// The endpoint.
    pub endpoint: Endpoint,
    secrets: Vec<EndpointSecret>,
    /// Opened at the first request and kept: to open and to derive keys costs as much as to sign.
    opened: OnceLock<Vec<(EndpointSecret, SigningSecret)>>,
    /// Opened at the first request too.
    headers: OnceLock<Arc<[OutboundHeader]>>,
}

impl Target {
    /// An endpoint with its secrets, oldest first.
    pub fn new(endpoint: Endpoint, secrets: Vec<EndpointSecret>) -> Self {
        Self { endpoint, secrets, opened: OnceLock::new(), headers: OnceLock::new() }
    }

    /// The stored secrets, oldest first.
    pub fn secrets(&self) -> &[EndpointSecret] {
        &self.secrets
    }

    /// The secrets that sign a request at `now`, oldest first, opened.
    ///
    /// One whose time is over is not even opened: it may be the damaged one that somebody has rotated away.
    ///
    /// # Errors
    /// [`OpenError`] when a secret was sealed under another master key or is damaged.
    pub(super) fn signing_secrets(
        &self,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Result<Vec<(EndpointSecretId, SigningSecret)>, OpenError> {
        let opened = if let Some(opened) = self.opened.get() {
            opened
        } else {
            let opened = self.open_all(sealer, now)?;
            self.opened.get_or_init(|| opened)
        };
        let valid = opened.iter().filter(|(secret, _)| secret.signs_at(now));
        Ok(valid.map(|(secret, signing)| (secret.id, signing.clone())).collect())
    }

    /// The text of a secret that signs at `now`.
    ///
    /// # Errors
    /// [`OpenError`] when it was sealed under another master key or is damaged.
    pub(crate) fn reveal(
        &self,
        id: EndpointSecretId,
        sealer: &Sealer,
        now: Timestamp,
    ) -> Result<Option<Secret>, OpenError> {
        let Some(secret) = self.secrets.iter().find(|secret| secret.id == id && secret.signs_at(now)) else {
            return Ok(None);
        };
        let fail = |cause| OpenError { secret_id: id, cause };
        let bytes = sealer.open(&secret.sealed, EndpointSecret::place(&id)).map_err(fail)?;
        std::str::from_utf8(&bytes).ok().map(|text| Some(Secret::new(text))).ok_or_else(|| fail(SealError::Damaged))
    }

    /// Whether this text is that of the current secret; of one that does not open, nobody can tell.
    pub(super) fn is_current_secret(&self, text: &Secret, sealer: &Sealer) -> bool {
        let current = self.secrets.iter().filter(|secret| secret.is_current());
        current
            .filter_map(|secret| sealer.open(&secret.sealed, EndpointSecret::place(&secret.id)).ok())
            .any(|current| bytes_are_equal(&current, text.expose().as_bytes()))
    }

    /// Whether this text is that of any of its secrets; of those that do not open, nobody can tell.
    pub(super) fn has_secret(&self, text: &Secret, sealer: &Sealer) -> bool {
        let mut opened = self
            .secrets
            .iter()
            .filter_map(|secret| sealer.open(&secret.sealed, EndpointSecret::place(&secret.id)).ok());
        opened.any(|opened| bytes_are_equal(&opened, text.expose().as_bytes()))
    }

    /// The headers of one's own, opened.
    ///
    /// # Errors
    /// [`HeaderOpenError`] when what one says was sealed under another master key or is damaged.
    pub(super) fn custom_headers(&self, sealer: &Sealer) -> Result<Arc<[OutboundHeader]>, HeaderOpenError> {
        if let Some(headers) = self.headers.get() {
            return Ok(Arc::clone(headers));
        }
        let opened = |CustomHeader { name, value }: &CustomHeader| {
            let text = match value {
                CustomValue::Plain(text) => Ok(Secret::new(text.as_str())),
                CustomValue::Sensitive(kept) => open(self.endpoint.id, name, kept, sealer),
            };
            let name = name.to_string();
            match text {
                Ok(text) => Ok(OutboundHeader { name, value: text, is_sensitive: value.is_sensitive() }),
                Err(cause) => Err(HeaderOpenError { name, cause }),
            }
        };
        let headers: Result<Vec<_>, _> = self.endpoint.settings.headers.iter().map(opened).collect();
        let headers = headers?;
        Ok(Arc::clone(self.headers.get_or_init(|| headers.into())))
    }

    /// Those of its secrets that have these ids, oldest first, opened; those that were removed meanwhile, or do not open, are left out.
    pub(super) fn named_secrets(
        &self,
        sealer: &Sealer,
        ids: &[EndpointSecretId],
    ) -> Vec<(EndpointSecretId, SigningSecret)> {
        let named = self.secrets.iter().filter(|secret| ids.contains(&secret.id));
        named.filter_map(|secret| Some((secret.id, open_secret(secret, sealer).ok()?))).collect()
    }

    fn open_all(&self, sealer: &Sealer, now: Timestamp) -> Result<Vec<(EndpointSecret, SigningSecret)>, OpenError> {
        let valid = self.secrets.iter().filter(|secret| secret.signs_at(now));
        valid.map(|secret| Ok((secret.clone(), open_secret(secret, sealer)?))).collect()
    }
}

fn open_secret(secret: &EndpointSecret, sealer: &Sealer) -> Result<SigningSecret, OpenError> {
    let fail = |cause| OpenError { secret_id: secret.id, cause };
    let bytes = sealer.open(&secret.sealed, EndpointSecret::place(&secret.id)).map_err(fail)?;
    let text = std::str::from_utf8(&bytes).ok();
    let signing = text.and_then(|text| SigningSecret::new(Secret::new(text)).ok());
    signing.ok_or_else(|| fail(SealError::Damaged))
}
