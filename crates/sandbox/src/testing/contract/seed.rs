//! What the suite finds in a store: two workspaces.

use std::sync::Arc;

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::{Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::{EventChecks, TimeZone, Workspace, WorkspaceName, WorkspaceStatus};

use crate::{PageNumber, SandboxTx};

/// A store that holds the sandbox and the hub that it stands in.
pub type Store = Arc<dyn UnitOfWork<dyn SandboxTx>>;

/// The workspace with this number.
pub(super) fn workspace_id(number: u8) -> WorkspaceId {
    WorkspaceId::from_bytes(u128::from(number).to_be_bytes())
}

/// Adds the workspaces 1 and 2 that the suite uses; events are held against their schemas in both.
pub fn seed(store: &Store) {
    put(store, |tx| {
        for number in [1, 2] {
            tx.hub().insert_workspace(&Workspace {
                id: workspace_id(number),
                name: WorkspaceName::new(&format!("Workspace {number}")).expect("a valid name"),
                status: WorkspaceStatus::Active,
                time_zone: TimeZone::utc(),
                event_checks: EventChecks::Strict,
                created_at: Timestamp::from_seconds(1),
            })?;
        }
        Ok(())
    });
}

/// Writes, and fails the test when the store does.
pub(super) fn put<R>(store: &Store, body: impl FnMut(&mut (dyn SandboxTx + 'static)) -> Result<R, StoreError>) -> R {
    write(&**store, Lane::Interactive, body).expect("the store writes")
}

/// Writes, and fails the test unless the store refuses that as a conflict.
pub(super) fn conflict<R: std::fmt::Debug>(
    store: &Store,
    body: impl FnMut(&mut (dyn SandboxTx + 'static)) -> Result<R, StoreError>,
) {
    let error = write(&**store, Lane::Interactive, body).expect_err("the store refuses it");
    assert!(matches!(error, StoreError::Conflict(_)), "expected a conflict, got {error:?}");
}

/// Reads, and fails the test when the store does.
pub(super) fn look<R>(store: &Store, body: impl FnMut(&mut (dyn SandboxTx + 'static)) -> Result<R, StoreError>) -> R {
    read(&**store, body).expect("the store reads")
}

/// Page `number` of pages with `size` items.
pub(super) fn page(number: u32, size: u64) -> PageNumber {
    let size = devhub_domain::page::PageSize::new(size).expect("a page size");
    PageNumber { number: number.try_into().expect("pages are counted from 1"), size }
}
