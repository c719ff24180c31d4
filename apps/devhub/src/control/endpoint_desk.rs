//! Carries out what the command line asks for about webhook endpoints.

use devhub_domain::access::Asker;
use devhub_domain::api_keys::ImportFormat;
use devhub_domain::id::WorkspaceId;
use devhub_domain::webhooks::{
    EndpointError, EndpointImportFileError, EndpointImportOutcome, Endpoints, read_endpoint_import,
};

/// The words in which a request about endpoints is wrong.
#[derive(Debug, thiserror::Error)]
pub(super) enum EndpointDeskError {
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    File(#[from] EndpointImportFileError),
}

impl EndpointDeskError {
    pub(super) const fn code(&self) -> &'static str {
        match self {
            Self::Endpoint(error) => error.code(),
            Self::File(_) => "import_unreadable",
        }
    }
}

/// Takes endpoints over, or, with a plan of so many others, tells what would happen. `entries` is an entry of JSON a line.
pub(super) fn import_endpoints(
    endpoints: &Endpoints,
    workspace_id: WorkspaceId,
    entries: &str,
    plan: Option<u64>,
) -> Result<EndpointImportOutcome, EndpointDeskError> {
    let file = read_endpoint_import(entries, ImportFormat::Json)?;
    Ok(match plan {
        Some(planned) => endpoints.preview_import(Asker::COMMAND_LINE, workspace_id, &file, planned)?,
        None => endpoints.import(Asker::COMMAND_LINE, workspace_id, &file)?.commit()?,
    })
}
