//! Carries out what the command line asks about the audit log.

use devhub_domain::audit::{AuditHead, AuditHeadError, AuditLog};
use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;

use super::message::AuditCheckView;

/// The words in which a request about the audit log is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum AuditDeskError {
    #[error(transparent)]
    Head(#[from] AuditHeadError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuditDeskError {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Head(_) => "input_invalid",
            Self::Store(error) => error.code(),
        }
    }
}

/// Checks a part of a log, and whether it holds the line that was noted.
pub(super) fn check(
    audit: &AuditLog,
    workspace_id: WorkspaceId,
    after: Option<&str>,
    noted: Option<&str>,
) -> Result<AuditCheckView, AuditDeskError> {
    let head = |text: Option<&str>| text.map(str::parse::<AuditHead>).transpose();
    let (after, noted) = (head(after)?, head(noted)?);
    let check = audit.verify(workspace_id, after)?;
    let check = match noted {
        Some(noted) => audit.compare(workspace_id, check, noted)?,
        None => check,
    };
    Ok(AuditCheckView::from(&check))
}
