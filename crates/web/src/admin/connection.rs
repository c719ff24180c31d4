//! How a browser has reached the hub: encrypted or not, and under which name.
//!
//! *Threat:* a password or a session's cookie crosses a network in the clear; another site's page makes the browser send a form with
//! its cookie. *Defence:* without encryption the pages answer on the machine itself only, and not when a proxy passes requests on
//! under its name; cookies are `Secure` wherever there is encryption; a form that comes from another origin is refused (ASVS 5.0,
//! 3.3.1, 3.5.1, 3.5.3). That a proxy was reached by https a trusted one says itself; where nothing is said, the name tells, when it is
//! that of an https public address and a neighbour or a trusted proxy passes it on. *Not defended:* a proxy that claims https falsely,
//! or that passes on under the public name, and without a word, what came in the clear.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::Version;
use actix_web::http::header::{
    FORWARDED, HOST, HeaderName, ORIGIN, VIA, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO,
};
use ipnet::IpNet;
use url::{Host, Url};

use crate::services::Services;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How a browser has reached the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    is_https: bool,
    /// Whether the browser is on the machine that the hub runs on.
    is_local: bool,
    /// What the browser calls the hub: `hub.example.com` or `127.0.0.1:8780`, in lower case.
    authority: String,
}

/// The address of the hub without a path, as whoever asks knows it: the public one, else the one that was asked.
pub(crate) fn own_address(req: &HttpRequest, services: &Services) -> String {
    match &services.pages.public_url {
        Some(url) => url.origin().ascii_serialization(),
        None => Connection::for_pages(req, services).to_url(),
    }
}

impl Connection {
    /// Finds out, by what these services know of proxies and of the hub's own address.
    pub(super) fn for_pages(req: &HttpRequest, services: &Services) -> Self {
        Self::of(req, &services.trusted_proxies, services.pages.public_url.as_ref())
    }

    /// Finds out, believing the trusted proxies.
    pub(super) fn of(req: &HttpRequest, trusted: &[IpNet], public_url: Option<&Url>) -> Self {
        let authority = authority(req);
        let peer = req.peer_addr().map(|peer| peer.ip().to_canonical());
        let is_trusted = peer.is_some_and(|peer| trusted.iter().any(|network| network.contains(&peer)));
        let is_neighbour = is_trusted || peer.is_some_and(|peer| peer.is_loopback());
        let public_url = public_url.filter(|url| url.scheme() == "https");
        let is_public = is_neighbour && public_url.is_some_and(|url| authority_of(url) == authority);
        let is_encrypted_before = match forwarded_scheme(req) {
            Some("https") if is_trusted => true,
            Some("https") | None => is_public,
            // Whoever says it: it makes nothing possible.
            Some(_) => false,
        };
        let is_local = public_url.is_none() && is_loopback(&authority) && !is_passed_on(req);
        Self { is_https: req.app_config().secure() || is_encrypted_before, is_local, authority }
    }

    /// Whether what is sent is encrypted on its way over a network.
    pub(super) const fn is_https(&self) -> bool {
        self.is_https
    }

    /// The address that the browser has reached, without a path.
    pub(super) fn to_url(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        format!("{scheme}://{}", self.authority)
    }

    /// Whether a password may be asked for: on an encrypted connection, or on the machine itself.
    pub(super) fn is_private(&self) -> bool {
        self.is_https || self.is_local
    }

    /// Whether the browser is to ask for nothing but https from now on. Not under a name of the machine itself, which other programs
    /// there answer to as well.
    pub(super) fn stays_encrypted(&self) -> bool {
        self.is_https && !is_loopback(&self.authority)
    }

    /// Whether a form comes from a page of the hub itself, as far as the browser says.
    ///
    /// Browsers that say nothing are let through: the form's token decides then.
    pub(super) fn is_own(&self, req: &HttpRequest, public_url: Option<&Url>) -> bool {
        let says = |name| req.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
        if says(SEC_FETCH_SITE).is_some_and(|site| !matches!(site, "same-origin" | "none")) {
            return false;
        }
        says(ORIGIN).is_none_or(|origin| self.is_own_origin(origin, public_url))
    }

    fn is_own_origin(&self, origin: &str, public_url: Option<&Url>) -> bool {
        let scheme = if self.is_https { "https" } else { "http" };
        let own = origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://"));
        // A proxy may pass another Host on than the one that the browser has asked for.
        own.is_some_and(|own| own.eq_ignore_ascii_case(&self.authority))
            || public_url.is_some_and(|url| url.origin().ascii_serialization().eq_ignore_ascii_case(origin))
    }
}

/// What the browser calls the hub, in lower case; empty when it is no name that could stand in an address.
fn authority(req: &HttpRequest) -> String {
    let host = req.headers().get(HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 names the host in the URI.
    let host = host.or_else(|| req.uri().authority().map(|authority| authority.as_str())).unwrap_or_default();
    let is_plain = host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']'));
    if is_plain { host.to_ascii_lowercase() } else { String::new() }
}

/// What the nearest proxy says: the last value, where each adds its own.
fn forwarded_scheme(req: &HttpRequest) -> Option<&str> {
    let last = req.headers().get_all(X_FORWARDED_PROTO).last()?.to_str().unwrap_or("?");
    Some(last.rsplit(',').next().unwrap_or_default().trim())
}

/// Whether a proxy has passed the request on. No browser sends HTTP/1.0, and proxies do that are told nothing else.
fn is_passed_on(req: &HttpRequest) -> bool {
    let marks = [FORWARDED, VIA, X_FORWARDED_FOR, X_FORWARDED_HOST, X_FORWARDED_PROTO];
    req.version() < Version::HTTP_11 || marks.iter().any(|mark| req.headers().contains_key(mark))
}

/// Host and port, the port only where it is not that of the scheme: as browsers send it.
fn authority_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether the name is one of the machine that the browser runs on, which no other machine can answer for.
fn is_loopback(authority: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{authority}/")) else {
        return false;
    };
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use actix_web::test::TestRequest;

    use super::*;

    /// A request of a browser that reached a proxy, or us, under `host`.
    fn request(host: &str, headers: &[(&'static str, &str)]) -> HttpRequest {
        let mut req =
            TestRequest::post().peer_addr(SocketAddr::from(([10, 0, 0, 5], 50_000))).insert_header((HOST, host));
        for (name, value) in headers {
            req = req.append_header((*name, *value));
        }
        req.to_http_request()
    }

    fn connection(host: &str, headers: &[(&'static str, &str)], trusted: &[&str]) -> Connection {
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        Connection::of(&request(host, headers), &trusted, None)
    }

    const HTTPS: &[(&str, &str)] = &[("x-forwarded-proto", "https")];

    #[test]
    fn only_a_trusted_proxy_can_say_that_a_connection_is_encrypted() {
        assert!(connection("hub.example.com", HTTPS, &["10.0.0.5/32"]).is_https());
        assert!(!connection("hub.example.com", HTTPS, &["10.0.0.6/32"]).is_https());
        assert!(!connection("hub.example.com", &[], &["10.0.0.5/32"]).is_https());
    }

    #[test]
    fn of_several_words_the_nearest_proxys_counts() {
        let words = [("x-forwarded-proto", "https, http")];
        assert!(!connection("hub.example.com", &words, &["10.0.0.5/32"]).is_https());
        let lines = [("x-forwarded-proto", "http"), ("x-forwarded-proto", "https")];
        assert!(connection("hub.example.com", &lines, &["10.0.0.5/32"]).is_https());
    }

    /// A hub that is known as `https://hub.example.com`, called by a proxy at `peer`.
    fn public(peer: [u8; 4], host: &str, headers: &[(&'static str, &str)]) -> Connection {
        let mut req = TestRequest::get().peer_addr(SocketAddr::from((peer, 50_000))).insert_header((HOST, host));
        for (name, value) in headers {
            req = req.append_header((*name, *value));
        }
        let url = Url::parse("https://hub.example.com").unwrap();
        Connection::of(&req.to_http_request(), &["10.0.0.5/32".parse().unwrap()], Some(&url))
    }

    #[test]
    fn under_its_public_https_address_the_hub_is_encrypted_when_a_proxy_may_say_so() {
        assert!(public([10, 0, 0, 5], "hub.example.com", &[]).is_https());
        assert!(public([127, 0, 0, 1], "hub.example.com", &[]).is_https(), "a proxy on the same machine");
        assert!(!public([192, 0, 2, 1], "hub.example.com", &[]).is_https(), "somebody who has found the port");
        assert!(!public([10, 0, 0, 5], "hub.example.com:8780", &[]).is_https());
        assert!(!public([10, 0, 0, 5], "other.example.com", &[]).is_https());
    }

    #[test]
    fn a_proxy_that_was_reached_in_the_clear_is_believed_whatever_the_name_is() {
        let http = [("x-forwarded-proto", "http")];
        for peer in [[10, 0, 0, 5], [127, 0, 0, 1]] {
            let connection = public(peer, "hub.example.com", &http);
            assert!(!connection.is_https() && !connection.is_private(), "{peer:?}");
        }
    }

    #[test]
    fn a_name_of_the_machine_is_no_proof_when_a_proxy_passes_requests_on() {
        assert!(connection("127.0.0.1:8780", &[], &[]).is_private());
        for name in ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] {
            assert!(!connection("127.0.0.1:8780", &[(name, "1.1 proxy")], &[]).is_private(), "{name}");
        }
        assert!(!public([127, 0, 0, 1], "127.0.0.1:8780", &[]).is_private(), "browsers come by the public address");
        let old =
            TestRequest::get().version(Version::HTTP_10).insert_header((HOST, "127.0.0.1:8780")).to_http_request();
        assert!(!Connection::of(&old, &[], None).is_private());
    }

    #[test]
    fn a_host_that_is_no_name_is_none() {
        for host in ["x;id;$(id).localhost", "a b.localhost", "localhost/x", "localhost?x", "user@localhost"] {
            let connection = connection(host, &[], &[]);
            assert_eq!((connection.is_private(), connection.to_url().as_str()), (false, "http://"), "{host}");
        }
    }

    #[test]
    fn without_encryption_a_password_is_asked_for_on_the_machine_itself_only() {
        for host in ["localhost:8780", "127.0.0.1:8780", "127.9.9.9", "[::1]:8780", "hub.localhost", "LOCALHOST"] {
            assert!(connection(host, &[], &[]).is_private(), "{host}");
        }
        for host in ["hub.example.com", "192.168.1.5:8780", "localhost.example.com", "", "a b", "127.0.0.1.example.com"]
        {
            assert!(!connection(host, &[], &[]).is_private(), "{host}");
        }
    }

    #[test]
    fn a_form_of_another_origin_is_not_the_hubs_own() {
        let own = |headers: &[(&'static str, &str)]| {
            let req = request("127.0.0.1:8780", headers);
            Connection::of(&req, &[], None).is_own(&req, None)
        };
        assert!(own(&[("origin", "http://127.0.0.1:8780"), ("sec-fetch-site", "same-origin")]));
        assert!(own(&[]));
        for origin in ["http://evil.example", "null", "https://127.0.0.1:8780", "http://127.0.0.1:8781", ""] {
            assert!(!own(&[("origin", origin)]), "{origin}");
        }
        for site in ["cross-site", "same-site", ""] {
            assert!(!own(&[("sec-fetch-site", site)]), "{site}");
        }
    }

    #[test]
    fn the_public_address_is_an_own_origin_whatever_host_a_trusted_proxy_passes_on() {
        let url = Url::parse("https://hub.example.com").unwrap();
        let headers = [("origin", "https://hub.example.com"), ("x-forwarded-proto", "https")];
        let req = request("127.0.0.1:8780", &headers);
        let connection = Connection::of(&req, &["10.0.0.5/32".parse().unwrap()], Some(&url));
        assert!(connection.is_https() && connection.is_own(&req, Some(&url)));
    }
}
