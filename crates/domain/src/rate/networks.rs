//! Networks whose requests are not limited, as people write them down: one a line.

use std::net::IpAddr;

use ipnet::IpNet;

/// Most networks of one workspace: each is compared on every request.
pub const EXEMPT_NETWORKS_MAX: usize = 200;

/// Longest list. Bytes: room for the longest networks, and for remarks.
pub const EXEMPT_BYTES_MAX: usize = 32 * 1024;

/// A line that cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// Which line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub fault: NetworkFault,
}

/// What is wrong with a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkFault {
    /// It is none.
    #[error("must be an address or a network such as 10.0.0.0/8")]
    Unreadable,
    /// It is an IPv4 network in the clothes of IPv6, which no caller would be compared with.
    #[error("must name IPv4 networks as such, without ::ffff:")]
    Mapped,
    /// It stands after as many as there may be.
    #[error("must not follow {EXEMPT_NETWORKS_MAX} other networks")]
    TooMany,
}

/// Reads a list: a network or an address a line, empty lines and remarks after `#` passed over.
///
/// A network is cut to its length, so that `10.1.2.3/8` is `10.0.0.0/8`; one that stands twice is taken once.
///
/// # Errors
/// Every line that cannot be taken, and why; nothing is taken then.
pub fn parse_networks(text: &str) -> Result<Vec<IpNet>, Vec<LineFault>> {
    parse_lines(text.lines())
}

/// The same of lines that were told apart already.
///
/// # Errors
/// As for [`parse_networks`].
pub fn parse_lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Vec<IpNet>, Vec<LineFault>> {
    let (mut networks, mut faults) = (Vec::new(), Vec::new());
    for (line, text) in (1..).zip(lines) {
        let text = text.split('#').next().unwrap_or_default().trim();
        if text.is_empty() {
            continue;
        }
        match parse_network(text).map(|network| network.trunc()) {
            Ok(network) if networks.contains(&network) => {}
            Ok(_) if networks.len() >= EXEMPT_NETWORKS_MAX => {
                faults.push(LineFault { line, fault: NetworkFault::TooMany });
                break;
            }
            Ok(network) => networks.push(network),
            Err(fault) => faults.push(LineFault { line, fault }),
        }
    }
    if faults.is_empty() { Ok(networks) } else { Err(faults) }
}

/// Reads a network, or an address, which is a network of one. It is not cut to its length.
///
/// # Errors
/// When it is neither, or an IPv4 network in the clothes of IPv6: callers are known by their IPv4 address, however their connection
/// writes it, so that it would match nobody.
pub fn parse_network(text: &str) -> Result<IpNet, NetworkFault> {
    let address = || text.parse::<IpAddr>().map(IpNet::from).ok();
    let network: IpNet = text.parse().ok().or_else(address).ok_or(NetworkFault::Unreadable)?;
    let is_mapped =
        matches!(network, IpNet::V6(network) if network.prefix_len() > 0 && network.addr().to_ipv4_mapped().is_some());
    if is_mapped { Err(NetworkFault::Mapped) } else { Ok(network) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<String>, Vec<(usize, NetworkFault)>> {
        let networks = parse_networks(text).map(|networks| networks.iter().map(ToString::to_string).collect());
        networks.map_err(|faults| faults.into_iter().map(|LineFault { line, fault }| (line, fault)).collect())
    }

    #[test]
    fn addresses_networks_and_remarks_are_read() {
        let text = "10.1.2.3/8\n\n# the office\n203.0.113.7  # desk\r\n2001:db8::1\n2001:db8::/32\n10.0.0.0/8\n";
        let expected = ["10.0.0.0/8", "203.0.113.7/32", "2001:db8::1/128", "2001:db8::/32"];
        assert_eq!(parsed(text).unwrap(), expected);
        assert_eq!(parsed("").unwrap(), Vec::<String>::new());
    }

    /// OwnPay divides by a suffix that is too long, and takes one that is no number for a network of everybody.
    #[test]
    fn a_suffix_that_is_none_is_refused_and_exempts_nobody() {
        let unreadable =
            ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/abc", "/abc", "2001:db8::/129", "10.0.0", "10.0.0.0/-1", "all"];
        for text in unreadable {
            assert_eq!(parsed(text), Err(vec![(1, NetworkFault::Unreadable)]), "{text}");
        }
    }

    #[test]
    fn every_line_that_is_wrong_is_named() {
        let text = "10.0.0.0/8\nnonsense\n\n::ffff:10.0.0.0/104\n";
        assert_eq!(parsed(text), Err(vec![(2, NetworkFault::Unreadable), (4, NetworkFault::Mapped)]));
    }

    #[test]
    fn a_list_has_an_end() {
        let lines = |count: u32| (0..count).map(|number| std::net::Ipv4Addr::from_bits(number).to_string());
        let text = lines(200).collect::<Vec<_>>().join("\n");
        assert_eq!(parsed(&text).unwrap().len(), 200);
        let text = lines(300).collect::<Vec<_>>().join("\n");
        assert_eq!(parsed(&text), Err(vec![(201, NetworkFault::TooMany)]));
    }
}
