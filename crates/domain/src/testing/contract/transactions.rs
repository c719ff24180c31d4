//! What a transaction promises.

use std::sync::mpsc;

use super::seed::{Store, look, put, workspace_id};
use crate::api_keys::ApiKeyFilter;
use crate::page::PageRequest;
use crate::store::{Lane, StoreError, WriteJob, write};
use crate::testing::api_key;
use crate::time::Timestamp;
use crate::tx::Tx;

fn keys(store: &Store) -> usize {
    look(store, |tx| {
        tx.list_api_keys(workspace_id(1), &ApiKeyFilter::default(), Timestamp::default(), PageRequest::default())
    })
    .items
    .len()
}

/// A body that fails leaves no trace.
pub fn a_body_that_fails_leaves_no_trace(store: &Store) {
    let outcome: Result<(), StoreError> = write(store, Lane::Interactive, |tx| {
        tx.insert_api_key(&api_key(1))?;
        Err(StoreError::RolledBack)
    });
    assert!(matches!(outcome, Err(StoreError::RolledBack)));
    assert_eq!(keys(store), 0);
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    assert_eq!(keys(store), 1);
}

/// A body sees its own writes.
pub fn a_body_sees_its_own_writes(store: &Store) {
    put(store, |tx| {
        tx.insert_api_key(&api_key(1))?;
        assert!(tx.find_api_key(workspace_id(1), api_key(1).id)?.is_some());
        Ok(())
    });
}

/// A body that returns a conflict is undone as a whole.
pub fn a_conflict_undoes_its_body(store: &Store) {
    put(store, |tx| tx.insert_api_key(&api_key(1)));
    let outcome: Result<(), StoreError> = write(store, Lane::Interactive, |tx| {
        tx.insert_api_key(&api_key(2))?;
        tx.insert_api_key(&api_key(1))
    });
    assert!(matches!(outcome, Err(StoreError::Conflict(_))), "got {outcome:?}");
    assert_eq!(keys(store), 1);
}

struct InsertKey {
    number: u32,
    done: mpsc::Sender<Result<(), StoreError>>,
}

impl WriteJob<dyn Tx> for InsertKey {
    fn run(&mut self, tx: &mut (dyn Tx + 'static)) -> Result<(), StoreError> {
        tx.insert_api_key(&api_key(self.number))
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        self.done.send(outcome).expect("the test waits for the outcome");
    }
}

/// Queued jobs are each finished once, those that fail alone.
pub fn every_queued_job_is_finished_once(store: &Store) {
    let (done, outcomes) = mpsc::channel();
    for number in [1, 2, 2, 3] {
        store.submit(Lane::Interactive, Box::new(InsertKey { number, done: done.clone() }));
    }
    drop(done);
    let outcomes: Vec<_> = outcomes.into_iter().collect();
    assert_eq!(outcomes.len(), 4);
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_err()).count(), 1);
    assert_eq!(keys(store), 3);
}

/// Eight threads write through both doors at once: each is answered once and everything is there.
pub fn waiting_and_queued_writers_share_the_store(store: &Store) {
    let (done, outcomes) = mpsc::channel();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let done = done.clone();
            scope.spawn(move || {
                for round in 0..5 {
                    let number = thread * 10 + round * 2;
                    put(store, |tx| tx.insert_api_key(&api_key(number)));
                    store.submit(Lane::Delivery, Box::new(InsertKey { number: number + 1, done: done.clone() }));
                }
            });
        }
    });
    drop(done);
    assert!(outcomes.into_iter().all(|outcome| outcome.is_ok()));
    let all = look(store, |tx| tx.scan_api_keys(None, 1_000));
    assert_eq!(all.len(), 80);
}
