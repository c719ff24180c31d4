//! What the writer does when the disk is full, and in what order it works: what cannot be brought about from outside.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use devhub_domain::events::{Event, Payload};
use devhub_domain::store::{Lane, StoreError, WriteJob};
use devhub_domain::testing::event;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use tempfile::TempDir;

use crate::error::WriterError;
use crate::lend;
use crate::queue::{Job, Queue};
use crate::sqlite::SqliteLink;
use crate::tx::StoreTx;
use crate::writer::{Connect, Writer};
use crate::{Synchronous, migrate, sqlite};

/// Events of 8 KiB: three pages each.
fn large_event(number: u32) -> Event {
    Event { payload: Payload::from_stored(vec![b'x'; 8_192]), ..event(number) }
}

type Outcome = (u32, Result<(), StoreError>);

/// Inserts an event and tells `done` how it ended. Goes on as if nothing were wrong, whatever its statement says.
struct Careless {
    number: u32,
    done: Sender<Outcome>,
}

impl WriteJob<dyn StoreTx> for Careless {
    fn run(&mut self, tx: &mut (dyn StoreTx + 'static)) -> Result<(), StoreError> {
        drop(tx.insert_event(&large_event(self.number)));
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        self.done.send((self.number, outcome)).unwrap();
    }
}

/// Holds the writer up until its channel closes, so that what is queued meanwhile is one batch.
struct Gate {
    running: Sender<()>,
    gate: Receiver<()>,
}

impl WriteJob<dyn StoreTx> for Gate {
    fn run(&mut self, _tx: &mut (dyn StoreTx + 'static)) -> Result<(), StoreError> {
        self.running.send(()).unwrap();
        self.gate.recv().unwrap_err();
        Ok(())
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        outcome.unwrap();
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn ask(database: &Path, sql: &str) -> i64 {
    let mut conn = sqlite::connect(database).unwrap();
    diesel::sql_query(sql).get_result::<Number>(&mut conn).unwrap().number
}

/// A SQLite database whose writer may use so many pages.
struct Small {
    writer: Writer<SqliteLink>,
    pages_max: Arc<AtomicU32>,
    database: PathBuf,
    _folder: TempDir,
}

impl Small {
    fn with_room_for(pages: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("hub.db");
        migrate::sqlite(&database).unwrap();
        let used = ask(&database, "SELECT page_count AS number FROM pragma_page_count");
        let pages_max = Arc::new(AtomicU32::new(u32::try_from(used).unwrap() + pages));
        let (path, limit) = (database.clone(), Arc::clone(&pages_max));
        let connect: Connect<SqliteLink> = Arc::new(move || {
            let mut link = sqlite::writer(&path, Synchronous::Full)?;
            link.conn.batch_execute(&format!("PRAGMA max_page_count = {}", limit.load(Ordering::SeqCst)))?;
            Ok(link)
        });
        let writer = Writer::start(Queue::new(100, 100), 1, &connect, &()).unwrap();
        Self { writer, pages_max, database, _folder: folder }
    }

    /// Runs jobs in one batch; returns who was told what.
    fn run_together(&self, numbers: std::ops::Range<u32>) -> Vec<Outcome> {
        let (open, gate) = channel();
        let (running, is_running) = channel();
        self.writer.submit(Lane::Interactive, Box::new(Gate { running, gate }));
        // Otherwise the first of the jobs could share the gate's own batch.
        is_running.recv().unwrap();
        let (done, outcomes) = channel();
        for number in numbers {
            self.writer.submit(Lane::Interactive, Box::new(Careless { number, done: done.clone() }));
        }
        drop((open, done));
        outcomes.into_iter().collect()
    }

    fn stored(&self) -> i64 {
        ask(&self.database, "SELECT count(*) AS number FROM events")
    }
}

#[test]
fn a_full_disk_fails_the_whole_batch_and_nobody_is_told_otherwise() {
    let small = Small::with_room_for(30);
    let outcomes = small.run_together(1..50);
    assert_eq!(outcomes.len(), 49, "everybody is told once");
    assert!(outcomes.iter().all(|(_, outcome)| matches!(outcome, Err(StoreError::Unavailable(_)))));
    assert_eq!(small.stored(), 0);
}

#[test]
fn a_full_disk_keeps_what_was_committed_before() {
    let small = Small::with_room_for(30);
    let told = small.run_together(1..4);
    assert!(told.iter().all(|(_, outcome)| outcome.is_ok()));
    let told = small.run_together(4..50);
    assert!(told.iter().all(|(_, outcome)| outcome.is_err()));
    assert_eq!(small.stored(), 3);
}

#[test]
fn writing_goes_on_when_the_disk_has_room_again() {
    let small = Small::with_room_for(30);
    small.run_together(1..50);
    small.pages_max.store(10_000, Ordering::SeqCst);
    let told = small.run_together(1..50);
    assert!(told.iter().all(|(_, outcome)| outcome.is_ok()));
    assert_eq!(small.stored(), 49);
}

#[test]
fn a_full_disk_says_so_to_the_operator() {
    let small = Small::with_room_for(1);
    let (_, outcome) = small.run_together(1..2).remove(0);
    let Err(StoreError::Unavailable(cause)) = outcome else { panic!("the disk is full") };
    let cause = cause.downcast::<WriterError>().unwrap();
    assert_eq!(*cause, WriterError::BatchLost("database or disk is full".to_owned()));
}

/// Lanes of the batches that a queue gives out.
fn batches(queue: &Queue<()>) -> Vec<Vec<Lane>> {
    queue.close();
    let lanes = |batch: Vec<crate::queue::Entry<()>>| batch.into_iter().map(|entry| entry.lane).collect();
    std::iter::from_fn(|| queue.take()).map(lanes).collect()
}

fn queue_of(jobs: &[(Lane, usize)], batch_max: usize) -> Queue<()> {
    let queue = Queue::new(1_000, batch_max);
    for (lane, count) in jobs {
        for _ in 0..*count {
            assert!(queue.push(*lane, Job::Lent(lend::pair().0)).is_ok());
        }
    }
    queue
}

#[test]
fn interactive_jobs_go_first() {
    let queue = queue_of(&[(Lane::Background, 1), (Lane::Delivery, 1), (Lane::Interactive, 1)], 100);
    assert_eq!(batches(&queue), [[Lane::Interactive, Lane::Delivery, Lane::Background]]);
}

#[test]
fn a_flood_of_interactive_jobs_starves_nobody() {
    let queue = queue_of(&[(Lane::Interactive, 50), (Lane::Delivery, 50), (Lane::Background, 2)], 9);
    let first = batches(&queue).remove(0);
    let count = |lane| first.iter().filter(|other| **other == lane).count();
    assert_eq!([Lane::Interactive, Lane::Delivery, Lane::Background].map(count), [6, 2, 1]);
}

#[test]
fn one_background_job_a_batch_is_all() {
    let queue = queue_of(&[(Lane::Background, 3)], 100);
    assert_eq!(batches(&queue), [[Lane::Background]; 3]);
}

#[test]
fn a_full_queue_hands_the_job_back() {
    let queue = Queue::<()>::new(1, 1);
    assert!(queue.push(Lane::Interactive, Job::Lent(lend::pair().0)).is_ok());
    let (_job, cause) = queue.push(Lane::Interactive, Job::Lent(lend::pair().0)).err().unwrap();
    assert_eq!(cause, WriterError::QueueFull);
}
