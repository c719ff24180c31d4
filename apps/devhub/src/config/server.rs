//! `[server]`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use devhub_domain::webhooks::address::Destination;
use devhub_web::AuthCheck;
use ipnet::IpNet;
use url::Url;

use super::fields::{Fields, Read};
use crate::tls::TlsFiles;

/// How the hub listens and leaves.
#[derive(Clone, Debug)]
pub(crate) struct ServerSettings {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// The certificate of HTTPS; `None` speaks plain HTTP.
    pub(crate) tls: Option<TlsFiles>,
    /// What it is called from outside; `None` is the address it listens on.
    pub(crate) public_url: Option<Url>,
    /// Who is believed when it says whom it passes a request on for.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Who may ask `/auth/check`.
    pub(crate) auth_check: AuthCheck,
    /// Threads that serve HTTP; `None` is one for each processor, within reason.
    pub(crate) workers: Option<usize>,
    /// Connections that may be open at once, over all workers.
    pub(crate) connections_max: usize,
    /// How long the head of a request may take to arrive.
    pub(crate) header_timeout: Duration,
    /// How long its body may take.
    pub(crate) body_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub(crate) idle_timeout: Duration,
    /// How long requests and deliveries in flight have to finish.
    pub(crate) shutdown_grace: Duration,
    /// Folder of the control socket and the master key; `None` follows from the database.
    pub(crate) state_folder: Option<PathBuf>,
}

impl ServerSettings {
    /// Fewest connections that may be configured: enough for the proxy before the hub and for whoever looks after it.
    pub(crate) const CONNECTIONS_MIN: usize = 64;

    pub(super) fn read(fields: &mut Fields) -> Read<Self> {
        let listen =
            fields.convert("server.listen", "an address and port, such as 127.0.0.1:8780", |text| text.parse().ok());
        let tls = read_tls(fields);
        let public_url = read_public_url(fields);
        let trusted_proxies = read_trusted_proxies(fields);
        let auth_check = read_auth_check(fields);
        let workers = fields.integer("server.workers", 0..=64_usize);
        let connections_max = fields.integer("server.connections_max", Self::CONNECTIONS_MIN..=1_000_000);
        let header_timeout = fields.integer("server.header_timeout_s", 1..=120_u64);
        let body_timeout = fields.integer("server.body_timeout_s", 1..=600_u64);
        let idle_timeout = fields.integer("server.idle_timeout_s", 1..=3_600_u64);
        let shutdown_grace = fields.integer("server.shutdown_grace_s", 1..=600_u64);
        let state_folder = fields.optional_path("server.state_folder");
        Ok(Self {
            listen: listen?,
            tls: tls?,
            public_url: public_url?,
            trusted_proxies: trusted_proxies?,
            auth_check: auth_check?,
            workers: Some(workers?).filter(|workers| *workers > 0),
            connections_max: connections_max?,
            header_timeout: Duration::from_secs(header_timeout?),
            body_timeout: Duration::from_secs(body_timeout?),
            idle_timeout: Duration::from_secs(idle_timeout?),
            shutdown_grace: Duration::from_secs(shutdown_grace?),
            state_folder: state_folder?,
        })
    }

    /// What the address it listens on begins with.
    pub(crate) fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Where the hub itself is found, as far as the configuration tells: an endpoint that points there would make it call itself.
    pub(super) fn own_destinations(&self) -> Vec<Destination> {
        // Port 0 is one that the system chooses later; the mark of each request catches what leads there.
        let listen = (self.listen.port() != 0).then(|| Destination::at(self.listen));
        let public = self.public_url.as_ref().and_then(Destination::of_url);
        listen.into_iter().chain(public).collect()
    }

    /// How long a connection may be open without a request being carried out: as long as it may wait for one, and that one's head
    /// may take.
    pub(crate) fn connection_idle_max(&self) -> Duration {
        self.idle_timeout + self.header_timeout
    }

    /// Whether keys would cross a network in the clear, as far as can be told from here. An `https` address outside means that a
    /// proxy stands before.
    pub(super) fn is_in_the_clear(&self) -> bool {
        self.tls.is_none() && !self.is_https_outside() && !self.listen.ip().is_loopback()
    }

    /// Whether a proxy must stand before the hub and is believed in nothing.
    pub(super) fn trusts_no_proxy(&self) -> bool {
        self.tls.is_none() && self.is_https_outside() && self.trusted_proxies.is_empty()
    }

    fn is_https_outside(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

fn read_tls(fields: &mut Fields) -> Read<Option<TlsFiles>> {
    let certificate = fields.optional_path("server.tls_certificate_file");
    let key = fields.optional_path("server.tls_key_file");
    match (certificate?, key?) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key })),
        (None, None) => Ok(None),
        (Some(_), None) => fields.note("server.tls_key_file", "must be set when server.tls_certificate_file is"),
        (None, Some(_)) => fields.note("server.tls_certificate_file", "must be set when server.tls_key_file is"),
    }
}

fn read_trusted_proxies(fields: &mut Fields) -> Read<Vec<IpNet>> {
    let key = "server.trusted_proxies";
    let networks: Vec<IpNet> = fields.parse_list(key, "networks, such as [\"10.0.0.1/32\", \"fd00::/8\"]")?;
    if networks.iter().any(|network| network.prefix_len() == 0) {
        return fields.refuse(key, "must not hold every address: anybody could claim to be anybody");
    }
    Ok(networks)
}

fn read_auth_check(fields: &mut Fields) -> Read<AuthCheck> {
    fields.convert("server.auth_check", "\"trusted-proxies\", \"anybody\" or \"nobody\"", |text| match text {
        "trusted-proxies" => Some(AuthCheck::TrustedProxies),
        "anybody" => Some(AuthCheck::Anybody),
        "nobody" => Some(AuthCheck::Nobody),
        _ => None,
    })
}

fn read_public_url(fields: &mut Fields) -> Read<Option<Url>> {
    let Some(text) = fields.optional_text("server.public_url")? else {
        return Ok(None);
    };
    match public_url(&text) {
        Some(url) => Ok(Some(url)),
        None => fields.refuse(
            "server.public_url",
            "must be an http or https address without path, query and password, such as https://hub.example.com",
        ),
    }
}

fn public_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_open = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && is_bare && is_open).then_some(url)
}
