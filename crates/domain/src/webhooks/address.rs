//! Which addresses a webhook may be sent to.
//!
//! *Threat:* server-side request forgery. Whoever may register an endpoint makes the hub call what only the hub can reach: its
//! own ports, the neighbours on its network, the cloud's metadata service.
//! *Defence:* [`AddressPolicy`] knows every range that is not the public internet and refuses it unless an operator listed it.
//! It is asked with literal addresses when an endpoint is saved, and again at send with *every* address that the name resolved
//! to; the connector then dials an address that was vetted, so that a name cannot change its meaning in between. Where the hub
//! itself is known to be is refused like a forbidden range.
//! *Not defended:* a public address that leads back inside (a misconfigured proxy, a NAT loop), an allow-listed range (NAT64,
//! say) that embeds forbidden addresses, an allow-listed name, which means whatever its zone says, and a public receiver that
//! redirects: the sender follows nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

pub use super::destination::{Destination, DestinationError};
pub use super::endpoint_url::{EndpointHost, EndpointUrl, EndpointUrlError, URL_CHARS_MAX, UrlRules};

/// A range that webhooks are not sent to, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForbiddenRange {
    /// The range.
    pub network: IpNet,
    /// What the range is for, in a word or two.
    pub purpose: &'static str,
}

/// The forbidden IPv4 ranges; the first that holds an address is named. Source: IANA IPv4 Special-Purpose Address Registry.
const FORBIDDEN_V4: [ForbiddenRange; 18] = [
    v4([0, 0, 0, 0], 8, "this network"),
    v4([10, 0, 0, 0], 8, "private network"),
    v4([100, 64, 0, 0], 10, "carrier-grade nat"),
    v4([127, 0, 0, 0], 8, "loopback"),
    // Azure's platform address looks public and is answered by every host: credentials and configuration.
    v4([168, 63, 129, 16], 32, "cloud metadata"),
    v4([169, 254, 169, 254], 32, "cloud metadata"),
    v4([169, 254, 0, 0], 16, "link-local"),
    v4([172, 16, 0, 0], 12, "private network"),
    v4([192, 0, 0, 0], 24, "protocol assignments"),
    v4([192, 0, 2, 0], 24, "documentation"),
    v4([192, 88, 99, 0], 24, "6to4 relay"),
    v4([192, 168, 0, 0], 16, "private network"),
    v4([198, 18, 0, 0], 15, "benchmarking"),
    v4([198, 51, 100, 0], 24, "documentation"),
    v4([203, 0, 113, 0], 24, "documentation"),
    v4([224, 0, 0, 0], 4, "multicast"),
    v4([255, 255, 255, 255], 32, "broadcast"),
    v4([240, 0, 0, 0], 4, "reserved"),
];

/// The forbidden IPv6 ranges; the first that holds an address is named. Source: IANA IPv6 Special-Purpose Address Registry.
///
/// IPv4-mapped addresses are not here: they are vetted as the IPv4 address that they are dialled as.
const FORBIDDEN_V6: [ForbiddenRange; 18] = [
    v6([0, 0, 0, 0, 0, 0, 0, 0], 128, "unspecified"),
    v6([0, 0, 0, 0, 0, 0, 0, 1], 128, "loopback"),
    v6([0, 0, 0, 0, 0, 0, 0, 0], 96, "ipv4-compatible"),
    v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, "nat64"),
    v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48, "local nat64"),
    v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64, "discard-only"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, "teredo"),
    v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48, "benchmarking"),
    v6([0x2001, 0x10, 0, 0, 0, 0, 0, 0], 28, "orchid"),
    v6([0x2001, 0x20, 0, 0, 0, 0, 0, 0], 28, "orchid"),
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23, "protocol assignments"),
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32, "documentation"),
    v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, "6to4"),
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20, "documentation"),
    v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7, "unique-local"),
    v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10, "link-local"),
    v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10, "site-local"),
    v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8, "multicast"),
];

/// All that IANA has given out as global unicast. What lies outside has no public meaning yet, so it is refused unseen.
const GLOBAL_UNICAST: ForbiddenRange = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3, "outside global unicast");

const fn v4(octets: [u8; 4], bits: u8, purpose: &'static str) -> ForbiddenRange {
    ForbiddenRange { network: IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::from_octets(octets), bits)), purpose }
}

const fn v6(segments: [u16; 8], bits: u8, purpose: &'static str) -> ForbiddenRange {
    ForbiddenRange { network: IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::from_segments(segments), bits)), purpose }
}

/// Decides whether an address may be called: the public internet, and what the allow-list names.
///
/// The default has an empty allow-list. Loopback too is reached by an explicit entry only (`127.0.0.0/8`, `::1/128`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    allow: Vec<IpNet>,
    hosts: Vec<Destination>,
    own: Vec<Destination>,
}

/// The addresses may not be called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    /// An address lies in a forbidden range.
    #[error(
        "address {address} is refused: {} {}; use a public address or add it to the allow-list",
        range.purpose,
        range.network
    )]
    Forbidden {
        /// The address, as it was given.
        address: IpAddr,
        /// The range that forbids it; for `outside global unicast`, the range that it should lie in.
        range: ForbiddenRange,
    },
    /// The hub itself answers there.
    #[error(
        "{destination} is refused: the hub itself answers there; use the receiver's address, or add this host and port to the \
         allow-list if another program does"
    )]
    Own {
        /// Where.
        destination: Destination,
    },
    /// There is no address at all.
    #[error("host has no address: check its dns records")]
    NoAddress,
}

impl AddressRefused {
    /// A stable word for logs, metrics and API answers.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Forbidden { .. } => "address_forbidden",
            Self::Own { .. } => "address_own",
            Self::NoAddress => "address_missing",
        }
    }
}

impl AddressPolicy {
    /// A policy that also lets through what `allow` names.
    pub const fn new(allow: Vec<IpNet>) -> Self {
        Self { allow, hosts: Vec::new(), own: Vec::new() }
    }

    /// The same, letting `hosts` through as well, whatever their addresses mean, each at its port alone. One that is an address lets
    /// it through under every name.
    #[must_use]
    pub fn with_hosts(self, hosts: Vec<Destination>) -> Self {
        Self { hosts, ..self }
    }

    /// The same, refusing where the hub itself is found. What [`AddressPolicy::with_hosts`] names exactly passes all the same: a
    /// proxy may lead some paths of one name to the hub and others to a receiver.
    #[must_use]
    pub fn with_own(self, own: Vec<Destination>) -> Self {
        Self { own, ..self }
    }

    /// The networks of the allow-list.
    pub fn allow(&self) -> &[IpNet] {
        &self.allow
    }

    /// The hosts of the allow-list.
    pub fn hosts(&self) -> &[Destination] {
        &self.hosts
    }

    /// Vets one address at a port. An IPv4-mapped one (`::ffff:10.0.0.1`) counts as the IPv4 address in it.
    ///
    /// # Errors
    /// [`AddressRefused::Own`] for an address of the hub itself, [`AddressRefused::Forbidden`] with the address and the first range
    /// that forbids it.
    pub fn check(&self, address: IpAddr, port: u16) -> Result<(), AddressRefused> {
        let dialled = address.to_canonical();
        if self.hosts.iter().any(|host| host.port() == port && host.address() == Some(dialled)) {
            return Ok(());
        }
        if self.own.iter().any(|own| own.is_reached_at(dialled, port)) {
            return Err(AddressRefused::Own { destination: Destination::of(EndpointHost::Address(dialled), port) });
        }
        if self.allow.iter().any(|network| network.contains(&dialled) || network.contains(&address)) {
            return Ok(());
        }
        let range = match dialled {
            IpAddr::V4(_) => first_holding(&FORBIDDEN_V4, dialled),
            IpAddr::V6(_) => first_holding(&FORBIDDEN_V6, dialled)
                .or_else(|| (!GLOBAL_UNICAST.network.contains(&dialled)).then_some(GLOBAL_UNICAST)),
        };
        range.map_or(Ok(()), |range| Err(AddressRefused::Forbidden { address, range }))
    }

    /// Whether a name passes at a port by itself, whatever its addresses are.
    pub(super) fn allows_name(&self, name: &str, port: u16) -> bool {
        self.hosts.iter().any(|host| host.is_name(name, port))
    }

    /// Whether any address that is not public could pass at a port.
    pub(super) fn allows_addresses_at(&self, port: u16) -> bool {
        !self.allow.is_empty() || self.hosts.iter().any(|host| host.port() == port && host.address().is_some())
    }

    /// Refuses the names of the hub itself.
    ///
    /// # Errors
    /// [`AddressRefused::Own`].
    pub(super) fn check_own_name(&self, name: &str, port: u16) -> Result<(), AddressRefused> {
        let is_own = self.own.iter().any(|own| own.is_name(name, port));
        let refused = || AddressRefused::Own { destination: Destination::of(EndpointHost::Name(name), port) };
        if is_own { Err(refused()) } else { Ok(()) }
    }

    /// Vets all addresses of one host at a port: one that is refused spoils the answer, because the name's owner mixed them on
    /// purpose or the resolver was deceived.
    ///
    /// # Errors
    /// [`AddressRefused::NoAddress`] for an empty answer, [`AddressRefused::Own`] for a host or an address of the hub itself,
    /// [`AddressRefused::Forbidden`] for the first refused address.
    pub fn check_all(&self, host: EndpointHost<'_>, port: u16, addresses: &[IpAddr]) -> Result<(), AddressRefused> {
        if addresses.is_empty() {
            return Err(AddressRefused::NoAddress);
        }
        if let EndpointHost::Name(name) = host {
            if self.allows_name(name, port) {
                return Ok(());
            }
            self.check_own_name(name, port)?;
        }
        addresses.iter().try_for_each(|address| self.check(*address, port))
    }
}

fn first_holding(ranges: &[ForbiddenRange], address: IpAddr) -> Option<ForbiddenRange> {
    ranges.iter().find(|range| range.network.contains(&address)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: EndpointHost<'_> = EndpointHost::Name("shop.example");

    fn refusal(policy: &AddressPolicy, address: &str) -> Option<String> {
        match policy.check(address.parse().unwrap(), 443) {
            Err(AddressRefused::Forbidden { range, .. }) => Some(format!("{} {}", range.purpose, range.network)),
            Err(other) => Some(other.to_string()),
            Ok(()) => None,
        }
    }

    fn allowing(networks: &[&str]) -> AddressPolicy {
        AddressPolicy::new(networks.iter().map(|network| network.parse().unwrap()).collect())
    }

    #[test]
    fn every_forbidden_range_is_refused_from_its_first_to_its_last_address() {
        // webhooks.md §5.7, contract §4.7, IANA special-purpose registries.
        let cases = [
            ("0.0.0.0", "0.255.255.255", "this network 0.0.0.0/8"),
            ("10.0.0.0", "10.255.255.255", "private network 10.0.0.0/8"),
            ("100.64.0.0", "100.127.255.255", "carrier-grade nat 100.64.0.0/10"),
            ("127.0.0.0", "127.255.255.255", "loopback 127.0.0.0/8"),
            ("168.63.129.16", "168.63.129.16", "cloud metadata 168.63.129.16/32"),
            ("169.254.169.254", "169.254.169.254", "cloud metadata 169.254.169.254/32"),
            ("169.254.0.0", "169.254.255.255", "link-local 169.254.0.0/16"),
            ("172.16.0.0", "172.31.255.255", "private network 172.16.0.0/12"),
            ("192.0.0.0", "192.0.0.255", "protocol assignments 192.0.0.0/24"),
            ("192.0.2.0", "192.0.2.255", "documentation 192.0.2.0/24"),
            ("192.88.99.0", "192.88.99.255", "6to4 relay 192.88.99.0/24"),
            ("192.168.0.0", "192.168.255.255", "private network 192.168.0.0/16"),
            ("198.18.0.0", "198.19.255.255", "benchmarking 198.18.0.0/15"),
            ("198.51.100.0", "198.51.100.255", "documentation 198.51.100.0/24"),
            ("203.0.113.0", "203.0.113.255", "documentation 203.0.113.0/24"),
            ("224.0.0.0", "239.255.255.255", "multicast 224.0.0.0/4"),
            ("240.0.0.0", "255.255.255.254", "reserved 240.0.0.0/4"),
            ("255.255.255.255", "255.255.255.255", "broadcast 255.255.255.255/32"),
            ("::", "::", "unspecified ::/128"),
            ("::1", "::1", "loopback ::1/128"),
            ("::2", "::ffff:ffff", "ipv4-compatible ::/96"),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1", "loopback 127.0.0.0/8"),
            ("::ffff:a9fe:a9fe", "::ffff:169.254.169.254", "cloud metadata 169.254.169.254/32"),
            ("64:ff9b::", "64:ff9b::ffff:ffff", "nat64 64:ff9b::/96"),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "local nat64 64:ff9b:1::/48"),
            ("100::", "100::ffff:ffff:ffff:ffff", "discard-only 100::/64"),
            ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", "teredo 2001::/32"),
            ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", "benchmarking 2001:2::/48"),
            ("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "orchid 2001:10::/28"),
            ("2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", "orchid 2001:20::/28"),
            ("2001:1::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "protocol assignments 2001::/23"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "documentation 2001:db8::/32"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "6to4 2002::/16"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "documentation 3fff::/20"),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "unique-local fc00::/7"),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "link-local fe80::/10"),
            ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "site-local fec0::/10"),
            ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast ff00::/8"),
            ("::ffff:0:7f00:1", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside global unicast 2000::/3"),
            ("4000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "outside global unicast 2000::/3"),
        ];
        let policy = AddressPolicy::default();
        for (first, last, range) in cases {
            assert_eq!(refusal(&policy, first).as_deref(), Some(range), "{first}");
            assert_eq!(refusal(&policy, last).as_deref(), Some(range), "{last}");
        }
    }

    #[test]
    fn the_addresses_next_to_the_forbidden_ranges_are_public() {
        let cases = [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.101.0",
            "203.0.114.0",
            "223.255.255.255",
            "2000::",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2606:4700::1111",
            "3ffe:ffff::",
            "3fff:1000::",
            "::ffff:8.8.8.8",
        ];
        for address in cases {
            assert_eq!(refusal(&AddressPolicy::default(), address), None, "{address}");
        }
    }

    #[test]
    fn an_allow_listed_address_passes_also_in_its_mapped_form() {
        let policy = allowing(&["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"]);
        let cases = [
            ("10.1.2.3", None),
            ("::ffff:10.1.2.3", None),
            ("10.2.0.1", Some("private network 10.0.0.0/8")),
            ("127.0.0.1", None),
            ("127.0.0.2", Some("loopback 127.0.0.0/8")),
            ("::1", Some("loopback ::1/128")),
            ("fd00::1", None),
            ("::10.1.2.3", Some("ipv4-compatible ::/96")),
        ];
        for (address, expected) in cases {
            assert_eq!(refusal(&policy, address).as_deref(), expected, "{address}");
        }
    }

    #[test]
    fn one_private_address_among_public_ones_spoils_the_answer() {
        let answer = ["93.184.215.14", "10.0.0.8"].map(|address| address.parse().unwrap());
        let error = AddressPolicy::default().check_all(SHOP, 443, &answer).unwrap_err();
        assert_eq!(
            error.to_string(),
            "address 10.0.0.8 is refused: private network 10.0.0.0/8; use a public address or add it to the allow-list"
        );
        assert_eq!(allowing(&["10.0.0.8/32"]).check_all(SHOP, 443, &answer), Ok(()));
    }

    #[test]
    fn a_name_without_addresses_is_refused() {
        assert_eq!(AddressPolicy::default().check_all(SHOP, 443, &[]), Err(AddressRefused::NoAddress));
    }

    #[test]
    fn a_refused_mapped_address_is_named_as_it_was_given() {
        let error = AddressPolicy::default().check("::ffff:127.0.0.1".parse().unwrap(), 443).unwrap_err();
        assert!(error.to_string().starts_with("address ::ffff:127.0.0.1 is refused: loopback 127.0.0.0/8"), "{error}");
    }
}
