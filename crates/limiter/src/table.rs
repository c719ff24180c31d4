//! Buckets by owner and policy, and the order in which they become idle.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::BuildHasher;
use std::time::Duration;

use devhub_domain::rate::{Decision, Owner, PolicyId};

/// How long a full bucket is kept: threads read the clock in one order and arrive here in another, and one that is this late
/// must not find a fresh bucket where a nearly full one was.
const GRACE: Duration = Duration::from_secs(1);

/// How many buckets are looked at, at most, to find the one nearest to idle: bounds the time that one request pays for it.
const EVICTION_STEPS: usize = 64;

/// How many buckets are looked at, to forget idle ones, when one is made: more than one, so that they become fewer.
pub(crate) const SWEEP_STEPS: usize = 2;

/// Names one bucket.
pub(crate) type BucketKey = (Owner, PolicyId);

/// Some buckets: for each, the instant at which it is full again (GCRA's theoretical arrival time).
#[derive(Debug, Default)]
pub(crate) struct Table<S> {
    full_at: HashMap<BucketKey, Duration, S>,
    /// Each bucket once, with an instant at or before its real one: using a bucket costs nothing here, and its place is corrected
    /// when it comes up. The first whose instant is right is therefore the one nearest to idle.
    order: BinaryHeap<Reverse<(Duration, BucketKey)>>,
}

impl<S: BuildHasher> Table<S> {
    pub(crate) fn len(&self) -> usize {
        self.full_at.len()
    }

    pub(crate) fn find(&self, key: &BucketKey) -> Option<Duration> {
        self.full_at.get(key).copied()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&BucketKey, Duration)> {
        self.full_at.iter().map(|(key, full_at)| (key, *full_at))
    }

    /// Moves a bucket's instant later, never earlier; `false` when the bucket is not here.
    pub(crate) fn raise(&mut self, key: &BucketKey, full_at: Duration) -> bool {
        let stored = self.full_at.get_mut(key);
        stored.map(|stored| *stored = full_at.max(*stored)).is_some()
    }

    /// Makes a bucket, which must not be here yet.
    pub(crate) fn insert(&mut self, key: BucketKey, full_at: Duration) {
        self.full_at.insert(key, full_at);
        self.order.push(Reverse((full_at, key)));
    }

    /// Decides over one bucket and stores what was decided.
    pub(crate) fn spend(
        &mut self,
        key: BucketKey,
        now: Duration,
        decide: impl Fn(Option<Duration>) -> Decision,
    ) -> Decision {
        if let Some(full_at) = self.full_at.get_mut(&key) {
            let decision = decide(Some(*full_at));
            *full_at = decision.tat.unwrap_or(*full_at);
            return decision;
        }
        let decision = decide(None);
        if let Some(full_at) = decision.tat {
            self.store(key, full_at, now);
        }
        decision
    }

    /// Moves a bucket's instant later, or makes the bucket and forgets idle ones in turn.
    pub(crate) fn store(&mut self, key: BucketKey, full_at: Duration, now: Duration) {
        if !self.raise(&key, full_at) {
            self.sweep(now, SWEEP_STEPS);
            self.insert(key, full_at);
        }
    }

    /// Forgets a bucket; `false` when it is not here. Walks through all of them: operators do this, requests do not.
    pub(crate) fn remove(&mut self, key: &BucketKey) -> bool {
        let is_here = self.full_at.remove(key).is_some();
        if is_here {
            self.order.retain(|Reverse((_, other))| other != key);
        }
        is_here
    }

    /// Forgets buckets that have been full for a while, which is to forget nothing. Looks at `steps` of them at most.
    pub(crate) fn sweep(&mut self, now: Duration, steps: usize) {
        for _ in 0..steps {
            let is_due = self.order.peek().is_some_and(|Reverse((at, _))| at.saturating_add(GRACE) <= now);
            if !is_due {
                return;
            }
            if let Some(key) = self.pop_in_place() {
                self.full_at.remove(&key);
            }
        }
    }

    /// Forgets the bucket that is nearest to idle: of which the least is lost.
    pub(crate) fn evict(&mut self) {
        let in_place = (0..EVICTION_STEPS).find_map(|_| self.pop_in_place());
        if let Some(key) = in_place.or_else(|| self.order.pop().map(|Reverse((_, key))| key)) {
            self.full_at.remove(&key);
        }
    }

    /// Takes the first bucket out of the order; puts it back and says `None` when it was used since it got its place.
    fn pop_in_place(&mut self) -> Option<BucketKey> {
        let Reverse((at, key)) = self.order.pop()?;
        let full_at = self.find(&key)?;
        if full_at > at {
            self.order.push(Reverse((full_at, key)));
            return None;
        }
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::RandomState;

    use devhub_domain::id::KeyId;

    use super::*;

    fn key(number: u8) -> BucketKey {
        (Owner::Key(KeyId::from_bytes([number; 16])), PolicyId(1))
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn table(full_at: &[(u8, u64)]) -> Table<RandomState> {
        let mut table = Table::default();
        for (number, at) in full_at {
            table.store(key(*number), seconds(*at), Duration::ZERO);
        }
        table
    }

    #[test]
    fn a_bucket_moves_later_and_never_earlier() {
        let table = table(&[(1, 20), (1, 30), (1, 10)]);
        assert_eq!(table.find(&key(1)), Some(seconds(30)));
        assert_eq!((table.len(), table.order.len()), (1, 1));
    }

    #[test]
    fn the_bucket_nearest_to_idle_goes_even_if_it_was_made_last() {
        let mut table = table(&[(1, 10), (2, 20), (3, 15), (1, 40)]);
        table.evict();
        assert_eq!([1, 2, 3].map(|number| table.find(&key(number)).is_some()), [true, true, false]);
    }

    #[test]
    fn an_eviction_ends_even_if_every_bucket_was_used_since() {
        let used = (0..100).map(|number| (number, 10)).chain((0..100).map(|number| (number, 50))).collect::<Vec<_>>();
        let mut table = table(&used);
        table.evict();
        assert_eq!((table.len(), table.order.len()), (99, 99));
    }

    #[test]
    fn only_buckets_that_are_full_for_a_while_are_swept() {
        let mut table = table(&[(1, 10), (2, 11), (3, 12), (3, 90)]);
        table.sweep(seconds(11), 10);
        assert_eq!([1, 2, 3].map(|number| table.find(&key(number)).is_some()), [false, true, true]);
        table.sweep(seconds(13), 10);
        assert_eq!((table.len(), table.order.len()), (1, 1));
    }

    #[test]
    fn a_sweep_looks_at_no_more_buckets_than_it_may() {
        let mut table = table(&[(1, 1), (2, 2), (3, 3)]);
        table.sweep(seconds(60), 2);
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn a_removed_bucket_leaves_nothing_behind() {
        let mut table = table(&[(1, 10), (2, 20)]);
        assert!(table.remove(&key(1)));
        assert!(!table.remove(&key(1)));
        assert_eq!((table.len(), table.order.len()), (1, 1));
    }
}
