//! The use cases of operators: add, find, list, change role, reset password, remove.

use std::sync::Arc;

use serde_json::json;

use super::authorise_service::Request;
use super::{EmailAddress, Operator, OperatorError, OperatorTx, PasswordHash, Role};
use crate::access::Asker;
use crate::audit::Actor;
use crate::entropy::Entropy;
use crate::id::{OperatorId, WorkspaceId};
use crate::store::{Change, Lane, Prepared, StoreError, UnitOfWork, prepare, read};
use crate::time::Clock;

/// Most operators of one workspace: they are listed on one page, and read at once.
pub const OPERATORS_MAX: usize = 1_000;

/// Who shall become an operator.
#[derive(Clone, Debug)]
pub struct NewOperator {
    /// What it signs in with.
    pub email: EmailAddress,
    /// What it may do.
    pub role: Role,
    /// What its password is compared with; `None` when it cannot sign in yet.
    pub password: Option<PasswordHash>,
}

/// The use cases of operators.
///
/// Who asks must manage the role in question (owners everybody, admins everybody but owners) and, when it has a session, must have
/// given its password within the last ten minutes. A change of role or password ends every session of the operator.
#[derive(Clone)]
pub struct Operators {
    store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for Operators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Operators").finish_non_exhaustive()
    }
}

/// A prepared change of operators.
macro_rules! operator_change {
    ($output:ty) => {
        Prepared<dyn OperatorTx, impl Change<dyn OperatorTx, Output = $output, Error = OperatorError> + use<>>
    };
}

impl Operators {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn OperatorTx>>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, clock, entropy }
    }

    /// Adds an operator to a workspace.
    ///
    /// # Errors
    /// [`OperatorError::RoleTooLow`], [`OperatorError::StepUpNeeded`], [`OperatorError::EmailTaken`],
    /// [`OperatorError::TooMany`], and the store's own.
    pub fn add(&self, asker: Asker, workspace_id: WorkspaceId, new: NewOperator) -> operator_change!(Operator) {
        let request = self.request(asker, workspace_id);
        let operator = Operator {
            id: OperatorId::generate(request.at, &*self.entropy),
            workspace_id,
            email: new.email,
            role: new.role,
            password: new.password,
            created_at: request.at,
            revision: 1,
        };
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            request.take_turn(tx)?;
            request.authorise(tx, operator.role)?;
            let others = tx.list_operators(workspace_id)?;
            if others.iter().any(|other| other.email == operator.email) {
                return Err(OperatorError::EmailTaken);
            }
            if others.len() >= OPERATORS_MAX {
                return Err(OperatorError::TooMany);
            }
            tx.insert_operator(&operator)?;
            request.log(tx, "operator.added", operator.id, json!({ "role": operator.role.as_str() }))?;
            Ok(operator.clone())
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Gives an operator another role, and ends its sessions.
    ///
    /// *Repeat:* the role that it has changes nothing.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`], [`OperatorError::RoleTooLow`] when the asker may not manage both roles,
    /// [`OperatorError::StepUpNeeded`], [`OperatorError::LastOwner`], and the store's own.
    pub fn change_role(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: OperatorId,
        role: Role,
    ) -> operator_change!(Operator) {
        let request = self.request(asker, workspace_id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let before = find_managed(tx, &request, id)?;
            request.authorise(tx, role)?;
            if before.role == role {
                return Ok(before);
            }
            keep_an_owner(tx, &before)?;
            let operator = Operator { role, revision: before.revision + 1, ..before.clone() };
            tx.update_operator(&operator)?;
            end_sessions(tx, id)?;
            let detail = json!({ "role": { "before": before.role.as_str(), "after": role.as_str() } });
            request.log(tx, "operator.role_changed", id, detail)?;
            Ok(operator)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Gives an operator another password, and ends its sessions. An operator may do so for itself, whatever its role.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`], [`OperatorError::RoleTooLow`], [`OperatorError::StepUpNeeded`], and the store's own.
    pub fn reset_password(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: OperatorId,
        password: PasswordHash,
    ) -> operator_change!(Operator) {
        let request = self.request(asker, workspace_id);
        let is_own = asker.actor() == Actor::Operator(id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let before = if is_own { find_own(tx, &request, id)? } else { find_managed(tx, &request, id)? };
            let operator = Operator { password: Some(password.clone()), revision: before.revision + 1, ..before };
            tx.update_operator(&operator)?;
            end_sessions(tx, id)?;
            request.log(tx, "operator.password_reset", id, json!({}))?;
            Ok(operator)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Takes the second factor of an operator away, who has lost it, and ends its sessions: the password alone signs in then.
    ///
    /// *Repeat:* an operator without one stays as it is.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`], [`OperatorError::RoleTooLow`], [`OperatorError::StepUpNeeded`], and the store's own.
    pub fn reset_second_factor(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: OperatorId,
    ) -> operator_change!(Operator) {
        let request = self.request(asker, workspace_id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let operator = find_managed(tx, &request, id)?;
            if tx.find_second_factor(id)?.is_some() {
                tx.delete_second_factor(id)?;
                end_sessions(tx, id)?;
                request.log(tx, "operator.second_factor_reset", id, json!({}))?;
            }
            Ok(operator)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Removes an operator with its sessions. What it did stays in the audit log under its id.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`], [`OperatorError::RoleTooLow`], [`OperatorError::StepUpNeeded`],
    /// [`OperatorError::LastOwner`], and the store's own.
    pub fn remove(&self, asker: Asker, workspace_id: WorkspaceId, id: OperatorId) -> operator_change!(()) {
        let request = self.request(asker, workspace_id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let operator = find_managed(tx, &request, id)?;
            keep_an_owner(tx, &operator)?;
            tx.delete_operator(id)?;
            request.log(tx, "operator.removed", id, json!({ "role": operator.role.as_str() }))?;
            Ok(())
        };
        prepare(&self.store, Lane::Interactive, change, |()| {})
    }

    /// The operator with this id.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] also for one of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: OperatorId) -> Result<Operator, OperatorError> {
        read(&*self.store, |tx| tx.find_operator(workspace_id, id)?.ok_or(OperatorError::NotFound(id)))
    }

    /// The operator with this address, `None` when the workspace has none.
    ///
    /// # Errors
    /// The store's own.
    pub fn find_by_email(
        &self,
        workspace_id: WorkspaceId,
        email: &EmailAddress,
    ) -> Result<Option<Operator>, OperatorError> {
        read(&*self.store, |tx| Ok(tx.find_operator_by_email(workspace_id, email)?))
    }

    /// Operators of a workspace, oldest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(&self, workspace_id: WorkspaceId) -> Result<Vec<Operator>, OperatorError> {
        read(&*self.store, |tx| Ok(tx.list_operators(workspace_id)?))
    }

    fn request(&self, asker: Asker, workspace_id: WorkspaceId) -> Request {
        Request { asker, workspace_id, at: self.clock.now() }
    }
}

/// The operator, if the asker may manage it. Others take their turn after.
fn find_managed(
    tx: &mut (dyn OperatorTx + 'static),
    request: &Request,
    id: OperatorId,
) -> Result<Operator, OperatorError> {
    request.take_turn(tx)?;
    let operator = tx.find_operator(request.workspace_id, id)?.ok_or(OperatorError::NotFound(id))?;
    request.authorise(tx, operator.role)?;
    Ok(operator)
}

/// The asker itself. Others take their turn after.
pub(super) fn find_own(
    tx: &mut (dyn OperatorTx + 'static),
    request: &Request,
    id: OperatorId,
) -> Result<Operator, OperatorError> {
    request.take_turn(tx)?;
    if !request.asker.has_stepped_up(request.at) {
        return Err(OperatorError::StepUpNeeded);
    }
    tx.find_operator(request.workspace_id, id)?.ok_or(OperatorError::NotFound(id))
}

/// Refuses when this operator is the only owner that can sign in, whoever asks: setup would be open to strangers once more.
fn keep_an_owner(tx: &mut (dyn OperatorTx + 'static), operator: &Operator) -> Result<(), OperatorError> {
    if !operator.is_able_owner() {
        return Ok(());
    }
    let operators = tx.list_operators(operator.workspace_id)?;
    let has_other = operators.iter().any(|other| other.is_able_owner() && other.id != operator.id);
    if has_other { Ok(()) } else { Err(OperatorError::LastOwner) }
}

/// Ends every session of an operator.
pub(super) fn end_sessions(tx: &mut (dyn OperatorTx + 'static), operator_id: OperatorId) -> Result<(), StoreError> {
    let ids: Vec<_> = tx.list_operator_sessions(operator_id)?.iter().map(|session| session.id).collect();
    tx.delete_operator_sessions(&ids)
}
