//! Buckets without bounds, for tests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ipnet::IpNet;

use crate::rate::{
    Bucket, BucketView, Decisions, FailedAuthentications, Limit, LimiterError, LiveBucket, Owner, PolicyId, Quota,
    RateLimiter, Subject, decide, decide_all,
};
use crate::time::Clock;

/// Buckets that are never forgotten.
#[derive(Debug, Default)]
pub struct MemoryLimiter {
    full_at: Mutex<HashMap<(Subject, PolicyId), Duration>>,
}

impl RateLimiter for MemoryLimiter {
    fn check(&self, limits: &[Limit], now: Duration, cost: u32) -> Result<Decisions, LimiterError> {
        let mut full_at = self.full_at.lock().expect("no test panics while it holds the buckets");
        let key = |limit: &Limit| (limit.subject, limit.policy_id);
        let bucket = |limit| Bucket { tat: full_at.get(&key(limit)).copied(), quota: &limit.quota, cost: limit.cost };
        let decisions = decide_all(limits.iter().map(bucket), now, cost);
        for (limit, decision) in limits.iter().zip(decisions.each.iter()) {
            full_at.extend(decision.tat.map(|tat| (key(limit), tat)));
        }
        Ok(decisions)
    }
}

impl BucketView for MemoryLimiter {
    fn live(&self, now: Duration, limit: usize, wants: &dyn Fn(&LiveBucket) -> bool) -> Vec<LiveBucket> {
        let full_at = self.full_at.lock().expect("no test panics while it holds the buckets");
        let described = full_at.iter().map(|((subject, policy_id), full_at)| LiveBucket {
            owner: owner(*subject),
            policy_id: *policy_id,
            full_at: *full_at,
        });
        let mut live: Vec<_> = described.filter(|bucket| bucket.full_at > now && wants(bucket)).collect();
        live.sort_by_key(|bucket| std::cmp::Reverse((bucket.full_at, bucket.owner, bucket.policy_id)));
        live.truncate(limit);
        live
    }

    fn reset(&self, subject: Subject, policy_id: PolicyId) -> bool {
        let mut full_at = self.full_at.lock().expect("no test panics while it holds the buckets");
        full_at.remove(&(subject, policy_id)).is_some()
    }
}

fn owner(subject: Subject) -> Owner {
    match subject {
        Subject::Key(id) => Owner::Key(id),
        Subject::Workspace(id) => Owner::Workspace(id),
        Subject::Address(address) => Owner::Network(network(address)),
    }
}

/// A limiter whose buckets are out of reach.
#[derive(Clone, Copy, Debug, Default)]
pub struct BrokenLimiter;

impl RateLimiter for BrokenLimiter {
    fn check(&self, _limits: &[Limit], _now: Duration, _cost: u32) -> Result<Decisions, LimiterError> {
        Err(LimiterError("the test says so".into()))
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
