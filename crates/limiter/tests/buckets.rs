//! Rate decisions over buckets: what is counted, what is not, and that both hold under load.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::thread;
use std::time::Duration;

use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::rate::{BucketView, Decisions, Limit, Outcome, Owner, PolicyId, Quota, RateLimiter, Subject};
use devhub_limiter::{AddressGuard, Buckets, Stats};
use proptest::prelude::*;

const MINUTE: PolicyId = PolicyId(1);
const BURST: PolicyId = PolicyId(2);
const NOW: Duration = Duration::from_secs(1_000);
const ADDRESS: Subject = Subject::Address(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)));

fn quota(limit: u32, window: Duration, burst: u32) -> Quota {
    let units = |count| NonZeroU32::new(count).expect("not zero");
    Quota::new(units(limit), window).and_then(|quota| quota.with_burst(units(burst))).expect("a valid quota")
}

fn key(number: u8) -> Subject {
    Subject::Key(KeyId::from_bytes([number; 16]))
}

fn workspace(number: u8) -> Subject {
    Subject::Workspace(WorkspaceId::from_bytes([number; 16]))
}

/// `burst` at once, one more each second.
fn limit(subject: Subject, policy_id: PolicyId, burst: u32) -> Limit {
    Limit { subject, policy_id, quota: quota(60, Duration::from_mins(1), burst), cost: 1 }
}

fn check(buckets: &Buckets, limits: &[Limit], now: Duration, cost: u32) -> Decisions {
    buckets.check(limits, now, cost).expect("memory is never out of reach")
}

fn remaining(buckets: &Buckets, limit: Limit) -> u32 {
    buckets.peek(&[limit], NOW, 0).each.first().expect("one limit").remaining
}

devhub_domain::rate_contract_tests!(Buckets::new, |quota, clock| AddressGuard::new(&quota, clock));

#[test]
fn a_subject_has_one_bucket_under_each_policy_and_kinds_of_subjects_differ() {
    let buckets = Buckets::new();
    check(&buckets, &[limit(key(1), MINUTE, 5)], NOW, 3);
    let others = [(key(1), BURST), (key(2), MINUTE), (key(17), MINUTE), (workspace(1), MINUTE), (ADDRESS, MINUTE)];
    assert_eq!(remaining(&buckets, limit(key(1), MINUTE, 5)), 2);
    assert_eq!(others.map(|(subject, policy_id)| remaining(&buckets, limit(subject, policy_id, 5))), [5; 5]);
}

#[test]
fn a_request_that_one_limit_refuses_spends_from_none() {
    let buckets = Buckets::new();
    let limits = [limit(key(1), MINUTE, 9), limit(workspace(2), MINUTE, 2), limit(ADDRESS, MINUTE, 9)];
    assert!(check(&buckets, &limits, NOW, 2).are_all_allowed);
    let refused = check(&buckets, &limits, NOW, 1);
    assert!(!refused.are_all_allowed);
    assert_eq!(refused.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(limits.map(|limit| remaining(&buckets, limit)), [7, 0, 7]);
}

#[test]
fn a_refused_newcomer_leaves_nothing_in_memory() {
    let buckets = Buckets::new();
    let decisions = check(&buckets, &[limit(ADDRESS, MINUTE, 5), limit(key(1), MINUTE, 1)], NOW, 2);
    assert_eq!(decisions.each[1].outcome, Outcome::NeverFits);
    assert_eq!(buckets.stats(), Stats::default());
}

#[test]
fn peeking_tells_what_a_check_would_and_spends_nothing() {
    let buckets = Buckets::new();
    let limits = [limit(key(1), MINUTE, 3), limit(ADDRESS, MINUTE, 3)];
    let peeked = buckets.peek(&limits, NOW, 3);
    assert_eq!(buckets.peek(&limits, NOW, 3), peeked);
    assert_eq!(check(&buckets, &limits, NOW, 3), peeked);
    assert!(!buckets.peek(&limits, NOW, 1).are_all_allowed);
}

#[test]
fn no_limit_allows_everything() {
    assert!(check(&Buckets::new(), &[], NOW, 1).are_all_allowed);
}

#[test]
fn a_limit_that_is_named_twice_is_spent_once() {
    let buckets = Buckets::new();
    let limit = limit(key(1), MINUTE, 3);
    check(&buckets, &[limit, limit], NOW, 1);
    assert_eq!(remaining(&buckets, limit), 2);
}

#[test]
fn a_changed_quota_bites_at_once() {
    let buckets = Buckets::new();
    check(&buckets, &[limit(key(1), MINUTE, 60)], NOW, 30);
    assert!(!check(&buckets, &[limit(key(1), MINUTE, 10)], NOW, 1).are_all_allowed);
    assert_eq!(remaining(&buckets, limit(key(1), MINUTE, 60)), 30);
}

#[test]
fn a_reset_fills_one_bucket_and_no_other() {
    let buckets = Buckets::new();
    let limits = [limit(key(1), MINUTE, 5), limit(key(1), BURST, 5), limit(ADDRESS, MINUTE, 5)];
    check(&buckets, &limits, NOW, 5);
    assert_eq!([(key(1), MINUTE), (ADDRESS, MINUTE)].map(|(who, policy_id)| buckets.reset(who, policy_id)), [true; 2]);
    assert_eq!(limits.map(|limit| remaining(&buckets, limit)), [5, 0, 5]);
    assert!(!buckets.reset(key(1), MINUTE));
}

#[test]
fn the_live_view_shows_the_buckets_that_are_full_last_first() {
    let buckets = Buckets::new();
    let network = Owner::Network("203.0.113.7/32".parse().unwrap());
    for (subject, cost) in [(key(1), 3), (ADDRESS, 5), (workspace(1), 1), (key(2), 4)] {
        check(&buckets, &[limit(subject, MINUTE, 9)], NOW, cost);
    }
    let live =
        |now, limit| buckets.live(now, limit, &|_| true).into_iter().map(|bucket| bucket.owner).collect::<Vec<_>>();
    let [first, second] = [1, 2].map(|number| Owner::Key(KeyId::from_bytes([number; 16])));
    assert_eq!(live(NOW, 3), [network, second, first]);
    assert_eq!(live(NOW + Duration::from_secs(4), 3), [network]);
    assert_eq!(live(NOW, 0), []);
    assert_eq!(buckets.live(NOW, 1, &|_| true)[0].full_at, NOW + Duration::from_secs(5));
}

#[test]
fn the_live_view_shows_what_is_wanted_and_no_more_than_fits() {
    let buckets = Buckets::new();
    for number in 0..10 {
        check(&buckets, &[limit(key(number), if number < 5 { MINUTE } else { BURST }, 9)], NOW, 1);
    }
    let live = |limit| buckets.live(NOW, limit, &|bucket| bucket.policy_id == BURST);
    assert_eq!((live(100).len(), live(3).len()), (5, 3));
}

#[test]
fn each_limit_takes_its_own_cost() {
    let buckets = Buckets::new();
    let limits = [Limit { cost: 3, ..limit(key(1), MINUTE, 9) }, limit(workspace(2), MINUTE, 9)];
    assert!(check(&buckets, &limits, NOW, 2).are_all_allowed);
    assert_eq!(limits.map(|limit| remaining(&buckets, limit)), [3, 7]);
    assert!(!check(&buckets, &limits, NOW, 2).are_all_allowed);
    assert_eq!(limits.map(|limit| remaining(&buckets, limit)), [3, 7]);
}

#[test]
fn idle_buckets_are_swept_by_new_ones_and_on_request() {
    let buckets = Buckets::new();
    let later = NOW + Duration::from_mins(1);
    for number in 0..10 {
        // 0, 16, 32… share a shard.
        check(&buckets, &[limit(key(number * 16), MINUTE, 5)], NOW, 5);
    }
    check(&buckets, &[limit(key(170), MINUTE, 5), limit(key(160), MINUTE, 5)], later, 1);
    assert_eq!(buckets.stats().subjects, 10);
    buckets.sweep(later, 100);
    assert_eq!(buckets.stats().subjects, 2);
}

#[test]
fn eight_threads_at_one_instant_are_admitted_as_often_as_the_burst_allows() {
    let buckets = Buckets::new();
    let limits = [limit(key(1), MINUTE, 1_000), limit(ADDRESS, MINUTE, 2_000)];
    let admitted =
        admitted_by_eight_threads(|_| (0..1_000).filter(|_| check(&buckets, &limits, NOW, 1).are_all_allowed).count());
    assert_eq!(admitted, 1_000);
    assert_eq!(limits.map(|limit| remaining(&buckets, limit)), [0, 1_000]);
}

#[test]
fn threads_that_name_the_same_limits_in_another_order_do_not_wait_for_each_other() {
    let buckets = Buckets::new();
    let limits = [limit(ADDRESS, MINUTE, 5_000), limit(key(9), MINUTE, 5_000), limit(workspace(3), MINUTE, 5_000)];
    let admitted = admitted_by_eight_threads(|thread| {
        let mut limits = limits;
        limits.rotate_left(thread % 3);
        (0..1_000).filter(|_| check(&buckets, &limits, NOW, 1).are_all_allowed).count()
    });
    assert_eq!(admitted, 5_000);
}

fn admitted_by_eight_threads(work: impl Fn(usize) -> usize + Sync) -> usize {
    let work = &work;
    thread::scope(|scope| {
        let threads = [0, 1, 2, 3, 4, 5, 6, 7].map(|number| scope.spawn(move || work(number)));
        threads.map(|thread| thread.join().expect("no thread panics")).into_iter().sum()
    })
}

/// Requests of one key and one address: gaps in milliseconds, costs, and how late the reading of the clock arrives.
fn traffic() -> impl Strategy<Value = Vec<(u64, u32, u64)>> {
    let gap = prop_oneof![3 => Just(0), 5 => 0..400_u64, 1 => 0..9_000_u64];
    prop::collection::vec((gap, 1..3_u32, 0..1_000_u64), 1..150)
}

proptest! {
    #[test]
    fn at_most_limit_and_burst_pass_in_any_window(
        (by_key, by_address) in ((1..20_u32, 1..10_u32), (1..20_u32, 1..10_u32)),
        traffic in traffic(),
    ) {
        let window = Duration::from_secs(1);
        let limits = [(key(1), by_key), (ADDRESS, by_address)]
            .map(|(subject, (limit, burst))| Limit { subject, policy_id: MINUTE, quota: quota(limit, window, burst), cost: 1 });
        let buckets = Buckets::new();
        let (mut time, mut passed) = (NOW, Vec::new());
        for (gap_ms, cost, late_ms) in traffic {
            time += Duration::from_millis(gap_ms);
            buckets.sweep(time, 10);
            let now = time.saturating_sub(Duration::from_millis(late_ms));
            if check(&buckets, &limits, now, cost).are_all_allowed {
                passed.push((now, cost));
            }
        }
        let most = limits.map(|limit| limit.quota.limit().get() + limit.quota.burst().get());
        for (from, _) in &passed {
            let inside = passed.iter().filter(|(at, _)| (*from..=*from + window).contains(at));
            prop_assert!(inside.map(|(_, cost)| cost).sum::<u32>() <= most[0].min(most[1]));
        }
    }
}
