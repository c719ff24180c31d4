//! What a store must do for operators.

use super::Operator;
use crate::audit::AuditTx;
use crate::id::WorkspaceId;
use crate::store::StoreError;

/// Operators within one transaction.
pub trait OperatorTx: AuditTx {
    /// Adds an operator.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id, or the address within the workspace, is taken.
    fn insert_operator(&mut self, operator: &Operator) -> Result<(), StoreError>;

    /// Operators of a workspace, oldest first. There are few: a thousand at most.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_operators(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, StoreError>;
}
