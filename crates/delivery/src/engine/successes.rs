//! Successes that are recorded together: while one write is on its way, those that come meanwhile wait for the next.
//!
//! A success that comes alone is written at once; under load each write takes all that have come since the one before.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use devhub_domain::causes::chain;
use devhub_domain::id::SessionId;
use devhub_domain::webhooks::{Deliveries, PlainSuccess, Recorded};
use tokio::sync::oneshot;

/// Most successes of one write: what goes wrong with one is tried again with each by itself.
const TOGETHER_MAX: usize = 128;

/// What became of a success: recorded, or, `None`, without a lease.
type Answer = oneshot::Sender<Option<Recorded>>;

/// The successes of one node that wait to be recorded.
pub(super) struct Successes {
    deliveries: Deliveries,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    successes: Vec<(SessionId, PlainSuccess, Answer)>,
    /// A write is on its way, after which the next begins.
    is_writing: bool,
}

impl Successes {
    pub(super) fn new(deliveries: Deliveries) -> Self {
        Self { deliveries, waiting: Mutex::default() }
    }

    /// Records a success; the receiver fails when the store did, and whether it was written is not known then.
    pub(super) fn record(
        self: &Arc<Self>,
        session_id: SessionId,
        success: PlainSuccess,
    ) -> oneshot::Receiver<Option<Recorded>> {
        let (answer, outcome) = oneshot::channel();
        let mut waiting = self.lock();
        waiting.successes.push((session_id, success, answer));
        let must_begin = !std::mem::replace(&mut waiting.is_writing, true);
        drop(waiting);
        if must_begin {
            self.write();
        }
        outcome
    }

    /// Queues one write of what waits; each write queues the next.
    fn write(self: &Arc<Self>) {
        let Some((session_id, successes, answers)) = self.next() else { return };
        let under_way = UnderWay(Some(Arc::clone(self)));
        self.deliveries.record_successes(session_id, successes).enqueue(move |outcome| {
            under_way.over().write();
            match outcome {
                Ok(recorded) => {
                    for (answer, recorded) in answers.into_iter().zip(recorded) {
                        // A courier that is gone has no use for it.
                        drop(answer.send(recorded));
                    }
                }
                // The answers are dropped, and each success is recorded by itself.
                Err(error) => tracing::warn!(
                    error.code = error.code(),
                    error = chain(&error),
                    count = answers.len(),
                    "cannot record successes together: the store failed; each is recorded by itself",
                ),
            }
        });
    }

    /// What the next write takes: the longest waiting, and those of the same session. Says that none is on its way when nothing waits.
    fn next(&self) -> Option<(SessionId, Vec<PlainSuccess>, Vec<Answer>)> {
        let mut waiting = self.lock();
        let Some((session_id, ..)) = waiting.successes.first() else {
            waiting.is_writing = false;
            return None;
        };
        let session_id = *session_id;
        let of_session =
            waiting.successes.iter().take_while(|(other, ..)| *other == session_id).take(TOGETHER_MAX).count();
        let taken = waiting.successes.drain(..of_session).map(|(_, success, answer)| (success, answer));
        let (successes, answers) = taken.unzip();
        Some((session_id, successes, answers))
    }

    /// Lets each of those that wait be recorded by itself, and the next that comes begin a write.
    fn give_up(&self) {
        let mut waiting = self.lock();
        waiting.is_writing = false;
        let behind = std::mem::take(&mut waiting.successes);
        drop(waiting);
        drop(behind);
    }

    /// Nothing that can panic runs under the lock, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write that is on its way. Where it never ends, because whoever queues it breaks down or the store drops it, nobody may wait
/// behind it.
struct UnderWay(Option<Arc<Successes>>);

impl UnderWay {
    /// Says that it has ended, however.
    fn over(mut self) -> Arc<Successes> {
        self.0.take().expect("a write ends once")
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some(successes) = self.0.take() {
            successes.give_up();
        }
    }
}
