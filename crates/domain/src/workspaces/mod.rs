//! Workspaces: each key, event, endpoint and delivery belongs to one, and no other workspace sees it.

mod ports;
mod service;
mod workspace;

pub use ports::WorkspaceTx;
pub use service::Workspaces;
pub use workspace::{Workspace, WorkspaceName, WorkspaceNameError, WorkspaceStatus};
