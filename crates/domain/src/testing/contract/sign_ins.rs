//! What counts failed sign-ins.

use std::net::IpAddr;
use std::time::Duration;

use crate::operators::{AccountDigest, FailedSignIns};
use crate::testing::ManualClock;

fn account(name: &str) -> AccountDigest {
    AccountDigest::of(name)
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn fail(failures: &dyn FailedSignIns, name: &str, at: &str, times: usize) {
    for _ in 0..times {
        failures.record(&account(name), address(at));
    }
}

/// After five failures an account waits a minute at that address, and there only.
pub fn an_account_waits_where_it_failed(failures: &dyn FailedSignIns, clock: &ManualClock) {
    fail(failures, "owner", "203.0.113.7", 4);
    assert_eq!(failures.wait(&account("owner"), address("203.0.113.7")), None);
    fail(failures, "owner", "203.0.113.7", 1);
    assert_eq!(failures.wait(&account("owner"), address("203.0.113.7")), Some(Duration::from_mins(1)));
    assert_eq!(failures.wait(&account("owner"), address("203.0.113.8")), None);
    assert_eq!(failures.wait(&account("other"), address("203.0.113.7")), None);
    clock.advance(Duration::from_mins(1));
    assert_eq!(failures.wait(&account("owner"), address("203.0.113.7")), None);
}

/// After thirty failures an address waits, whatever the account.
pub fn an_address_waits_for_all_accounts(failures: &dyn FailedSignIns, _clock: &ManualClock) {
    for number in 0..30 {
        fail(failures, &format!("account {number}"), "203.0.113.7", 1);
    }
    assert_eq!(failures.wait(&account("owner"), address("203.0.113.7")), Some(Duration::from_secs(10)));
    assert_eq!(failures.wait(&account("owner"), address("203.0.113.8")), None);
}

/// Failures beyond the limit cost nothing more: the wait does not grow.
pub fn a_wait_does_not_grow(failures: &dyn FailedSignIns, _clock: &ManualClock) {
    fail(failures, "owner", "203.0.113.7", 20);
    assert_eq!(failures.wait(&account("owner"), address("203.0.113.7")), Some(Duration::from_mins(1)));
}

/// To look counts nothing.
pub fn looking_counts_nothing(failures: &dyn FailedSignIns, _clock: &ManualClock) {
    assert_eq!([(); 9].map(|()| failures.wait(&account("owner"), address("203.0.113.7"))), [None; 9]);
}

/// A right password forgives what failed for its account there, and nothing of what failed for others.
pub fn a_success_forgives_its_own_failures_only(failures: &dyn FailedSignIns, _clock: &ManualClock) {
    fail(failures, "owner", "203.0.113.7", 5);
    fail(failures, "other", "203.0.113.7", 5);
    failures.forgive(&account("owner"), address("203.0.113.7"));
    assert_eq!(failures.wait(&account("owner"), address("203.0.113.7")), None);
    assert_eq!(failures.wait(&account("other"), address("203.0.113.7")), Some(Duration::from_mins(1)));
    fail(failures, "owner", "203.0.113.7", 20);
    assert!(failures.wait(&account("third"), address("203.0.113.7")).is_some(), "the address counts on");
}

/// Addresses of one IPv6 `/64` count as one.
pub fn a_network_of_64_bits_counts_as_one(failures: &dyn FailedSignIns, _clock: &ManualClock) {
    for last in 1..=5 {
        fail(failures, "owner", &format!("2001:db8:1:1::{last}"), 1);
    }
    assert!(failures.wait(&account("owner"), address("2001:db8:1:1:9::")).is_some());
    assert_eq!(failures.wait(&account("owner"), address("2001:db8:1:2::1")), None);
}
