//! Carries out what the command line asks for about operators.

use std::collections::BTreeSet;

use devhub_domain::access::Asker;
use devhub_domain::id::{OperatorId, WorkspaceId};
use devhub_domain::operators::{
    EmailAddress, EmailAddressError, NewOperator, Operator, OperatorError, Operators, PasswordHash, PasswordHashError,
    RoleError, SecondFactorState,
};

use super::{OperatorView, Revealed};

/// The words in which a request about operators is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum OperatorDeskError {
    #[error(transparent)]
    Operator(#[from] OperatorError),
    #[error(transparent)]
    Email(#[from] EmailAddressError),
    #[error(transparent)]
    Hash(#[from] PasswordHashError),
    #[error(transparent)]
    Role(#[from] RoleError),
    #[error("no operator has the email {0}: `devhub operators list` shows who there is")]
    Unknown(String),
    #[error(
        "an operator with this email works in another workspace, where its password was set: \
         if it is whom you mean, add it with --known and without a password"
    )]
    Elsewhere,
}

impl OperatorDeskError {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Operator(error) => error.code(),
            Self::Email(_) | Self::Hash(_) | Self::Role(_) => "input_invalid",
            Self::Unknown(_) => "operator_not_found",
            Self::Elsewhere => "email_taken",
        }
    }
}

/// The operators of every workspace, for whoever has access to the machine.
#[derive(Clone, Debug)]
pub(crate) struct OperatorDesk {
    /// The use cases of operators.
    pub(crate) operators: Operators,
    /// The workspace that is meant where none is named.
    pub(crate) workspace_id: WorkspaceId,
    /// Whether nobody goes on without a second factor.
    pub(crate) is_second_factor_required: bool,
}

impl OperatorDesk {
    /// Adds one who is new to the hub. One that is not is not admitted instead: its password was set by others, who may not have
    /// meant the same person.
    pub(super) fn add(
        &self,
        workspace_id: WorkspaceId,
        email: &str,
        role: &str,
        hash: &Revealed,
    ) -> Result<OperatorView, OperatorDeskError> {
        let email = EmailAddress::new(email)?;
        let new = NewOperator { email: email.clone(), role: role.parse()?, password: Some(parse(hash)?) };
        match self.operators.add(Asker::COMMAND_LINE, workspace_id, new).commit() {
            Err(OperatorError::EmailTaken) if self.operators.find_by_email(workspace_id, &email)?.is_none() => {
                Err(OperatorDeskError::Elsewhere)
            }
            added => self.view(&added?),
        }
    }

    pub(super) fn admit(
        &self,
        workspace_id: WorkspaceId,
        email: &str,
        role: &str,
    ) -> Result<OperatorView, OperatorDeskError> {
        let (email, role) = (EmailAddress::new(email)?, role.parse()?);
        let admitted = self.operators.admit(Asker::COMMAND_LINE, workspace_id, email, role).commit()?;
        self.view(&admitted)
    }

    pub(super) fn list(&self, workspace_id: WorkspaceId) -> Result<Vec<OperatorView>, OperatorDeskError> {
        let holders = self.operators.second_factor_holders(workspace_id).map_err(OperatorError::from)?;
        let operators = self.operators.list(workspace_id)?;
        Ok(operators.iter().map(|operator| self.view_among(operator, &holders)).collect())
    }

    pub(super) fn reset_password(&self, email: &str, hash: &Revealed) -> Result<OperatorView, OperatorDeskError> {
        let (Operator { id, workspace_id, .. }, hash) = (self.find(email)?, parse(hash)?);
        let operator = self.operators.reset_password(Asker::COMMAND_LINE, workspace_id, id, hash).commit()?;
        self.view(&operator)
    }

    pub(super) fn reset_second_factor(&self, email: &str) -> Result<OperatorView, OperatorDeskError> {
        let Operator { id, workspace_id, .. } = self.find(email)?;
        let operator = self.operators.reset_second_factor(Asker::COMMAND_LINE, workspace_id, id).commit()?;
        self.view(&operator)
    }

    /// Removes an operator from this workspace; `None` is the default one, or else the one that it is at home in.
    pub(super) fn remove(
        &self,
        workspace_id: Option<WorkspaceId>,
        email: &str,
    ) -> Result<OperatorView, OperatorDeskError> {
        let operator = match workspace_id {
            Some(workspace_id) => {
                let found = self.operators.find_by_email(workspace_id, &EmailAddress::new(email)?)?;
                found.ok_or_else(|| OperatorDeskError::Unknown(email.to_owned()))?
            }
            None => self.find(email)?,
        };
        // As it was: afterwards there may be nothing to look at.
        let view = self.view(&operator)?;
        self.operators.remove(Asker::COMMAND_LINE, operator.workspace_id, operator.id).commit()?;
        Ok(view)
    }

    fn view(&self, operator: &Operator) -> Result<OperatorView, OperatorDeskError> {
        let holders = self.operators.second_factor_holders(operator.workspace_id).map_err(OperatorError::from)?;
        Ok(self.view_among(operator, &holders))
    }

    fn view_among(&self, operator: &Operator, holders: &BTreeSet<OperatorId>) -> OperatorView {
        let is_on = holders.contains(&operator.id);
        OperatorView::of(operator, SecondFactorState::of(is_on, self.is_second_factor_required))
    }

    /// An operator of the default workspace, or one that is at home in another: whoever has access to the machine helps them all.
    fn find(&self, email: &str) -> Result<Operator, OperatorDeskError> {
        let email = EmailAddress::new(email)?;
        let here = self.operators.find_by_email(self.workspace_id, &email)?;
        let found = here.map_or_else(|| self.operators.find_at_home(&email), |here| Ok(Some(here)))?;
        found.ok_or_else(|| OperatorDeskError::Unknown(email.as_str().to_owned()))
    }
}

fn parse(hash: &Revealed) -> Result<PasswordHash, PasswordHashError> {
    hash.0.expose().parse()
}
