//! Transactions: how a use case reaches a store, and what it may rely on.
//!
//! A use case is a [`Change`]: one closure over one transaction that has no other effects and may run again, and one
//! closure that runs once after the commit. [`Prepared`] couples it with the store it is meant for; the caller chooses
//! whether to wait on this thread ([`Prepared::commit`]) or to be called back ([`Prepared::enqueue`]).

use std::sync::Arc;

/// What a store can fail with.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached, is full or is shutting down: try again later.
    ///
    /// Almost always nothing was written. A connection or disk that failed during the commit itself leaves that unknown: whoever
    /// repeats the write must bear to find it done, and [`Change::unsettled`] is called.
    #[error("the store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another transaction got there first: a unique value is taken or a revision is stale.
    #[error("the change conflicts with another one on {0}")]
    Conflict(&'static str),
    /// A stored row cannot be understood. Never the caller's fault.
    #[error("{table}.{column} of row {id} holds a value that cannot be read")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row, in its text form.
        id: String,
    },
    /// The use case itself asked for the transaction to be undone; its own error says why.
    #[error("the transaction was rolled back by its caller")]
    RolledBack,
}

impl StoreError {
    /// A stable word for logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "store_unavailable",
            Self::Conflict(_) => "store_conflict",
            Self::Corrupt { .. } => "store_corrupt",
            Self::RolledBack => "store_rolled_back",
        }
    }

    /// The store cannot be reached, and why.
    pub fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable(cause.into())
    }
}

/// Who waits for a write; writers take from the first lane that has work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// A person or an API caller is waiting.
    Interactive,
    /// The outcome of a delivery.
    Delivery,
    /// Housekeeping: one closure touches at most 500 rows.
    Background,
}

/// A transaction's body: does its reads and writes and has no other effect, because it may run again.
pub type Body<'a, T> = dyn FnMut(&mut T) -> Result<(), StoreError> + 'a;

/// A queued write that owns all it needs.
pub trait WriteJob<T: ?Sized>: Send {
    /// The body of the transaction; may run again.
    ///
    /// # Errors
    /// Whatever the store failed with, or [`StoreError::RolledBack`] to undo this job alone.
    fn run(&mut self, tx: &mut T) -> Result<(), StoreError>;

    /// Called exactly once, after the commit is durable or the job has failed for good.
    fn finish(self: Box<Self>, outcome: Result<(), StoreError>);
}

/// A store that runs bodies in transactions over the port `T` (for example `dyn ApiKeyTx`).
///
/// Contract:
/// - A body sees one consistent state, and its own writes.
/// - `write` returns `Ok` only when the commit is durable: it survives a power cut.
/// - A body that returns an error leaves no trace, whatever else shares its commit. After [`StoreError::Unavailable`] for a body that
///   returned `Ok`, its commit may or may not have happened.
/// - Bodies may run again, so they must have no effect but on the transaction.
pub trait UnitOfWork<T: ?Sized>: Send + Sync {
    /// Runs `body` in a transaction that must not write.
    ///
    /// # Errors
    /// What `body` returned, or [`StoreError::Unavailable`].
    fn read(&self, body: &mut Body<'_, T>) -> Result<(), StoreError>;

    /// Runs `body` in a transaction and returns once it is durable. Blocks the thread.
    ///
    /// # Errors
    /// What `body` returned, and nothing was written then; or [`StoreError::Unavailable`].
    fn write(&self, lane: Lane, body: &mut Body<'_, T>) -> Result<(), StoreError>;

    /// Queues `job` and returns at once. A full queue finishes it with [`StoreError::Unavailable`].
    fn submit(&self, lane: Lane, mut job: Box<dyn WriteJob<T>>) {
        let outcome = self.write(lane, &mut |tx| job.run(tx));
        job.finish(outcome);
    }
}

/// Reads through `store` and hands the body's own result out.
///
/// # Errors
/// What `body` returned, or the store's failure converted.
pub fn read<T, R, E>(store: &dyn UnitOfWork<T>, mut body: impl FnMut(&mut T) -> Result<R, E>) -> Result<R, E>
where
    T: ?Sized,
    E: From<StoreError>,
{
    let mut result = None;
    let outcome = store.read(&mut |tx| {
        result = Some(body(tx));
        Ok(())
    });
    finish_body(outcome, result)
}

/// Writes through `store` on this thread and hands the body's own result out.
///
/// # Errors
/// What `body` returned (nothing is written then), or the store's failure converted.
pub fn write<T, R, E>(store: &dyn UnitOfWork<T>, lane: Lane, body: impl FnMut(&mut T) -> Result<R, E>) -> Result<R, E>
where
    T: ?Sized,
    E: From<StoreError>,
{
    let (outcome, result) = write_body(store, lane, body);
    finish_body(outcome, result)
}

fn write_body<T: ?Sized, R, E>(
    store: &dyn UnitOfWork<T>,
    lane: Lane,
    mut body: impl FnMut(&mut T) -> Result<R, E>,
) -> (Result<(), StoreError>, Option<Result<R, E>>) {
    let mut result = None;
    let outcome = store.write(lane, &mut |tx| keep(body(tx), &mut result));
    (outcome, result)
}

/// Keeps the body's result; an error of the use case becomes [`StoreError::RolledBack`] for the store.
fn keep<R, E>(result: Result<R, E>, kept: &mut Option<Result<R, E>>) -> Result<(), StoreError> {
    let outcome = if result.is_ok() { Ok(()) } else { Err(StoreError::RolledBack) };
    *kept = Some(result);
    outcome
}

fn finish_body<R, E: From<StoreError>>(outcome: Result<(), StoreError>, result: Option<Result<R, E>>) -> Result<R, E> {
    match (outcome, result) {
        (Ok(()), Some(result)) | (Err(StoreError::RolledBack), Some(result @ Err(_))) => result,
        (Ok(()), None) => Err(StoreError::unavailable("the store did not run the transaction").into()),
        (Err(error), _) => Err(error.into()),
    }
}

/// A use case: a transaction, and what follows its commit.
pub trait Change<T: ?Sized>: Send {
    /// What the use case returns.
    type Output: Send;
    /// What it fails with.
    type Error: From<StoreError> + Send;

    /// The transaction; may run again.
    ///
    /// # Errors
    /// The use case's own; the transaction is undone then.
    fn apply(&mut self, tx: &mut T) -> Result<Self::Output, Self::Error>;

    /// What must happen after the commit and before anyone is answered. Runs once; must not block.
    fn committed(&mut self, output: &mut Self::Output);

    /// Called instead of [`Change::committed`] when the transaction ran and the store then failed: `output` may be the truth or not.
    /// Whatever is kept in memory of it must be asked of the store again. Must not block.
    fn unsettled(&mut self, output: &mut Self::Output);
}

/// A [`Change`] made of closures.
#[derive(Debug)]
pub struct ChangeFn<A, K, U> {
    apply: A,
    committed: K,
    unsettled: U,
}

impl<T, R, E, A, K, U> Change<T> for ChangeFn<A, K, U>
where
    T: ?Sized,
    R: Send,
    E: From<StoreError> + Send,
    A: FnMut(&mut T) -> Result<R, E> + Send,
    K: FnMut(&mut R) + Send,
    U: FnMut(&mut R) + Send,
{
    type Output = R;
    type Error = E;

    fn apply(&mut self, tx: &mut T) -> Result<R, E> {
        (self.apply)(tx)
    }

    fn committed(&mut self, output: &mut R) {
        (self.committed)(output);
    }

    fn unsettled(&mut self, output: &mut R) {
        (self.unsettled)(output);
    }
}

/// Ends a change: runs what follows its commit, or what its doubt asks for.
fn settle<T: ?Sized, C: Change<T>>(
    change: &mut C,
    outcome: Result<(), StoreError>,
    mut result: Option<Result<C::Output, C::Error>>,
) -> Result<C::Output, C::Error> {
    if let Some(Ok(output)) = &mut result {
        match outcome {
            Ok(()) => change.committed(output),
            Err(_) => change.unsettled(output),
        }
    }
    finish_body(outcome, result)
}

/// A use case that waits to be carried out.
#[must_use = "nothing is written until `commit` or `enqueue` is called"]
pub struct Prepared<T: ?Sized, C> {
    store: Arc<dyn UnitOfWork<T>>,
    lane: Lane,
    change: C,
}

impl<T: ?Sized, C> std::fmt::Debug for Prepared<T, C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("lane", &self.lane).finish_non_exhaustive()
    }
}

impl<T: ?Sized + 'static, C: Change<T>> Prepared<T, C> {
    /// Couples a change with the store it is meant for.
    pub fn new(store: Arc<dyn UnitOfWork<T>>, lane: Lane, change: C) -> Self {
        Self { store, lane, change }
    }

    /// Carries the change out on this thread and returns once it is durable.
    ///
    /// # Errors
    /// The use case's own; nothing was written then.
    pub fn commit(mut self) -> Result<C::Output, C::Error> {
        let (outcome, result) = write_body(&*self.store, self.lane, |tx| self.change.apply(tx));
        settle(&mut self.change, outcome, result)
    }

    /// The change itself, for a transaction that is already open: call [`Change::apply`] in it and [`Change::committed`] after its
    /// commit, or [`Change::unsettled`] when the commit's outcome is unknown.
    pub fn into_change(self) -> C {
        self.change
    }

    /// Makes another change of this one, for the same store and lane.
    pub fn map<D: Change<T>>(self, wrap: impl FnOnce(C) -> D) -> Prepared<T, D> {
        Prepared { store: self.store, lane: self.lane, change: wrap(self.change) }
    }

    /// Queues the change; `done` is called exactly once, on the writer's thread, after the commit or the failure.
    pub fn enqueue(self, done: impl FnOnce(Result<C::Output, C::Error>) + Send + 'static)
    where
        C: 'static,
        C::Output: 'static,
        C::Error: 'static,
    {
        let job = ChangeJob { change: self.change, result: None, done };
        self.store.submit(self.lane, Box::new(job));
    }
}

/// A [`Prepared`] change of two closures.
pub type PreparedFn<T, R, A, K> = Prepared<T, ChangeFn<A, K, fn(&mut R)>>;

/// Makes a [`Prepared`] change of two closures, for a use case of which nothing is kept in memory when it fails.
pub fn prepare<T, R, E, A, K>(
    store: &Arc<dyn UnitOfWork<T>>,
    lane: Lane,
    apply: A,
    committed: K,
) -> PreparedFn<T, R, A, K>
where
    T: ?Sized + 'static,
    R: Send,
    E: From<StoreError> + Send,
    A: FnMut(&mut T) -> Result<R, E> + Send,
    K: FnMut(&mut R) + Send,
{
    Prepared::new(Arc::clone(store), lane, ChangeFn { apply, committed, unsettled: |_| {} })
}

impl<T: ?Sized, A, K, U> Prepared<T, ChangeFn<A, K, U>> {
    /// Says what the change asks for when its outcome is unknown; see [`Change::unsettled`].
    pub fn or_unsettled<R, V: FnMut(&mut R) + Send>(self, unsettled: V) -> Prepared<T, ChangeFn<A, K, V>> {
        let ChangeFn { apply, committed, .. } = self.change;
        Prepared { store: self.store, lane: self.lane, change: ChangeFn { apply, committed, unsettled } }
    }
}

struct ChangeJob<C, R, F> {
    change: C,
    result: Option<R>,
    done: F,
}

impl<T, C, F> WriteJob<T> for ChangeJob<C, Result<C::Output, C::Error>, F>
where
    T: ?Sized,
    C: Change<T>,
    F: FnOnce(Result<C::Output, C::Error>) + Send,
{
    fn run(&mut self, tx: &mut T) -> Result<(), StoreError> {
        let result = self.change.apply(tx);
        keep(result, &mut self.result)
    }

    fn finish(self: Box<Self>, outcome: Result<(), StoreError>) {
        let Self { mut change, result, done } = *self;
        done(settle(&mut change, outcome, result));
    }
}
