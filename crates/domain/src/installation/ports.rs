//! What a store must do for the installation.

use crate::audit::AuditTx;
use crate::id::WorkspaceId;
use crate::sealing::Sealed;
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::workspaces::WorkspaceTx;

/// The one row that makes a store an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The pepper of token digests, sealed under the master key.
    pub sealed_pepper: Sealed,
    /// The workspace that was made at setup.
    pub default_workspace_id: WorkspaceId,
    /// When it was set up.
    pub created_at: Timestamp,
}

/// The installation within one transaction.
pub trait InstallationTx: WorkspaceTx + AuditTx {
    /// The installation, `None` before setup.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_installation(&mut self) -> Result<Option<Installation>, StoreError>;

    /// Writes the installation.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one already.
    fn insert_installation(&mut self, installation: &Installation) -> Result<(), StoreError>;
}
