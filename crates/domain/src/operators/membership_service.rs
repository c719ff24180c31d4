//! The use cases of those who work in several workspaces: admit, leave, list, go to another.

use serde_json::json;

use super::authorise_service::Request;
use super::service::{find_own, keep_an_owner, keep_few, leave, operator_change};
use super::{
    EmailAddress, Membership, Operator, OperatorError, OperatorSessions, OperatorTx, Operators, Role, SignedIn,
};
use crate::access::Asker;
use crate::audit::Actor;
use crate::id::{OperatorId, WorkspaceId};
use crate::store::{Change, Lane, Prepared, StoreError, prepare, read};

impl Operators {
    /// Has an operator of the hub work in one more workspace. Its password, and what it may do elsewhere, stay as they are.
    ///
    /// # Errors
    /// [`OperatorError::RoleTooLow`], [`OperatorError::StepUpNeeded`], [`OperatorError::EmailUnknown`],
    /// [`OperatorError::EmailTaken`] when it works there already, [`OperatorError::TooMany`], and the store's own.
    pub fn admit(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        email: EmailAddress,
        role: Role,
    ) -> operator_change!(Operator) {
        let request = self.request(asker, workspace_id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            request.take_turn(tx)?;
            request.authorise(tx, role)?;
            let known = tx.find_operator_at_home(&email)?.ok_or(OperatorError::EmailUnknown)?;
            // Before it is looked at: it may be about to be removed from the hub.
            tx.hold_operator(known.id)?;
            let known = tx.find_operator_at_home(&email)?.ok_or(OperatorError::EmailUnknown)?;
            if tx.find_operator(workspace_id, known.id)?.is_some() {
                return Err(OperatorError::EmailTaken);
            }
            keep_few(tx, workspace_id)?;
            let operator = Operator { workspace_id, role, created_at: request.at, ..known };
            tx.insert_membership(&operator)?;
            request.log(tx, "operator.admitted", operator.id, json!({ "role": role.as_str() }))?;
            Ok(operator)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Has an operator work no more in one of its workspaces because it wants so: whoever was admitted was not asked. As for
    /// [`Operators::remove`] otherwise, sessions and home included.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] when it does not work there, [`OperatorError::StepUpNeeded`], [`OperatorError::LastOwner`],
    /// [`OperatorError::OnlyWorkspace`], and the store's own.
    pub fn leave(&self, asker: Asker, id: OperatorId, workspace_id: WorkspaceId) -> operator_change!(()) {
        let request = self.request(asker, workspace_id);
        let is_own = asker.actor() == Actor::Operator(id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let operator = find_own(tx, &request, id)?;
            if !is_own {
                return Err(OperatorError::NotFound(id));
            }
            keep_an_owner(tx, &operator)?;
            if tx.list_memberships(id)?.len() <= 1 {
                return Err(OperatorError::OnlyWorkspace);
            }
            leave(tx, &operator)?;
            request.log(tx, "operator.removed", id, json!({ "role": operator.role.as_str() }))?;
            Ok(())
        };
        prepare(&self.store, Lane::Interactive, change, |()| {})
    }

    /// The operator with this address, as the workspace knows it that it is at home in; `None` when nobody of the hub has it.
    ///
    /// # Errors
    /// The store's own.
    pub fn find_at_home(&self, email: &EmailAddress) -> Result<Option<Operator>, OperatorError> {
        read(&*self.store, |tx| Ok(tx.find_operator_at_home(email)?))
    }
}

impl OperatorSessions {
    /// Where an operator works, first where it is at home.
    ///
    /// # Errors
    /// The store's own.
    pub fn memberships(&self, operator_id: OperatorId) -> Result<Vec<Membership>, StoreError> {
        read(&*self.store, |tx| tx.list_memberships(operator_id))
    }

    /// Has a session work in another workspace from now on. The log of that workspace tells that it has come: the one that it leaves may
    /// not know where it goes.
    ///
    /// *Repeat:* going where it is changes nothing.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`] when the operator does not work there, or there is no such workspace;
    /// [`OperatorError::SessionNotFound`] when the session has ended meanwhile; and the store's own.
    pub fn switch(&self, signed_in: &SignedIn, asker: Asker, to: WorkspaceId) -> operator_change!(()) {
        let (operator_id, session_id) = (signed_in.operator.id, signed_in.session.id);
        let is_there = signed_in.session.workspace_id == to;
        let request = Request { asker, workspace_id: to, at: self.clock.now() };
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            if is_there {
                return Ok(());
            }
            request.take_turn(tx)?;
            tx.hold_operator(operator_id)?;
            tx.find_operator(to, operator_id)?.ok_or(OperatorError::NotFound(operator_id))?;
            if !tx.move_operator_session(session_id, to)? {
                return Err(OperatorError::SessionNotFound(session_id));
            }
            request.log(tx, "session.switched", operator_id, json!({ "session": session_id.to_string() }))?;
            Ok(())
        };
        prepare(&self.store, Lane::Interactive, change, |()| {})
    }
}
