//! A host with a port: what an operator lets through, and where a hub itself is found.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use url::{Host, Url};

use super::endpoint_url::EndpointHost;

/// Longest text that is read: a name of 253 characters (RFC 1035 §2.3.4), which an international one may reach in fewer, and a port.
const TEXT_CHARS_MAX: usize = 300;

/// A host and a port.
///
/// *Shape:* `host:port`; the host is a name or an address, IPv6 in brackets, and the port 1 to 65535. Read by the rules that the
/// addresses of endpoints are read by, so that both have the same normal form: lower case, ASCII, no dot at the end, numeric hosts as
/// plain addresses, IPv4-mapped ones as IPv4.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Destination {
    host: DestinationHost,
    port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum DestinationHost {
    Name(String),
    Address(IpAddr),
}

/// The text is no host with a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// There is no port, or none that can be dialled.
    #[error("must end with a port from 1 to 65535, such as hooks.internal:8443")]
    Port,
    /// What stands before the port is neither a name nor an address.
    #[error("must name a host, such as hooks.internal:8443, 10.0.0.7:9000 or [fd00::7]:9000")]
    Host,
    /// It looks like a pattern, which would match nothing.
    #[error("must name one host, a star is not expanded: list each, or allow its network")]
    Star,
}

impl DestinationError {
    /// A stable word for logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Port => "destination_port",
            Self::Host => "destination_host",
            Self::Star => "destination_star",
        }
    }
}

impl Destination {
    /// The destination that an address is.
    pub fn at(address: SocketAddr) -> Self {
        Self { host: DestinationHost::Address(address.ip().to_canonical()), port: address.port() }
    }

    /// Where the requests for a URL go; `None` for one without a host or a port.
    pub fn of_url(url: &Url) -> Option<Self> {
        let port = url.port_or_known_default()?;
        Self::from_host(url.host()?.to_owned(), port).ok()
    }

    /// A host and a port that were checked elsewhere.
    pub(super) fn of(host: EndpointHost<'_>, port: u16) -> Self {
        let host = match host {
            EndpointHost::Name(name) => DestinationHost::Name(bare(name).to_owned()),
            EndpointHost::Address(address) => DestinationHost::Address(address.to_canonical()),
        };
        Self { host, port }
    }

    fn from_host(host: Host<String>, port: u16) -> Result<Self, DestinationError> {
        match host {
            // A dot too many: no name has an empty part, and what is left of this one would read back as another.
            Host::Domain(name) if bare(&name).split('.').any(str::is_empty) => Err(DestinationError::Host),
            Host::Domain(name) => Ok(Self::of(EndpointHost::Name(&name), port)),
            Host::Ipv4(address) => Ok(Self::of(EndpointHost::Address(address.into()), port)),
            Host::Ipv6(address) => Ok(Self::of(EndpointHost::Address(address.into()), port)),
        }
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether this is the name, at the port. The name is in lower-case ASCII.
    pub(super) fn is_name(&self, name: &str, port: u16) -> bool {
        self.port == port && matches!(&self.host, DestinationHost::Name(own) if own == bare(name))
    }

    /// The address; `None` where it is a name.
    pub(super) const fn address(&self) -> Option<IpAddr> {
        match self.host {
            DestinationHost::Name(_) => None,
            DestinationHost::Address(address) => Some(address),
        }
    }

    /// Whether who listens here is reached by dialling the address, as far as can be told without asking the machine for its own
    /// addresses: a listener on "every address" has those of loopback, and dialling "no address" reaches loopback too.
    pub(super) fn is_reached_at(&self, address: IpAddr, port: u16) -> bool {
        let is_local = |address: IpAddr| address.is_unspecified() || address.is_loopback();
        let Some(own) = self.address().filter(|_| self.port == port) else { return false };
        let is_any = own.is_unspecified() || address.is_unspecified();
        own == address || (is_any && is_local(own) && is_local(address))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            DestinationHost::Name(name) => write!(f, "{name}:{}", self.port),
            DestinationHost::Address(address) => SocketAddr::new(*address, self.port).fmt(f),
        }
    }
}

impl FromStr for Destination {
    type Err = DestinationError;

    /// Reads `host:port`.
    fn from_str(text: &str) -> Result<Self, DestinationError> {
        let (host, port) = text.rsplit_once(':').ok_or(DestinationError::Port)?;
        let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|port| is_number && *port != 0).ok_or(DestinationError::Port)?;
        // Without brackets the last part of an IPv6 address would be taken for a port.
        let is_bare_v6 = host.contains(':') && !host.starts_with('[');
        if is_bare_v6 || text.chars().count() > TEXT_CHARS_MAX {
            return Err(DestinationError::Host);
        }
        if host.contains('*') {
            return Err(DestinationError::Star);
        }
        let host = Host::parse(host).or(Err(DestinationError::Host))?;
        Self::from_host(host, port)
    }
}

/// A name without the dot that says that nothing follows.
fn bare(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<String, DestinationError> {
        text.parse().map(|destination: Destination| destination.to_string())
    }

    #[test]
    fn a_destination_has_one_spelling() {
        let cases = [
            ("hooks.internal:8443", "hooks.internal:8443"),
            ("HOOKS.Internal.:8443", "hooks.internal:8443"),
            ("bücher.example:443", "xn--bcher-kva.example:443"),
            ("10.0.0.7:9000", "10.0.0.7:9000"),
            ("0x0a.7:9000", "10.0.0.7:9000"),
            ("[fd00::7]:9000", "[fd00::7]:9000"),
            ("[::ffff:10.0.0.7]:9000", "10.0.0.7:9000"),
        ];
        for (text, expected) in cases {
            assert_eq!(parsed(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_host_with_a_port_is_refused_by_its_part() {
        let cases = [
            ("hooks.internal", DestinationError::Port),
            ("hooks.internal:", DestinationError::Port),
            ("hooks.internal:0", DestinationError::Port),
            ("hooks.internal:+80", DestinationError::Port),
            ("hooks.internal:65536", DestinationError::Port),
            ("https://hooks.internal", DestinationError::Port),
            ("10.0.0.0/8", DestinationError::Port),
            (":443", DestinationError::Host),
            (".:443", DestinationError::Host),
            ("..:443", DestinationError::Host),
            ("hooks..internal:443", DestinationError::Host),
            ("hooks.internal..:443", DestinationError::Host),
            ("https://hooks.internal:443", DestinationError::Host),
            ("user@hooks.internal:443", DestinationError::Host),
            ("*.internal:443", DestinationError::Star),
            ("fd00::7:9000", DestinationError::Host),
            ("10.0.0.256:9000", DestinationError::Host),
        ];
        for (text, expected) in cases {
            assert_eq!(parsed(text), Err(expected), "{text}");
        }
        assert_eq!(parsed(&format!("{}:443", "a".repeat(297))), Err(DestinationError::Host));
    }

    #[test]
    fn a_listener_is_reached_at_its_own_address_and_on_loopback_when_it_has_every_address() {
        let cases = [
            ("127.0.0.1:80", "127.0.0.1", 80, true),
            ("127.0.0.1:80", "127.0.0.1", 81, false),
            ("127.0.0.1:80", "127.0.0.2", 80, false),
            ("127.0.0.1:80", "0.0.0.0", 80, true),
            ("0.0.0.0:80", "127.0.0.9", 80, true),
            ("[::]:80", "127.0.0.1", 80, true),
            ("[::]:80", "::1", 80, true),
            ("0.0.0.0:80", "10.0.0.8", 80, false),
            ("10.0.0.8:80", "10.0.0.8", 80, true),
            ("10.0.0.8:80", "0.0.0.0", 80, false),
            ("hub.example:80", "127.0.0.1", 80, false),
        ];
        for (own, address, port, expected) in cases {
            let destination: Destination = own.parse().unwrap();
            assert_eq!(destination.is_reached_at(address.parse().unwrap(), port), expected, "{own} {address}:{port}");
        }
    }

    proptest! {
        #[test]
        fn a_destination_reads_back_as_it_prints(text in ".{0,40}:[0-9]{1,5}") {
            if let Ok(destination) = text.parse::<Destination>() {
                prop_assert_eq!(destination.to_string().parse(), Ok(destination));
            }
        }
    }
}
