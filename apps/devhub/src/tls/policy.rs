//! What the listener speaks.

use std::sync::Arc;

use anyhow::Context as _;
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::version::{TLS12, TLS13};

use super::Presented;

/// TLS 1.2 and 1.3 with whatever certificate is presented at the moment. HTTP/2 and HTTP/1.1 are offered by the HTTP server itself.
///
/// # Errors
/// Never with the provider that this is built with.
pub(crate) fn server_config(presented: Arc<Presented>) -> anyhow::Result<ServerConfig> {
    let versions = [&TLS13, &TLS12];
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&versions)
        .context("TLS cannot be set up")?;
    Ok(config.with_no_client_auth().with_cert_resolver(presented))
}
