//! Failed sign-ins without bounds, for tests.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipnet::IpNet;

use super::rate::network;
use crate::operators::{AccountDigest, FailedSignIns, account_quota, address_quota};
use crate::rate::{Quota, decide};
use crate::time::Clock;

/// Failures that are never forgotten.
pub struct MemoryFailedSignIns {
    clock: Arc<dyn Clock>,
    counts: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    accounts: HashMap<(AccountDigest, IpNet), Duration>,
    addresses: HashMap<IpNet, Duration>,
}

impl std::fmt::Debug for MemoryFailedSignIns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryFailedSignIns").finish_non_exhaustive()
    }
}

impl MemoryFailedSignIns {
    /// Nothing has failed yet.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, counts: Mutex::default() }
    }
}

fn wait<K: Hash + Eq>(full_at: &HashMap<K, Duration>, key: &K, now: Duration, quota: &Quota) -> Option<Duration> {
    decide(full_at.get(key).copied(), now, quota, 1).retry_after()
}

fn count<K: Hash + Eq>(full_at: &mut HashMap<K, Duration>, key: K, now: Duration, quota: &Quota) {
    let decision = decide(full_at.get(&key).copied(), now, quota, 1);
    full_at.extend(decision.tat.map(|tat| (key, tat)));
}

impl FailedSignIns for MemoryFailedSignIns {
    fn wait(&self, account: &AccountDigest, address: IpAddr) -> Option<Duration> {
        let (counts, network) = (self.counts.lock().expect("no test panics while it counts"), network(address));
        let now = self.clock.elapsed();
        let account = wait(&counts.accounts, &(*account, network), now, &account_quota());
        account.max(wait(&counts.addresses, &network, now, &address_quota()))
    }

    fn record(&self, account: &AccountDigest, address: IpAddr) {
        let (mut counts, network) = (self.counts.lock().expect("no test panics while it counts"), network(address));
        let now = self.clock.elapsed();
        count(&mut counts.accounts, (*account, network), now, &account_quota());
        count(&mut counts.addresses, network, now, &address_quota());
    }

    fn forgive(&self, account: &AccountDigest, address: IpAddr) {
        let mut counts = self.counts.lock().expect("no test panics while it counts");
        counts.accounts.remove(&(*account, network(address)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::sign_in_contract_tests!(MemoryFailedSignIns::new);
}
