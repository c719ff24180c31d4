//! What an operator may do about operators: by its role as it is now, read within the transaction of the change.

use serde_json::Value;

use super::{OperatorError, OperatorTx, Role};
use crate::access::Asker;
use crate::audit::{Actor, AuditDraft, append};
use crate::id::{OperatorId, WorkspaceId};
use crate::store::StoreError;
use crate::time::Timestamp;

/// A change of a workspace's operators that somebody asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) asker: Asker,
    pub(super) workspace_id: WorkspaceId,
    pub(super) at: Timestamp,
}

impl Request {
    /// Makes whoever changes operators of this workspace take turns: two must not remove the last two owners, and a sign-in must not
    /// slip in between a password's reset and its commit. The log's lock is the one that all of them need in the end.
    pub(super) fn take_turn(&self, tx: &mut (dyn OperatorTx + 'static)) -> Result<(), StoreError> {
        tx.audit_head(self.workspace_id).map(drop)
    }

    /// Checks that the asker may add, change or remove an operator of this role.
    pub(super) fn authorise(&self, tx: &mut (dyn OperatorTx + 'static), role: Role) -> Result<(), OperatorError> {
        if !manages(tx, &self.asker, self.workspace_id, role)? {
            return Err(OperatorError::RoleTooLow { required: role.managed_by() });
        }
        if self.asker.has_stepped_up(self.at) { Ok(()) } else { Err(OperatorError::StepUpNeeded) }
    }

    /// Tells the audit log.
    pub(super) fn log(
        &self,
        tx: &mut (dyn OperatorTx + 'static),
        action: &'static str,
        subject: OperatorId,
        detail: Value,
    ) -> Result<(), StoreError> {
        let Self { asker, workspace_id, at } = *self;
        let (actor, subject) = (asker.actor(), subject.to_string());
        append(tx, &AuditDraft { workspace_id, at, actor, action, subject, detail }.from_address(asker.address()))
    }
}

/// Whether the asker may manage an operator of this role; a key may not, whatever its scopes.
pub(crate) fn manages(
    tx: &mut (dyn OperatorTx + 'static),
    asker: &Asker,
    workspace_id: WorkspaceId,
    role: Role,
) -> Result<bool, StoreError> {
    match asker.actor() {
        Actor::System | Actor::CommandLine => Ok(true),
        Actor::Key(_) => Ok(false),
        Actor::Operator(id) => {
            Ok(tx.find_operator(workspace_id, id)?.is_some_and(|operator| operator.role.manages(role)))
        }
    }
}
