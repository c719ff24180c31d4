//! `/api/hub/v1/keys`: issue, list, show, update, lock, unlock, revoke (one or many), verify, export.

mod body;
mod bulk;
mod export;
mod filter;
mod reference;
mod routes;
mod verify;

pub(crate) use body::network;
pub(crate) use export::{Export, ExportFormat};
pub(super) use body::check_scopes;
pub(super) use reference::operations;
pub(super) use routes::paths;
