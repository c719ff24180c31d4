//! Attempts with tokens that no key has, by network and hour.
//!
//! *Threat:* a spray of tokens that fills memory or the database by its many addresses; a mistyped token that is kept.
//! *Defence:* counted are networks, the first [`NETWORKS_PER_HOUR`] of an hour by themselves and the rest as one; nothing of a token
//! comes here. *Not defended:* whoever fills the table at the start of an hour hides which networks come later; how many
//! attempts there were is right all the same, as long as the store takes them within three hours: what waits for longer is dropped.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// Networks that are counted by themselves in an hour: a handful in peace, and what one page after another can still be read in a spray.
pub const NETWORKS_PER_HOUR: usize = 1_024;

/// The network that an address counts by: `/24` of IPv4, `/48` of IPv6, of which one caller may have all addresses.
pub fn network_of(address: IpAddr) -> IpNet {
    let address = address.to_canonical();
    // The lengths are within those of the address family, which is all that `new_assert` asks.
    IpNet::new_assert(address, if address.is_ipv4() { 24 } else { 48 }).trunc()
}

/// Attempts from one network in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownAttempts {
    /// Which hour, counted from the epoch.
    pub hour: i64,
    /// Where they came from; `None` for the networks that had no room of their own.
    pub network: Option<IpNet>,
    /// Tokens that no key has.
    pub unknown: u64,
    /// Texts that cannot be tokens.
    pub malformed: u64,
}

impl UnknownAttempts {
    /// Names this row among those of a list.
    pub const fn id(&self) -> UnknownAttemptsId {
        UnknownAttemptsId { hour: self.hour, network: self.network }
    }

    /// Counts what another of the same network and hour has counted.
    pub fn add(&mut self, other: &Self) {
        self.unknown = self.unknown.saturating_add(other.unknown);
        self.malformed = self.malformed.saturating_add(other.malformed);
    }
}

/// Attempts of some hours, those from the same network together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnknownTotals {
    /// The networks with most attempts, the most first; those with as many by the text of the network.
    pub networks: Vec<NetworkTotal>,
    /// Attempts from all networks, those that are not listed included.
    pub attempts: u64,
    /// How many networks those are. What had no room of its own counts as one.
    pub networks_seen: u64,
}

/// Attempts from one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkTotal {
    /// Where they came from; `None` for the networks that had no room of their own.
    pub network: Option<IpNet>,
    /// Tokens that no key has.
    pub unknown: u64,
    /// Texts that cannot be tokens.
    pub malformed: u64,
}

/// The network as it is stored and sorted; the rest is the empty text, which sorts first.
fn text_of(network: Option<IpNet>) -> String {
    network.map(|network| network.to_string()).unwrap_or_default()
}

/// Names attempts of one network in one hour.
///
/// *Shape:* the hour, `@`, and the network or nothing: `492000@203.0.113.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownAttemptsId {
    /// Which hour, counted from the epoch.
    pub hour: i64,
    /// Which network; `None` for the rest.
    pub network: Option<IpNet>,
}

impl UnknownAttemptsId {
    /// The network as it is stored and sorted: byte by byte, the rest as the empty text.
    pub fn network_text(&self) -> String {
        text_of(self.network)
    }
}

impl fmt::Display for UnknownAttemptsId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.hour, self.network_text())
    }
}

/// The text names no row of attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an hour, \"@\" and a network")]
pub struct UnknownAttemptsIdError;

impl FromStr for UnknownAttemptsId {
    type Err = UnknownAttemptsIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (hour, network) = text.split_once('@').ok_or(UnknownAttemptsIdError)?;
        let hour = hour.parse().ok().ok_or(UnknownAttemptsIdError)?;
        if network.is_empty() {
            return Ok(Self { hour, network: None });
        }
        let network = network.parse().ok().ok_or(UnknownAttemptsIdError)?;
        Ok(Self { hour, network: Some(network) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_by_its_24_or_48() {
        let cases = [
            ("203.0.113.7", "203.0.113.0/24"),
            ("::ffff:203.0.113.7", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ];
        for (address, network) in cases {
            assert_eq!(network_of(address.parse().unwrap()).to_string(), network, "{address}");
        }
    }

    #[test]
    fn a_row_is_named_by_a_text_that_reads_back() {
        for network in [None, Some("203.0.113.0/24".parse().unwrap()), Some("2001:db8:1::/48".parse().unwrap())] {
            let id = UnknownAttemptsId { hour: 492_000, network };
            assert_eq!(id.to_string().parse(), Ok(id));
        }
        for wrong in ["", "492000", "x@", "492000@x"] {
            assert_eq!(wrong.parse::<UnknownAttemptsId>(), Err(UnknownAttemptsIdError), "{wrong}");
        }
    }
}
