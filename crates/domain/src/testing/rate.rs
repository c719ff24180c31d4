//! Buckets without bounds, for tests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipnet::IpNet;

use crate::rate::{
    Bucket, Decisions, FailedAuthentications, Limit, PolicyId, Quota, RateLimiter, Subject, decide, decide_all,
};
use crate::time::Clock;

/// Buckets that are never forgotten.
#[derive(Debug, Default)]
pub struct MemoryLimiter {
    full_at: Mutex<HashMap<(Subject, PolicyId), Duration>>,
}

impl RateLimiter for MemoryLimiter {
    fn check(&self, limits: &[Limit], now: Duration, cost: u32) -> Decisions {
        let mut full_at = self.full_at.lock().expect("no test panics while it holds the buckets");
        let key = |limit: &Limit| (limit.subject, limit.policy_id);
        let bucket = |limit| Bucket { tat: full_at.get(&key(limit)).copied(), quota: &limit.quota };
        let decisions = decide_all(&limits.iter().map(bucket).collect::<Vec<_>>(), now, cost);
        for (limit, decision) in limits.iter().zip(&decisions.each) {
            full_at.extend(decision.tat.map(|tat| (key(limit), tat)));
        }
        decisions
    }
}

/// Failures of every address that ever failed.
pub struct MemoryFailures {
    quota: Quota,
    clock: Arc<dyn Clock>,
    full_at: Mutex<HashMap<IpNet, Duration>>,
}

impl std::fmt::Debug for MemoryFailures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryFailures").field("quota", &self.quota).finish_non_exhaustive()
    }
}

impl MemoryFailures {
    /// Lets so many failures pass.
    pub fn new(quota: Quota, clock: Arc<dyn Clock>) -> Self {
        Self { quota, clock, full_at: Mutex::default() }
    }
}

impl FailedAuthentications for MemoryFailures {
    fn record(&self, address: IpAddr) -> Option<Duration> {
        let mut full_at = self.full_at.lock().expect("no test panics while it holds the buckets");
        let network = network(address);
        let decision = decide(full_at.get(&network).copied(), self.clock.elapsed(), &self.quota, 1);
        full_at.extend(decision.tat.map(|tat| (network, tat)));
        decision.retry_after()
    }

    fn is_throttled(&self, address: IpAddr) -> bool {
        let full_at = self.full_at.lock().expect("no test panics while it holds the buckets");
        !decide(full_at.get(&network(address)).copied(), self.clock.elapsed(), &self.quota, 1).is_allowed()
    }
}

/// The network that an address counts by.
pub(super) fn network(address: IpAddr) -> IpNet {
    let address = address.to_canonical();
    IpNet::new_assert(address, if address.is_ipv4() { 32 } else { 64 }).trunc()
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::rate_contract_tests!(MemoryLimiter::default, MemoryFailures::new);
}
