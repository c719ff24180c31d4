//! What the keys of a workspace are used for together, and how long their calls took.

use std::ops::Range;
use std::time::Duration;

use super::seed::{Store, look, put, workspace_id};
use crate::api_keys::ApiKey;
use crate::testing::api_key;
use crate::usage::{AnswerKind, KeyHour, RefusalKind, TimedCalls, TimedHour};

/// An hour of a key in which every kind of answer and refusal was counted, each another number of times, and each bucket of latencies.
fn full(number: u32, hour: i64) -> TimedHour {
    let mut row = TimedHour::from(KeyHour::empty(api_key(number).id, hour));
    for (times, kind) in (1..).zip(AnswerKind::ALL) {
        (0..times).for_each(|_| row.of_key.counts.count(kind, None));
    }
    for (times, kind) in (1..).zip(RefusalKind::ALL) {
        (0..times).for_each(|_| row.of_key.counts.count(AnswerKind::ClientError, Some(kind)));
    }
    for exponent in 0..17 {
        let took = Duration::from_millis(1 << exponent);
        (0..=exponent).for_each(|_| row.latencies.count(took));
    }
    row
}

fn times(count: u32) -> TimedCalls {
    let mut sum = TimedCalls::default();
    (0..count).for_each(|_| sum.add(&full(1, 0).calls()));
    sum
}

fn found(store: &Store, workspace: u8, hours: Range<i64>) -> Vec<(i64, TimedCalls)> {
    look(store, |tx| tx.list_workspace_hours(workspace_id(workspace), hours.clone()))
}

/// Hours of keys add up for their workspace, with how long their calls took, and for no other; a key that is not there counts for none.
pub fn hours_add_up_for_the_workspace(store: &Store) {
    let other = ApiKey { workspace_id: workspace_id(2), ..api_key(3) };
    put(store, |tx| [api_key(1), api_key(2), other.clone()].iter().try_for_each(|key| tx.insert_api_key(key)));
    let all = [full(1, 8), full(2, 8), full(1, 7), full(3, 8), full(4, 8), full(1, 9), full(2, 8)];
    put(store, |tx| tx.add_workspace_hours(&all[..4]));
    put(store, |tx| tx.add_workspace_hours(&all[4..]));
    assert_eq!(found(store, 1, 7..9), [(7, times(1)), (8, times(3))]);
    assert_eq!(found(store, 2, 0..99), [(8, times(1))]);
}

/// What was not timed adds nothing to what was, and takes nothing from it.
pub fn calls_that_were_not_timed_count_beside_those_that_were(store: &Store) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    let timed = full(1, 7);
    let not_timed = TimedHour::from(timed.of_key.clone());
    put(store, |tx| tx.add_workspace_hours(std::slice::from_ref(&not_timed)));
    assert_eq!(found(store, 1, 0..99), [(7, not_timed.calls())]);
    put(store, |tx| tx.add_workspace_hours(std::slice::from_ref(&timed)));
    put(store, |tx| tx.add_workspace_hours(std::slice::from_ref(&not_timed)));
    assert_eq!(found(store, 1, 0..99), [(7, TimedCalls { counts: times(3).counts, latencies: timed.latencies })]);
}

/// Eight threads count for one workspace and hour, each with a key of its own: no call and no latency is lost.
pub fn eight_threads_count_for_one_workspace(store: &Store) {
    put(store, |tx| (1..=8).try_for_each(|number| tx.insert_api_key(&api_key(number))));
    std::thread::scope(|scope| {
        for number in 1..=8 {
            scope.spawn(move || put(store, |tx| tx.add_workspace_hours(&[full(number, 7)])));
        }
    });
    assert_eq!(found(store, 1, 0..99), [(7, times(8))]);
}

/// Old hours of workspaces are removed, no more than asked for, and no others.
pub fn old_hours_of_workspaces_are_removed_in_steps(store: &Store) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    put(store, |tx| tx.add_workspace_hours(&[1, 2, 3, 4].map(|hour| full(1, hour))));
    let left = || found(store, 1, 0..99).iter().map(|(hour, _)| *hour).collect::<Vec<_>>();
    assert_eq!(put(store, |tx| tx.delete_workspace_hours(4, 2)), 2);
    assert_eq!(left(), [3, 4]);
    assert_eq!(put(store, |tx| tx.delete_workspace_hours(4, 2)), 1);
    assert_eq!(left(), [4]);
}
