//! Carries out what the command line asks for about workspaces.

use devhub_domain::access::Asker;
use devhub_domain::entropy::Entropy;
use devhub_domain::id::WorkspaceId;
use devhub_domain::operators::{EmailAddress, EmailAddressError};
use devhub_domain::store::StoreError;
use devhub_domain::workspaces::{
    NewWorkspace, TimeZone, TimeZoneError, WorkspaceError, WorkspaceName, WorkspaceNameError, Workspaces,
};

use super::{WorkspaceView, WorkspaceWords};

/// The words in which a request about workspaces is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorkspaceDeskError {
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    #[error(transparent)]
    Name(#[from] WorkspaceNameError),
    #[error(transparent)]
    TimeZone(#[from] TimeZoneError),
    #[error(transparent)]
    Email(#[from] EmailAddressError),
    #[error(
        "no operator of this hub has the email {0}: make the workspace without --owner, then add its owner with \
         `devhub operators add {0} --role owner --workspace <id>`"
    )]
    OwnerUnknown(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WorkspaceDeskError {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Workspace(error) => error.code(),
            Self::Name(_) | Self::TimeZone(_) | Self::Email(_) => "input_invalid",
            Self::OwnerUnknown(_) => "email_unknown",
            Self::Store(error) => error.code(),
        }
    }
}

/// The workspaces, for whoever has access to the machine.
#[derive(Clone, Debug)]
pub(super) struct WorkspaceDesk {
    /// The use cases of workspaces.
    pub(super) workspaces: Workspaces,
    /// The one that is meant where none is named.
    pub(super) first_id: WorkspaceId,
}

impl WorkspaceDesk {
    pub(super) fn list(&self) -> Result<Vec<WorkspaceView>, WorkspaceDeskError> {
        let view = |workspace| WorkspaceView::of(workspace, self.first_id);
        Ok(self.workspaces.list()?.iter().map(view).collect())
    }

    pub(super) fn create(
        &self,
        words: &WorkspaceWords,
        entropy: &dyn Entropy,
    ) -> Result<WorkspaceView, WorkspaceDeskError> {
        let new = NewWorkspace {
            name: WorkspaceName::new(&words.name)?,
            time_zone: words.time_zone.as_deref().map_or_else(|| self.first_time_zone(), |name| Ok(name.parse()?))?,
            owner: words.owner.as_deref().map(EmailAddress::new).transpose()?,
        };
        let owner = new.owner.clone();
        match (self.workspaces.create(Asker::COMMAND_LINE, self.first_id, new, entropy).commit(), owner) {
            (Err(WorkspaceError::OwnerUnknown), Some(owner)) => {
                Err(WorkspaceDeskError::OwnerUnknown(owner.as_str().to_owned()))
            }
            (made, _) => Ok(WorkspaceView::of(&made?, self.first_id)),
        }
    }

    /// What the form of the pages begins with too.
    fn first_time_zone(&self) -> Result<TimeZone, WorkspaceDeskError> {
        let first = self.workspaces.find(self.first_id)?.ok_or(WorkspaceError::NotFound(self.first_id))?;
        Ok(first.time_zone)
    }
}
