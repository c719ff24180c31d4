//! Whether a request fits into a quota now: the generic cell rate algorithm, as a pure function.
//!
//! *Threat:* a caller that gets more than its quota by bursts, by the edge of a window, by many small steps of time, or by
//! overflow.
//! *Defence:* one number is stored for each bucket, the *theoretical arrival time* (TAT): the instant at which the bucket is full
//! again. A request of `cost` moves it `cost` intervals later, and fits if it is then at most one burst away from now. Integers
//! only, nanoseconds, saturating.
//! *Not defended:* two requests that decide over the same stored number at once. Whoever keeps the number must decide and store
//! in one step (a lock, a compare-and-swap, a script in Redis).

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::quota::Quota;

/// Most buckets that one request is held against at once: one for each kind of subject.
pub const LIMITS_MAX: usize = 3;

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
    /// What a request of cost 1 takes of it.
    pub cost: u32,
}

/// Decisions in the order of their buckets, at most [`LIMITS_MAX`]. Kept in place: requests must not wait for an allocator.
#[derive(Clone, Debug)]
pub struct Each {
    decisions: [Decision; LIMITS_MAX],
    length: usize,
}

impl Each {
    /// One decision.
    pub const fn one(decision: Decision) -> Self {
        Self { decisions: [decision; LIMITS_MAX], length: 1 }
    }
}

impl FromIterator<Decision> for Each {
    /// # Panics
    /// With more than [`LIMITS_MAX`].
    fn from_iter<I: IntoIterator<Item = Decision>>(decisions: I) -> Self {
        let nothing = Decision { outcome: Outcome::Allowed, tat: None, remaining: 0, resets_after: Duration::ZERO };
        let mut each = Self { decisions: [nothing; LIMITS_MAX], length: 0 };
        for decision in decisions {
            let place = each.decisions.get_mut(each.length);
            *place.expect("a request has at most one limit for each kind of subject") = decision;
            each.length += 1;
        }
        each
    }
}

impl Deref for Each {
    type Target = [Decision];

    fn deref(&self) -> &[Decision] {
        self.decisions.get(..self.length).unwrap_or_default()
    }
}

impl DerefMut for Each {
    fn deref_mut(&mut self) -> &mut [Decision] {
        self.decisions.get_mut(..self.length).unwrap_or_default()
    }
}

impl PartialEq for Each {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Each {}

/// The decisions over several buckets, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decisions {
    /// What each bucket says by itself. Where one refuses, the others say [`Outcome::Allowed`] with nothing spent.
    pub each: Each,
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
/// Each bucket must be named once: two entries of one bucket would each see it unspent. Of each is taken its own cost, so many times.
///
/// # Panics
/// With more than [`LIMITS_MAX`] buckets.
pub fn decide_all<'a>(
    buckets: impl IntoIterator<Item = Bucket<'a>, IntoIter: Clone>,
    now: Duration,
    times: u32,
) -> Decisions {
    let buckets = buckets.into_iter();
    let decide_each = |times: u32| {
        let each = buckets.clone();
        each.map(move |bucket| decide(bucket.tat, now, bucket.quota, bucket.cost.saturating_mul(times)))
    };
    let mut each: Each = decide_each(times).collect();
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
#[path = "decision_tests.rs"]
mod tests;
