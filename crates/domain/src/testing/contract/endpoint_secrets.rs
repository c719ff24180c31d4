//! The secrets of endpoints.

use super::seed::{Store, expect_conflict, look, put, try_put, workspace_id};
use crate::sealing::Sealed;
use crate::testing::{endpoint, endpoint_secret};
use crate::time::Timestamp;
use crate::webhooks::EndpointSecret;

fn secrets(store: &Store) -> Vec<EndpointSecret> {
    let target = look(store, |tx| tx.find_target(workspace_id(1), endpoint(1).id));
    target.unwrap().secrets().to_vec()
}

fn numbers(store: &Store) -> Vec<u32> {
    secrets(store).iter().map(|secret| secret.number).collect()
}

/// Endpoint 1 with these secrets.
fn keep(store: &Store, secrets: &[EndpointSecret]) {
    put(store, |tx| {
        tx.insert_endpoint(&endpoint(1))?;
        secrets.iter().try_for_each(|secret| tx.insert_endpoint_secret(secret))
    });
}

fn ending(number: u32, at: Timestamp) -> EndpointSecret {
    EndpointSecret { expires_at: Some(at), ..endpoint_secret(number) }
}

/// A secret comes back as it went in, with every field set.
pub fn a_secret_reads_back_as_it_was_written(store: &Store) {
    let secret = EndpointSecret {
        number: u32::MAX,
        sealed: Sealed::from_bytes(vec![0, 255, 7]),
        created_at: Timestamp::from_micros(1_000_001),
        ..ending(1, Timestamp::from_micros(2_000_001))
    };
    keep(store, std::slice::from_ref(&secret));
    assert_eq!(secrets(store), [secret]);
}

/// An id is unique, and a number among the secrets of its endpoint.
pub fn an_id_and_a_number_are_taken_once(store: &Store) {
    keep(store, &[endpoint_secret(1)]);
    let same_id = EndpointSecret { number: 2, ..endpoint_secret(1) };
    expect_conflict(try_put(store, |tx| tx.insert_endpoint_secret(&same_id)));
    let same_number = EndpointSecret { number: 1, ..endpoint_secret(2) };
    expect_conflict(try_put(store, |tx| tx.insert_endpoint_secret(&same_number)));
    let elsewhere = EndpointSecret { endpoint_id: endpoint(2).id, ..same_number };
    put(store, |tx| {
        tx.insert_endpoint(&endpoint(2))?;
        tx.insert_endpoint_secret(&elsewhere)
    });
}

/// Secrets come oldest first by their numbers, also when a clock that went back has made ids and instants that say otherwise.
pub fn secrets_come_in_the_order_of_their_numbers(store: &Store) {
    let made = |number: u32, moment: u32| EndpointSecret {
        number,
        created_at: Timestamp::from_seconds(moment.into()),
        ..endpoint_secret(moment)
    };
    keep(store, &[made(2, 9), made(10, 1), made(1, 5)]);
    assert_eq!(numbers(store), [1, 2, 10]);
    let targets = look(store, |tx| tx.list_targets(workspace_id(1)));
    assert_eq!(targets[0].secrets(), [made(1, 5), made(2, 9), made(10, 1)]);
}

/// A secret is given an end, later another one, and nothing else of it changes; one that is not there is a conflict.
pub fn a_secret_is_given_an_end(store: &Store) {
    keep(store, &[endpoint_secret(1), endpoint_secret(2)]);
    for at in [Timestamp::from_micros(3), Timestamp::from_micros(2)] {
        let ended = EndpointSecret { sealed: Sealed::from_bytes(vec![9]), number: 7, ..ending(1, at) };
        put(store, |tx| tx.update_endpoint_secret(&ended));
        assert_eq!(secrets(store), [ending(1, at), endpoint_secret(2)]);
    }
    expect_conflict(try_put(store, |tx| tx.update_endpoint_secret(&endpoint_secret(3))));
}

/// Those secrets of an endpoint are removed that sign nothing at the instant; those of other endpoints stay.
pub fn secrets_whose_time_is_over_are_removed(store: &Store) {
    let now = Timestamp::from_micros(1_000_000);
    let (earlier, later) = (Timestamp::from_micros(999_999), Timestamp::from_micros(1_000_001));
    keep(store, &[ending(1, earlier), ending(2, now), ending(3, later), endpoint_secret(4)]);
    let elsewhere = EndpointSecret { endpoint_id: endpoint(2).id, ..ending(5, earlier) };
    put(store, |tx| {
        tx.insert_endpoint(&endpoint(2))?;
        tx.insert_endpoint_secret(&elsewhere)
    });
    put(store, |tx| tx.delete_ended_endpoint_secrets(endpoint(1).id, now));
    assert_eq!(secrets(store), [ending(3, later), endpoint_secret(4)]);
    let other = look(store, |tx| tx.find_target(workspace_id(1), endpoint(2).id)).unwrap();
    assert_eq!(other.secrets(), [elsewhere]);
}

/// What was written of a secret is seen by the next transaction that publishes.
pub fn targets_show_the_latest_change_of_a_secret(store: &Store) {
    let ends_at = Timestamp::from_micros(5);
    let kept = |store: &Store| put(store, |tx| tx.list_targets(workspace_id(1)))[0].secrets().to_vec();
    keep(store, &[endpoint_secret(1)]);
    assert_eq!(kept(store), [endpoint_secret(1)]);
    put(store, |tx| tx.insert_endpoint_secret(&endpoint_secret(2)));
    assert_eq!(kept(store), [endpoint_secret(1), endpoint_secret(2)]);
    put(store, |tx| tx.update_endpoint_secret(&ending(1, ends_at)));
    assert_eq!(kept(store), [ending(1, ends_at), endpoint_secret(2)]);
    put(store, |tx| tx.delete_ended_endpoint_secrets(endpoint(1).id, ends_at));
    assert_eq!(kept(store), [endpoint_secret(2)]);
}

/// Eight threads find an endpoint and add a secret after its last one: no two take the same number.
pub fn eight_threads_rotate_one_after_the_other(store: &Store) {
    keep(store, &[endpoint_secret(1)]);
    std::thread::scope(|scope| {
        for thread in 2..=9 {
            scope.spawn(move || {
                put(store, |tx| {
                    let target = tx.find_target(workspace_id(1), endpoint(1).id)?.unwrap();
                    let last = target.secrets().iter().map(|secret| secret.number).max().unwrap();
                    tx.insert_endpoint_secret(&EndpointSecret { number: last + 1, ..endpoint_secret(thread) })
                });
            });
        }
    });
    assert_eq!(numbers(store), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}
