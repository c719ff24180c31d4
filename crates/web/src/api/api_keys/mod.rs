//! `/api/hub/v1/keys`: issue, list, show, update, rotate, lock, unlock, revoke (one or many), verify, export, import.

mod body;
mod bulk;
mod export;
mod filter;
mod import;
mod receipt;
mod reference;
mod rotation;
mod routes;
mod verify;

pub(super) use body::check_scopes;
pub(crate) use export::{Export, ExportFormat};
pub(super) use reference::operations;
pub(super) use routes::paths;
