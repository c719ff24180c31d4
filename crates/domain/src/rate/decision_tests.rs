//! What a bucket promises, in examples and against independent models.

use std::num::NonZeroU32;

use proptest::prelude::*;

use super::*;

const START: Duration = Duration::from_secs(1_000);

fn quota(limit: u32, window_ms: u64, burst: u32) -> Quota {
    let units = |count| NonZeroU32::new(count).unwrap();
    Quota::new(units(limit), ms(window_ms)).unwrap().with_burst(units(burst)).unwrap()
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn a_bucket_empties_at_once_and_fills_evenly() {
    // 60 a minute, burst 3: one unit comes back a second.
    let quota = quota(60, 60_000, 3);
    let refused = |wait_ms| Outcome::Refused { retry_after: ms(wait_ms) };
    // (at, cost) → (outcome, remaining, full again after)
    let cases = [
        ("look at a full bucket", 0, 0, Outcome::Allowed, 3, 0),
        ("first", 0, 1, Outcome::Allowed, 2, 1_000),
        ("two at once", 0, 2, Outcome::Allowed, 0, 3_000),
        ("empty", 0, 1, refused(1_000), 0, 3_000),
        ("look at an empty bucket", 0, 0, Outcome::Allowed, 0, 3_000),
        ("a millisecond too early", 999, 1, refused(1), 0, 2_001),
        ("on time", 1_000, 1, Outcome::Allowed, 0, 3_000),
        ("half a unit is none", 1_500, 1, refused(500), 0, 2_500),
        ("two do not fit into one", 2_000, 2, refused(1_000), 1, 2_000),
        ("one does", 2_000, 1, Outcome::Allowed, 0, 3_000),
        ("more than the burst", 2_000, 4, Outcome::NeverFits, 0, 3_000),
        ("after a long pause only the burst is there", 900_000, 3, Outcome::Allowed, 0, 3_000),
        ("the clock of another thread is behind", 899_000, 1, refused(2_000), 0, 4_000),
    ];
    let mut tat = None;
    for (name, at_ms, cost, outcome, remaining, resets_after_ms) in cases {
        let decision = decide(tat, START + ms(at_ms), &quota, cost);
        let described = (decision.outcome, decision.remaining, decision.resets_after);
        assert_eq!(described, (outcome, remaining, ms(resets_after_ms)), "{name}");
        tat = decision.tat;
    }
}

#[test]
fn what_is_not_spent_is_not_stored() {
    let quota = quota(1, 1_000, 1);
    assert_eq!(decide(None, START, &quota, 0).tat, None);
    assert_eq!(decide(None, START, &quota, 2).tat, None);
    let spent = decide(None, START, &quota, 1).tat;
    assert_eq!(spent, Some(START + ms(1_000)));
    assert_eq!(decide(spent, START, &quota, 1).tat, spent);
}

#[test]
fn limit_and_burst_pass_in_one_window_and_no_more() {
    // 5 a second, burst 3, four tries every millisecond: three pass at once, then one every 200 ms, eight in all.
    let quota = quota(5, 1_000, 3);
    let mut tat = None;
    let mut passed_at_ms = Vec::new();
    for at_ms in (0..=1_000).flat_map(|at_ms| [at_ms; 4]) {
        let decision = decide(tat, START + ms(at_ms), &quota, 1);
        tat = decision.tat;
        passed_at_ms.extend(decision.is_allowed().then_some(at_ms));
    }
    assert_eq!(passed_at_ms, [0, 0, 0, 200, 400, 600, 800, 1_000]);
}

#[test]
fn a_lowered_quota_binds_what_was_spent_before() {
    let spent = decide(None, START, &quota(60, 60_000, 60), 60).tat;
    let lowered = quota(6, 60_000, 3);
    assert_eq!(decide(spent, START, &lowered, 1).retry_after(), Some(ms(40_000)));
    assert_eq!(decide(spent, START, &lowered, 0).remaining, 0);
}

#[test]
fn nothing_overflows_at_the_ends_of_the_range() {
    let quota = quota(1, 86_400_000, 30);
    assert!(decide(Some(Duration::MAX), Duration::MAX, &quota, 30).is_allowed());
    assert!(!decide(Some(Duration::MAX), Duration::ZERO, &quota, 1).is_allowed());
}

#[test]
fn several_buckets_spend_all_or_nothing() {
    let (minute, second) = (quota(60, 60_000, 60), quota(2, 1_000, 2));
    let buckets = |tats: [Option<Duration>; 2]| {
        [Bucket { tat: tats[0], quota: &minute, cost: 1 }, Bucket { tat: tats[1], quota: &second, cost: 1 }]
    };
    let first = decide_all(buckets([None, None]), START, 2);
    assert!(first.are_all_allowed);
    assert_eq!(first.each.iter().map(|decision| decision.remaining).collect::<Vec<_>>(), [58, 0]);

    let tats = [first.each[0].tat, first.each[1].tat];
    let second_try = decide_all(buckets(tats), START, 1);
    assert!(!second_try.are_all_allowed);
    assert_eq!(second_try.retry_after(), Some(ms(500)));
    assert_eq!([second_try.each[0].tat, second_try.each[1].tat], tats);
    assert_eq!((second_try.each[0].outcome, second_try.each[0].remaining), (Outcome::Allowed, 58));

    assert_eq!(decide_all(buckets(tats), START, 3).retry_after(), None);
    assert!(decide_all([], START, 1).are_all_allowed);
}

/// The same promise in other words: a bucket of `burst` tokens, each worth an interval, that gains a nanosecond's worth each
/// nanosecond up to its brim.
struct TokenBucket {
    level_ns: u128,
    last_ns: u128,
}

impl TokenBucket {
    fn take(&mut self, now_ns: u128, interval_ns: u128, burst: u32, cost: u32) -> (bool, u128) {
        let brim_ns = interval_ns * u128::from(burst);
        self.level_ns = brim_ns.min(self.level_ns + now_ns - self.last_ns);
        self.last_ns = now_ns;
        let fits = self.level_ns >= interval_ns * u128::from(cost);
        self.level_ns -= if fits { interval_ns * u128::from(cost) } else { 0 };
        (fits, self.level_ns / interval_ns)
    }
}

/// Quotas of 1 to 20 a second with arrivals dense enough to be refused: gaps in nanoseconds and costs.
fn traffic() -> impl Strategy<Value = (u32, u32, Vec<(u64, u32)>)> {
    (1_u32..20, 1_u32..10).prop_flat_map(|(limit, burst)| {
        let gap = prop_oneof![3 => Just(0), 5 => 0..200_000_000_u64, 1 => 0..3_000_000_000_u64];
        let arrivals = prop::collection::vec((gap, 0..burst + 2), 1..120);
        (Just(limit), Just(burst), arrivals)
    })
}

proptest! {
    #[test]
    fn at_most_limit_and_burst_pass_in_any_window((limit, burst, arrivals) in traffic()) {
        let quota = quota(limit, 1_000, burst);
        let (mut tat, mut now, mut passed) = (None, START, Vec::new());
        for (gap, cost) in arrivals {
            now += Duration::from_nanos(gap);
            let decision = decide(tat, now, &quota, cost);
            tat = decision.tat;
            passed.push((now, if decision.is_allowed() { cost } else { 0 }));
        }
        // A window that holds more than allowed could be moved to start at an arrival; both ends are inclusive.
        for (from, _) in &passed {
            let window = passed.iter().filter(|(at, _)| (*from..=*from + quota.window()).contains(at));
            prop_assert!(window.map(|(_, cost)| cost).sum::<u32>() <= limit + burst);
        }
    }

    #[test]
    fn decisions_are_those_of_a_token_bucket((limit, burst, arrivals) in traffic()) {
        let quota = quota(limit, 1_000, burst);
        let interval_ns = 1_000_000_000_u128.div_ceil(limit.into());
        let mut model = TokenBucket { level_ns: interval_ns * u128::from(burst), last_ns: START.as_nanos() };
        let (mut tat, mut now) = (None, START);
        for (gap, cost) in arrivals {
            now += Duration::from_nanos(gap);
            let decision = decide(tat, now, &quota, cost);
            tat = decision.tat;
            let (fits, left) = model.take(now.as_nanos(), interval_ns, burst, cost);
            prop_assert_eq!((decision.is_allowed(), u128::from(decision.remaining)), (fits, left));
        }
    }

    #[test]
    fn a_refused_request_fits_after_its_wait_and_not_before((limit, burst, arrivals) in traffic()) {
        let quota = quota(limit, 1_000, burst);
        let (mut tat, mut now) = (None, START);
        for (gap, cost) in arrivals {
            now += Duration::from_nanos(gap);
            let decision = decide(tat, now, &quota, cost);
            tat = decision.tat;
            if let Some(wait) = decision.retry_after() {
                prop_assert!(decide(tat, now + wait, &quota, cost).is_allowed());
                let too_early = now + wait.saturating_sub(Duration::from_nanos(1));
                prop_assert!(!decide(tat, too_early, &quota, cost).is_allowed());
            }
        }
    }
}
