//! Whether a request may pass: asked once for each, after its authentication.
//!
//! *Threat:* a caller that takes more than its share; one that tries tokens as fast as it can.
//! *Defence:* each key has a quota; each address may fail to authenticate so often. Nothing of a key's quota is spent by requests
//! that failed to authenticate, and failures are asked about only after they happened, so that nobody can use up what belongs to
//! another. *Not defended:* many addresses that fail seldom each.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

use super::{
    Decision, FAILED_AUTHENTICATIONS_PER_MINUTE, FailedAuthentications, Limit, Policy, Quota, RateLimiter, Subject,
    decide,
};
use crate::id::KeyId;
use crate::time::{Clock, Timestamp};

/// What one request costs.
const COST: u32 = 1;

/// Whom the limits bind, and to how much.
#[derive(Clone, Debug)]
pub struct RateRules {
    /// What each key has.
    pub default: Policy,
    /// How often one address may fail to authenticate; for display, since [`FailedAuthentications`] does the counting.
    pub failed_authentications: Quota,
    /// Networks whose requests are not limited: neither decided nor counted.
    pub exempt_networks: Vec<IpNet>,
}

impl Default for RateRules {
    /// [`Policy::default`], [`FAILED_AUTHENTICATIONS_PER_MINUTE`], and nobody is exempt.
    fn default() -> Self {
        Self {
            default: Policy::default(),
            failed_authentications: Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE),
            exempt_networks: Vec::new(),
        }
    }
}

/// Where a key stands with its policy right after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What became of the request, and what remains.
    pub decision: Decision,
    /// When nothing is spent any more, if nothing else is asked meanwhile. Wall time.
    pub resets_at: Timestamp,
}

/// Where a key would stand with its policy right after a request that is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peek {
    /// The policy that decides.
    pub policy: Policy,
    /// What would become of the request.
    pub standing: Standing,
}

/// Decides which requests may pass.
#[derive(Clone)]
pub struct RateLimits {
    rules: RateRules,
    limiter: Arc<dyn RateLimiter>,
    failures: Arc<dyn FailedAuthentications>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimits").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl RateLimits {
    /// Limits by these rules, over these buckets.
    pub fn new(
        rules: RateRules,
        limiter: Arc<dyn RateLimiter>,
        failures: Arc<dyn FailedAuthentications>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { rules, limiter, failures, clock }
    }

    /// Whom the limits bind, and to how much.
    pub const fn rules(&self) -> &RateRules {
        &self.rules
    }

    /// What each key has.
    pub const fn default_policy(&self) -> &Policy {
        &self.rules.default
    }

    /// Decides over a request of this key and counts it if it may pass; `None` when the address is exempt.
    ///
    /// # Panics
    /// When the limiter does not answer, which its contract forbids.
    pub fn decide(&self, key_id: KeyId, address: IpAddr) -> Option<Standing> {
        self.decide_cost(key_id, address, COST)
    }

    /// The same of a request that costs so many units; 0 only looks, and is allowed however much is spent.
    ///
    /// # Panics
    /// When the limiter does not answer, which its contract forbids.
    pub fn decide_cost(&self, key_id: KeyId, address: IpAddr, cost: u32) -> Option<Standing> {
        if self.is_exempt(address) {
            return None;
        }
        let policy = &self.rules.default;
        let limit = Limit { subject: Subject::Key(key_id), policy_id: policy.id(), quota: *policy.quota() };
        let decisions = self.limiter.check(&[limit], self.clock.elapsed(), cost);
        let decision = *decisions.each.first().expect("a limiter answers every limit");
        Some(Standing { decision, resets_at: self.clock.now().plus(decision.resets_after) })
    }

    /// What a request of this key would be answered in a while, spending nothing; `None` when the address is exempt.
    ///
    /// # Panics
    /// When the limiter does not answer, which its contract forbids.
    pub fn peek(&self, key_id: KeyId, address: IpAddr, cost: NonZeroU32, ahead: Duration) -> Option<Peek> {
        if self.is_exempt(address) {
            return None;
        }
        let policy = self.rules.default;
        let limit = Limit { subject: Subject::Key(key_id), policy_id: policy.id(), quota: *policy.quota() };
        let elapsed = self.clock.elapsed();
        // Cost 0 only looks; what is stored decides over the real cost, by the function that decides over requests.
        let looked = self.limiter.check(&[limit], elapsed, 0);
        let tat = looked.each.first().expect("a limiter answers every limit").tat;
        let decision = decide(tat, elapsed.saturating_add(ahead), policy.quota(), cost.get());
        let resets_at = self.clock.now().plus(ahead).plus(decision.resets_after);
        Some(Peek { policy, standing: Standing { decision, resets_at } })
    }

    /// Counts a request that failed to authenticate; says how long its address must wait if that was one too many.
    ///
    /// Must not be asked before authentication has failed: a valid key is never refused for its neighbours.
    pub fn record_failure(&self, address: IpAddr) -> Option<Duration> {
        if self.is_exempt(address) {
            return None;
        }
        self.failures.record(address)
    }

    fn is_exempt(&self, address: IpAddr) -> bool {
        self.rules.exempt_networks.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::{DEFAULT_PER_MINUTE, Outcome};
    use crate::testing::{ManualClock, MemoryFailures, MemoryLimiter};

    const KEY: KeyId = KeyId::from_bytes([1; 16]);
    const OTHER_KEY: KeyId = KeyId::from_bytes([2; 16]);

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn limits(exempt: &[&str]) -> (RateLimits, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::default());
        let exempt_networks = exempt.iter().map(|network| network.parse().unwrap()).collect();
        let rules = RateRules { exempt_networks, ..RateRules::default() };
        let failures = MemoryFailures::new(Quota::per_minute(FAILED_AUTHENTICATIONS_PER_MINUTE), clock.clone());
        let limiter = Arc::new(MemoryLimiter::default());
        (RateLimits::new(rules, limiter, Arc::new(failures), clock.clone()), clock)
    }

    fn spend_all(limits: &RateLimits, key_id: KeyId) {
        for _ in 0..DEFAULT_PER_MINUTE.get() {
            assert!(limits.decide(key_id, address("203.0.113.7")).unwrap().decision.is_allowed());
        }
    }

    #[test]
    fn a_key_that_spent_its_quota_waits_for_one_unit() {
        let (limits, clock) = limits(&[]);
        spend_all(&limits, KEY);
        let refused = limits.decide(KEY, address("203.0.113.7")).unwrap();
        assert_eq!(refused.decision.outcome, Outcome::Refused { retry_after: Duration::from_millis(100) });
        assert_eq!(refused.resets_at, clock.now().plus(Duration::from_mins(1)));
        clock.advance(Duration::from_millis(100));
        assert!(limits.decide(KEY, address("203.0.113.7")).unwrap().decision.is_allowed());
    }

    #[test]
    fn keys_at_one_address_do_not_share() {
        let (limits, _) = limits(&[]);
        spend_all(&limits, KEY);
        assert_eq!(limits.decide(OTHER_KEY, address("203.0.113.7")).unwrap().decision.remaining, 599);
    }

    #[test]
    fn a_wall_clock_that_jumps_gives_nothing_back() {
        let (limits, clock) = limits(&[]);
        spend_all(&limits, KEY);
        clock.jump_to(clock.now().plus(Duration::from_hours(1)));
        assert!(!limits.decide(KEY, address("203.0.113.7")).unwrap().decision.is_allowed());
    }

    #[test]
    fn an_exempt_network_is_neither_decided_nor_counted() {
        let (limits, _) = limits(&["127.0.0.0/8", "2001:db8::/32"]);
        for exempt in ["127.0.0.1", "127.200.0.1", "2001:db8:1::1"] {
            assert_eq!(limits.decide(KEY, address(exempt)), None, "{exempt}");
            assert_eq!((0..100).find_map(|_| limits.record_failure(address(exempt))), None, "{exempt}");
        }
        assert_eq!(limits.decide(KEY, address("128.0.0.1")).unwrap().decision.remaining, 599);
    }

    #[test]
    fn a_look_ahead_spends_nothing_and_sees_what_comes_back() {
        let (limits, _) = limits(&[]);
        spend_all(&limits, KEY);
        let peek = |cost: u32, ahead| {
            let cost = NonZeroU32::new(cost).unwrap();
            limits.peek(KEY, address("203.0.113.7"), cost, Duration::from_millis(ahead)).unwrap().standing.decision
        };
        assert_eq!(peek(1, 0).outcome, Outcome::Refused { retry_after: Duration::from_millis(100) });
        assert_eq!((peek(1, 100).outcome, peek(1, 300).remaining), (Outcome::Allowed, 2));
        assert_eq!(peek(601, 0).outcome, Outcome::NeverFits);
        assert_eq!(peek(1, 100).outcome, Outcome::Allowed, "the one before spent it");
    }

    #[test]
    fn failures_cost_a_key_nothing() {
        let (limits, _) = limits(&[]);
        let waits: Vec<_> = (0..61).map(|_| limits.record_failure(address("203.0.113.7"))).collect();
        assert_eq!((waits[59], waits[60]), (None, Some(Duration::from_secs(1))));
        assert_eq!(limits.decide(KEY, address("203.0.113.7")).unwrap().decision.remaining, 599);
    }
}
