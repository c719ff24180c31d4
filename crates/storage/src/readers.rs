//! Connections that read: made when they are first needed, kept, bounded.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use devhub_domain::store::{Body, StoreError};
use devhub_domain::tx::Tx;

use crate::batch::chain;
use crate::error::WriterError;
use crate::link::{Failure, Link, outcome};
use crate::writer::Connect;

/// How long a read waits for a connection: longer, and its caller has given up.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The readers of a database.
pub(crate) struct Readers<L> {
    connect: Connect<L>,
    size_max: usize,
    pool: Mutex<Pool<L>>,
    returned: Condvar,
}

struct Pool<L> {
    idle: Vec<L>,
    busy: usize,
    is_closed: bool,
}

/// A place in the pool; given back when dropped, with the connection unless that is spoilt or lost in a panic.
struct Checkout<'a, L> {
    readers: &'a Readers<L>,
    link: Option<L>,
}

impl<L> Drop for Checkout<'_, L> {
    fn drop(&mut self) {
        let mut pool = self.readers.lock();
        pool.busy -= 1;
        let is_kept = !pool.is_closed && !std::thread::panicking();
        pool.idle.extend(self.link.take().filter(|_| is_kept));
        drop(pool);
        self.readers.returned.notify_one();
    }
}

impl<L> Readers<L> {
    pub(crate) fn new(size_max: usize, connect: Connect<L>) -> Self {
        let pool = Pool { idle: Vec::new(), busy: 0, is_closed: false };
        Self { connect, size_max: size_max.max(1), pool: Mutex::new(pool), returned: Condvar::new() }
    }

    /// Nothing that can panic runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Pool<L>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Closes the connections that are idle; those that are busy follow when they come back.
    pub(crate) fn close(&self) {
        let mut pool = self.lock();
        pool.is_closed = true;
        let idle = std::mem::take(&mut pool.idle);
        drop(pool);
        drop(idle);
        self.returned.notify_all();
    }

    fn check_out(&self) -> Result<Checkout<'_, L>, WriterError> {
        let is_full = |pool: &mut Pool<L>| !pool.is_closed && pool.busy >= self.size_max;
        let (mut pool, wait) =
            self.returned.wait_timeout_while(self.lock(), WAIT_MAX, is_full).unwrap_or_else(PoisonError::into_inner);
        if pool.is_closed {
            return Err(WriterError::Closed);
        }
        if wait.timed_out() {
            return Err(WriterError::ReadersBusy);
        }
        pool.busy += 1;
        Ok(Checkout { readers: self, link: pool.idle.pop() })
    }
}

impl<L: Link> Readers<L> {
    /// Runs a body in one transaction that does not write.
    pub(crate) fn read(&self, body: &mut Body<'_, dyn Tx>) -> Result<(), StoreError> {
        let mut checkout = self.check_out()?;
        let begun = self.begun(checkout.link.take())?;
        let link = checkout.link.insert(begun);
        let own = body(link);
        let failure = link.take_failure();
        let is_lost = matches!(failure, Some(Failure::Lost(_)));
        if is_lost || link.control("ROLLBACK").is_err() {
            checkout.link = None;
        }
        outcome(own, failure)
    }

    /// A connection with a transaction begun; a new one when the old one has died while it was idle.
    fn begun(&self, link: Option<L>) -> Result<L, WriterError> {
        if let Some(mut link) = link
            && link.begin_read().is_ok()
        {
            return Ok(link);
        }
        let mut link = (self.connect)().map_err(|cause| WriterError::Unreachable(chain(&*cause)))?;
        link.begin_read().map_err(|cause| WriterError::Unreachable(chain(&cause)))?;
        Ok(link)
    }
}
