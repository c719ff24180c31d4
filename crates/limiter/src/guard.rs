//! A brake on addresses that fail to authenticate.
//!
//! *Threat:* a caller that tries tokens or passwords as fast as it can.
//! *Defence:* failed attempts, and nothing else, are counted by address, in bounded memory (see [`crate::ADDRESS_BUCKETS_MAX`]);
//! an address that fails too often is told to wait. One that only succeeds is never counted.
//! *Not defended:* many addresses that fail seldom each. And who shares a network with an attacker is throttled with it while
//! memory is full: ask after a request has failed, and no valid key is ever refused for its neighbours.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use devhub_domain::rate::{FailedAuthentications, PolicyId, Quota};
use devhub_domain::time::Clock;
use governor::RateLimiter;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;

use crate::addresses::AddressBuckets;
use crate::buckets::Stats;

/// Attempts have their buckets to themselves: any number will do.
const POLICY: PolicyId = PolicyId(0);

/// Counts failed authentications by address.
pub struct AddressGuard {
    limiter: RateLimiter<Attempt, Attempts, ElapsedClock, NoOpMiddleware<Nanos>>,
    /// The limiter's own, which it does not lend.
    buckets: Arc<Mutex<AddressBuckets>>,
    clock: ElapsedClock,
}

impl std::fmt::Debug for AddressGuard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddressGuard").finish_non_exhaustive()
    }
}

impl AddressGuard {
    /// A brake that lets so many failures pass.
    pub fn new(quota: &Quota, clock: Arc<dyn Clock>) -> Self {
        let clock = ElapsedClock { started: clock.elapsed(), clock };
        let buckets = Arc::default();
        let attempts = Attempts { buckets: Arc::clone(&buckets), clock: clock.clone() };
        Self { limiter: RateLimiter::new(governors(quota), attempts, clock.clone()), buckets, clock }
    }

    /// Figures for metrics; it has no buckets of keys and workspaces.
    pub fn stats(&self) -> Stats {
        Stats::of(&self.buckets.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn ask(&self, attempt: Attempt) -> Option<Duration> {
        let refused = self.limiter.check_key(&attempt).err()?;
        Some(refused.wait_time_from(governor::clock::Clock::now(&self.clock)))
    }
}

impl FailedAuthentications for AddressGuard {
    fn record(&self, address: IpAddr) -> Option<Duration> {
        self.ask(Attempt::Failed(address))
    }

    fn is_throttled(&self, address: IpAddr) -> bool {
        self.ask(Attempt::Imagined(address)).is_some()
    }
}

/// Governor has no way to look without spending, so the store is told which is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Attempt {
    Failed(IpAddr),
    Imagined(IpAddr),
}

/// Governor's state, in memory that strangers cannot fill.
struct Attempts {
    buckets: Arc<Mutex<AddressBuckets>>,
    clock: ElapsedClock,
}

impl StateStore for Attempts {
    type Key = Attempt;

    fn measure_and_replace<T, F, E>(&self, attempt: &Attempt, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let (Attempt::Failed(address) | Attempt::Imagined(address)) = *attempt;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let (measured, full_at) = measure(buckets.find(address, POLICY).map(Nanos::from))?;
        if let Attempt::Failed(_) = attempt {
            buckets.raise(address, POLICY, full_at.into(), self.clock.elapsed());
        }
        Ok(measured)
    }
}

/// The hub's clock as governor wants it: from zero, because governor counts from its own start.
#[derive(Clone)]
struct ElapsedClock {
    clock: Arc<dyn Clock>,
    started: Duration,
}

impl ElapsedClock {
    fn elapsed(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.started)
    }
}

impl governor::clock::Clock for ElapsedClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        self.elapsed().into()
    }
}

fn governors(quota: &Quota) -> governor::Quota {
    let interval = (quota.window() / quota.limit().get()).max(Duration::from_nanos(1));
    let quota_of_one = governor::Quota::with_period(interval).expect("the interval is not zero");
    quota_of_one.allow_burst(quota.burst())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::num::NonZeroU32;

    use devhub_domain::testing::ManualClock;

    use super::*;

    const ATTACKER: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
    const NEIGHBOUR: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 8));

    /// Six failures a minute, three at once.
    fn guard() -> (AddressGuard, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::default());
        clock.advance(Duration::from_secs(5));
        let units = |count| NonZeroU32::new(count).unwrap();
        let quota = Quota::per_minute(units(6)).with_burst(units(3)).unwrap();
        (AddressGuard::new(&quota, clock.clone()), clock)
    }

    #[test]
    fn an_address_that_fails_too_often_is_told_how_long_to_wait() {
        let (guard, clock) = guard();
        assert_eq!([(); 3].map(|()| guard.record(ATTACKER)), [None; 3]);
        clock.advance(Duration::from_secs(4));
        assert_eq!(guard.record(ATTACKER), Some(Duration::from_secs(6)));
        assert!(guard.is_throttled(ATTACKER));
        clock.advance(Duration::from_secs(6));
        assert!(!guard.is_throttled(ATTACKER));
        assert_eq!(guard.record(ATTACKER), None);
        assert!(guard.is_throttled(ATTACKER));
    }

    #[test]
    fn an_address_that_only_succeeds_is_never_throttled() {
        let (guard, _) = guard();
        for _ in 0..100 {
            assert!(!guard.is_throttled(NEIGHBOUR));
            guard.record(ATTACKER);
        }
        assert_eq!(guard.record(NEIGHBOUR), None);
    }

    #[test]
    fn asking_leaves_nothing_in_memory() {
        let (guard, _) = guard();
        assert!(!guard.is_throttled(ATTACKER));
        assert_eq!(guard.stats(), Stats::default());
    }

    #[test]
    fn a_million_failing_addresses_take_no_more_memory_than_the_bound() {
        let (guard, _) = guard();
        for number in 0..1_000_000_u32 {
            guard.record(IpAddr::V4(Ipv4Addr::from_bits(number)));
        }
        let stats = guard.stats();
        assert_eq!(stats.addresses, crate::ADDRESS_BUCKETS_MAX);
        assert!(stats.evicted > 0 && stats.folded > stats.evicted, "{stats:?}");
    }

    #[test]
    fn eight_threads_at_one_instant_pass_as_often_as_the_burst_allows() {
        let (guard, _) = guard();
        let passed = std::thread::scope(|scope| {
            let threads =
                [(); 8].map(|()| scope.spawn(|| (0..1_000).filter(|_| guard.record(ATTACKER).is_none()).count()));
            threads.map(|thread| thread.join().unwrap()).into_iter().sum::<usize>()
        });
        assert_eq!(passed, 3);
    }
}
