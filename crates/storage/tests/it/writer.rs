//! Group commit, as callers see it: alone, together, and with one that fails.

use std::sync::mpsc::{Receiver, Sender, channel};

use devhub_domain::store::{Lane, StoreError, UnitOfWork, WriteJob};
use devhub_domain::testing::{api_key, endpoint};
use devhub_domain::tx::Tx;
use devhub_storage::{Database, WriterError};

use crate::support::{Outcome, cause, on_both, put, stored_keys, submit, try_put};

on_both! {
    jobs_that_wait_share_a_commit
    a_job_that_fails_leaves_no_trace_and_harms_nobody
    jobs_that_fail_among_many_harm_nobody_before_and_after_them
    a_job_that_goes_on_after_a_failed_statement_is_undone
    a_job_that_panics_takes_its_batch_along_and_no_other
    a_waiting_caller_that_panics_takes_its_batch_along_and_no_other
    a_callback_that_panics_harms_nobody
    a_full_queue_refuses_at_once
    a_database_that_is_shut_down_refuses
    a_shutdown_finishes_what_waits
    eight_threads_through_both_doors_are_each_answered_once
}

/// A job that runs until its gate is opened.
struct Gate {
    running: Sender<()>,
    gate: Receiver<()>,
}

impl WriteJob<dyn Tx> for Gate {
    fn run(&mut self, _tx: &mut (dyn Tx + 'static)) -> Result<(), StoreError> {
        self.running.send(()).unwrap();
        self.gate.recv().unwrap_err();
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        outcome.unwrap();
    }
}

/// Holds the writer up until the returned sender is dropped: what is queued meanwhile is one batch.
fn held_up(database: &Database) -> Sender<()> {
    let (open, gate) = channel::<()>();
    let (running, is_running) = channel();
    let job = Gate { running, gate };
    UnitOfWork::<dyn Tx>::submit(database, Lane::Interactive, Box::new(job));
    is_running.recv().unwrap();
    open
}

/// Runs jobs in one batch; returns how each ended, in the order of the answers.
fn together(database: &Database, queue: impl FnOnce(&Sender<Outcome>)) -> Vec<Outcome> {
    let gate = held_up(database);
    let (done, outcomes) = channel();
    queue(&done);
    drop((gate, done));
    outcomes.into_iter().collect()
}

fn insert(database: &Database, number: u32, done: &Sender<Outcome>) {
    submit(database, number, done, move |tx| tx.insert_api_key(&api_key(number)));
}

fn are_done(outcomes: &[Outcome]) -> Vec<u32> {
    outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(number, _)| *number).collect()
}

fn jobs_that_wait_share_a_commit(database: &Database) {
    let outcomes = together(database, |done| (1..=20).for_each(|number| insert(database, number, done)));
    assert_eq!(are_done(&outcomes), (1..=20).collect::<Vec<_>>());
    assert_eq!(database.stats().largest_batch, 20);
    assert_eq!(stored_keys(database), (1..=20).collect::<Vec<_>>());
}

fn a_job_that_fails_leaves_no_trace_and_harms_nobody(database: &Database) {
    let outcomes = together(database, |done| {
        insert(database, 1, done);
        submit(database, 2, done, |tx| tx.insert_api_key(&api_key(2)).and(Err(StoreError::RolledBack)));
        insert(database, 3, done);
        insert(database, 3, done);
        submit(database, 5, done, |tx| tx.insert_api_key(&api_key(5)).and(Err(StoreError::RolledBack)));
    });
    assert_eq!(are_done(&outcomes), [1, 3]);
    assert!(matches!(outcomes[1].1, Err(StoreError::RolledBack)));
    assert!(matches!(outcomes[3].1, Err(StoreError::Conflict("api_keys"))));
    assert_eq!(stored_keys(database), [1, 3]);
}

fn jobs_that_fail_among_many_harm_nobody_before_and_after_them(database: &Database) {
    // The last one of what shares a savepoint, one in the middle, and the last one of all.
    let fails = |number| [16, 25, 40].contains(&number);
    let outcomes = together(database, |done| {
        for number in 1..=40 {
            submit(database, number, done, move |tx| {
                tx.insert_api_key(&api_key(number))?;
                if fails(number) { Err(StoreError::RolledBack) } else { Ok(()) }
            });
        }
    });
    let succeed: Vec<_> = (1..=40).filter(|number| !fails(*number)).collect();
    assert_eq!(are_done(&outcomes), succeed);
    assert_eq!(stored_keys(database), succeed);
}

fn a_job_that_goes_on_after_a_failed_statement_is_undone(database: &Database) {
    // The endpoint's workspace does not exist: the statement fails on its foreign key.
    let mut orphan = endpoint(1);
    orphan.workspace_id = devhub_domain::id::WorkspaceId::from_bytes([9; 16]);
    let outcomes = together(database, |done| {
        insert(database, 1, done);
        submit(database, 2, done, move |tx| {
            tx.insert_api_key(&api_key(2))?;
            drop(tx.insert_endpoint(&orphan));
            Ok(())
        });
        insert(database, 3, done);
    });
    assert_eq!(are_done(&outcomes), [1, 3]);
    assert_eq!(stored_keys(database), [1, 3]);
}

fn a_job_that_panics_takes_its_batch_along_and_no_other(database: &Database) {
    let outcomes = together(database, |done| {
        insert(database, 1, done);
        submit(database, 2, done, |_tx| panic!("a job of the test panics"));
        insert(database, 3, done);
    });
    assert_eq!(outcomes.len(), 3);
    for (_, outcome) in outcomes {
        assert_eq!(cause(outcome), WriterError::BatchLost("a job panicked".to_owned()));
    }
    assert!(stored_keys(database).is_empty());
    put(database, |tx| tx.insert_api_key(&api_key(4)));
    assert_eq!(stored_keys(database), [4]);
}

fn a_waiting_caller_that_panics_takes_its_batch_along_and_no_other(database: &Database) {
    let panicked = std::thread::scope(|scope| {
        let caller =
            scope.spawn(|| put(database, |_tx| -> Result<(), StoreError> { panic!("a caller of the test panics") }));
        caller.join().is_err()
    });
    assert!(panicked);
    put(database, |tx| tx.insert_api_key(&api_key(1)));
    assert_eq!(stored_keys(database), [1]);
}

/// A job whose callback panics.
struct Rude;

impl WriteJob<dyn Tx> for Rude {
    fn run(&mut self, _tx: &mut (dyn Tx + 'static)) -> Result<(), StoreError> {
        Ok(())
    }

    fn finish(self: Box<Self>, _outcome: Result<(), StoreError>) {
        panic!("a callback of the test panics");
    }
}

fn a_callback_that_panics_harms_nobody(database: &Database) {
    let outcomes = together(database, |done| {
        UnitOfWork::<dyn Tx>::submit(database, Lane::Interactive, Box::new(Rude));
        insert(database, 1, done);
    });
    assert_eq!(are_done(&outcomes), [1]);
}

fn a_full_queue_refuses_at_once(database: &Database) {
    let gate = held_up(database);
    let (done, outcomes) = channel();
    (1..=101).for_each(|number| insert(database, number, &done));
    let (number, outcome) = outcomes.recv().unwrap();
    assert_eq!((number, cause(outcome)), (101, WriterError::QueueFull));
    assert_eq!(cause(try_put(database, |_tx| Ok(()))), WriterError::QueueFull);
    assert_eq!(database.stats().queued, 100);
    drop((gate, done));
    assert_eq!(outcomes.into_iter().filter(|(_, outcome)| outcome.is_ok()).count(), 100);
}

fn a_database_that_is_shut_down_refuses(database: &Database) {
    database.clone().shutdown();
    assert_eq!(cause(try_put(database, |_tx| Ok(()))), WriterError::Closed);
    let (done, outcomes) = channel();
    insert(database, 1, &done);
    assert_eq!(cause(outcomes.recv().unwrap().1), WriterError::Closed);
    let read = crate::support::look(database, |tx| tx.list_workspaces().map(drop));
    assert_eq!(cause(read), WriterError::Closed);
}

fn a_shutdown_finishes_what_waits(database: &Database) {
    let gate = held_up(database);
    let (done, outcomes) = channel();
    (1..=10).for_each(|number| insert(database, number, &done));
    drop((gate, done));
    database.clone().shutdown();
    assert_eq!(are_done(&outcomes.try_iter().collect::<Vec<_>>()).len(), 10);
}

fn eight_threads_through_both_doors_are_each_answered_once(database: &Database) {
    let (done, outcomes) = channel();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let done = done.clone();
            scope.spawn(move || {
                for round in 0..10 {
                    let number = thread * 100 + round * 2;
                    put(database, |tx| tx.insert_api_key(&api_key(number)));
                    insert(database, number + 1, &done);
                }
            });
        }
    });
    drop(done);
    let mut answered = are_done(&outcomes.into_iter().collect::<Vec<_>>());
    answered.sort_unstable();
    answered.dedup();
    assert_eq!(answered.len(), 80);
    assert_eq!(stored_keys(database).len(), 160);
}
