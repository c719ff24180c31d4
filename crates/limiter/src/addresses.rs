//! Buckets of addresses, which strangers choose: bounded.
//!
//! *Threat:* a caller with many addresses that fills memory, or that gets a fresh quota from each of the 2^64 addresses of its
//! network.
//! *Defence:* IPv6 counts by `/64`. At most [`ADDRESS_BUCKETS_MAX`] buckets; when so many are in use, newcomers count by
//! `/24` and `/48`, and each new network takes the place of the bucket that is nearest to idle, of which the least is lost. A
//! network stays together until its bucket is full again.
//! *Not defended:* whoever shares a network with an attacker shares its bucket while memory is full; [`crate::Stats`] shows it.

use std::hash::RandomState;
use std::net::IpAddr;
use std::time::Duration;

use devhub_domain::rate::{Owner, PolicyId};
use ipnet::IpNet;

use crate::table::{BucketKey, SWEEP_STEPS, Table};

/// How many buckets of addresses there may be: about 8 MiB.
pub const ADDRESS_BUCKETS_MAX: usize = 65_536;

/// How many buckets are looked at when there is no room otherwise.
const SWEEP_STEPS_FULL: usize = 64;

/// The buckets of addresses.
#[derive(Debug, Default)]
pub(crate) struct AddressBuckets {
    /// Hashed by the standard library's keyed hash: strangers choose their addresses.
    table: Table<RandomState>,
    evicted: u64,
    folded: u64,
}

impl AddressBuckets {
    pub(crate) fn table(&self) -> &Table<RandomState> {
        &self.table
    }

    /// Buckets that went before they were idle.
    pub(crate) fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Requests that were counted by a network because there was no room for their address.
    pub(crate) fn folded(&self) -> u64 {
        self.folded
    }

    /// The bucket that this address counts in now.
    pub(crate) fn find(&self, address: IpAddr, policy_id: PolicyId) -> Option<Duration> {
        let [own, wide] = keys(address, policy_id);
        self.table.find(&own).or_else(|| self.table.find(&wide))
    }

    /// Moves the bucket of this address later; makes room for it if it is new.
    pub(crate) fn raise(&mut self, address: IpAddr, policy_id: PolicyId, full_at: Duration, now: Duration) {
        let [own, wide] = keys(address, policy_id);
        if self.table.raise(&own, full_at) {
            return;
        }
        if self.table.raise(&wide, full_at) {
            self.folded += 1;
            return;
        }
        if self.makes_room(now) {
            self.table.insert(own, full_at);
            return;
        }
        self.table.evict();
        self.evicted += 1;
        self.folded += 1;
        self.table.insert(wide, full_at);
    }

    /// Forgets the bucket that this address counts in; `false` when there is none.
    pub(crate) fn remove(&mut self, address: IpAddr, policy_id: PolicyId) -> bool {
        let [own, wide] = keys(address, policy_id);
        self.table.remove(&own) || self.table.remove(&wide)
    }

    pub(crate) fn sweep(&mut self, now: Duration, steps: usize) {
        self.table.sweep(now, steps);
    }

    /// Whether one more bucket fits, after sweeping some.
    fn makes_room(&mut self, now: Duration) -> bool {
        let is_full = self.table.len() >= ADDRESS_BUCKETS_MAX;
        self.table.sweep(now, if is_full { SWEEP_STEPS_FULL } else { SWEEP_STEPS });
        self.table.len() < ADDRESS_BUCKETS_MAX
    }
}

/// The network that an address counts by when it has a bucket by itself.
#[cfg(feature = "operators")]
pub(crate) fn network(address: IpAddr) -> IpNet {
    let [own, _] = networks(address);
    own
}

/// The bucket of an address by itself, and the one of its network for when there is no room.
fn keys(address: IpAddr, policy_id: PolicyId) -> [BucketKey; 2] {
    networks(address).map(|network| (Owner::Network(network), policy_id))
}

fn networks(address: IpAddr) -> [IpNet; 2] {
    // A dual-stack socket shows IPv4 peers as `::ffff:a.b.c.d`: in one /64, that is in one bucket, if they were left so.
    let address = address.to_canonical();
    let lengths = if address.is_ipv4() { [32, 24] } else { [64, 48] };
    // The lengths are within those of the address family, which is all that `new_assert` asks.
    lengths.map(|length| IpNet::new_assert(address, length).trunc())
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const POLICY: PolicyId = PolicyId(1);
    const NOW: Duration = Duration::from_secs(1_000);
    const LATER: Duration = Duration::from_secs(1_060);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn raise(buckets: &mut AddressBuckets, address: IpAddr) {
        buckets.raise(address, POLICY, LATER, NOW);
    }

    /// Full of addresses of 11.0.0.0/8, each busy until [`LATER`].
    fn full() -> AddressBuckets {
        let mut buckets = AddressBuckets::default();
        let first = u32::from(Ipv4Addr::new(11, 0, 0, 0));
        for number in (first..).take(ADDRESS_BUCKETS_MAX) {
            raise(&mut buckets, Ipv4Addr::from_bits(number).into());
        }
        assert_eq!((buckets.table.len(), buckets.folded()), (ADDRESS_BUCKETS_MAX, 0));
        buckets
    }

    #[test]
    fn an_address_counts_by_itself_or_its_64_and_its_network_is_24_or_48() {
        let cases = [
            ("203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
            ("::ffff:203.0.113.7", "203.0.113.7/32", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ];
        for (text, own, wide) in cases {
            let expected = [own, wide].map(|network| (Owner::Network(network.parse().unwrap()), POLICY));
            assert_eq!(keys(address(text), POLICY), expected, "{text}");
        }
    }

    #[test]
    fn newcomers_count_by_network_while_there_is_no_room() {
        let mut buckets = full();
        raise(&mut buckets, address("203.0.113.1"));
        assert_eq!(buckets.find(address("203.0.113.99"), POLICY), Some(LATER));
        assert_eq!((buckets.evicted(), buckets.folded()), (1, 1));
        raise(&mut buckets, address("203.0.113.99"));
        assert_eq!((buckets.evicted(), buckets.folded()), (1, 2));
        assert_eq!(buckets.table.len(), ADDRESS_BUCKETS_MAX);
    }

    #[test]
    fn an_address_that_has_a_bucket_keeps_it_when_there_is_no_room() {
        let mut buckets = full();
        let known = address("11.0.128.9");
        buckets.raise(known, POLICY, LATER * 2, NOW);
        assert_eq!(buckets.find(known, POLICY), Some(LATER * 2));
        assert_eq!(buckets.find(address("11.0.128.10"), POLICY), Some(LATER));
        assert_eq!(buckets.folded(), 0);
    }

    #[test]
    fn idle_buckets_make_room_before_anybody_counts_by_network() {
        let mut buckets = full();
        buckets.raise(address("203.0.113.1"), POLICY, LATER * 2, LATER + Duration::from_secs(1));
        assert_eq!(buckets.find(address("203.0.113.99"), POLICY), None);
        assert_eq!((buckets.evicted(), buckets.folded()), (0, 0));
    }

    #[test]
    fn a_network_stays_together_when_there_is_room_again_until_its_bucket_is_idle() {
        let mut buckets = full();
        buckets.raise(address("203.0.113.1"), POLICY, LATER * 2, NOW);
        buckets.sweep(LATER + Duration::from_secs(1), usize::MAX);
        raise(&mut buckets, address("203.0.113.2"));
        assert_eq!((buckets.table.len(), buckets.folded()), (1, 2));
        buckets.sweep(LATER * 3, usize::MAX);
        raise(&mut buckets, address("203.0.113.2"));
        assert_eq!(buckets.find(address("203.0.113.1"), POLICY), None);
    }

    #[test]
    fn a_million_addresses_take_no_more_memory_than_the_bound() {
        let mut buckets = AddressBuckets::default();
        for number in 0..500_000_u32 {
            // Each in another /24 and another /48.
            raise(&mut buckets, Ipv4Addr::from_bits(number << 8).into());
            raise(&mut buckets, Ipv6Addr::from_bits(0x2001_u128 << 112 | u128::from(number) << 80).into());
            assert!(buckets.table.len() <= ADDRESS_BUCKETS_MAX);
        }
        assert_eq!(buckets.table.len(), ADDRESS_BUCKETS_MAX);
        assert_eq!(usize::try_from(buckets.evicted()).unwrap(), 1_000_000 - ADDRESS_BUCKETS_MAX);
    }

    #[test]
    fn the_64_networks_of_one_caller_fold_into_one_bucket() {
        let mut buckets = full();
        for network in 0..1_000_u128 {
            raise(&mut buckets, Ipv6Addr::from_bits(0x2001_0db8_0001_u128 << 80 | network << 64).into());
        }
        assert_eq!((buckets.evicted(), buckets.folded()), (1, 1_000));
    }
}
