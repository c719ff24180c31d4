//! The use cases of operators: add, find, list, change role, reset password, remove.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;

use super::authorise_service::{Request, manages};
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
/// given its password within the last ten minutes. Another role ends the sessions of the operator in the workspace, another password all
/// of them.
#[derive(Clone)]
pub struct Operators {
    pub(super) store: Arc<dyn UnitOfWork<dyn OperatorTx>>,
    pub(super) clock: Arc<dyn Clock>,
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
pub(super) use operator_change;

impl Operators {
    /// The use cases over a store.
    pub fn new(store: Arc<dyn UnitOfWork<dyn OperatorTx>>, clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> Self {
        Self { store, clock, entropy }
    }

    /// Adds an operator to a workspace, which is at home there. Who has an address of the hub already is
    /// [admitted](Operators::admit) instead.
    ///
    /// # Errors
    /// [`OperatorError::RoleTooLow`], [`OperatorError::StepUpNeeded`], [`OperatorError::EmailTaken`],
    /// [`OperatorError::TooMany`], and the store's own.
    pub fn add(&self, asker: Asker, workspace_id: WorkspaceId, new: NewOperator) -> operator_change!(Operator) {
        let request = self.request(asker, workspace_id);
        let operator = Operator {
            id: OperatorId::generate(request.at, &*self.entropy),
            workspace_id,
            home_id: workspace_id,
            email: new.email,
            role: new.role,
            password: new.password,
            created_at: request.at,
            revision: 1,
        };
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            request.take_turn(tx)?;
            request.authorise(tx, operator.role)?;
            if tx.find_operator_at_home(&operator.email)?.is_some() {
                return Err(OperatorError::EmailTaken);
            }
            keep_few(tx, workspace_id)?;
            tx.insert_operator(&operator)?;
            request.log(tx, "operator.added", operator.id, json!({ "role": operator.role.as_str() }))?;
            Ok(operator.clone())
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Gives an operator another role in a workspace, and ends its sessions there.
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
            end_sessions_in(tx, id, workspace_id)?;
            let detail = json!({ "role": { "before": before.role.as_str(), "after": role.as_str() } });
            request.log(tx, "operator.role_changed", id, detail)?;
            Ok(operator)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Gives an operator another password, and ends its sessions. An operator may do so for itself, whatever its role.
    ///
    /// Whoever sets a password can sign in with it, and then works wherever the operator does: so who asks must manage its role in each
    /// workspace that it works in, and takes over nothing that it could not give itself.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`], [`OperatorError::RoleTooLow`], [`OperatorError::StepUpNeeded`], [`OperatorError::WorksElsewhere`],
    /// and the store's own.
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
            if !is_own {
                answer_for(tx, &request, &before)?;
            }
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
    /// As for a password, who asks must manage its role in each workspace that it works in. Nobody does so for itself: that needs a code
    /// ([`SecondFactors::remove`](super::SecondFactors::remove)).
    ///
    /// *Repeat:* an operator without one stays as it is.
    ///
    /// # Errors
    /// [`OperatorError::OwnSecondFactor`], and as for [`Operators::reset_password`].
    pub fn reset_second_factor(
        &self,
        asker: Asker,
        workspace_id: WorkspaceId,
        id: OperatorId,
    ) -> operator_change!(Operator) {
        let request = self.request(asker, workspace_id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            if request.asker.actor() == Actor::Operator(id) {
                return Err(OperatorError::OwnSecondFactor);
            }
            let operator = find_managed(tx, &request, id)?;
            answer_for(tx, &request, &operator)?;
            if tx.find_second_factor(id)?.is_some() {
                tx.delete_second_factor(id)?;
                end_sessions(tx, id)?;
                request.log(tx, "operator.second_factor_reset", id, json!({}))?;
            }
            Ok(operator)
        };
        prepare(&self.store, Lane::Interactive, change, |_| {})
    }

    /// Checks that the asker may [reset the password](Operators::reset_password) of an operator, before any work is done for it.
    ///
    /// # Errors
    /// As for that, but for what is wrong with the asker's own session.
    pub fn check_reset(&self, asker: Asker, workspace_id: WorkspaceId, id: OperatorId) -> Result<(), OperatorError> {
        let request = self.request(asker, workspace_id);
        read(&*self.store, |tx| {
            let operator = tx.find_operator(workspace_id, id)?.ok_or(OperatorError::NotFound(id))?;
            if !manages(tx, &asker, workspace_id, operator.role)? {
                return Err(OperatorError::RoleTooLow { required: operator.role.managed_by() });
            }
            answer_for(tx, &request, &operator)
        })
    }

    /// The operators of a workspace whose password the asker may [reset](Operators::reset_password), but for what is wrong with its own
    /// session.
    ///
    /// # Errors
    /// The store's own.
    pub fn resettable(&self, asker: Asker, workspace_id: WorkspaceId) -> Result<BTreeSet<OperatorId>, StoreError> {
        read(&*self.store, |tx| {
            let mut ids = BTreeSet::new();
            for Operator { id, role, .. } in tx.list_operators(workspace_id)? {
                if manages(tx, &asker, workspace_id, role)? && manages_everywhere(tx, &asker, id)? {
                    ids.insert(id);
                }
            }
            Ok(ids)
        })
    }

    /// Removes an operator from a workspace with its sessions there, and altogether from the hub when it works nowhere else. What it did
    /// stays in the audit log under its id.
    ///
    /// Who was at home there is so from now on where it may do most, and of several such workspaces where it was added first. That is
    /// where it signs in, and nothing more: no workspace has power over an operator by being its home.
    ///
    /// # Errors
    /// [`OperatorError::NotFound`], [`OperatorError::RoleTooLow`], [`OperatorError::StepUpNeeded`],
    /// [`OperatorError::LastOwner`], and the store's own.
    pub fn remove(&self, asker: Asker, workspace_id: WorkspaceId, id: OperatorId) -> operator_change!(()) {
        let request = self.request(asker, workspace_id);
        let change = move |tx: &mut (dyn OperatorTx + 'static)| {
            let operator = find_managed(tx, &request, id)?;
            keep_an_owner(tx, &operator)?;
            leave(tx, &operator)?;
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

    /// Operators of a workspace that have a second factor.
    ///
    /// # Errors
    /// The store's own.
    pub fn second_factor_holders(&self, workspace_id: WorkspaceId) -> Result<BTreeSet<OperatorId>, StoreError> {
        read(&*self.store, |tx| tx.list_second_factor_holders(workspace_id))
    }

    pub(super) fn request(&self, asker: Asker, workspace_id: WorkspaceId) -> Request {
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
    tx.hold_operator(id)?;
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
    tx.hold_operator(id)?;
    if !request.asker.has_stepped_up(request.at) {
        return Err(OperatorError::StepUpNeeded);
    }
    tx.find_operator(request.workspace_id, id)?.ok_or(OperatorError::NotFound(id))
}

/// Refuses when this operator is the only owner that can sign in, whoever asks: setup would be open to strangers once more.
pub(super) fn keep_an_owner(tx: &mut (dyn OperatorTx + 'static), operator: &Operator) -> Result<(), OperatorError> {
    if !operator.is_able_owner() {
        return Ok(());
    }
    let operators = tx.list_operators(operator.workspace_id)?;
    let has_other = operators.iter().any(|other| other.is_able_owner() && other.id != operator.id);
    if has_other { Ok(()) } else { Err(OperatorError::LastOwner) }
}

/// Refuses where a workspace has as many operators as it may.
pub(super) fn keep_few(tx: &mut (dyn OperatorTx + 'static), workspace_id: WorkspaceId) -> Result<(), OperatorError> {
    if tx.list_operators(workspace_id)?.len() < OPERATORS_MAX { Ok(()) } else { Err(OperatorError::TooMany) }
}

/// Checks that the asker manages an operator wherever it works: its password opens all of that.
fn answer_for(
    tx: &mut (dyn OperatorTx + 'static),
    request: &Request,
    operator: &Operator,
) -> Result<(), OperatorError> {
    if manages_everywhere(tx, &request.asker, operator.id)? { Ok(()) } else { Err(OperatorError::WorksElsewhere) }
}

/// Whether the asker manages an operator in each workspace that it works in, with the role that it has there.
fn manages_everywhere(tx: &mut (dyn OperatorTx + 'static), asker: &Asker, id: OperatorId) -> Result<bool, StoreError> {
    for membership in tx.list_memberships(id)? {
        if !manages(tx, asker, membership.workspace_id, membership.role)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes an operator out of the workspace that knows it so.
pub(super) fn leave(tx: &mut (dyn OperatorTx + 'static), operator: &Operator) -> Result<(), StoreError> {
    let mut others = tx.list_memberships(operator.id)?;
    others.retain(|membership| membership.workspace_id != operator.workspace_id);
    let widest = Role::ALL.into_iter().find_map(|role| others.iter().find(|membership| membership.role == role));
    let Some(next) = widest else {
        return tx.delete_operator(operator.id);
    };
    if operator.is_at_home() {
        tx.move_operator_home(&Operator { workspace_id: next.workspace_id, ..operator.clone() })?;
    } else {
        tx.delete_membership(operator.id, operator.workspace_id)?;
    }
    end_sessions_in(tx, operator.id, operator.workspace_id)
}

/// Ends the sessions of an operator that work in a workspace.
fn end_sessions_in(
    tx: &mut (dyn OperatorTx + 'static),
    operator_id: OperatorId,
    workspace_id: WorkspaceId,
) -> Result<(), StoreError> {
    let sessions = tx.list_operator_sessions(operator_id)?;
    let in_it = sessions.iter().filter(|session| session.workspace_id == workspace_id);
    tx.delete_operator_sessions(&in_it.map(|session| session.id).collect::<Vec<_>>())
}

/// Ends every session of an operator.
pub(super) fn end_sessions(tx: &mut (dyn OperatorTx + 'static), operator_id: OperatorId) -> Result<(), StoreError> {
    let ids: Vec<_> = tx.list_operator_sessions(operator_id)?.iter().map(|session| session.id).collect();
    tx.delete_operator_sessions(&ids)
}
