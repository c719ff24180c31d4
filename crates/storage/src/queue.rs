//! What waits to be written: three lanes, bounded.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use devhub_domain::store::{Lane, StoreError, WriteJob};
use devhub_domain::tx::Tx;

use crate::error::WriterError;
use crate::lend::Ticket;

/// A write that waits.
pub(crate) enum Job<L> {
    /// It owns all it needs and runs on the writer's thread.
    Owned(Box<dyn WriteJob<dyn Tx>>),
    /// Its caller waits and runs it.
    Lent(Ticket<L>),
}

impl<L> Job<L> {
    /// Tells whoever waits. Called once for each job.
    pub(crate) fn finish(self, outcome: Result<(), StoreError>) {
        match self {
            Self::Owned(job) => {
                // A callback that panics must not take the writer and the callers after it with it. The panic itself was reported
                // by the hook of the program.
                let finished = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job.finish(outcome)));
                drop(finished);
            }
            Self::Lent(ticket) => ticket.finish(outcome),
        }
    }
}

/// A job with its lane.
pub(crate) struct Entry<L> {
    pub(crate) lane: Lane,
    pub(crate) job: Job<L>,
    /// How often it was in the way of others and was put back.
    pub(crate) reruns: u32,
}

/// Counts of the writer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterStats {
    /// Jobs that wait now.
    pub queued: usize,
    /// Batches that were run.
    pub batches: u64,
    /// Jobs that were run in them.
    pub jobs: u64,
    /// Jobs in the largest batch.
    pub largest_batch: u64,
}

/// The queue of a database's writers.
pub(crate) struct Queue<L> {
    lanes: Mutex<Lanes<L>>,
    /// A job was added.
    added: Condvar,
    /// The queue was closed. Apart from `added`, lest a writer that pauses swallows the call meant for one that is idle.
    closed: Condvar,
    waiting_max: usize,
    batch_max: usize,
    batches: AtomicU64,
    jobs: AtomicU64,
    largest_batch: AtomicU64,
}

struct Lanes<L> {
    interactive: VecDeque<Entry<L>>,
    delivery: VecDeque<Entry<L>>,
    background: VecDeque<Entry<L>>,
    is_closed: bool,
    /// Writers that wait for work.
    idle: usize,
}

impl<L> Lanes<L> {
    fn lane(&mut self, lane: Lane) -> &mut VecDeque<Entry<L>> {
        match lane {
            Lane::Interactive => &mut self.interactive,
            Lane::Delivery => &mut self.delivery,
            Lane::Background => &mut self.background,
        }
    }

    fn len(&self) -> usize {
        self.interactive.len() + self.delivery.len() + self.background.len()
    }

    /// Takes the next batch: interactive jobs first, then deliveries, then one of the background.
    ///
    /// None starves: deliveries are sure of a quarter of a batch and the background of one job. It never gets more than one, because
    /// each may touch 500 rows while others wait.
    fn take(&mut self, batch_max: usize) -> Vec<Entry<L>> {
        let background = self.background.len().min(1);
        let room = batch_max.saturating_sub(background).max(1);
        let reserved = self.delivery.len().min(room / 4);
        let interactive = self.interactive.len().min(room - reserved);
        let delivery = self.delivery.len().min(room - interactive);
        let mut batch = Vec::with_capacity(interactive + delivery + background);
        batch.extend(self.interactive.drain(..interactive));
        batch.extend(self.delivery.drain(..delivery));
        batch.extend(self.background.drain(..background));
        batch
    }
}

impl<L> Queue<L> {
    pub(crate) fn new(waiting_max: usize, batch_max: usize) -> Self {
        let lanes = Lanes {
            interactive: VecDeque::new(),
            delivery: VecDeque::new(),
            background: VecDeque::new(),
            is_closed: false,
            idle: 0,
        };
        Self {
            lanes: Mutex::new(lanes),
            added: Condvar::new(),
            closed: Condvar::new(),
            waiting_max,
            batch_max: batch_max.max(1),
            batches: AtomicU64::new(0),
            jobs: AtomicU64::new(0),
            largest_batch: AtomicU64::new(0),
        }
    }

    /// Nothing that can panic runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Lanes<L>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a job; hands it back when it cannot be taken.
    pub(crate) fn push(&self, lane: Lane, job: Job<L>) -> Result<(), (Job<L>, WriterError)> {
        let mut lanes = self.lock();
        if lanes.is_closed {
            return Err((job, WriterError::Closed));
        }
        if lanes.len() >= self.waiting_max {
            return Err((job, WriterError::QueueFull));
        }
        lanes.lane(lane).push_back(Entry { lane, job, reruns: 0 });
        let must_wake = lanes.idle > 0;
        drop(lanes);
        if must_wake {
            self.added.notify_one();
        }
        Ok(())
    }

    /// Puts jobs back to the front of their lanes, whatever the bounds: they were accepted already.
    pub(crate) fn put_back(&self, entries: Vec<Entry<L>>) {
        let mut lanes = self.lock();
        for entry in entries.into_iter().rev() {
            lanes.lane(entry.lane).push_front(entry);
        }
    }

    /// The next batch: what is there, without waiting for more; `None` when the queue is closed and empty.
    pub(crate) fn take(&self) -> Option<Vec<Entry<L>>> {
        let mut lanes = self.lock();
        while lanes.len() == 0 {
            if lanes.is_closed {
                return None;
            }
            lanes.idle += 1;
            lanes = self.added.wait(lanes).unwrap_or_else(PoisonError::into_inner);
            lanes.idle -= 1;
        }
        let batch = lanes.take(self.batch_max);
        drop(lanes);
        self.count(batch.len());
        Some(batch)
    }

    fn count(&self, jobs: usize) {
        let jobs = u64::try_from(jobs).unwrap_or(u64::MAX);
        self.batches.fetch_add(1, Ordering::Relaxed);
        self.jobs.fetch_add(jobs, Ordering::Relaxed);
        self.largest_batch.fetch_max(jobs, Ordering::Relaxed);
    }

    /// Waits, but not past the closing of the queue.
    pub(crate) fn pause(&self, duration: Duration) {
        let lanes = self.lock();
        let waited = self.closed.wait_timeout_while(lanes, duration, |lanes| !lanes.is_closed);
        drop(waited);
    }

    /// Refuses jobs from now on; those that wait are still run.
    pub(crate) fn close(&self) {
        self.lock().is_closed = true;
        self.added.notify_all();
        self.closed.notify_all();
    }

    pub(crate) fn stats(&self) -> WriterStats {
        WriterStats {
            queued: self.lock().len(),
            batches: self.batches.load(Ordering::Relaxed),
            jobs: self.jobs.load(Ordering::Relaxed),
            largest_batch: self.largest_batch.load(Ordering::Relaxed),
        }
    }
}
