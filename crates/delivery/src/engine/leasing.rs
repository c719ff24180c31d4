//! Which session deliveries are leased to, as publishing, sending and the heartbeat share it.

use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use devhub_domain::id::SessionId;

/// The session that deliveries are leased to.
#[derive(Default)]
pub(super) struct Leasing(RwLock<State>);

#[derive(Default)]
struct State {
    /// `None` before the start, from the beginning of the end, and while a lost session is replaced.
    session: Option<SessionId>,
    /// Whether the end has begun: then nothing is leased any more, whatever the heartbeat finds.
    is_draining: bool,
}

impl Leasing {
    /// The session that deliveries are leased to now.
    pub(super) fn session(&self) -> Option<SessionId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).session
    }

    /// Begins to lease.
    pub(super) fn begin(&self, session_id: SessionId) {
        *self.state() = State { session: Some(session_id), is_draining: false };
    }

    /// Leases to another session, or to none; to none in any case once the end has begun.
    pub(super) fn lease_to(&self, session: Option<SessionId>) {
        let mut state = self.state();
        state.session = session.filter(|_| !state.is_draining);
    }

    /// Begins the end: leases nothing any more.
    pub(super) fn drain(&self) {
        *self.state() = State { session: None, is_draining: true };
    }

    fn state(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
