//! Panics of a task as values, so that the task can still put right what it was about.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// A future panicked. Where and why, the panic hook has told; its words may repeat what must not be in a log, and are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Panicked;

/// Runs a future that may panic.
///
/// What it was changing when it panicked must bear to be half changed, or must not be looked at afterwards.
pub(super) async fn caught<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        polled.map_or(Poll::Ready(Err(Panicked)), |poll| poll.map(Ok))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_future_that_ends_is_answered_with_its_value() {
        assert_eq!(caught(async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn a_panic_after_a_pause_is_caught() {
        let broken = async {
            tokio::task::yield_now().await;
            panic!("the test says so")
        };
        let outcome: Result<(), _> = caught(broken).await;
        assert_eq!(outcome, Err(Panicked));
    }
}
