//! What was made for a few and is costly to make again: kept while it is used.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Values by their keys, of which the one that was not used for longest goes first.
pub(super) struct Recent<K, V> {
    count_max: usize,
    kept: Mutex<Kept<K, V>>,
}

struct Kept<K, V> {
    by_key: HashMap<K, (V, u64)>,
    /// Counts uses, so that the oldest is known.
    uses: u64,
}

impl<K: Clone + Eq + Hash, V: Clone> Recent<K, V> {
    /// Room for `count_max` values.
    pub(super) fn new(count_max: usize) -> Self {
        Self { count_max, kept: Mutex::new(Kept { by_key: HashMap::new(), uses: 0 }) }
    }

    /// The value of a key, made now when there is none. It is made under the lock: who asks at the same time for the same one waits
    /// instead of making another, and one that is made takes less than a millisecond.
    ///
    /// # Errors
    /// What `make` returned; nothing is kept then.
    pub(super) fn find_or_make<Q, E>(&self, key: &Q, make: impl FnOnce() -> Result<V, E>) -> Result<V, E>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        // What panics while it makes a value has kept nothing.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        if let Some((value, used)) = kept.by_key.get_mut(key) {
            *used = now;
            return Ok(value.clone());
        }
        let value = make()?;
        if kept.by_key.len() >= self.count_max
            && let Some(oldest) = kept.by_key.iter().min_by_key(|(_, (_, used))| *used).map(|(key, _)| key.clone())
        {
            kept.by_key.remove(oldest.borrow());
        }
        kept.by_key.insert(key.to_owned(), (value.clone(), now));
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn find(recent: &Recent<u8, u32>, key: u8, made: u32) -> u32 {
        let Ok(value) = recent.find_or_make(&key, || Ok::<_, Infallible>(made));
        value
    }

    #[test]
    fn a_value_is_made_once_and_the_one_unused_for_longest_goes_first() {
        let recent = Recent::new(2);
        assert_eq!([(1, 10), (2, 20), (1, 11)].map(|(key, made)| find(&recent, key, made)), [10, 20, 10]);
        assert_eq!([(3, 30), (1, 12), (2, 21)].map(|(key, made)| find(&recent, key, made)), [30, 10, 21]);
    }

    #[test]
    fn what_cannot_be_made_is_not_kept() {
        let recent = Recent::new(2);
        assert_eq!(recent.find_or_make(&1, || Err("no")), Err("no"));
        assert_eq!(find(&recent, 1, 10), 10);
    }
}
