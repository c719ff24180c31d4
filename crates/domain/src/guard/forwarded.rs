//! Where a request comes from, also when proxies stand before the hub.
//!
//! *Threat:* a caller writes `X-Forwarded-For` itself, to get past a key's allow-list, into an exempt network, or out of the count of
//! failed authentications. *Defence:* the header counts only when the connection comes from a trusted proxy. It is read from the
//! right, where each proxy adds whom it was called by: the first address that is no trusted proxy's is the caller, and whatever
//! stands left of it, which the caller may have written, is never looked at. *Not defended:* a trusted proxy that passes the header
//! on without adding to it, and whoever can send from a trusted address.
//! *Source:* RFC 7239 §5.2 and §7 for the form of addresses; the header itself has no standard.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

/// Addresses that are looked at. More proxies than this stand before no hub, and a walk of 32 KiB would cost each request.
const HOPS_MAX: usize = 32;

/// The address of the caller, given the one that the connection comes from and the lines of `X-Forwarded-For`, the last line first.
///
/// Walks from a trusted `peer` outwards. What is no address ends the walk where the last one was known.
pub fn client_address<'a>(
    peer: IpAddr,
    lines_from_last: impl IntoIterator<Item = &'a [u8]>,
    trusted: &[IpNet],
) -> IpAddr {
    let mut known = peer.to_canonical();
    if !is_trusted(known, trusted) {
        return known;
    }
    let entries = lines_from_last.into_iter().flat_map(|line| line.rsplit(|byte| *byte == b','));
    for entry in entries.take(HOPS_MAX) {
        let Some(address) = parse(entry) else {
            return known;
        };
        known = address;
        if !is_trusted(address, trusted) {
            return known;
        }
    }
    known
}

/// Whether an address is that of a trusted proxy.
fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`. An IPv4 address that is written as IPv6 is
/// made IPv4, because no IPv4 network would contain it.
fn parse(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn networks(texts: &[&str]) -> Vec<IpNet> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn found(peer: &str, lines: &[&str]) -> String {
        let peer: IpAddr = peer.parse().unwrap();
        let trusted = networks(&["10.0.0.0/8", "fd00::/8"]);
        client_address(peer, lines.iter().rev().map(|line| line.as_bytes()), &trusted).to_string()
    }

    #[test]
    fn the_rightmost_address_that_is_not_trusted_is_the_caller() {
        let cases: [(&str, &[&str], &str); 7] = [
            ("one proxy", &["192.0.2.7"], "192.0.2.7"),
            ("two proxies", &["192.0.2.7, 10.0.0.2"], "192.0.2.7"),
            ("what the caller wrote itself", &["203.0.113.9, 192.0.2.7, 10.0.0.2"], "192.0.2.7"),
            ("the caller's own line", &["203.0.113.9", "192.0.2.7"], "192.0.2.7"),
            ("lines are one list, in order", &["192.0.2.7,10.0.0.3", "10.0.0.2"], "192.0.2.7"),
            ("nobody but proxies", &["10.0.0.4, 10.0.0.3"], "10.0.0.4"),
            ("no header", &[], "10.0.0.1"),
        ];
        for (name, lines, expected) in cases {
            assert_eq!(found("10.0.0.1", lines), expected, "{name}");
        }
    }

    #[test]
    fn a_peer_that_is_no_trusted_proxy_is_the_caller_whatever_it_says() {
        assert_eq!(found("192.0.2.7", &["10.0.0.9"]), "192.0.2.7");
        assert_eq!(found("::ffff:192.0.2.7", &["10.0.0.9"]), "192.0.2.7");
    }

    #[test]
    fn a_proxy_on_an_ipv6_socket_is_found_among_ipv4_networks() {
        assert_eq!(found("::ffff:10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
    }

    #[test]
    fn addresses_are_read_in_every_form_that_proxies_write() {
        let cases = [
            ("192.0.2.7:41812", "192.0.2.7"),
            ("2001:db8::7", "2001:db8::7"),
            ("[2001:db8::7]", "2001:db8::7"),
            ("[2001:db8::7]:41812", "2001:db8::7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("\t192.0.2.7  ", "192.0.2.7"),
        ];
        for (entry, expected) in cases {
            assert_eq!(found("fd00::1", &[entry]), expected, "{entry}");
        }
    }

    #[test]
    fn what_is_no_address_ends_the_walk_at_the_last_good_one() {
        for odd in ["unknown", "", "_hidden", "192.0.2", "192.0.2.7:", "010.0.0.1", "[::1", "ä"] {
            assert_eq!(found("10.0.0.1", &[&format!("192.0.2.7, {odd}, 10.0.0.2")]), "10.0.0.2", "{odd}");
        }
        assert_eq!(found("10.0.0.1", &["192.0.2.7,"]), "10.0.0.1");
    }

    #[test]
    fn a_walk_ends_after_32_hops() {
        let hops = |trusted: usize| format!("192.0.2.7{}", ", 10.0.0.2".repeat(trusted));
        assert_eq!(found("10.0.0.1", &[&hops(31)]), "192.0.2.7");
        assert_eq!(found("10.0.0.1", &[&hops(32)]), "10.0.0.2");
    }

    proptest! {
        #[test]
        fn whatever_a_caller_writes_its_own_address_is_found(
            written in proptest::collection::vec("[ -~]{0,40}", 0..4),
            caller: [u8; 4],
        ) {
            let caller = IpAddr::from(caller);
            prop_assume!(!is_trusted(caller, &networks(&["10.0.0.0/8"])));
            let mut lines: Vec<&str> = written.iter().map(String::as_str).collect();
            let added = caller.to_string();
            lines.push(&added);
            prop_assert_eq!(found("10.0.0.1", &lines), added.clone());
        }

        #[test]
        fn a_caller_that_is_no_proxy_is_never_taken_for_another(written in "[ -~]{0,80}", caller: [u8; 4]) {
            let caller = IpAddr::from(caller);
            prop_assume!(!is_trusted(caller, &networks(&["10.0.0.0/8"])));
            prop_assert_eq!(found(&caller.to_string(), &[&written]), caller.to_string());
        }
    }
}
