//! Sessions of operators.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use super::seed::{Store, expect_conflict, look, put, try_put};
use crate::operators::{Client, OperatorSession, SESSION_IDLE_MAX, UserAgent};
use crate::testing::{operator, operator_session};
use crate::time::Timestamp;

fn begin(store: &Store, sessions: &[OperatorSession]) {
    put(store, |tx| {
        if tx.list_operators(operator(1).workspace_id)?.is_empty() {
            tx.insert_operator(&operator(1))?;
            tx.insert_operator(&operator(2))?;
        }
        sessions.iter().try_for_each(|session| tx.insert_operator_session(session))
    });
}

fn find(store: &Store, session: &OperatorSession) -> Option<OperatorSession> {
    look(store, |tx| tx.find_operator_session(&session.digest))
}

/// A session comes back as it went in, by its digest and in its operator's list.
pub fn a_session_reads_back_as_it_was_written(store: &Store) {
    let client = Client { address: IpAddr::V6(Ipv6Addr::LOCALHOST), user_agent: UserAgent::cut("Fïrefox \u{1f98a}") };
    let session = OperatorSession { client, ..operator_session(1) };
    begin(store, std::slice::from_ref(&session));
    assert_eq!(find(store, &session), Some(session.clone()));
    assert_eq!(look(store, |tx| tx.list_operator_sessions(session.operator_id)), [session]);
    assert_eq!(find(store, &operator_session(2)), None);
}

/// An id and a digest are taken once.
pub fn a_digest_is_taken_once(store: &Store) {
    begin(store, &[operator_session(1)]);
    expect_conflict(try_put(store, |tx| tx.insert_operator_session(&operator_session(1))));
    let same = OperatorSession { digest: operator_session(1).digest, ..operator_session(2) };
    expect_conflict(try_put(store, |tx| tx.insert_operator_session(&same)));
}

/// Sessions are listed newest first, of one operator only.
pub fn sessions_are_listed_by_operator(store: &Store) {
    let others = OperatorSession { operator_id: operator(2).id, ..operator_session(3) };
    begin(store, &[operator_session(1), operator_session(2), others.clone()]);
    let listed = |number| look(store, |tx| tx.list_operator_sessions(operator(number).id));
    assert_eq!(listed(1), [operator_session(2), operator_session(1)]);
    assert_eq!(listed(2), [others]);
}

/// A use moves a session on and never back, and does not bring back one that is gone.
pub fn a_use_moves_a_session_on(store: &Store) {
    begin(store, &[operator_session(1)]);
    let seen = |seconds| OperatorSession { last_seen_at: Timestamp::from_seconds(seconds), ..operator_session(1) };
    put(store, |tx| tx.touch_operator_session(&seen(5_000)));
    put(store, |tx| tx.touch_operator_session(&seen(4_000)));
    assert_eq!(find(store, &seen(0)), Some(seen(5_000)));
    put(store, |tx| tx.delete_operator_sessions(&[operator_session(1).id]));
    put(store, |tx| tx.touch_operator_session(&seen(6_000)));
    assert_eq!(find(store, &seen(0)), None);
}

/// Sessions go by their ids, the others stay.
pub fn sessions_are_removed_by_id(store: &Store) {
    begin(store, &[operator_session(1), operator_session(2), operator_session(3)]);
    put(store, |tx| tx.delete_operator_sessions(&[]));
    put(store, |tx| {
        tx.delete_operator_sessions(&[operator_session(1).id, operator_session(3).id, operator_session(9).id])
    });
    assert_eq!(look(store, |tx| tx.list_operator_sessions(operator(1).id)), [operator_session(2)]);
}

/// What has ended by itself goes, a bounded number at a time; a use puts the end off.
pub fn ended_sessions_are_removed_in_steps(store: &Store) {
    begin(store, &[operator_session(1), operator_session(2), operator_session(3)]);
    let used = OperatorSession { last_seen_at: Timestamp::from_seconds(2_000), ..operator_session(3) };
    put(store, |tx| tx.touch_operator_session(&used));
    let end = operator_session(1).created_at.plus(SESSION_IDLE_MAX);
    let remove = |now, limit| put(store, |tx| tx.delete_ended_operator_sessions(now, limit));
    assert_eq!(remove(end.minus(Duration::from_micros(1)), 500), 0);
    assert_eq!((remove(end, 1), remove(end, 500), remove(end, 500)), (1, 1, 0));
    assert_eq!(look(store, |tx| tx.list_operator_sessions(operator(1).id)), [used]);
}
