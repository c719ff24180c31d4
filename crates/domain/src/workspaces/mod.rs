//! Workspaces: each key, event, endpoint and delivery belongs to one, and no other workspace sees it.

#[cfg(feature = "operators")]
mod create_service;
mod event_checks;
#[cfg(feature = "operators")]
mod ports;
#[cfg(feature = "operators")]
mod service;
mod time_zone;
mod workspace;

#[cfg(feature = "operators")]
pub(crate) use create_service::begin_log;
#[cfg(feature = "operators")]
pub use create_service::{NewWorkspace, WORKSPACES_MAX};
pub use event_checks::{EventChecks, EventChecksError};
#[cfg(feature = "operators")]
pub use ports::WorkspaceTx;
#[cfg(feature = "operators")]
pub use service::{WorkspaceChanges, WorkspaceError, Workspaces};
pub use time_zone::{TimeZone, TimeZoneError, end_of_day, instant_in, local, local_to_second, utc};
pub use workspace::{Workspace, WorkspaceName, WorkspaceNameError, WorkspaceStatus};
