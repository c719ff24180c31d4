//! What the suites find in a store: two workspaces.

use crate::id::WorkspaceId;
use crate::store::{Lane, StoreError, UnitOfWork, read, write};
use crate::time::Timestamp;
use crate::tx::Tx;
use crate::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus};

/// A store that holds everything.
pub(super) type Store = dyn UnitOfWork<dyn Tx>;

/// The workspace with this number.
pub(super) fn workspace_id(number: u8) -> WorkspaceId {
    WorkspaceId::from_bytes(u128::from(number).to_be_bytes())
}

/// Adds the workspaces 1 and 2 that the suites use.
///
/// # Panics
/// When the store fails.
pub fn seed(store: &dyn UnitOfWork<dyn Tx>) {
    put(store, |tx| {
        for number in [1, 2] {
            tx.insert_workspace(&Workspace {
                id: workspace_id(number),
                name: WorkspaceName::new(&format!("Workspace {number}")).expect("a valid name"),
                status: WorkspaceStatus::Active,
                time_zone: TimeZone::utc(),
                event_checks: EventChecks::Off,
                created_at: Timestamp::from_seconds(1),
            })?;
        }
        Ok(())
    });
}

/// Writes, and fails the test when the store does.
pub(super) fn put<T: ?Sized, R>(store: &dyn UnitOfWork<T>, body: impl FnMut(&mut T) -> Result<R, StoreError>) -> R {
    write(store, Lane::Interactive, body).expect("the store writes")
}

/// Writes, and returns what the store makes of it.
pub(super) fn try_put<T: ?Sized, R>(
    store: &dyn UnitOfWork<T>,
    body: impl FnMut(&mut T) -> Result<R, StoreError>,
) -> Result<R, StoreError> {
    write(store, Lane::Interactive, body)
}

/// Reads, and fails the test when the store does.
pub(super) fn look<T: ?Sized, R>(store: &dyn UnitOfWork<T>, body: impl FnMut(&mut T) -> Result<R, StoreError>) -> R {
    read(store, body).expect("the store reads")
}

/// Fails the test unless the store refused the write as a conflict.
pub(super) fn expect_conflict<R: std::fmt::Debug>(outcome: Result<R, StoreError>) {
    let error = outcome.expect_err("the store refuses it");
    assert!(matches!(error, StoreError::Conflict(_)), "expected a conflict, got {error:?}");
}
