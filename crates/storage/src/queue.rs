//! What waits to be written: three lanes, bounded.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use devhub_domain::store::{Lane, StoreError, WriteJob};

use crate::error::WriterError;
use crate::lend::Ticket;
use crate::tx::StoreTx;

/// A write that waits.
pub(crate) enum Job<L> {
    /// It owns all it needs and runs on the writer's thread.
    Owned(Box<dyn WriteJob<dyn StoreTx>>),
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

/// Upper bounds of the classes that batches are counted in; what is larger has a class of its own.
pub const BATCH_SIZES: [u64; 8] = [1, 2, 4, 8, 16, 32, 64, 128];

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
    /// Batches by the number of their jobs: up to each of [`BATCH_SIZES`] and above the one before; the last one above all.
    pub batches_by_size: [u64; BATCH_SIZES.len() + 1],
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
    jobs: AtomicU64,
    largest_batch: AtomicU64,
    batches_by_size: [AtomicU64; BATCH_SIZES.len() + 1],
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
            jobs: AtomicU64::new(0),
            largest_batch: AtomicU64::new(0),
            batches_by_size: Default::default(),
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
        if let Some(class) = self.batches_by_size.get(BATCH_SIZES.partition_point(|size| *size < jobs)) {
            class.fetch_add(1, Ordering::Relaxed);
        }
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
        let batches_by_size = self.batches_by_size.each_ref().map(|class| class.load(Ordering::Relaxed));
        WriterStats {
            queued: self.lock().len(),
            batches: batches_by_size.iter().sum(),
            jobs: self.jobs.load(Ordering::Relaxed),
            largest_batch: self.largest_batch.load(Ordering::Relaxed),
            batches_by_size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    impl WriteJob<dyn StoreTx> for Nothing {
        fn run(&mut self, _tx: &mut (dyn StoreTx + 'static)) -> Result<(), StoreError> {
            Ok(())
        }

        fn finish(self: Box<Self>, _outcome: Result<(), StoreError>) {}
    }

    #[test]
    fn batches_are_counted_by_their_size() {
        let queue = Queue::<()>::new(1_000, 1_000);
        for size in [1, 2, 3, 4, 4, 128, 129] {
            for _ in 0..size {
                assert!(queue.push(Lane::Interactive, Job::Owned(Box::new(Nothing))).is_ok());
            }
            queue.take().unwrap();
        }
        let stats = queue.stats();
        assert_eq!((stats.queued, stats.batches, stats.jobs, stats.largest_batch), (0, 7, 271, 129));
        assert_eq!(stats.batches_by_size, [1, 1, 3, 0, 0, 0, 0, 1, 1]);
    }
}
