//! How a browser has reached the hub: encrypted or not, and under which name.
//!
//! *Threat:* a password or a session's cookie crosses a network in the clear; another site's page makes the browser send a form with
//! its cookie. *Defence:* without encryption the pages answer on the machine itself only; cookies are `Secure` wherever there is
//! encryption; a form that comes from another origin is refused (ASVS 5.0, 3.3.1, 3.5.1, 3.5.3). Whether a proxy was reached by
//! https only a trusted proxy can say. *Not defended:* a proxy that claims https falsely.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderName, ORIGIN};
use ipnet::IpNet;
use url::{Host, Url};

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How a browser has reached the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    is_https: bool,
    /// What the browser calls the hub: `hub.example.com` or `127.0.0.1:8780`, in lower case.
    authority: String,
}

impl Connection {
    /// Finds out, believing the trusted proxies.
    pub(super) fn of(req: &HttpRequest, trusted: &[IpNet], public_url: Option<&Url>) -> Self {
        let authority = req.headers().get(HOST).and_then(|host| host.to_str().ok());
        // HTTP/2 names the host in the URI.
        let authority = authority.or_else(|| req.uri().authority().map(|authority| authority.as_str()));
        let authority = authority.unwrap_or_default().to_ascii_lowercase();
        let peer = req.peer_addr().map(|peer| peer.ip().to_canonical());
        let is_trusted = peer.is_some_and(|peer| trusted.iter().any(|network| network.contains(&peer)));
        let is_public = public_url.is_some_and(|url| url.scheme() == "https" && authority_of(url) == authority);
        let is_https = req.app_config().secure() || is_public || is_trusted && says_https(req);
        Self { is_https, authority }
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
        self.is_https || is_loopback(&self.authority)
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

/// What the nearest proxy says: the last value, where each adds its own.
fn says_https(req: &HttpRequest) -> bool {
    let last = req.headers().get_all(X_FORWARDED_PROTO).last().and_then(|value| value.to_str().ok());
    last.and_then(|text| text.rsplit(',').next()).is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
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

    #[test]
    fn under_its_public_https_address_the_hub_is_encrypted() {
        let public = Url::parse("https://hub.example.com").unwrap();
        let of = |host| Connection::of(&request(host, &[]), &[], Some(&public)).is_https();
        assert!(of("hub.example.com"));
        assert!(!of("hub.example.com:8780"));
        assert!(!of("other.example.com"));
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
    fn the_public_address_is_an_own_origin_whatever_host_the_proxy_passes_on() {
        let public = Url::parse("https://hub.example.com").unwrap();
        let req = request("127.0.0.1:8780", &[("origin", "https://hub.example.com")]);
        assert!(Connection::of(&req, &[], Some(&public)).is_own(&req, Some(&public)));
    }
}
