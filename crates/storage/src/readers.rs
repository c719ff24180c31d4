//! Connections that read: made by r2d2 when they are first needed, kept, bounded.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::store::{Body, StoreError};
use r2d2::{ManageConnection, NopErrorHandler, Pool};

use crate::error::{Cause, WriterError};
use crate::link::{Failure, Link, outcome};
use crate::tx::StoreTx;
use crate::writer::Connect;

/// How long a read waits for a connection, free or new: longer, and its caller has given up.
const WAIT_MAX: Duration = Duration::from_secs(3);

/// The readers of a database.
pub(crate) struct Readers<L: Link> {
    /// `None` once closed.
    pool: RwLock<Option<Pool<Maker<L>>>>,
    size_max: u32,
}

/// Makes readers for the pool.
struct Maker<L> {
    connect: Connect<L>,
}

/// A connection in the pool.
struct Reader<L> {
    link: L,
    /// Set while a transaction is open: a reader that comes back like this, after a failure or a panic, is thrown away.
    is_spoilt: bool,
}

/// What r2d2 passes on when a connection cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{}", chain(&*self.0))]
struct ConnectError(Cause);

impl<L: Link> ManageConnection for Maker<L> {
    type Connection = Reader<L>;
    type Error = ConnectError;

    fn connect(&self) -> Result<Reader<L>, ConnectError> {
        let link = (self.connect)().map_err(ConnectError)?;
        Ok(Reader { link, is_spoilt: false })
    }

    /// Never asked: a reader proves itself by beginning its transaction.
    fn is_valid(&self, _reader: &mut Reader<L>) -> Result<(), ConnectError> {
        Ok(())
    }

    fn has_broken(&self, reader: &mut Reader<L>) -> bool {
        reader.is_spoilt
    }
}

impl<L: Link> Readers<L> {
    pub(crate) fn new(size_max: usize, connect: Connect<L>) -> Self {
        let size_max = u32::try_from(size_max.max(1)).unwrap_or(u32::MAX);
        let pool = Pool::builder()
            .max_size(size_max)
            .min_idle(Some(0))
            .connection_timeout(WAIT_MAX)
            .test_on_check_out(false)
            // Failures reach the caller that waits; r2d2 would log them a second time.
            .error_handler(Box::new(NopErrorHandler))
            .build_unchecked(Maker { connect });
        Self { pool: RwLock::new(Some(pool)), size_max }
    }

    /// Closes the connections that are idle; those that are busy follow when they come back.
    pub(crate) fn close(&self) {
        let pool = self.pool.write().unwrap_or_else(PoisonError::into_inner).take();
        drop(pool);
    }

    /// Runs a body in one transaction that does not write.
    pub(crate) fn read(&self, body: &mut Body<'_, dyn StoreTx>) -> Result<(), StoreError> {
        let pool = self.pool.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(WriterError::Closed)?;
        // After the database was away every pooled reader may have died: each is tried once, then a new one.
        for _ in 0..self.size_max {
            let mut reader = pool.get().map_err(|error| WriterError::Unreachable(error.to_string()))?;
            reader.is_spoilt = true;
            if reader.link.begin_read().is_ok() {
                return run(&mut reader, body);
            }
        }
        let mut reader = pool.get().map_err(|error| WriterError::Unreachable(error.to_string()))?;
        reader.is_spoilt = true;
        reader.link.begin_read()?;
        run(&mut reader, body)
    }
}

/// Runs a body in the transaction that has begun.
fn run<L: Link>(reader: &mut Reader<L>, body: &mut Body<'_, dyn StoreTx>) -> Result<(), StoreError> {
    let own = body(&mut reader.link);
    let failure = reader.link.take_failure();
    let is_lost = matches!(failure, Some(Failure::Lost(_)));
    reader.is_spoilt = is_lost || reader.link.control("ROLLBACK").is_err();
    outcome(own, failure)
}
