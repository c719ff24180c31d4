//! Hands notices over to the notifier: one after the other, away from the deliveries that caused them.
//!
//! A mail blocks a thread for as long as its server likes, and a receiver that is gone for good makes many notices at a time: they
//! wait in one bounded queue, and one thread of those that the heartbeat needs too is ever spent on them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use devhub_domain::causes::chain;
use devhub_domain::notices::{Notice, Notifier};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

use super::digest::{Digest, Passed};

/// Notices that wait. Nobody reads more mails than that; each of them is a row in the store as well.
pub(super) const NOTICES_MAX: usize = 1_000;

/// Time between two looks for what was held back long enough.
const DIGEST_LOOK: Duration = Duration::from_mins(1);

/// Where notices are left.
pub(super) struct Notices {
    queue: mpsc::Sender<Notice>,
    dropped: AtomicUsize,
    closing: Notify,
}

/// Hands over what was left in [`Notices`].
pub(super) struct Teller {
    queue: mpsc::Receiver<Notice>,
    notices: Arc<Notices>,
    notifier: Arc<dyn Notifier>,
}

impl Notices {
    /// A queue for `max` notices, and who empties it.
    pub(super) fn new(max: usize, notifier: Arc<dyn Notifier>) -> (Arc<Self>, Teller) {
        let (sender, queue) = mpsc::channel(max);
        let notices = Arc::new(Self { queue: sender, dropped: AtomicUsize::new(0), closing: Notify::new() });
        (Arc::clone(&notices), Teller { queue, notices, notifier })
    }

    /// Leaves a notice, without waiting.
    pub(super) fn leave(&self, notice: Notice) {
        match self.queue.try_send(notice) {
            Ok(()) => {}
            // Counted, and told by the teller: a line for each would be the flood that the bound is there for.
            Err(TrySendError::Full(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
            Err(TrySendError::Closed(notice)) => {
                tracing::warn!(notice = notice.kind(), "the operators are not told: this node has stopped");
            }
        }
    }

    /// Takes no more: the teller ends once it has handed over what waits.
    pub(super) fn close(&self) {
        self.closing.notify_one();
    }
}

impl Teller {
    /// Hands notices over until [`Notices::close`], and then what still waits; gives up when it is `over`.
    pub(super) async fn run(mut self, over: impl Future<Output = ()>) {
        tokio::select! {
            () = self.tell_all() => {}
            () = over => {}
        }
        let untold = self.queue.len() + self.notices.dropped.swap(0, Ordering::Relaxed);
        if untold > 0 {
            tracing::warn!(notices = untold, "the operators are not told of everything: the time to stop was over");
        }
    }

    async fn tell_all(&mut self) {
        let (mut digest, began) = (Digest::default(), Instant::now());
        loop {
            let notice = tokio::select! {
                biased;
                () = self.notices.closing.notified() => {
                    self.queue.close();
                    continue;
                }
                notice = self.queue.recv() => notice,
                () = tokio::time::sleep(DIGEST_LOOK) => {
                    for notice in digest.due(began.elapsed()) {
                        self.tell(notice).await;
                    }
                    continue;
                }
            };
            let dropped = self.notices.dropped.swap(0, Ordering::Relaxed);
            if dropped > 0 {
                tracing::error!(notices = dropped, "too many notices at once: the operators are not told of these");
            }
            let Some(notice) = notice else { break };
            // Here too: while there is always one more, nobody waits for the look.
            for notice in digest.due(began.elapsed()) {
                self.tell(notice).await;
            }
            match digest.pass(notice, began.elapsed()) {
                Passed::Now(notice) => self.tell(notice).await,
                Passed::Later => {}
                Passed::Lost => {
                    self.notices.dropped.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        for notice in digest.finish() {
            self.tell(notice).await;
        }
    }

    async fn tell(&self, notice: Notice) {
        let notifier = Arc::clone(&self.notifier);
        let kind = notice.kind();
        match tokio::task::spawn_blocking(move || notifier.notify(&notice)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(notice = kind, error = chain(&error), "cannot tell the operators"),
            Err(error) => tracing::error!(notice = kind, error = %error, "the notifier broke down"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::Mutex;

    use devhub_domain::id::{DeliveryId, EndpointId, WorkspaceId};
    use devhub_domain::notices::NotifyError;

    use super::*;

    #[derive(Default)]
    struct Told(Mutex<Vec<Notice>>);

    impl Notifier for Told {
        fn notify(&self, notice: &Notice) -> Result<(), NotifyError> {
            self.0.lock().unwrap().push(notice.clone());
            Ok(())
        }
    }

    fn notice(number: u8) -> Notice {
        let (workspace_id, endpoint_id) = (WorkspaceId::from_bytes([1; 16]), EndpointId::from_bytes([number; 16]));
        let delivery_id = DeliveryId::from_bytes([number; 16]);
        Notice::DeliveryExhausted { workspace_id, endpoint_id, delivery_id, deliveries: 1 }
    }

    #[tokio::test]
    async fn what_waits_when_the_queue_closes_is_still_told() {
        let told = Arc::new(Told::default());
        let (notices, teller) = Notices::new(3, told.clone());
        (1..=3).for_each(|number| notices.leave(notice(number)));
        notices.close();
        teller.run(pending()).await;
        assert_eq!(*told.0.lock().unwrap(), [notice(1), notice(2), notice(3)]);
    }

    #[tokio::test]
    async fn a_full_queue_drops_and_counts() {
        let told = Arc::new(Told::default());
        let (notices, teller) = Notices::new(1, told.clone());
        (1..=3).for_each(|number| notices.leave(notice(number)));
        assert_eq!(notices.dropped.load(Ordering::Relaxed), 2);
        notices.close();
        teller.run(pending()).await;
        assert_eq!(*told.0.lock().unwrap(), [notice(1)]);
        assert_eq!(notices.dropped.load(Ordering::Relaxed), 0, "they were told in one line");
    }

    #[tokio::test]
    async fn nothing_is_told_any_more_when_it_is_over() {
        let told = Arc::new(Told::default());
        let (notices, teller) = Notices::new(1, told.clone());
        teller.run(std::future::ready(())).await;
        notices.leave(notice(1));
        assert!(told.0.lock().unwrap().is_empty());
    }
}
