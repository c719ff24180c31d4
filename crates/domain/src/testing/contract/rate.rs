//! What every keeper of buckets must do.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::id::{KeyId, WorkspaceId};
use crate::rate::{FailedAuthentications, Limit, PolicyId, Quota, RateLimiter, Subject};
use crate::testing::ManualClock;

const NOW: Duration = Duration::from_secs(1_000);
const KEY: Subject = Subject::Key(KeyId::from_bytes([1; 16]));
const OTHER_KEY: Subject = Subject::Key(KeyId::from_bytes([2; 16]));
const WORKSPACE: Subject = Subject::Workspace(WorkspaceId::from_bytes([1; 16]));

/// Sixty a minute, three at once: what the cases of [`FailedAuthentications`] are made with.
pub fn quota() -> Quota {
    burst_of(3)
}

fn burst_of(burst: u32) -> Quota {
    let units = |count| NonZeroU32::new(count).unwrap();
    Quota::per_minute(units(60)).with_burst(units(burst)).unwrap()
}

fn limit(subject: Subject, policy: u32, burst: u32) -> Limit {
    Limit { subject, policy_id: PolicyId(policy), quota: burst_of(burst), cost: 1 }
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// [`RateLimiter::check`]: spends in all of the limits or in none, and answers in their order.
pub fn a_request_spends_in_all_limits_or_in_none(limiter: &dyn RateLimiter) {
    let limits = [limit(KEY, 1, 5), limit(WORKSPACE, 1, 2)];
    let remaining = |cost| {
        let decisions = limiter.check(&limits, NOW, cost).unwrap();
        (decisions.are_all_allowed, decisions.each.iter().map(|decision| decision.remaining).collect::<Vec<_>>())
    };
    assert_eq!(remaining(2), (true, vec![3, 0]));
    assert_eq!(remaining(1), (false, vec![3, 0]));
    assert_eq!(remaining(0), (true, vec![3, 0]));
}

/// [`RateLimiter::check`]: each subject has a bucket of its own under each policy.
pub fn subjects_and_policies_do_not_share(limiter: &dyn RateLimiter) {
    for limit in [limit(KEY, 1, 1), limit(KEY, 2, 1), limit(OTHER_KEY, 1, 1), limit(WORKSPACE, 1, 1)] {
        assert!(limiter.check(&[limit], NOW, 1).unwrap().are_all_allowed, "{limit:?}");
        assert!(!limiter.check(&[limit], NOW, 1).unwrap().are_all_allowed, "{limit:?}");
    }
}

/// [`RateLimiter::check_one`]: does not differ from [`RateLimiter::check`].
pub fn one_limit_is_decided_as_among_several(limiter: &dyn RateLimiter) {
    let steps = [(0, 2), (0, 1), (0, 1), (0, 0), (1, 1), (1, 4), (9, 3), (9, 1)];
    for subject in [KEY, WORKSPACE, Subject::Address(address("203.0.113.7"))] {
        let [asked_alone, asked_together] = [1, 2].map(|policy| limit(subject, policy, 3));
        for (seconds, cost) in steps {
            let now = NOW + Duration::from_secs(seconds);
            let alone = limiter.check_one(&asked_alone, now, cost).unwrap();
            let together = limiter.check(&[asked_together, limit(OTHER_KEY, 9, 1_000)], now, cost).unwrap();
            assert_eq!(alone, together.each[0], "{subject:?} after {seconds} s, cost {cost}");
        }
    }
}

/// [`RateLimiter::check`]: concurrent callers are admitted as if they came one after another.
pub fn eight_threads_pass_as_often_as_the_burst_allows(limiter: &dyn RateLimiter) {
    let limits = [limit(KEY, 1, 100)];
    let passed = || (0..50).filter(|_| limiter.check(&limits, NOW, 1).unwrap().are_all_allowed).count();
    let passed = std::thread::scope(|scope| {
        let threads = [(); 8].map(|()| scope.spawn(passed));
        threads.map(|thread| thread.join().unwrap()).into_iter().sum::<usize>()
    });
    assert_eq!(passed, 100);
}

/// [`FailedAuthentications::record`]: too many failures must wait, which costs nothing more; other addresses need not.
pub fn an_address_that_fails_too_often_waits(failures: &dyn FailedAuthentications, clock: &ManualClock) {
    let attacker = address("203.0.113.7");
    let waits = [(); 5].map(|()| failures.record(attacker));
    assert_eq!(waits, [None, None, None, Some(Duration::from_secs(1)), Some(Duration::from_secs(1))]);
    assert_eq!(failures.record(address("203.0.113.8")), None);
    clock.advance(Duration::from_secs(1));
    assert_eq!(failures.record(attacker), None);
}

/// [`FailedAuthentications::is_throttled`]: counts nothing.
pub fn looking_counts_nothing(failures: &dyn FailedAuthentications, _clock: &ManualClock) {
    let attacker = address("203.0.113.7");
    assert_eq!([(); 9].map(|()| failures.is_throttled(attacker)), [false; 9]);
    assert_eq!([(); 3].map(|()| failures.record(attacker)), [None; 3]);
    assert!(failures.is_throttled(attacker));
}

/// [`FailedAuthentications`]: addresses of one IPv6 `/64` count as one.
pub fn a_network_of_64_bits_counts_as_one(failures: &dyn FailedAuthentications, _clock: &ManualClock) {
    for last in ["1", "2", "ffff:1"] {
        assert_eq!(failures.record(address(&format!("2001:db8:1:1::{last}"))), None);
    }
    assert!(failures.is_throttled(address("2001:db8:1:1::9")));
    assert!(!failures.is_throttled(address("2001:db8:1:2::9")));
}
