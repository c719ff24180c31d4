//! A brake on sign-ins that fail; what it defends against stands in the domain's `operators` (`throttle`).
//!
//! Decided by the domain's own function over the memory of `addresses`: governor, which counts failed authentications, cannot forget
//! a bucket, and a right password forgives.
//!
//! Pairs of an account and an address are bounded like addresses: at most [`PAIR_BUCKETS_MAX`]; when so many are in use, the half that
//! is nearest to idle goes, of which the least is lost. Whoever fills them has to fail 65,536 times, which the count by
//! address makes slow.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use devhub_domain::operators::{AccountDigest, FailedSignIns, account_quota, address_quota};
use devhub_domain::rate::{PolicyId, Quota, decide};
use devhub_domain::time::Clock;
use ipnet::IpNet;

use crate::addresses::{AddressBuckets, network};

/// How many pairs of an account and an address there may be: about 6 MiB.
pub const PAIR_BUCKETS_MAX: usize = 65_536;

/// Addresses have their buckets to themselves: any number will do.
const POLICY: PolicyId = PolicyId(0);

/// Counts failed sign-ins.
pub struct SignInGuard {
    counts: Mutex<Counts>,
    account_quota: Quota,
    address_quota: Quota,
    clock: Arc<dyn Clock>,
}

#[derive(Default)]
struct Counts {
    /// When the bucket of each pair is full again.
    pairs: HashMap<(AccountDigest, IpNet), Duration>,
    addresses: AddressBuckets,
}

impl std::fmt::Debug for SignInGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInGuard").finish_non_exhaustive()
    }
}

impl SignInGuard {
    /// Nothing has failed yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { counts: Mutex::default(), account_quota: account_quota(), address_quota: address_quota(), clock }
    }
}

impl FailedSignIns for SignInGuard {
    fn wait(&self, account: &AccountDigest, address: IpAddr) -> Option<Duration> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.elapsed();
        let wait = |full_at, quota| decide(full_at, now, quota, 1).retry_after();
        let by_pair = wait(counts.pairs.get(&(*account, network(address))).copied(), &self.account_quota);
        by_pair.max(wait(counts.addresses.find(address, POLICY), &self.address_quota))
    }

    fn record(&self, account: &AccountDigest, address: IpAddr) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.elapsed();
        let pair = (*account, network(address));
        if let Some(full_at) = decide(counts.pairs.get(&pair).copied(), now, &self.account_quota, 1).tat {
            counts.make_room(&pair, now);
            counts.pairs.insert(pair, full_at);
        }
        let spent = counts.addresses.find(address, POLICY);
        if let Some(full_at) = decide(spent, now, &self.address_quota, 1).tat {
            counts.addresses.raise(address, POLICY, full_at, now);
        }
    }

    fn forgive(&self, account: &AccountDigest, address: IpAddr) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.pairs.remove(&(*account, network(address)));
    }
}

impl Counts {
    /// Makes room for a pair that is not here. Walks through all of them only when there is none, which is once for half of them.
    fn make_room(&mut self, pair: &(AccountDigest, IpNet), now: Duration) {
        if self.pairs.len() < PAIR_BUCKETS_MAX || self.pairs.contains_key(pair) {
            return;
        }
        self.pairs.retain(|_, full_at| *full_at > now);
        if self.pairs.len() < PAIR_BUCKETS_MAX {
            return;
        }
        let mut instants: Vec<Duration> = self.pairs.values().copied().collect();
        let (_, median, _) = instants.select_nth_unstable(PAIR_BUCKETS_MAX / 2);
        let median = *median;
        // All may be of one instant: then half of them goes, whichever.
        let mut surplus = PAIR_BUCKETS_MAX / 2;
        self.pairs.retain(|_, full_at| {
            let goes = *full_at <= median && surplus > 0;
            surplus -= usize::from(goes);
            !goes
        });
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use devhub_domain::testing::ManualClock;

    use super::*;

    devhub_domain::sign_in_contract_tests!(SignInGuard::new);

    #[test]
    fn two_hundred_thousand_failures_take_no_more_memory_than_the_bound() {
        let guard = SignInGuard::new(Arc::new(ManualClock::default()));
        for number in 0..200_000_u32 {
            guard.record(&AccountDigest::of(&number.to_string()), Ipv4Addr::from_bits(number).into());
        }
        let counts = guard.counts.lock().unwrap();
        assert!(counts.pairs.len() <= PAIR_BUCKETS_MAX);
        assert!(counts.addresses.table().len() <= crate::ADDRESS_BUCKETS_MAX);
    }

    #[test]
    fn what_has_failed_most_is_remembered_when_there_is_no_room() {
        let guard = SignInGuard::new(Arc::new(ManualClock::default()));
        let attacker: IpAddr = Ipv4Addr::new(203, 0, 113, 7).into();
        let owner = AccountDigest::of("owner");
        (0..5).for_each(|_| guard.record(&owner, attacker));
        for number in 0..100_000_u32 {
            guard.record(&AccountDigest::of(&number.to_string()), Ipv4Addr::from_bits(number).into());
        }
        assert!(guard.wait(&owner, attacker).is_some());
    }
}
