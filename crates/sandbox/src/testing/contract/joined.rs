//! What the sandbox and its hub have in common: numbers, and one transaction.

use devhub_domain::store::{Lane, StoreError, write};
use devhub_domain::testing::event;

use super::seed::{Store, look, put, workspace_id};
use crate::Kind;
use crate::testing::payment;

/// Each kind of each workspace is counted by itself.
pub fn numbers_count_from_1_by_workspace_and_kind(store: &Store) {
    let next = |workspace, kind| put(store, |tx| tx.next_number(workspace_id(workspace), kind));
    assert_eq!([1, 1, 1].map(|workspace| next(workspace, Kind::Refund)), [1, 2, 3]);
    assert_eq!((next(1, Kind::Transaction), next(1, Kind::Customer), next(2, Kind::Refund)), (1, 1, 1));
    assert_eq!(next(1, Kind::Refund), 4);
}

/// A transaction over the sandbox reads and writes its hub, and sees both.
pub fn what_the_hub_keeps_goes_with_the_sandbox(store: &Store) {
    put(store, |tx| {
        tx.insert_payment(&payment(1))?;
        tx.hub().insert_event(&event(1))?;
        assert!(tx.hub().find_event(workspace_id(1), event(1).id)?.is_some());
        Ok(())
    });
    assert_eq!(look(store, |tx| tx.hub().find_event(workspace_id(1), event(1).id)), Some(event(1)));
    assert_eq!(look(store, |tx| tx.find_payment(workspace_id(1), payment(1).id)), Some(payment(1)));
}

/// Neither keeps what the other fails with.
pub fn a_body_that_fails_leaves_no_trace_in_either(store: &Store) {
    let outcome: Result<(), StoreError> = write(&**store, Lane::Interactive, |tx| {
        tx.insert_payment(&payment(1))?;
        tx.hub().insert_event(&event(1))?;
        tx.next_number(workspace_id(1), Kind::Refund)?;
        Err(StoreError::Conflict("of the test"))
    });
    assert!(outcome.is_err());
    assert_eq!(look(store, |tx| tx.hub().find_event(workspace_id(1), event(1).id)), None);
    assert_eq!(look(store, |tx| tx.find_payment(workspace_id(1), payment(1).id)), None);
}
