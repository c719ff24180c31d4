//! Where a browser reaches the pages, as far as the configuration tells.
//!
//! The pages answer where nobody can read along: by https, or on this machine (`devhub-web`, `admin/connection.rs`). What is printed
//! follows the same rule, so that nobody is sent to an address that refuses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use super::ServerSettings;

/// Why pages would refuse every browser, and what to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PagesRefuse {
    /// Passwords would cross a network in the clear.
    #[error(
        "pages need https here: set server.tls_certificate_file, or server.public_url to the https address of the proxy before the \
         hub; or set server.listen to 127.0.0.1:8780, run `ssh -L 8780:127.0.0.1:8780 <this machine>` on your own, and open \
         http://127.0.0.1:8780/admin there"
    )]
    InTheClear,
    /// Nobody who is believed says that browsers came by https.
    #[error(
        "pages need to be told that browsers come by https: set server.trusted_proxies to the address of the proxy"
    )]
    NoTrustedProxy,
}

impl ServerSettings {
    /// What the address of a page begins with in a browser, when the hub listens on `bound`: outside, or on this machine.
    ///
    /// # Errors
    /// [`PagesRefuse`].
    pub(crate) fn page_url(&self, bound: SocketAddr) -> Result<String, PagesRefuse> {
        let is_here = bound.ip().is_unspecified() || bound.ip().to_canonical().is_loopback();
        let is_encrypted = self.tls.is_some();
        match &self.public_url {
            Some(url) if url.scheme() == "https" => {
                // A proxy on this machine is believed without being named.
                let is_told = is_encrypted || is_here || !self.trusted_proxies.is_empty();
                is_told.then(|| url.origin().ascii_serialization()).ok_or(PagesRefuse::NoTrustedProxy)
            }
            // Such as the port of this machine that leads into a container.
            Some(url) if !is_encrypted && is_of_this_machine(url) => Ok(url.origin().ascii_serialization()),
            _ if is_encrypted || is_here => Ok(format!("{}://{}", self.scheme(), dialled(bound))),
            _ => Err(PagesRefuse::InTheClear),
        }
    }
}

/// The address that reaches a listener on this machine: nobody can dial "every address".
fn dialled(bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), bound.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), bound.port()),
        _ => bound,
    }
}

/// Whether the name is one that no other machine can answer for.
fn is_of_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::config::{Override, Settings};

    const TLS: [(&str, &str); 2] = [("server.tls_certificate_file", "hub.pem"), ("server.tls_key_file", "hub.key")];
    const PUBLIC: (&str, &str) = ("server.public_url", "https://hub.example.com");
    const PROXY: (&str, &str) = ("server.trusted_proxies", "10.0.0.5/32");

    fn page_url(bound: &str, set: &[(&str, &str)]) -> Result<String, PagesRefuse> {
        let set = set.iter().map(|(key, value)| Override {
            key: (*key).to_owned(),
            value: (*value).to_owned(),
            flag: "--set",
        });
        let settings = Settings::load(None, HashMap::new(), &set.collect::<Vec<_>>()).unwrap();
        settings.server.page_url(bound.parse().unwrap())
    }

    #[test]
    fn on_this_machine_the_address_is_one_that_a_browser_can_dial() {
        for (bound, url) in [
            ("127.0.0.1:8780", "http://127.0.0.1:8780"),
            ("127.9.9.9:8780", "http://127.9.9.9:8780"),
            ("[::1]:8780", "http://[::1]:8780"),
            ("0.0.0.0:8780", "http://127.0.0.1:8780"),
            ("[::]:8780", "http://[::1]:8780"),
        ] {
            assert_eq!(page_url(bound, &[]).as_deref(), Ok(url), "{bound}");
        }
    }

    #[test]
    fn with_a_certificate_of_our_own_pages_answer_wherever_the_hub_listens() {
        assert_eq!(page_url("10.0.0.8:443", &TLS).as_deref(), Ok("https://10.0.0.8:443"));
        assert_eq!(page_url("0.0.0.0:8780", &TLS).as_deref(), Ok("https://127.0.0.1:8780"));
        let known = [&TLS[..], &[PUBLIC]].concat();
        assert_eq!(page_url("10.0.0.8:443", &known).as_deref(), Ok("https://hub.example.com"));
    }

    #[test]
    fn a_proxy_with_https_is_known_by_name_and_must_be_on_this_machine_or_trusted() {
        let public = Ok("https://hub.example.com");
        for bound in ["127.0.0.1:8780", "0.0.0.0:8780"] {
            assert_eq!(page_url(bound, &[PUBLIC]).as_deref(), public, "{bound}");
        }
        assert_eq!(page_url("10.0.0.8:8780", &[PUBLIC, PROXY]).as_deref(), public);
        assert_eq!(page_url("10.0.0.8:8780", &[PUBLIC]), Err(PagesRefuse::NoTrustedProxy));
    }

    #[test]
    fn in_the_clear_no_address_of_a_network_is_told() {
        let http = ("server.public_url", "http://hub.example.com");
        assert_eq!(page_url("10.0.0.8:8780", &[]), Err(PagesRefuse::InTheClear));
        assert_eq!(page_url("10.0.0.8:8780", &[http]), Err(PagesRefuse::InTheClear));
        assert_eq!(page_url("10.0.0.8:8780", &[PROXY]), Err(PagesRefuse::InTheClear));
        assert_eq!(page_url("0.0.0.0:8780", &[http]).as_deref(), Ok("http://127.0.0.1:8780"));
    }

    #[test]
    fn a_public_address_of_this_machine_is_one_for_pages() {
        for url in ["http://localhost:9000", "http://hub.localhost", "http://127.0.0.1:9000", "http://[::1]:9000"] {
            assert_eq!(page_url("172.17.0.2:8780", &[("server.public_url", url)]).as_deref(), Ok(url));
        }
        let public = ("server.public_url", "http://localhost.example.com");
        assert_eq!(page_url("172.17.0.2:8780", &[public]), Err(PagesRefuse::InTheClear));
    }
}
