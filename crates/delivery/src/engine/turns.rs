//! The turns of one endpoint: how many requests to it are in flight at a time, while that number may change.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of one endpoint. Clones are the same turns.
#[derive(Clone)]
pub(super) struct Turns {
    free: Arc<Semaphore>,
    cap: Arc<Mutex<Cap>>,
}

struct Cap {
    max: usize,
    /// Turns that were taken under a greater cap, and are not given to anybody when they come back.
    surplus: usize,
}

/// Leave to have one request in flight to the endpoint; given back when dropped.
pub(super) struct EndpointTurn {
    turns: Turns,
    permit: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// At most `max` at a time.
    pub(super) fn new(max: usize) -> Self {
        let max = max.min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(max)), cap: Arc::new(Mutex::new(Cap { max, surplus: 0 })) }
    }

    /// At most `max` at a time from now on. Those that are taken already count.
    pub(super) fn limit(&self, max: usize) {
        let max = max.min(Semaphore::MAX_PERMITS);
        let mut cap = self.cap();
        let (more, less) = (max.saturating_sub(cap.max), cap.max.saturating_sub(max));
        let kept = more.min(cap.surplus);
        cap.surplus += less - self.free.forget_permits(less);
        cap.surplus -= kept;
        cap.max = max;
        self.free.add_permits(more - kept);
    }

    /// Waits for a turn, in the order of asking.
    pub(super) async fn next(&self) -> Option<EndpointTurn> {
        loop {
            let permit = Arc::clone(&self.free).acquire_owned().await.ok()?;
            // One that was free because somebody had ceased to wait for it, while the cap fell.
            if let Some(permit) = self.unless_surplus(permit) {
                return Some(EndpointTurn { turns: self.clone(), permit: Some(permit) });
            }
        }
    }

    /// The permit, unless there is one too many.
    fn unless_surplus(&self, permit: OwnedSemaphorePermit) -> Option<OwnedSemaphorePermit> {
        let mut cap = self.cap();
        if cap.surplus == 0 {
            return Some(permit);
        }
        cap.surplus -= 1;
        permit.forget();
        None
    }

    fn cap(&self) -> MutexGuard<'_, Cap> {
        // Nothing that runs under this lock panics between two writes that belong together.
        self.cap.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for EndpointTurn {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            drop(self.turns.unless_surplus(permit));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    /// A turn if there is one now.
    fn now(turns: &Turns) -> Option<EndpointTurn> {
        match pin!(turns.next()).poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(turn) => turn,
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn a_cap_that_falls_counts_what_is_in_flight_already() {
        let turns = Turns::new(3);
        let mut taken: Vec<_> = (0..3).map(|_| now(&turns).unwrap()).collect();
        turns.limit(1);
        taken.pop();
        taken.pop();
        assert!(now(&turns).is_none(), "one is in flight still");
        taken.pop();
        let _only = now(&turns).unwrap();
        assert!(now(&turns).is_none());
    }

    #[test]
    fn a_cap_that_rises_gives_more_turns_at_once() {
        let turns = Turns::new(1);
        let _first = now(&turns).unwrap();
        turns.limit(2);
        let _second = now(&turns).unwrap();
        assert!(now(&turns).is_none());
    }

    #[test]
    fn a_cap_that_falls_and_rises_again_is_what_it_was() {
        let turns = Turns::new(4);
        let taken: Vec<_> = (0..3).map(|_| now(&turns).unwrap()).collect();
        for max in [1, 3, 2, 4] {
            turns.limit(max);
        }
        let _fourth = now(&turns).unwrap();
        assert!(now(&turns).is_none());
        drop(taken);
        let three: Vec<_> = (0..4).map_while(|_| now(&turns)).collect();
        assert_eq!(three.len(), 3);
    }
}
