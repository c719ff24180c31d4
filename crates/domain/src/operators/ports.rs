//! What a store must do for operators, and what counts failed sign-ins.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::{AccountDigest, EmailAddress, Membership, Operator, OperatorSession, SecondFactor, SessionDigest};
use crate::audit::AuditTx;
use crate::id::{OperatorId, OperatorSessionId, WorkspaceId};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::workspaces::WorkspaceTx;

/// Operators and their sessions within one transaction.
pub trait OperatorTx: WorkspaceTx + AuditTx {
    /// Adds an operator to the workspace that it is at home in.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id or the address is taken, in whatever workspace.
    fn insert_operator(&mut self, operator: &Operator) -> Result<(), StoreError>;

    /// Writes password and revision of an operator whose stored revision is one less, and its role in the workspace that knows it so.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is another, or that workspace has no such operator.
    fn update_operator(&mut self, operator: &Operator) -> Result<(), StoreError>;

    /// Has an operator work in one more workspace: the one that it names, with its role there, since it was added there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it works there already.
    fn insert_membership(&mut self, operator: &Operator) -> Result<(), StoreError>;

    /// Has an operator work no more in a workspace that it is not at home in; where it does not work is no error.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_membership(&mut self, id: OperatorId, workspace_id: WorkspaceId) -> Result<(), StoreError>;

    /// Makes another workspace of an operator, the one that knows it so, the one that it is at home in. It works no more where it was
    /// at home before.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when it does not work there, or is at home there.
    fn move_operator_home(&mut self, operator: &Operator) -> Result<(), StoreError>;

    /// Keeps every other transaction from changing an operator, and where it works, until this one ends. Whoever holds two, or holds one
    /// before the log of a workspace, may wait for ever.
    ///
    /// # Errors
    /// Only the store's own.
    fn hold_operator(&mut self, id: OperatorId) -> Result<(), StoreError>;

    /// Where an operator works: first where it is at home, then in the order in which it was added. There are few: as many as there are
    /// workspaces at most.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_memberships(&mut self, id: OperatorId) -> Result<Vec<Membership>, StoreError>;

    /// Removes an operator with its sessions and its second factor, wherever it works; one that is not there is no error.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_operator(&mut self, id: OperatorId) -> Result<(), StoreError>;

    /// The operator with this id, if it works in this workspace.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_operator(&mut self, workspace_id: WorkspaceId, id: OperatorId) -> Result<Option<Operator>, StoreError>;

    /// The operator with this address, if it works in this workspace.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_operator_by_email(
        &mut self,
        workspace_id: WorkspaceId,
        email: &EmailAddress,
    ) -> Result<Option<Operator>, StoreError>;

    /// The operator with this address, as the workspace knows it that it is at home in.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_operator_at_home(&mut self, email: &EmailAddress) -> Result<Option<Operator>, StoreError>;

    /// Operators that work in a workspace, in the order in which they were added to it. There are few: a thousand at most.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_operators(&mut self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, StoreError>;

    /// The second factor of an operator.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_second_factor(&mut self, operator_id: OperatorId) -> Result<Option<SecondFactor>, StoreError>;

    /// Operators that work in a workspace and have a second factor. There are few: a thousand at most.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_second_factor_holders(&mut self, workspace_id: WorkspaceId) -> Result<BTreeSet<OperatorId>, StoreError>;

    /// Writes the second factor of an operator that is there, over the one before it. Whoever does has held the operator
    /// ([`OperatorTx::hold_operator`]) in the same transaction: two at once would else both find none.
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

    /// Has a session work in another workspace; `false` when it is gone. Must not bring it back.
    ///
    /// # Errors
    /// Only the store's own.
    fn move_operator_session(&mut self, id: OperatorSessionId, workspace_id: WorkspaceId) -> Result<bool, StoreError>;

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
