//! Who still calls with keys that have a successor: counted in memory, written in batches with the last uses.
//!
//! Only such keys are counted, so that what is kept is bounded by how many keys were rotated, and others cost one look at a number. A
//! token has to be a key's for anything to be counted of it, so nobody else can fill it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::KeyId;
use crate::time::Timestamp;

/// Most characters of the name of a program that are kept; the rest is cut off.
pub const USER_AGENT_CHARS_MAX: usize = 200;

/// Calls with a key since it was rotated, accepted or refused because its grace had ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stragglers {
    /// Which key.
    pub key_id: KeyId,
    /// How many calls.
    pub calls: u64,
    /// When the latest came; `None` when none did.
    pub last_at: Option<Timestamp>,
    /// From where.
    pub last_address: Option<IpAddr>,
    /// What the caller called itself: at most [`USER_AGENT_CHARS_MAX`] characters, none of them a control character.
    pub last_user_agent: Option<String>,
}

/// One call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub(super) at: Timestamp,
    pub(super) address: IpAddr,
    pub(super) user_agent: Option<&'a str>,
}

impl Stragglers {
    /// No call.
    pub const fn none(key_id: KeyId) -> Self {
        Self { key_id, calls: 0, last_at: None, last_address: None, last_user_agent: None }
    }

    /// Adds what was counted elsewhere, or later.
    pub fn add(&mut self, other: &Self) {
        self.calls = self.calls.saturating_add(other.calls);
        if other.last_at >= self.last_at {
            self.last_at = other.last_at;
            self.last_address = other.last_address;
            self.last_user_agent.clone_from(&other.last_user_agent);
        }
    }
}

/// What this node has counted and not written.
#[derive(Default)]
pub(super) struct StragglerCounts {
    /// Keys that have a successor, each with what was counted since it was written.
    keys: papaya::HashMap<KeyId, Mutex<Stragglers>>,
    /// Spares the look-up while there are none.
    len: AtomicUsize,
    /// Keys of which something was counted: each once.
    dirty: Mutex<Vec<KeyId>>,
}

impl StragglerCounts {
    /// Counts calls with this key from now on.
    pub(super) fn watch(&self, id: KeyId) {
        let keys = self.keys.pin();
        if keys.try_insert(id, Mutex::new(Stragglers::none(id))).is_ok() {
            self.len.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Whether any key has a successor: where none has, nothing need be found out about a call.
    pub(super) fn is_watching(&self) -> bool {
        self.len.load(Ordering::Acquire) > 0
    }

    /// Counts a call, if the key has a successor.
    pub(super) fn count(&self, id: KeyId, call: Call<'_>) {
        let keys = self.keys.pin();
        let Some(counted) = keys.get(&id) else {
            return;
        };
        let mut counted = lock(counted);
        let is_first = counted.calls == 0;
        counted.add(&Stragglers {
            key_id: id,
            calls: 1,
            last_at: Some(call.at),
            last_address: Some(call.address),
            last_user_agent: call.user_agent.map(shortened),
        });
        drop(counted);
        if is_first {
            lock(&self.dirty).push(id);
        }
    }

    /// What was counted of a key and not written.
    pub(super) fn counted(&self, id: KeyId) -> Option<Stragglers> {
        self.keys.pin().get(&id).map(|counted| lock(counted).clone())
    }

    /// Takes what was counted.
    pub(super) fn take(&self) -> Vec<Stragglers> {
        let ids = std::mem::take(&mut *lock(&self.dirty));
        let keys = self.keys.pin();
        let taken = ids.into_iter().filter_map(|id| {
            let counted = keys.get(&id)?;
            Some(std::mem::replace(&mut *lock(counted), Stragglers::none(id)))
        });
        taken.collect()
    }

    /// Puts back what could not be written.
    pub(super) fn put_back(&self, taken: &[Stragglers]) {
        let keys = self.keys.pin();
        for earlier in taken {
            let Some(counted) = keys.get(&earlier.key_id) else {
                continue;
            };
            let mut counted = lock(counted);
            let is_first = counted.calls == 0;
            let mut sum = earlier.clone();
            sum.add(&counted);
            *counted = sum;
            drop(counted);
            if is_first {
                lock(&self.dirty).push(earlier.key_id);
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn shortened(user_agent: &str) -> String {
    user_agent.chars().filter(|char| !char.is_control()).take(USER_AGENT_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const KEY: KeyId = KeyId::from_bytes([1; 16]);
    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn call(second: i64, user_agent: &str) -> Call<'_> {
        Call { at: Timestamp::from_seconds(second), address: HERE, user_agent: Some(user_agent) }
    }

    #[test]
    fn only_keys_that_are_watched_are_counted() {
        let counts = StragglerCounts::default();
        counts.count(KEY, call(1, "a"));
        assert_eq!((counts.counted(KEY), counts.take()), (None, Vec::new()));
        counts.watch(KEY);
        counts.watch(KEY);
        counts.count(KEY, call(2, "b"));
        counts.count(KEY, call(3, "c"));
        let taken = counts.take();
        assert_eq!(taken.len(), 1);
        assert_eq!((taken[0].calls, taken[0].last_user_agent.as_deref()), (2, Some("c")));
        assert_eq!(counts.take(), Vec::new());
    }

    #[test]
    fn what_could_not_be_written_is_counted_with_what_came_since() {
        let counts = StragglerCounts::default();
        counts.watch(KEY);
        counts.count(KEY, call(2, "b"));
        let taken = counts.take();
        counts.count(KEY, call(3, "c"));
        counts.put_back(&taken);
        let again = counts.take();
        assert_eq!((again.len(), again[0].calls, again[0].last_user_agent.as_deref()), (1, 2, Some("c")));
    }

    #[test]
    fn a_long_name_of_a_program_is_cut_off_and_has_no_control_characters() {
        let counts = StragglerCounts::default();
        counts.watch(KEY);
        counts.count(KEY, call(1, &format!("a\u{1b}[31m{}", "ä".repeat(300))));
        let kept = counts.counted(KEY).and_then(|counted| counted.last_user_agent).unwrap();
        assert_eq!(kept.chars().count(), USER_AGENT_CHARS_MAX);
        assert!(kept.starts_with("a[31mä"));
    }
}
