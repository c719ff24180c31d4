//! Rules that a commit left in doubt are asked for again, whatever fails meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use devhub_domain::rate::{RateTx, RulebookLoader};
use devhub_domain::store::{Body, Lane, StoreError, UnitOfWork};
use devhub_domain::testing::MemoryStore;

use crate::hub::{Hub, get, rule, workspace};

/// A store whose first reads fail.
struct Failing {
    store: MemoryStore,
    left: AtomicUsize,
}

impl UnitOfWork<dyn RateTx> for Failing {
    fn read(&self, body: &mut Body<'_, dyn RateTx>) -> Result<(), StoreError> {
        let count_down = |left: usize| left.checked_sub(1);
        match self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count_down) {
            Ok(_) => Err(StoreError::unavailable("the test says so")),
            Err(_) => UnitOfWork::<dyn RateTx>::read(&self.store, body),
        }
    }

    fn write(&self, lane: Lane, body: &mut Body<'_, dyn RateTx>) -> Result<(), StoreError> {
        UnitOfWork::<dyn RateTx>::write(&self.store, lane, body)
    }
}

#[test]
fn a_workspace_that_cannot_be_read_stays_in_doubt_and_holds_up_no_other() {
    let (hub, stale) = (Hub::new(), Hub::new());
    hub.make(rule("first", 10));
    hub.make_in(workspace(2), rule("second", 10));
    let store = Failing { store: hub.store.clone(), left: AtomicUsize::new(1) };
    let loader = RulebookLoader::new(Arc::new(store), stale.rulebook.clone());
    stale.rulebook.doubt(workspace(1));
    stale.rulebook.doubt(workspace(2));
    assert_eq!(loader.settle().unwrap_err().code(), "store_unavailable");
    assert_eq!(stale.binding(&get(3, "/a")).0, "second");
    assert_eq!(stale.binding(&get(1, "/a")).0, "default");
    loader.settle().unwrap();
    assert_eq!(stale.binding(&get(1, "/a")).0, "first");
}
