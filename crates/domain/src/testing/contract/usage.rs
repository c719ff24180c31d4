//! The usage of keys, and attempts with tokens that no key has.

use ipnet::IpNet;

use super::seed::{Store, look, put};
use crate::id::KeyId;
use crate::page::{PageRequest, PageSize};
use crate::testing::api_key;
use crate::time::Timestamp;
use crate::usage::{
    ADDRESSES_PER_HOUR, AnswerKind, CallCounts, KeyDay, KeyHour, NetworkTotal, RefusalKind, SeenAddress,
    UnknownAttempts, UnknownAttemptsId, UnknownTotals,
};

fn key_id(number: u32) -> KeyId {
    api_key(number).id
}

/// An hour in which every kind of answer and refusal was counted, each another number of times.
fn full(number: u32, hour: i64) -> KeyHour {
    let mut row = KeyHour::empty(key_id(number), hour);
    for (times, kind) in (1..).zip(AnswerKind::ALL) {
        (0..times).for_each(|_| row.counts.count(kind, None));
    }
    for (times, kind) in (1..).zip(RefusalKind::ALL) {
        (0..times).for_each(|_| row.counts.count(AnswerKind::ClientError, Some(kind)));
    }
    for (at, address) in (1..).zip(["203.0.113.7", "2001:db8::7"]) {
        let seen = SeenAddress { address: address.parse().unwrap(), at: Timestamp::from_seconds(at) };
        row.addresses.note(seen, ADDRESSES_PER_HOUR);
    }
    row
}

fn hours(store: &Store, number: u32) -> Vec<KeyHour> {
    look(store, |tx| tx.list_key_hours(key_id(number), 0..1_000_000, 9))
}

/// What is counted comes on top of what was; keys and hours have their own counts, and the last addresses stay.
pub fn an_hour_of_a_key_adds_up(store: &Store) {
    let mut other = KeyHour::empty(key_id(1), 7);
    other.counts.count(AnswerKind::Success, None);
    for at in 1..=4_u8 {
        let seen = SeenAddress { address: [198, 51, 100, at].into(), at: Timestamp::from_seconds(1 + i64::from(at)) };
        other.addresses.note(seen, ADDRESSES_PER_HOUR);
    }
    let all = [full(1, 7), full(1, 8), full(2, 7), other.clone()];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_key_hour(row)));
    let mut sum = full(1, 7);
    sum.add(&other);
    let found = hours(store, 1);
    assert_eq!(
        found.iter().map(|row| (row.hour, row.counts)).collect::<Vec<_>>(),
        [(7, sum.counts), (8, full(1, 8).counts)]
    );
    assert_eq!(found[0].addresses.latest(), sum.addresses.latest());
    assert_eq!(hours(store, 2), [full(2, 7)]);
    assert_eq!(hours(store, 3), []);
}

/// Eight threads count for one key and hour: none is lost.
pub fn eight_threads_count_for_one_key(store: &Store) {
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| put(store, |tx| tx.add_key_hour(&full(1, 7))));
        }
    });
    let counted = hours(store, 1);
    assert_eq!(counted[0].counts.calls(), 8 * full(1, 7).counts.calls());
    assert_eq!(counted[0].counts.refused_for(RefusalKind::RateLimited), 8 * 7);
}

/// A list shows the hours that are asked for, from the first on and before the last, and no more rows than asked for.
pub fn hours_are_listed_within_their_bounds(store: &Store) {
    put(store, |tx| [9, 7, 8].iter().try_for_each(|hour| tx.add_key_hour(&full(1, *hour))));
    assert_eq!(look(store, |tx| tx.list_key_hours(key_id(1), 7..9, 9)), [full(1, 7), full(1, 8)]);
    assert_eq!(look(store, |tx| tx.list_key_hours(key_id(1), 0..99, 1)), [full(1, 7)]);
    assert_eq!(look(store, |tx| tx.list_key_hours(key_id(1), 10..99, 9)), []);
}

/// A sum is of one key and of the hours that are asked for; keys without calls have none.
pub fn hours_are_summed_for_each_key(store: &Store) {
    let all = [full(1, 7), full(1, 8), full(2, 8), full(1, 9)];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_key_hour(row)));
    let mut sums = look(store, |tx| tx.sum_key_hours(&[key_id(1), key_id(2), key_id(3)], 7..9));
    sums.sort_unstable_by_key(|(id, _)| *id);
    let mut twice = CallCounts::default();
    twice.add(&full(1, 7).counts);
    twice.add(&full(1, 8).counts);
    assert_eq!(sums, [(key_id(1), twice), (key_id(2), full(2, 8).counts)]);
    assert_eq!(look(store, |tx| tx.sum_key_hours(&[], 7..9)), []);
}

/// Days are those of UTC; each key has its own, and hours that are not asked for count nowhere.
pub fn hours_are_counted_by_key_and_day(store: &Store) {
    let all = [full(1, 23), full(1, 24), full(1, 47), full(2, 30), full(3, 30), full(1, 71), full(1, 72)];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_key_hour(row)));
    let mut days = look(store, |tx| tx.count_key_days(&[key_id(1), key_id(2), key_id(4)], 24..72));
    days.sort_unstable_by_key(|day| (day.key_id, day.day));
    let day = |number, day, hours| {
        let counts = full(number, 0).counts;
        KeyDay { key_id: key_id(number), day, calls: hours * counts.calls(), refused: hours * counts.refused() }
    };
    assert_eq!(days, [day(1, 1, 2), day(1, 2, 1), day(2, 1, 1)]);
    assert_eq!(look(store, |tx| tx.count_key_days(&[], 24..72)), []);
}

/// Old hours are removed oldest first, no more than asked for, and no others.
pub fn old_hours_are_removed_in_steps(store: &Store) {
    let all = [full(1, 3), full(2, 1), full(1, 2), full(1, 4)];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_key_hour(row)));
    assert_eq!(put(store, |tx| tx.delete_key_hours(4, 2)), 2);
    assert_eq!(hours(store, 1), [full(1, 3), full(1, 4)]);
    assert_eq!(put(store, |tx| tx.delete_key_hours(4, 2)), 1);
    assert_eq!(hours(store, 1), [full(1, 4)]);
}

fn attempts(hour: i64, network: &str, unknown: u64) -> UnknownAttempts {
    let network: Option<IpNet> = (!network.is_empty()).then(|| network.parse().unwrap());
    UnknownAttempts { hour, network, unknown, malformed: unknown + 1 }
}

fn listed(store: &Store, size: u64, after: Option<UnknownAttemptsId>) -> Vec<UnknownAttempts> {
    let page = PageRequest { size: PageSize::new(size).unwrap(), after };
    look(store, |tx| tx.list_unknown_attempts(5..9, page)).items
}

/// Attempts come on top of those of the same network and hour; the rest is a network of its own.
pub fn attempts_add_up_by_network_and_hour(store: &Store) {
    let all = [("203.0.113.0/24", 2), ("", 5), ("203.0.113.0/24", 1), ("2001:db8::/48", 1)];
    put(store, |tx| all.iter().try_for_each(|(network, count)| tx.add_unknown_attempts(&attempts(7, network, *count))));
    let sum = UnknownAttempts { malformed: 5, ..attempts(7, "203.0.113.0/24", 3) };
    assert_eq!(listed(store, 9, None), [attempts(7, "", 5), attempts(7, "2001:db8::/48", 1), sum]);
}

/// The newest hour comes first, then networks byte by byte; a page begins after its cursor; other hours are not shown.
pub fn attempts_are_listed_page_by_page(store: &Store) {
    let all = [
        attempts(8, "198.51.100.0/24", 1),
        attempts(8, "203.0.113.0/24", 2),
        attempts(7, "", 3),
        attempts(7, "9.0.0.0/24", 4),
        attempts(5, "2001:db8::/48", 5),
    ];
    let hidden = [attempts(9, "", 6), attempts(4, "", 7)];
    put(store, |tx| all.iter().rev().chain(&hidden).try_for_each(|row| tx.add_unknown_attempts(row)));
    assert_eq!(listed(store, 9, None), all);
    for (position, row) in all.iter().enumerate() {
        let rest: Vec<_> = all[position + 1..].iter().take(2).copied().collect();
        assert_eq!(listed(store, 2, Some(row.id())), rest, "after {}", row.id());
    }
    let page = PageRequest { size: PageSize::new(2).unwrap(), after: None };
    assert_eq!(look(store, |tx| tx.list_unknown_attempts(5..9, page)).next, Some(all[1].id()));
}

/// Attempts of several hours are summed by network, the most first; what is not listed is counted, and other hours are not.
pub fn attempts_are_summed_by_network(store: &Store) {
    assert_eq!(look(store, |tx| tx.sum_unknown_attempts(5..9, 3)), UnknownTotals::default());
    let all = [
        attempts(8, "203.0.113.0/24", 4),
        attempts(5, "203.0.113.0/24", 3),
        attempts(6, "", 9),
        attempts(7, "198.51.100.0/24", 1),
        attempts(8, "192.0.2.0/24", 1),
        attempts(9, "192.0.2.0/24", 100),
        attempts(4, "192.0.2.0/24", 100),
    ];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_unknown_attempts(row)));
    let total = |network: &str, unknown, malformed| NetworkTotal {
        network: attempts(0, network, 0).network,
        unknown,
        malformed,
    };
    let networks = [total("", 9, 10), total("203.0.113.0/24", 7, 9), total("192.0.2.0/24", 1, 2)].to_vec();
    let expected = UnknownTotals { networks, attempts: 41, networks_seen: 4 };
    assert_eq!(look(store, |tx| tx.sum_unknown_attempts(5..9, 3)), expected);
}

/// Old attempts are removed oldest first, no more than asked for, and no others.
pub fn old_attempts_are_removed_in_steps(store: &Store) {
    let all = [attempts(6, "", 1), attempts(5, "203.0.113.0/24", 2), attempts(7, "", 3), attempts(8, "", 4)];
    put(store, |tx| all.iter().try_for_each(|row| tx.add_unknown_attempts(row)));
    assert_eq!(put(store, |tx| tx.delete_unknown_attempts(8, 2)), 2);
    assert_eq!(listed(store, 9, None), [all[3], all[2]]);
    assert_eq!(put(store, |tx| tx.delete_unknown_attempts(8, 2)), 1);
    assert_eq!(listed(store, 9, None), [all[3]]);
}
