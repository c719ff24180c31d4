//! Which endpoints fail, as this node knows: so that a success of a healthy endpoint asks the store nothing.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use crate::id::EndpointId;

/// Endpoints that are remembered. While more than these fail, every success asks the store: slower, and as right.
pub(super) const TROUBLED_MAX: usize = 10_000;

/// Which endpoints fail. Until it was told of all of them, any may.
#[derive(Debug, Default)]
pub(super) struct Troubled(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    endpoints: HashSet<EndpointId>,
    /// Whether an endpoint that is not among them is well.
    is_whole: bool,
    /// How often one was added.
    additions: u64,
}

impl Troubled {
    /// Whether an endpoint may fail: then the store knows.
    pub(super) fn may_fail(&self, id: EndpointId) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        !known.is_whole || known.endpoints.contains(&id)
    }

    /// How often an endpoint was added: to be asked before the store is, and given to [`Troubled::learn`].
    pub(super) fn additions(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).additions
    }

    /// Takes what the store said in place of what was known. Where an endpoint was added since, the store may not have seen it:
    /// then nothing is forgotten. `is_whole` says whether those are all that fail.
    pub(super) fn learn(&self, endpoints: &[EndpointId], is_whole: bool, additions: u64) {
        let mut known = self.known();
        if known.additions == additions {
            known.endpoints.clear();
        }
        let room = TROUBLED_MAX.saturating_sub(known.endpoints.len());
        known.is_whole = is_whole && endpoints.len() <= room;
        known.endpoints.extend(endpoints.iter().take(room));
    }

    /// An endpoint fails, or may.
    pub(super) fn insert(&self, id: EndpointId) {
        let mut known = self.known();
        known.additions += 1;
        if known.endpoints.len() < TROUBLED_MAX {
            known.endpoints.insert(id);
        } else {
            known.is_whole = false;
        }
    }

    fn known(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(number: usize) -> EndpointId {
        EndpointId::from_bytes(u128::try_from(number).unwrap().to_be_bytes())
    }

    #[test]
    fn before_the_store_was_asked_any_endpoint_may_fail() {
        let troubled = Troubled::default();
        assert!(troubled.may_fail(endpoint(1)));
        troubled.learn(&[endpoint(2)], true, 0);
        assert!(!troubled.may_fail(endpoint(1)));
        assert!(troubled.may_fail(endpoint(2)));
    }

    #[test]
    fn while_more_fail_than_are_remembered_any_endpoint_may_fail() {
        let troubled = Troubled::default();
        troubled.learn(&(0..TROUBLED_MAX).map(endpoint).collect::<Vec<_>>(), true, 0);
        assert!(!troubled.may_fail(endpoint(TROUBLED_MAX)));
        troubled.insert(endpoint(TROUBLED_MAX));
        assert!(troubled.may_fail(endpoint(TROUBLED_MAX + 1)));
    }

    #[test]
    fn what_was_added_while_the_store_was_asked_is_not_forgotten() {
        let troubled = Troubled::default();
        let additions = troubled.additions();
        troubled.insert(endpoint(1));
        troubled.learn(&[], true, additions);
        assert!(troubled.may_fail(endpoint(1)));
        troubled.learn(&[], true, troubled.additions());
        assert!(!troubled.may_fail(endpoint(1)));
    }
}
