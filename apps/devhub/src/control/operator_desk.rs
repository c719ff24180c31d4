//! Carries out what the command line asks for about operators.

use devhub_domain::access::Asker;
use devhub_domain::id::WorkspaceId;
use devhub_domain::operators::{
    EmailAddress, EmailAddressError, NewOperator, Operator, OperatorError, Operators, PasswordHash, PasswordHashError,
    RoleError,
};

use super::message::{OperatorView, Revealed};

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
}

impl OperatorDeskError {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Operator(error) => error.code(),
            Self::Email(_) | Self::Hash(_) | Self::Role(_) => "input_invalid",
            Self::Unknown(_) => "operator_not_found",
        }
    }
}

/// The operators of the default workspace, for whoever has access to the machine.
#[derive(Clone, Debug)]
pub(crate) struct OperatorDesk {
    /// The use cases of operators.
    pub(crate) operators: Operators,
    /// The workspace that they administer.
    pub(crate) workspace_id: WorkspaceId,
}

impl OperatorDesk {
    pub(super) fn add(&self, email: &str, role: &str, hash: &Revealed) -> Result<OperatorView, OperatorDeskError> {
        let new = NewOperator { email: EmailAddress::new(email)?, role: role.parse()?, password: Some(parse(hash)?) };
        let added = self.operators.add(Asker::COMMAND_LINE, self.workspace_id, new).commit()?;
        Ok(OperatorView::from(&added))
    }

    pub(super) fn list(&self) -> Result<Vec<OperatorView>, OperatorDeskError> {
        Ok(self.operators.list(self.workspace_id)?.iter().map(OperatorView::from).collect())
    }

    pub(super) fn reset_password(&self, email: &str, hash: &Revealed) -> Result<OperatorView, OperatorDeskError> {
        let (Operator { id, workspace_id, .. }, hash) = (self.find(email)?, parse(hash)?);
        let operator = self.operators.reset_password(Asker::COMMAND_LINE, workspace_id, id, hash).commit()?;
        Ok(OperatorView::from(&operator))
    }

    pub(super) fn reset_second_factor(&self, email: &str) -> Result<OperatorView, OperatorDeskError> {
        let Operator { id, workspace_id, .. } = self.find(email)?;
        let operator = self.operators.reset_second_factor(Asker::COMMAND_LINE, workspace_id, id).commit()?;
        Ok(OperatorView::from(&operator))
    }

    pub(super) fn remove(&self, email: &str) -> Result<OperatorView, OperatorDeskError> {
        let operator = self.find(email)?;
        self.operators.remove(Asker::COMMAND_LINE, operator.workspace_id, operator.id).commit()?;
        Ok(OperatorView::from(&operator))
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
