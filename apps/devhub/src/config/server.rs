//! `[server]`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::fields::{Fields, Read};

/// How the hub listens and leaves.
#[derive(Clone, Debug)]
pub(crate) struct ServerSettings {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// What it is called from outside; `None` is `http://` and the address it listens on.
    pub(crate) public_url: Option<Url>,
    /// Who is believed when it says whom it passes a request on for.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Threads that serve HTTP; `None` is one for each processor, within reason.
    pub(crate) workers: Option<usize>,
    /// How long requests and deliveries in flight have to finish.
    pub(crate) shutdown_grace: Duration,
    /// Folder of the control socket and the master key; `None` follows from the database.
    pub(crate) state_folder: Option<PathBuf>,
}

impl ServerSettings {
    pub(super) fn read(fields: &mut Fields) -> Read<Self> {
        let listen =
            fields.convert("server.listen", "an address and port, such as 127.0.0.1:8780", |text| text.parse().ok());
        let public_url = read_public_url(fields);
        let trusted_proxies = read_trusted_proxies(fields);
        let workers = fields.integer("server.workers", 0..=64_usize);
        let shutdown_grace = fields.integer("server.shutdown_grace_s", 1..=600_u64);
        let state_folder = fields.optional_path("server.state_folder");
        Ok(Self {
            listen: listen?,
            public_url: public_url?,
            trusted_proxies: trusted_proxies?,
            workers: Some(workers?).filter(|workers| *workers > 0),
            shutdown_grace: Duration::from_secs(shutdown_grace?),
            state_folder: state_folder?,
        })
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
