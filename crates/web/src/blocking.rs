//! The one way to the pool of threads that may block: for reads of the store and work that keeps a processor busy.
//!
//! One hop per request, and never a transaction across an `.await`. Writes do not come here: see [`crate::writes`].

use devhub_domain::store::StoreError;

/// Runs `work` on a thread that may block.
///
/// # Errors
/// What `work` returned, or [`StoreError::Unavailable`] when the runtime is shutting down and starts nothing more.
///
/// # Panics
/// When `work` does: the panic goes on in the request that asked for it.
pub async fn run<R, E>(work: impl FnOnce() -> Result<R, E> + Send + 'static) -> Result<R, E>
where
    R: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(error) => Err(StoreError::unavailable(error).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[actix_web::test]
    async fn the_result_of_the_work_comes_back() {
        let done = run(|| Ok::<_, StoreError>(7)).await;
        assert_eq!(done.unwrap(), 7);
    }

    #[actix_web::test]
    #[should_panic(expected = "the work is broken")]
    async fn a_panic_goes_on_in_the_caller() {
        drop(run(|| -> Result<(), StoreError> { panic!("the work is broken") }).await);
    }
}
