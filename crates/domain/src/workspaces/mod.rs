//! Workspaces: each key, event, endpoint and delivery belongs to one, and no other workspace sees it.

mod ports;
mod workspace;

pub use ports::WorkspaceTx;
pub use workspace::{Workspace, WorkspaceName, WorkspaceNameError, WorkspaceStatus};
