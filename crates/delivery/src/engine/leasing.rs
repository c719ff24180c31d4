//! Which session deliveries are leased to, as publishing, sending and the heartbeat share it.
//!
//! A node that was frozen does not know it: what it holds in memory looks as it did before, while others have long taken it over. The
//! clock tells, because it went on: a session that has not been shown to live for as long as others wait may be lost.

use std::sync::{PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

use devhub_domain::id::SessionId;
use devhub_domain::webhooks::SESSION_SILENT_FOR;

use super::EngineOptions;

/// The session that deliveries are leased to.
pub(super) struct Leasing {
    /// Whether nobody is there to take anything over.
    single_owner: bool,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    /// `None` before the start, from the beginning of the end, and while a lost session is replaced.
    session: Option<SessionId>,
    /// When its last beat that succeeded was begun, on the monotonic clock: others cannot have seen it earlier.
    beaten_at: Duration,
    /// Whether the end has begun: then nothing is leased any more, whatever the heartbeat finds.
    is_draining: bool,
}

impl Leasing {
    /// Leases nothing yet.
    pub(super) fn new(options: &EngineOptions) -> Self {
        Self { single_owner: options.single_owner, state: RwLock::default() }
    }

    /// The session that deliveries are leased to now.
    pub(super) fn session(&self) -> Option<SessionId> {
        self.state.read().unwrap_or_else(PoisonError::into_inner).session
    }

    /// The same, unless others may have taken over from it by `now`: then nothing that is leased to it may leave.
    pub(super) fn certain(&self, now: Duration) -> Option<SessionId> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let is_certain = self.single_owner || now.saturating_sub(state.beaten_at) < SESSION_SILENT_FOR;
        state.session.filter(|_| is_certain)
    }

    /// Begins to lease to a session that was opened at this time.
    pub(super) fn begin(&self, session_id: SessionId, opened_at: Duration) {
        *self.state() = State { session: Some(session_id), beaten_at: opened_at, is_draining: false };
    }

    /// Notes that the session was alive at this time.
    pub(super) fn beaten(&self, at: Duration) {
        self.state().beaten_at = at;
    }

    /// Leases to another session, or to none; to none in any case once the end has begun.
    pub(super) fn lease_to(&self, session: Option<SessionId>) {
        let mut state = self.state();
        state.session = session.filter(|_| !state.is_draining);
    }

    /// Begins the end: leases nothing any more.
    pub(super) fn drain(&self) {
        let mut state = self.state();
        state.session = None;
        state.is_draining = true;
    }

    fn state(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: SessionId = SessionId::from_bytes([1; 16]);
    const OPENED_AT: Duration = Duration::from_secs(100);

    fn leasing(single_owner: bool) -> Leasing {
        let leasing = Leasing::new(&EngineOptions { single_owner, ..EngineOptions::default() });
        leasing.begin(SESSION, OPENED_AT);
        leasing
    }

    #[test]
    fn a_session_is_certain_for_as_long_as_others_wait_and_no_longer() {
        let leasing = leasing(false);
        let silent_at = OPENED_AT + SESSION_SILENT_FOR;
        assert_eq!(leasing.certain(silent_at.saturating_sub(Duration::from_millis(1))), Some(SESSION));
        assert_eq!(leasing.certain(silent_at), None);
        assert_eq!(leasing.session(), Some(SESSION), "the next beat tells");
    }

    #[test]
    fn a_beat_makes_a_session_certain_again() {
        let leasing = leasing(false);
        let beaten_at = OPENED_AT + 2 * SESSION_SILENT_FOR;
        leasing.beaten(beaten_at);
        assert_eq!(leasing.certain(beaten_at), Some(SESSION));
    }

    #[test]
    fn a_session_without_rivals_is_certain_for_ever() {
        assert_eq!(leasing(true).certain(OPENED_AT + 100 * SESSION_SILENT_FOR), Some(SESSION));
    }
}
