//! Places of live logs: so many on a node, and so many for one session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use devhub_domain::id::OperatorSessionId;

/// Streams of a node: each reads the store every two seconds, so that all of them together ask it as often as one busy shop.
const STREAMS_MAX: usize = 64;

/// Streams of one session: a few tabs. Browsers themselves hold six connections to a server at most.
const STREAMS_OF_A_SESSION_MAX: usize = 4;

/// The places of this node. Clones share them.
#[derive(Clone, Debug, Default)]
pub(in crate::admin) struct Tails(Arc<Mutex<HashMap<OperatorSessionId, usize>>>);

/// A place that is taken; dropped, it is free again.
#[derive(Debug)]
pub(super) struct Place {
    tails: Tails,
    session_id: OperatorSessionId,
}

impl Tails {
    /// Takes a place; `None` when the session, or all of them together, have as many as they may.
    pub(super) fn take(&self, session_id: OperatorSessionId) -> Option<Place> {
        let mut taken = self.lock();
        let own = taken.get(&session_id).copied().unwrap_or_default();
        if own >= STREAMS_OF_A_SESSION_MAX || taken.values().sum::<usize>() >= STREAMS_MAX {
            return None;
        }
        taken.insert(session_id, own + 1);
        drop(taken);
        Some(Place { tails: self.clone(), session_id })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<OperatorSessionId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.tails.lock();
        let left = taken.get(&self.session_id).copied().unwrap_or_default().saturating_sub(1);
        if left == 0 {
            taken.remove(&self.session_id);
        } else {
            taken.insert(self.session_id, left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn session(byte: u8) -> OperatorSessionId {
        OperatorSessionId::from_bytes([byte; 16])
    }

    #[test]
    fn a_session_has_a_few_places_and_gets_them_back() {
        let tails = Tails::default();
        let mut places: Vec<_> = (0..STREAMS_OF_A_SESSION_MAX).map(|_| tails.take(session(1)).unwrap()).collect();
        assert!(tails.take(session(1)).is_none());
        assert!(tails.take(session(2)).is_some());
        places.pop();
        assert!(tails.take(session(1)).is_some());
        drop(places);
        assert!(tails.lock().is_empty());
    }

    #[test]
    fn a_node_has_so_many_places_whoever_asks() {
        let tails = Tails::default();
        let places: Vec<_> = (0..=u8::MAX).filter_map(|byte| tails.take(session(byte))).collect();
        assert_eq!(places.len(), STREAMS_MAX);
    }
}
