//! What this node has counted and not written yet.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ipnet::IpNet;

use super::calls::{ADDRESSES_PER_HOUR, Call, KeyHour, SeenAddress};
use super::network::{NETWORKS_PER_HOUR, UnknownAttempts};
use super::timed::TimedHour;
use crate::id::KeyId;
use crate::tally::{Pending, hour_of};
use crate::time::Timestamp;

/// Calls are counted under so many locks, so that threads seldom meet at one.
const SHARDS: usize = 16;
/// Keys and hours of one shard that are counted between two writes: some 57,000 keys in a few seconds, in about 26 MiB. A table of 4,096
/// places holds so many, which are seven eighths of it; one more would double it.
const ROWS_PER_SHARD: usize = 3_584;
/// Rows of hours that have ended and could not be written: those of three hours.
const ATTEMPTS_MAX: usize = 3 * (NETWORKS_PER_HOUR + 1);

/// Hashes fast: the hub makes the ids, so that nobody can choose them to collide.
#[derive(Default)]
struct KeyHourHasher(u64);

impl KeyHourHasher {
    fn mix(&mut self, word: u64) {
        // Both halves of the product, so that every bit of the word reaches every bit of the hash.
        let (low, high) = (self.0 ^ word).carrying_mul(0x9e37_79b9_7f4a_7c15, 0);
        self.0 = low ^ high;
    }
}

impl Hasher for KeyHourHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, _) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word));
        }
    }

    fn write_i64(&mut self, hour: i64) {
        self.mix(hour.cast_unsigned());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Calls with known keys.
#[derive(Debug)]
pub(super) struct Calls {
    shards: [Pending<TimedHour, BuildHasherDefault<KeyHourHasher>>; SHARDS],
    uncounted: AtomicU64,
}

impl Default for Calls {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| Pending::new(ROWS_PER_SHARD)), uncounted: AtomicU64::default() }
    }
}

impl Calls {
    /// Counts a call: one lock that is hardly ever taken, one look-up.
    pub(super) fn count(&self, call: &Call, at: Timestamp) {
        let (key_id, hour) = (call.key_id, hour_of(at));
        let seen = call.address.map(|address| SeenAddress { address, at: Timestamp::from_seconds(at.as_seconds()) });
        let count = |row: &mut TimedHour| {
            row.of_key.counts.count(call.answer, call.refusal);
            if let Some(seen) = seen {
                row.of_key.addresses.note(seen, ADDRESSES_PER_HOUR);
            }
            if let Some(took) = call.took {
                row.latencies.count(took);
            }
        };
        let new = || KeyHour::empty(key_id, hour).into();
        let shard = self.shard(key_id);
        if !shard.is_some_and(|shard| shard.count((key_id, hour), new, count)) {
            self.uncounted.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Counts what could not be written.
    pub(super) fn put(&self, row: TimedHour) {
        let calls = row.of_key.counts.calls();
        if !self.shard(row.of_key.key_id).is_some_and(|shard| shard.put(row)) {
            self.uncounted.fetch_add(calls, Ordering::Relaxed);
        }
    }

    /// Takes everything out, to be written.
    pub(super) fn take(&self) -> Vec<TimedHour> {
        self.shards.iter().flat_map(Pending::take).collect()
    }

    /// Calls that had no room since this was last asked.
    pub(super) fn take_uncounted(&self) -> u64 {
        self.uncounted.swap(0, Ordering::Relaxed)
    }

    fn shard(&self, key_id: KeyId) -> Option<&Pending<TimedHour, BuildHasherDefault<KeyHourHasher>>> {
        let [.., byte, _, _, _, _, _, _, _] = key_id.as_bytes();
        self.shards.get(usize::from(*byte) % SHARDS)
    }
}

/// Attempts with tokens that no key has.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<AttemptsOfHour>);

#[derive(Debug, Default)]
struct AttemptsOfHour {
    hour: i64,
    /// The networks of this hour, each with what is not written yet. Those that are written stay, so that an hour never has more.
    /// Hashed by the standard library's keyed hash: strangers choose their addresses.
    networks: HashMap<IpNet, UnknownAttempts>,
    /// Of the networks that had no room, and of hours that have ended.
    rest: Vec<UnknownAttempts>,
}

impl Attempts {
    /// Counts attempts, one or many.
    pub(super) fn count(&self, attempts: UnknownAttempts) {
        let mut of_hour = self.lock();
        if attempts.hour > of_hour.hour {
            of_hour.begin(attempts.hour);
        }
        of_hour.count(attempts);
    }

    /// Takes out what is not written yet.
    pub(super) fn take(&self) -> Vec<UnknownAttempts> {
        let mut of_hour = self.lock();
        let mut taken = std::mem::take(&mut of_hour.rest);
        taken.extend(of_hour.take_networks());
        taken
    }

    fn lock(&self) -> MutexGuard<'_, AttemptsOfHour> {
        // Nothing that runs under this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AttemptsOfHour {
    fn begin(&mut self, hour: i64) {
        let ended: Vec<_> = self.take_networks().collect();
        self.rest.extend(ended);
        self.rest.truncate(ATTEMPTS_MAX);
        self.networks.clear();
        self.hour = hour;
    }

    fn count(&mut self, attempts: UnknownAttempts) {
        let is_current = attempts.hour == self.hour;
        if let Some(network) = attempts.network.filter(|_| is_current) {
            if let Some(row) = self.networks.get_mut(&network) {
                return row.add(&attempts);
            }
            if self.networks.len() < NETWORKS_PER_HOUR {
                self.networks.insert(network, attempts);
                return;
            }
        }
        // What could not be written of an hour that has ended keeps its network.
        let network = attempts.network.filter(|_| !is_current);
        let attempts = UnknownAttempts { network, ..attempts };
        if let Some(row) = self.rest.iter_mut().find(|row| row.id() == attempts.id()) {
            row.add(&attempts);
        } else if self.rest.len() < ATTEMPTS_MAX {
            self.rest.push(attempts);
        }
    }

    /// What is not written of this hour; its networks stay.
    fn take_networks(&mut self) -> impl Iterator<Item = UnknownAttempts> {
        let counted = self.networks.values_mut().filter(|row| row.unknown + row.malformed > 0);
        counted.map(|row| std::mem::replace(row, UnknownAttempts { unknown: 0, malformed: 0, ..*row }))
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};
    use std::time::Duration;

    use super::*;
    use crate::latencies::Latencies;
    use crate::usage::{AnswerKind, network_of};

    const HOUR: i64 = 492_000;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_seconds(hour * 3_600)
    }

    fn attempt(hour: i64, number: u32) -> UnknownAttempts {
        let address = IpAddr::V4(Ipv4Addr::from_bits(number << 8));
        UnknownAttempts { hour, network: Some(network_of(address)), unknown: 1, malformed: 0 }
    }

    fn call(number: u128) -> Call {
        let key_id = KeyId::from_bytes(number.to_be_bytes());
        let took = Some(Duration::from_millis(5));
        Call { key_id, address: None, answer: AnswerKind::Success, refusal: None, took }
    }

    #[test]
    fn what_is_counted_is_taken_once_and_can_be_put_back() {
        let calls = Calls::default();
        calls.count(&call(1), at(HOUR));
        calls.count(&call(1), at(HOUR));
        let taken = calls.take();
        assert_eq!((taken.len(), taken[0].of_key.counts.calls(), taken[0].of_key.hour), (1, 2, HOUR));
        assert_eq!(calls.take(), []);
        calls.put(taken[0].clone());
        calls.count(&call(1), at(HOUR));
        assert_eq!(calls.take()[0].of_key.counts.calls(), 3);
    }

    #[test]
    fn each_call_that_was_answered_is_timed_and_one_that_was_asked_about_is_not() {
        let calls = Calls::default();
        calls.count(&call(1), at(HOUR));
        calls.count(&Call { took: Some(Duration::from_millis(300)), ..call(1) }, at(HOUR));
        calls.count(&Call { took: None, answer: AnswerKind::Verification, ..call(1) }, at(HOUR));
        let mut expected = Latencies::default();
        [5, 300].map(Duration::from_millis).into_iter().for_each(|took| expected.count(took));
        let taken = calls.take();
        assert_eq!((taken[0].of_key.counts.calls(), taken[0].latencies), (3, expected));
    }

    #[test]
    fn what_has_no_room_is_told() {
        let calls = Calls::default();
        // All of one shard: they differ in their first bytes alone.
        for number in 0..5_000_u128 {
            calls.count(&call(number << 96), at(HOUR));
        }
        assert_eq!((calls.take().len(), calls.take_uncounted(), calls.take_uncounted()), (3_584, 1_416, 0));
    }

    #[test]
    fn an_hour_has_so_many_networks_however_often_it_is_written() {
        let attempts = Attempts::default();
        for number in 0..3_000 {
            attempts.count(attempt(HOUR, number));
            if number % 500 == 0 {
                attempts.take().into_iter().for_each(|row| attempts.count(row));
            }
        }
        let taken = attempts.take();
        let rest = taken.iter().find(|row| row.network.is_none()).unwrap();
        assert_eq!((taken.len(), rest.unknown), (1_025, 1_976));
        attempts.count(attempt(HOUR, 2_999));
        assert_eq!(attempts.take(), [UnknownAttempts { network: None, ..attempt(HOUR, 2_999) }]);
    }

    #[test]
    fn a_new_hour_has_room_again_and_loses_nothing_of_the_last() {
        let attempts = Attempts::default();
        for number in 0..1_025 {
            attempts.count(attempt(HOUR, number));
        }
        attempts.count(attempt(HOUR + 1, 5_000));
        let taken = attempts.take();
        assert_eq!(taken.iter().map(|row| row.unknown).sum::<u64>(), 1_026);
        assert!(taken.contains(&attempt(HOUR + 1, 5_000)));
    }
}
