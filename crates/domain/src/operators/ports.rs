//! What a store must do for operators, and what counts failed sign-ins.

use std::net::IpAddr;
use std::time::Duration;

use super::{AccountDigest, EmailAddress, Operator, OperatorSession, SecondFactor, SessionDigest};
use crate::audit::AuditTx;
use crate::id::{OperatorId, OperatorSessionId, WorkspaceId};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::workspaces::WorkspaceTx;

/// Operators and their sessions within one transaction.
pub trait OperatorTx: WorkspaceTx + AuditTx {
    /// Adds an operator.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id, or the address within the workspace, is taken.
    fn insert_operator(&mut self, operator: &Operator) -> Result<(), StoreError>;

    /// Writes role, password and revision of an operator whose stored revision is one less.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is another, or there is no such operator.
    fn update_operator(&mut self, operator: &Operator) -> Result<(), StoreError>;

    /// Removes an operator with its sessions and its second factor; one that is not there is no error.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_operator(&mut self, id: OperatorId) -> Result<(), StoreError>;

    /// The operator with this id, if it is in this workspace.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_operator(&mut self, workspace_id: WorkspaceId, id: OperatorId) -> Result<Option<Operator>, StoreError>;

    /// The operator with this address in this workspace.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_operator_by_email(
        &mut self,
        workspace_id: WorkspaceId,
        email: &EmailAddress,
    ) -> Result<Option<Operator>, StoreError>;

    /// Operators of a workspace, oldest first. There are few: a thousand at most.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_operators(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, StoreError>;

    /// The second factor of an operator.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_second_factor(&mut self, operator_id: OperatorId) -> Result<Option<SecondFactor>, StoreError>;

    /// Writes the second factor of an operator that is there, over the one before it. Whoever does holds the lock of the audit log.
    ///
    /// # Errors
    /// Only the store's own.
    fn put_second_factor(&mut self, factor: &SecondFactor) -> Result<(), StoreError>;

    /// Removes the second factor of an operator; one that is not there is no error.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_second_factor(&mut self, operator_id: OperatorId) -> Result<(), StoreError>;

    /// Adds a session of an operator that is there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id or the digest is taken.
    fn insert_operator_session(&mut self, session: &OperatorSession) -> Result<(), StoreError>;

    /// Writes when a session was last seen, and with it when it ends. Must not bring back a session that is gone, nor move either
    /// instant back.
    ///
    /// # Errors
    /// Only the store's own.
    fn touch_operator_session(&mut self, session: &OperatorSession) -> Result<(), StoreError>;

    /// The session with this digest, whether it has ended by itself or not.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_operator_session(&mut self, digest: &SessionDigest) -> Result<Option<OperatorSession>, StoreError>;

    /// Sessions of an operator, newest first. There are few: [`SESSIONS_MAX`](super::SESSIONS_MAX) at most.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_operator_sessions(&mut self, operator_id: OperatorId) -> Result<Vec<OperatorSession>, StoreError>;

    /// Removes sessions; those that are not there are no error.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_operator_sessions(&mut self, ids: &[OperatorSessionId]) -> Result<(), StoreError>;

    /// Removes sessions that ended by themselves at or before `now`, `limit` at most; says how many.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_ended_operator_sessions(&mut self, now: Timestamp, limit: usize) -> Result<usize, StoreError>;
}

/// Counts failed sign-ins, by account and address together and by address alone, IPv6 by `/64`, in bounded memory.
pub trait FailedSignIns: Send + Sync {
    /// How long an attempt must wait; `None` when it may be made now. Must count nothing.
    fn wait(&self, account: &AccountDigest, address: IpAddr) -> Option<Duration>;

    /// Counts an attempt that failed.
    fn record(&self, account: &AccountDigest, address: IpAddr);

    /// Forgets what failed for this account at this address, because it has just signed in there. Must not forget what failed at
    /// the address for other accounts.
    fn forgive(&self, account: &AccountDigest, address: IpAddr);
}
