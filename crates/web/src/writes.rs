//! Writes: queued on the store's writer and awaited without parking a thread.

use devhub_domain::store::{Change, Prepared, StoreError};
use tokio::sync::oneshot;

use crate::blocking;

/// Queues a change and waits for its commit.
///
/// A caller that goes away meanwhile changes nothing: the write is carried out all the same.
///
/// # Errors
/// The use case's own, or [`StoreError::Unavailable`] when the writer ended without an answer; whether the change was written is
/// unknown then.
pub async fn run<T, C>(prepared: Prepared<T, C>) -> Result<C::Output, C::Error>
where
    T: ?Sized + 'static,
    C: Change<T> + 'static,
    C::Output: 'static,
    C::Error: 'static,
{
    let (done, outcome) = oneshot::channel();
    prepared.enqueue(move |result| {
        // Nobody listens when the client has hung up, and nothing is left to do then.
        drop(done.send(result));
    });
    match outcome.await {
        Ok(result) => result,
        Err(writer_ended) => Err(StoreError::unavailable(writer_ended).into()),
    }
}

/// Prepares a change on a thread that may block, then queues it and waits for its commit as [`run`] does.
///
/// # Errors
/// Those of preparing it, and as for [`run`].
pub async fn prepare_and_run<T, C>(
    prepare: impl FnOnce() -> Result<Prepared<T, C>, C::Error> + Send + 'static,
) -> Result<C::Output, C::Error>
where
    T: ?Sized + 'static,
    C: Change<T> + 'static,
    C::Output: 'static,
    C::Error: 'static,
{
    run(blocking::run(prepare).await?).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use devhub_domain::store::{Body, Lane, UnitOfWork, WriteJob, prepare};

    use super::*;

    /// A store whose writer ends before it answers.
    struct Ended;

    impl UnitOfWork<()> for Ended {
        fn read(&self, body: &mut Body<'_, ()>) -> Result<(), StoreError> {
            body(&mut ())
        }

        fn write(&self, _lane: Lane, body: &mut Body<'_, ()>) -> Result<(), StoreError> {
            body(&mut ())
        }

        fn submit(&self, _lane: Lane, job: Box<dyn WriteJob<()>>) {
            drop(job);
        }
    }

    #[actix_web::test]
    async fn a_writer_that_ends_without_an_answer_is_an_unavailable_store() {
        let store: Arc<dyn UnitOfWork<()>> = Arc::new(Ended);
        let change = prepare(&store, Lane::Interactive, |(): &mut ()| Ok::<_, StoreError>(()), |()| {});
        assert!(matches!(run(change).await, Err(StoreError::Unavailable(_))));
    }
}
