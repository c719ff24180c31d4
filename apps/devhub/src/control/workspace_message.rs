//! What is said over the control socket about workspaces.

use clap::Args;
use devhub_domain::id::WorkspaceId;
use devhub_domain::workspaces::Workspace;
use serde::{Deserialize, Serialize};

/// A workspace to make, in the words of the command line, which go over the socket as they were typed.
#[derive(Args, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WorkspaceWords {
    /// What people call it, such as "Market"; no other workspace may have the name
    pub(crate) name: String,
    /// Zone in which its people read times, such as Europe/Berlin [default: that of the first workspace]
    #[arg(long, value_name = "ZONE")]
    pub(crate) time_zone: Option<String>,
    /// Its first owner, who works in another workspace already and keeps the password that it has [default: nobody yet]
    #[arg(long, value_name = "EMAIL")]
    pub(crate) owner: Option<String>,
}

/// A workspace, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WorkspaceView {
    /// Its identifier, which `--workspace` takes.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// `active` or `suspended`.
    pub(crate) status: String,
    /// In which its people read instants.
    pub(crate) time_zone: String,
    /// Whether what is published in it is held against its event types: `off` or `strict`.
    pub(crate) event_checks: String,
    /// Whether it is meant where none is named.
    pub(crate) is_first: bool,
    /// When it was made.
    pub(crate) created_at: String,
}

impl WorkspaceView {
    /// What is said of a workspace, where the first one has this id.
    pub(super) fn of(workspace: &Workspace, first_id: WorkspaceId) -> Self {
        Self {
            id: workspace.id.to_string(),
            name: workspace.name.to_string(),
            status: workspace.status.as_str().to_owned(),
            time_zone: workspace.time_zone.to_string(),
            event_checks: workspace.event_checks.as_str().to_owned(),
            is_first: workspace.id == first_id,
            created_at: workspace.created_at.to_string(),
        }
    }
}
