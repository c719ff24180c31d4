//! Answers under idempotency keys.

use super::seed::{Store, look, put};
use crate::idempotency::{Answer, Caller, Fingerprint, IdempotencyKey, RecordedAnswer};
use crate::time::Timestamp;

const CALLER: Caller = Caller::from_bytes([1; 16]);
const OTHER_CALLER: Caller = Caller::from_bytes([2; 16]);

fn key(text: &str) -> IdempotencyKey {
    text.parse().unwrap()
}

fn recorded(text: &str, seconds: i64) -> RecordedAnswer {
    RecordedAnswer {
        caller: CALLER,
        key: key(text),
        fingerprint: Fingerprint::of("POST /events", text.as_bytes()),
        answer: Answer { status: 201, body: vec![b'{', 0, 0xff, b'}'] },
        created_at: Timestamp::from_seconds(seconds),
    }
}

/// An answer comes back as it went in, to its own caller and under its own key.
pub fn an_answer_reads_back_for_its_caller_and_key(store: &Store) {
    assert_eq!(look(store, |tx| tx.find_answer(CALLER, &key("a"))), None);
    put(store, |tx| tx.put_answer(&recorded("a", 1)));
    assert_eq!(look(store, |tx| tx.find_answer(CALLER, &key("a"))), Some(recorded("a", 1)));
    assert_eq!(look(store, |tx| tx.find_answer(CALLER, &key("A"))), None);
    assert_eq!(look(store, |tx| tx.find_answer(OTHER_CALLER, &key("a"))), None);
}

/// One that stands no longer gives way.
pub fn a_later_answer_takes_the_place_of_an_earlier(store: &Store) {
    put(store, |tx| tx.put_answer(&recorded("a", 1)));
    let later = RecordedAnswer { answer: Answer { status: 200, body: Vec::new() }, ..recorded("a", 2) };
    put(store, |tx| tx.put_answer(&later));
    assert_eq!(look(store, |tx| tx.find_answer(CALLER, &key("a"))), Some(later));
}

/// Old answers go, the oldest first and a bounded number at a time.
pub fn old_answers_are_removed_oldest_first(store: &Store) {
    for (text, seconds) in [("c", 3), ("a", 1), ("b", 2)] {
        put(store, |tx| tx.put_answer(&recorded(text, seconds)));
    }
    let remove = |limit| put(store, |tx| tx.delete_answers(Timestamp::from_seconds(3), limit));
    assert_eq!(remove(1), 1);
    assert_eq!(look(store, |tx| tx.find_answer(CALLER, &key("a"))), None);
    assert_eq!((remove(10), remove(10)), (1, 0));
    assert_eq!(look(store, |tx| tx.find_answer(CALLER, &key("c"))), Some(recorded("c", 3)));
}

/// Of eight threads that look and then write, one finds nothing and seven find its answer.
pub fn eight_threads_find_the_answer_of_the_first(store: &Store) {
    let look_and_put = |seconds| {
        move || {
            put(store, |tx| {
                let found = tx.find_answer(CALLER, &key("a"))?;
                if found.is_none() {
                    tx.put_answer(&recorded("a", seconds))?;
                }
                Ok(found)
            })
        }
    };
    let found: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=8).map(|seconds| scope.spawn(look_and_put(seconds))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let winner = look(store, |tx| tx.find_answer(CALLER, &key("a")));
    assert_eq!(found.iter().filter(|found| found.is_none()).count(), 1);
    assert!(found.iter().flatten().all(|found| Some(found) == winner.as_ref()));
}
