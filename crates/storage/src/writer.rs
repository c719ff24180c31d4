//! The writers: threads that own a connection each and run batches from one queue.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::store::{Body, Lane, StoreError, WriteJob};

use crate::batch;
use crate::error::{Cause, OpenError, WriterError};
use crate::lend;
use crate::link::Link;
use crate::queue::{Job, Queue, WriterStats};
use crate::tx::StoreTx;

/// Pause before the second attempt to connect; doubled each time.
const BACK_OFF_MIN: Duration = Duration::from_millis(50);
/// Longest pause between attempts to connect: the longest that a recovered server goes unnoticed.
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

/// Makes a connection.
pub(crate) type Connect<L> = Arc<dyn Fn() -> Result<L, Cause> + Send + Sync>;

/// The writers of a database.
pub(crate) struct Writer<L: Link> {
    queue: Arc<Queue<L>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl<L: Link> Writer<L> {
    /// Starts `threads` writers; one connection is made at once, so that a start without a database fails.
    ///
    /// Each thread keeps `owned` for as long as it lives: the lock of the folder that it writes to.
    pub(crate) fn start(
        queue: Queue<L>,
        threads: usize,
        connect: &Connect<L>,
        owned: &(impl Clone + Send + 'static),
    ) -> Result<Self, OpenError> {
        let queue = Arc::new(queue);
        let mut first = Some(connect().map_err(OpenError::Connect)?);
        let writer = Self { queue: Arc::clone(&queue), threads: Mutex::default() };
        for number in 1..=threads.max(1) {
            let (queue, connect, link, owned) = (Arc::clone(&queue), Arc::clone(connect), first.take(), owned.clone());
            let run = move || {
                work(&queue, &connect, link);
                drop(owned);
            };
            let thread = std::thread::Builder::new().name(format!("writer-{number}")).spawn(run);
            writer.lock().push(thread.map_err(OpenError::Writer)?);
        }
        Ok(writer)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job.
    pub(crate) fn submit(&self, lane: Lane, job: Box<dyn WriteJob<dyn StoreTx>>) {
        if let Err((job, cause)) = self.queue.push(lane, Job::Owned(job)) {
            job.finish(Err(cause.into()));
        }
    }

    /// Runs a body on this thread, within a batch.
    pub(crate) fn write(&self, lane: Lane, body: &mut Body<'_, dyn StoreTx>) -> Result<(), StoreError> {
        let (ticket, caller) = lend::pair();
        match self.queue.push(lane, Job::Lent(ticket)) {
            Ok(()) => caller.wait(&mut |link: &mut L| body(link)),
            Err((_ticket, cause)) => Err(cause.into()),
        }
    }

    pub(crate) fn stats(&self) -> WriterStats {
        self.queue.stats()
    }

    /// Refuses new jobs, and returns when those that wait are finished.
    pub(crate) fn shutdown(&self) {
        self.queue.close();
        let threads = std::mem::take(&mut *self.lock());
        for thread in threads {
            // A writer cannot panic: its jobs and callbacks are caught. Were it to, its callers have been told by their channels.
            drop(thread.join());
        }
    }
}

impl<L: Link> Drop for Writer<L> {
    /// Does not wait: a job's callback may hold the last handle, on a writer's own thread.
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn work<L: Link>(queue: &Queue<L>, connect: &Connect<L>, mut link: Option<L>) {
    let mut pause = BACK_OFF_MIN;
    while let Some(entries) = queue.take() {
        match begun(link.take(), connect) {
            Ok(begun) => {
                let ran = batch::run(begun, entries);
                link = ran.link;
                queue.put_back(ran.again);
                pause = BACK_OFF_MIN;
            }
            Err(cause) => {
                batch::refuse(entries, &cause);
                queue.pause(pause);
                pause = (pause * 2).min(BACK_OFF_MAX);
            }
        }
    }
}

/// A connection with a transaction begun; a new one when the old one has died while it was idle.
fn begun<L: Link>(link: Option<L>, connect: &Connect<L>) -> Result<L, WriterError> {
    if let Some(mut link) = link
        && link.begin_write().is_ok()
    {
        return Ok(link);
    }
    let mut link = connect().map_err(|cause| WriterError::Unreachable(chain(&*cause)))?;
    link.begin_write().map_err(|cause| WriterError::Unreachable(chain(&cause)))?;
    Ok(link)
}
