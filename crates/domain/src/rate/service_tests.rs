//! Which requests pass: by the default, by policies, and when the limiter is away.

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

const WORKSPACE: WorkspaceId = WorkspaceId::from_bytes([7; 16]);

fn request(key_id: KeyId, from: &str) -> RateRequest<'static> {
    RateRequest { key_id, workspace_id: WORKSPACE, address: address(from), route: None, cost: 1 }
}

fn decide(limits: &RateLimits, key_id: KeyId, from: &str) -> Option<Standing> {
    limits.decide(&request(key_id, from)).standing().copied()
}

fn spend_all(limits: &RateLimits, key_id: KeyId) {
    for _ in 0..DEFAULT_PER_MINUTE.get() {
        assert!(decide(limits, key_id, "203.0.113.7").unwrap().decision.is_allowed());
    }
}

#[test]
fn a_key_that_spent_its_quota_waits_for_one_unit() {
    let (limits, clock) = limits(&[]);
    spend_all(&limits, KEY);
    let refused = decide(&limits, KEY, "203.0.113.7").unwrap();
    assert_eq!(refused.decision.outcome, Outcome::Refused { retry_after: Duration::from_millis(100) });
    assert_eq!(refused.resets_at, clock.now().plus(Duration::from_mins(1)));
    clock.advance(Duration::from_millis(100));
    assert!(decide(&limits, KEY, "203.0.113.7").unwrap().decision.is_allowed());
}

#[test]
fn keys_at_one_address_do_not_share() {
    let (limits, _) = limits(&[]);
    spend_all(&limits, KEY);
    assert_eq!(decide(&limits, OTHER_KEY, "203.0.113.7").unwrap().decision.remaining, 599);
}

#[test]
fn a_look_ahead_spends_nothing_and_sees_what_comes_back() {
    let (limits, _) = limits(&[]);
    spend_all(&limits, KEY);
    let peek = |cost: u32, ahead| {
        let asked = RateRequest { cost, ..request(KEY, "203.0.113.7") };
        limits.peek(&asked, Duration::from_millis(ahead)).standing().unwrap().decision
    };
    assert_eq!(peek(1, 0).outcome, Outcome::Refused { retry_after: Duration::from_millis(100) });
    assert_eq!((peek(1, 100).outcome, peek(1, 300).remaining), (Outcome::Allowed, 2));
    assert_eq!(peek(601, 0).outcome, Outcome::NeverFits);
    assert_eq!(peek(1, 100).outcome, Outcome::Allowed, "the one before spent it");
}

#[test]
fn a_wall_clock_that_jumps_gives_nothing_back() {
    let (limits, clock) = limits(&[]);
    spend_all(&limits, KEY);
    clock.jump_to(clock.now().plus(Duration::from_hours(1)));
    assert!(!decide(&limits, KEY, "203.0.113.7").unwrap().decision.is_allowed());
}

#[test]
fn an_exempt_network_is_neither_decided_nor_counted() {
    let (limits, _) = limits(&["127.0.0.0/8", "2001:db8::/32"]);
    for exempt in ["127.0.0.1", "127.200.0.1", "2001:db8:1::1"] {
        assert_eq!(decide(&limits, KEY, exempt), None, "{exempt}");
        assert_eq!((0..100).find_map(|_| limits.record_failure(address(exempt))), None, "{exempt}");
    }
    assert_eq!(decide(&limits, KEY, "128.0.0.1").unwrap().decision.remaining, 599);
}

#[test]
fn failures_cost_a_key_nothing() {
    let (limits, _) = limits(&[]);
    let waits: Vec<_> = (0..61).map(|_| limits.record_failure(address("203.0.113.7"))).collect();
    assert_eq!((waits[59], waits[60]), (None, Some(Duration::from_secs(1))));
    assert_eq!(decide(&limits, KEY, "203.0.113.7").unwrap().decision.remaining, 599);
}
