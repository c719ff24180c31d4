//! Sessions that went silent: whose deliveries nobody is sending any more.
//!
//! A session is silent when its beats have not changed for [`SESSION_SILENT_FOR`] of *the observer's* monotonic clock. No wall
//! time is compared, so a clock that jumps neither frees nor freezes anything. A node that was only frozen and comes back finds its
//! session gone: its late results are fenced off by the lease.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::{DeliveryError, DeliveryTx, Session};
use crate::entropy::Entropy;
use crate::id::SessionId;
use crate::store::{Lane, UnitOfWork, read, write};
use crate::time::Clock;

/// How long a session may be silent before others take its deliveries over: five missed beats of two seconds.
pub const SESSION_SILENT_FOR: Duration = Duration::from_secs(10);

/// Between two looks at the sessions of others at most: after a longer gap their beats say nothing, because nobody could have seen them.
const LOOK_GAP_MAX: Duration = Duration::from_secs(5);

/// Deliveries released in one transaction: the bound of the background lane.
const RELEASE_ROWS: usize = 500;

/// Opens, keeps and takes over sessions for one node.
pub struct Recovery {
    store: Arc<dyn UnitOfWork<dyn DeliveryTx>>,
    clock: Arc<dyn Clock>,
    /// The beats that were last seen of each other session, and when they were first seen.
    seen: HashMap<SessionId, (i64, Duration)>,
    /// When they were last looked at.
    looked_at: Duration,
}

impl std::fmt::Debug for Recovery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recovery").field("sessions", &self.seen.len()).finish_non_exhaustive()
    }
}

impl Recovery {
    /// Watches over the sessions of a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn DeliveryTx>>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, seen: HashMap::new(), looked_at: Duration::ZERO }
    }

    /// Opens a session for this run of this node.
    ///
    /// # Errors
    /// The store's own.
    pub fn open(&self, entropy: &dyn Entropy) -> Result<SessionId, DeliveryError> {
        let now = self.clock.now();
        let session = Session { id: SessionId::generate(now, entropy), started_at: now, beats: 0 };
        write(&*self.store, Lane::Delivery, |tx| tx.insert_session(&session))?;
        Ok(session.id)
    }

    /// Shows that this node lives; `false` when others have already taken its deliveries over.
    ///
    /// # Errors
    /// The store's own.
    pub fn beat(&self, id: SessionId) -> Result<bool, DeliveryError> {
        Ok(write(&*self.store, Lane::Delivery, |tx| tx.beat_session(id))?)
    }

    /// Takes over what sessions other than `own` left behind, once they have been silent for long enough.
    ///
    /// Call it every two seconds or so: after a gap of more than five the silence is counted anew.
    ///
    /// Returns how many deliveries wait again.
    ///
    /// # Errors
    /// The store's own; what was not taken over is by a later call.
    pub fn take_over_silent(&mut self, own: SessionId) -> Result<usize, DeliveryError> {
        let sessions = self.others(own)?;
        let now = self.clock.elapsed();
        // After an outage of the store, or of this machine, everybody's beats stand still: the count begins anew.
        if now.saturating_sub(self.looked_at) > LOOK_GAP_MAX {
            self.seen.clear();
        }
        self.looked_at = now;
        self.seen.retain(|id, _| sessions.iter().any(|session| session.id == *id));
        let mut released = 0;
        for session in sessions {
            let (beats, since) = *self.seen.entry(session.id).or_insert((session.beats, now));
            if beats != session.beats {
                self.seen.insert(session.id, (session.beats, now));
            } else if now.saturating_sub(since) >= SESSION_SILENT_FOR {
                released += self.void(session.id)?;
            }
        }
        Ok(released + self.release_orphans()?)
    }

    /// Takes over from every session but `own` at once: for a store that has one owner, where all others are dead.
    ///
    /// # Errors
    /// The store's own.
    pub fn take_over_all(&mut self, own: SessionId) -> Result<usize, DeliveryError> {
        let mut released = 0;
        for session in self.others(own)? {
            released += self.void(session.id)?;
        }
        Ok(released + self.release_orphans()?)
    }

    /// Ends a session: gives back what it still holds and removes it.
    ///
    /// # Errors
    /// The store's own.
    pub fn close(&mut self, id: SessionId) -> Result<usize, DeliveryError> {
        self.void(id)
    }

    fn others(&self, own: SessionId) -> Result<Vec<Session>, DeliveryError> {
        let mut sessions = read(&*self.store, |tx| tx.list_sessions())?;
        sessions.retain(|session| session.id != own);
        Ok(sessions)
    }

    /// Deliveries that were committed with a lease to a session just after others had removed it: nobody else would look for them.
    fn release_orphans(&self) -> Result<usize, DeliveryError> {
        let now = self.clock.now();
        let mut released = 0;
        loop {
            let rows = write(&*self.store, Lane::Background, |tx| tx.release_orphans(now, RELEASE_ROWS))?;
            released += rows;
            if rows < RELEASE_ROWS {
                return Ok(released);
            }
        }
    }

    /// The session goes last: until then a crash leaves it to be found again.
    fn void(&mut self, id: SessionId) -> Result<usize, DeliveryError> {
        let now = self.clock.now();
        let mut released = 0;
        loop {
            let rows = write(&*self.store, Lane::Background, |tx| {
                let rows = tx.release_session(id, now, RELEASE_ROWS)?;
                if rows < RELEASE_ROWS {
                    tx.delete_session(id)?;
                }
                Ok::<_, crate::store::StoreError>(rows)
            })?;
            released += rows;
            if rows < RELEASE_ROWS {
                self.seen.remove(&id);
                return Ok(released);
            }
        }
    }
}
