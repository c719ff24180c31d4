//! Whether a request fits into a quota now: the generic cell rate algorithm, as a pure function.
//!
//! *Threat:* a caller that gets more than its quota by bursts, by the edge of a window, by many small steps of time, or by
//! overflow.
//! *Defence:* one number is stored for each bucket, the *theoretical arrival time* (TAT): the instant at which the bucket is full
//! again. A request of `cost` moves it `cost` intervals later, and fits if it is then at most one burst away from now. Integers
//! only, nanoseconds, saturating.
//! *Not defended:* two requests that decide over the same stored number at once. Whoever keeps the number must decide and store
//! in one step (a lock, a compare-and-swap, a script in Redis).

use std::time::Duration;

use super::quota::Quota;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It fits.
    Allowed,
    /// It does not fit now.
    Refused {
        /// How long until it does, if nothing else is spent meanwhile. Never zero.
        retry_after: Duration,
    },
    /// It costs more than the whole burst: waiting does not help.
    NeverFits,
}

/// A decision, what to store for it, and what to tell the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What became of the request.
    pub outcome: Outcome,
    /// The TAT to store. As it was when nothing was spent: refused, never fits, or cost 0.
    pub tat: Option<Duration>,
    /// Units that fit right after this decision.
    pub remaining: u32,
    /// How long until the whole burst is there again, counted from now.
    pub resets_after: Duration,
}

impl Decision {
    /// Whether the request may pass.
    pub const fn is_allowed(&self) -> bool {
        matches!(self.outcome, Outcome::Allowed)
    }

    /// How long to wait; `None` when the request was allowed and when waiting does not help.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self.outcome {
            Outcome::Refused { retry_after } => Some(retry_after),
            Outcome::Allowed | Outcome::NeverFits => None,
        }
    }
}

/// Decides whether `cost` units fit into `quota` now, and spends them in [`Decision::tat`] if so.
///
/// Cost 0 only looks: it is always allowed and spends nothing.
///
/// *Unit:* `tat` and `now` are monotonic times since the start of one clock, used to the nanosecond.
/// *Time:* a `now` before that of the last decision (two threads read the clock in another order) grants nothing extra.
/// A quota may change between decisions: what was spent under the old one stays spent.
/// *Source:* ITU-T I.371, virtual scheduling; docs of [`Quota`] for what it promises.
pub fn decide(tat: Option<Duration>, now: Duration, quota: &Quota, cost: u32) -> Decision {
    let now_ns = nanos(now);
    let full_at_ns = tat.map_or(now_ns, |tat| nanos(tat).max(now_ns));
    let spent_ns = full_at_ns - now_ns;

    if cost == 0 {
        return described(tat, spent_ns, quota, Outcome::Allowed);
    }
    if cost > quota.burst().get() {
        return described(tat, spent_ns, quota, Outcome::NeverFits);
    }
    // At most the capacity, because the cost is at most the burst.
    let cost_ns = quota.interval_ns().get() * u64::from(cost);
    let would_be_spent_ns = spent_ns.saturating_add(cost_ns);
    if let Some(excess_ns @ 1..) = would_be_spent_ns.checked_sub(quota.capacity_ns()) {
        let retry_after = Duration::from_nanos(excess_ns);
        return described(tat, spent_ns, quota, Outcome::Refused { retry_after });
    }
    let tat = Some(Duration::from_nanos(full_at_ns.saturating_add(cost_ns)));
    described(tat, would_be_spent_ns, quota, Outcome::Allowed)
}

/// One bucket among several that a request must fit into.
#[derive(Clone, Copy, Debug)]
pub struct Bucket<'a> {
    /// The stored TAT; `None` for a bucket that was never used.
    pub tat: Option<Duration>,
    /// Its quota.
    pub quota: &'a Quota,
}

/// The decisions over several buckets, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// What each bucket says by itself. Where one refuses, the others say [`Outcome::Allowed`] with nothing spent.
    pub each: Vec<Decision>,
    /// Whether all allow, and thus whether the request may pass. True when there is no bucket.
    pub are_all_allowed: bool,
}

impl Decisions {
    /// How long until the request fits everywhere; `None` when it does now and when waiting does not help.
    pub fn retry_after(&self) -> Option<Duration> {
        if self.each.iter().any(|decision| decision.outcome == Outcome::NeverFits) {
            return None;
        }
        self.each.iter().filter_map(Decision::retry_after).max()
    }
}

/// Decides over several buckets, all or nothing: unless all allow, nothing is spent in any.
///
/// Each bucket must be named once: two entries of one bucket would each see it unspent.
pub fn decide_all(buckets: &[Bucket<'_>], now: Duration, cost: u32) -> Decisions {
    let decide_each = |cost| buckets.iter().map(move |bucket| decide(bucket.tat, now, bucket.quota, cost));
    let mut each: Vec<Decision> = decide_each(cost).collect();
    let are_all_allowed = each.iter().all(Decision::is_allowed);
    if !are_all_allowed {
        for (decision, look) in each.iter_mut().zip(decide_each(0)).filter(|(decision, _)| decision.is_allowed()) {
            *decision = look;
        }
    }
    Decisions { each, are_all_allowed }
}

/// Describes a bucket of which `spent_ns` is used.
fn described(tat: Option<Duration>, spent_ns: u64, quota: &Quota, outcome: Outcome) -> Decision {
    let left = quota.capacity_ns().saturating_sub(spent_ns) / quota.interval_ns();
    // The capacity is the burst times the interval, so there is never more left than the burst.
    let remaining = u32::try_from(left).unwrap_or(u32::MAX);
    Decision { outcome, tat, remaining, resets_after: Duration::from_nanos(spent_ns) }
}

/// A clock that has run for 584 years stands still.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
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
            [Bucket { tat: tats[0], quota: &minute }, Bucket { tat: tats[1], quota: &second }]
        };
        let first = decide_all(&buckets([None, None]), START, 2);
        assert!(first.are_all_allowed);
        assert_eq!(first.each.iter().map(|decision| decision.remaining).collect::<Vec<_>>(), [58, 0]);

        let tats = [first.each[0].tat, first.each[1].tat];
        let second_try = decide_all(&buckets(tats), START, 1);
        assert!(!second_try.are_all_allowed);
        assert_eq!(second_try.retry_after(), Some(ms(500)));
        assert_eq!([second_try.each[0].tat, second_try.each[1].tat], tats);
        assert_eq!((second_try.each[0].outcome, second_try.each[0].remaining), (Outcome::Allowed, 58));

        assert_eq!(decide_all(&buckets(tats), START, 3).retry_after(), None);
        assert!(decide_all(&[], START, 1).are_all_allowed);
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
}
