//! Rate decisions over buckets in the memory of this process.
//!
//! *Threat:* requests at the same instant that each see the same unspent bucket; a request that is refused by one limit and has
//! already spent from another; two requests that wait for each other's buckets.
//! *Defence:* all buckets of a request are locked, in one fixed order, while it is decided and counted.
//! *Not defended:* other processes have buckets of their own, and a restart begins with full ones.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use devhub_domain::rate::{
    Bucket, BucketView, Decision, Decisions, Each, Limit, LimiterError, LiveBucket, Owner, PolicyId, RateLimiter,
    Subject, decide, decide_all,
};

use crate::addresses::AddressBuckets;
use crate::table::{BucketKey, Table};

/// Keys and workspaces are spread over so many locks, so that threads seldom meet at one. One bit of a [`u16`] each.
const SHARDS: usize = 16;

/// Hashed fast: the hub makes the ids, so that nobody can choose them to collide.
type Shard = Table<foldhash::fast::RandomState>;

/// The buckets of this process.
///
/// Buckets of keys and workspaces exist for those that made requests lately, so there are never more than keys times policies;
/// those of addresses are bounded by [`crate::ADDRESS_BUCKETS_MAX`].
#[derive(Debug, Default)]
pub struct Buckets {
    shards: [Mutex<Shard>; SHARDS],
    addresses: Mutex<AddressBuckets>,
}

/// Figures for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Buckets of keys and workspaces now.
    pub subjects: usize,
    /// Buckets of addresses now.
    pub addresses: usize,
    /// Buckets of addresses that went before they were idle, since the start.
    pub evicted: u64,
    /// Requests counted by a network because there was no room for their address, since the start.
    pub folded: u64,
}

impl Stats {
    /// What there is of addresses.
    pub(crate) fn of(addresses: &AddressBuckets) -> Self {
        let (evicted, folded) = (addresses.evicted(), addresses.folded());
        Self { subjects: 0, addresses: addresses.table().len(), evicted, folded }
    }
}

impl Buckets {
    /// No buckets: everybody has a full burst.
    pub fn new() -> Self {
        Self::default()
    }

    /// Decides like [`RateLimiter::check`] and spends nothing.
    pub fn peek(&self, limits: &[Limit], now: Duration, cost: u32) -> Decisions {
        self.lock(limits).decide(limits, now, cost)
    }

    /// Forgets buckets that are full. Looks at `steps` buckets of each shard at most, so that no check waits for long.
    ///
    /// New buckets sweep old ones; this is for the time when there are no new ones.
    pub fn sweep(&self, now: Duration, steps: usize) {
        for shard in &self.shards {
            lock(shard).sweep(now, steps);
        }
        lock(&self.addresses).sweep(now, steps);
    }

    /// Figures for metrics.
    pub fn stats(&self) -> Stats {
        let subjects = self.shards.iter().map(|shard| lock(shard).len()).sum();
        Stats { subjects, ..Stats::of(&lock(&self.addresses)) }
    }

    /// Locks what these limits need: shards in their order, addresses last, whatever the order of the limits.
    fn lock(&self, limits: &[Limit]) -> Locked<'_> {
        let (mut wanted, mut wants_addresses) = (0_u16, false);
        for limit in limits {
            match Place::of(limit.subject) {
                Place::Shard { index, .. } => wanted |= 1 << index,
                Place::Addresses(_) => wants_addresses = true,
            }
        }
        let mut shards = [const { None }; SHARDS];
        for (index, (guard, shard)) in shards.iter_mut().zip(&self.shards).enumerate() {
            if wanted & (1 << index) != 0 {
                *guard = Some(lock(shard));
            }
        }
        Locked { shards, addresses: wants_addresses.then(|| lock(&self.addresses)) }
    }
}

impl BucketView for Buckets {
    fn live(&self, now: Duration, limit: usize, wants: &dyn Fn(&LiveBucket) -> bool) -> Vec<LiveBucket> {
        let mut latest = BinaryHeap::new();
        let mut gather = |(key, full_at): (&BucketKey, Duration)| {
            let (owner, policy_id) = *key;
            if full_at > now && wants(&LiveBucket { owner, policy_id, full_at }) {
                latest.push(Reverse((full_at, *key)));
            }
            if latest.len() > limit {
                latest.pop();
            }
        };
        for shard in &self.shards {
            lock(shard).iter().for_each(&mut gather);
        }
        lock(&self.addresses).table().iter().for_each(&mut gather);
        let described = |Reverse((full_at, (owner, policy_id)))| LiveBucket { owner, policy_id, full_at };
        latest.into_sorted_vec().into_iter().map(described).collect()
    }

    fn reset(&self, subject: Subject, policy_id: PolicyId) -> bool {
        match Place::of(subject) {
            Place::Shard { index, owner } => {
                self.shards.get(index).is_some_and(|shard| lock(shard).remove(&(owner, policy_id)))
            }
            Place::Addresses(address) => lock(&self.addresses).remove(address, policy_id),
        }
    }
}

impl RateLimiter for Buckets {
    /// A bucket that is named twice is decided as if it were two and spent once. Memory is never out of reach.
    fn check(&self, limits: &[Limit], now: Duration, cost: u32) -> Result<Decisions, LimiterError> {
        if let [limit] = limits {
            let decision = self.check_one(limit, now, cost)?;
            return Ok(Decisions { are_all_allowed: decision.is_allowed(), each: Each::one(decision) });
        }
        let mut locked = self.lock(limits);
        let decisions = locked.decide(limits, now, cost);
        if decisions.are_all_allowed {
            for (limit, decision) in limits.iter().zip(decisions.each.iter()) {
                if let Some(full_at) = decision.tat {
                    locked.raise(limit, full_at, now);
                }
            }
        }
        Ok(decisions)
    }

    /// Without the bookkeeping for several it takes a third of the time.
    fn check_one(&self, limit: &Limit, now: Duration, cost: u32) -> Result<Decision, LimiterError> {
        let by_this = |tat| decide(tat, now, &limit.quota, limit.cost.saturating_mul(cost));
        match Place::of(limit.subject) {
            Place::Shard { index, owner } => {
                let shard = self.shards.get(index).expect("an index is a remainder of their number");
                Ok(lock(shard).spend((owner, limit.policy_id), now, by_this))
            }
            Place::Addresses(address) => {
                let mut addresses = lock(&self.addresses);
                let decision = by_this(addresses.find(address, limit.policy_id));
                if let Some(full_at) = decision.tat.filter(|_| decision.is_allowed()) {
                    addresses.raise(address, limit.policy_id, full_at, now);
                }
                Ok(decision)
            }
        }
    }
}

/// Where the bucket of a subject is kept.
enum Place {
    Shard { index: usize, owner: Owner },
    Addresses(std::net::IpAddr),
}

impl Place {
    fn of(subject: Subject) -> Self {
        match subject {
            Subject::Key(id) => Self::Shard { index: index(id.as_bytes()), owner: Owner::Key(id) },
            Subject::Workspace(id) => Self::Shard { index: index(id.as_bytes()), owner: Owner::Workspace(id) },
            Subject::Address(address) => Self::Addresses(address),
        }
    }
}

/// The last byte of an id is random.
fn index(id: &[u8; 16]) -> usize {
    let [.., last] = id;
    usize::from(*last) % SHARDS
}

/// Why a table of [`Locked`] is there.
const LOCKED: &str = "what the limits of a request need was locked for them";

/// The tables of one request, locked.
struct Locked<'a> {
    shards: [Option<MutexGuard<'a, Shard>>; SHARDS],
    addresses: Option<MutexGuard<'a, AddressBuckets>>,
}

impl Locked<'_> {
    fn decide(&self, limits: &[Limit], now: Duration, cost: u32) -> Decisions {
        let bucket = |limit| Bucket { tat: self.find(limit), quota: &limit.quota, cost: limit.cost };
        decide_all(limits.iter().map(bucket), now, cost)
    }

    fn find(&self, limit: &Limit) -> Option<Duration> {
        match Place::of(limit.subject) {
            Place::Shard { index, owner } => {
                let shard = self.shards.get(index).and_then(Option::as_ref).expect(LOCKED);
                shard.find(&(owner, limit.policy_id))
            }
            Place::Addresses(address) => self.addresses.as_ref().expect(LOCKED).find(address, limit.policy_id),
        }
    }

    fn raise(&mut self, limit: &Limit, full_at: Duration, now: Duration) {
        match Place::of(limit.subject) {
            Place::Shard { index, owner } => {
                let shard = self.shards.get_mut(index).and_then(Option::as_mut).expect(LOCKED);
                shard.store((owner, limit.policy_id), full_at, now);
            }
            Place::Addresses(address) => {
                let addresses = self.addresses.as_mut().expect(LOCKED);
                addresses.raise(address, limit.policy_id, full_at, now);
            }
        }
    }
}

/// A thread that panicked inside left whole numbers behind, so the others go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
