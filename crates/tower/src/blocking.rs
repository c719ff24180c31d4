//! Work that blocks, done elsewhere and awaited here, without naming a runtime.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// What must be run where a thread may block.
pub type Work = Box<dyn FnOnce() + Send>;

/// Runs work: `tokio::task::spawn_blocking` in a service on tokio.
pub(crate) type Blocking = dyn Fn(Work) + Send + Sync;

/// Has work done; its result, or `None` when it was dropped or has panicked.
pub(crate) fn run<T: Send + 'static>(blocking: &Blocking, work: impl FnOnce() -> T + Send + 'static) -> Waiting<T> {
    let slot = Arc::new(Mutex::new(Slot { state: State::Pending, waker: None }));
    let promise = Promise(Arc::clone(&slot));
    blocking(Box::new(move || promise.keep(work())));
    Waiting(slot)
}

struct Slot<T> {
    state: State<T>,
    waker: Option<Waker>,
}

enum State<T> {
    Pending,
    Kept(T),
    Broken,
}

/// The end at which the work is done. Dropped without a result, it says so, so that nobody waits for ever.
struct Promise<T>(Arc<Mutex<Slot<T>>>);

impl<T> Promise<T> {
    fn keep(self, value: T) {
        lock(&self.0).state = State::Kept(value);
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        let mut slot = lock(&self.0);
        if matches!(slot.state, State::Pending) {
            slot.state = State::Broken;
        }
        let waker = slot.waker.take();
        drop(slot);
        waker.into_iter().for_each(Waker::wake);
    }
}

/// The end at which its result is awaited.
pub(crate) struct Waiting<T>(Arc<Mutex<Slot<T>>>);

impl<T> Future for Waiting<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = lock(&self.0);
        match std::mem::replace(&mut slot.state, State::Broken) {
            State::Kept(value) => Poll::Ready(Some(value)),
            State::Broken => Poll::Ready(None),
            State::Pending => {
                slot.state = State::Pending;
                slot.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

/// No code of others runs while it is held.
fn lock<T>(slot: &Mutex<Slot<T>>) -> MutexGuard<'_, Slot<T>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_result_of_work_on_another_thread_comes_back() {
        let done = run(&|work| drop(std::thread::spawn(work)), || 7).await;
        assert_eq!(done, Some(7));
    }

    #[tokio::test]
    async fn work_that_is_dropped_or_panics_keeps_nobody_waiting() {
        assert_eq!(run(&drop, || 7).await, None);
        let panicking = |work: Work| drop(std::thread::spawn(work).join());
        assert_eq!(run(&panicking, || -> u32 { panic!("the work is broken") }).await, None);
    }
}
