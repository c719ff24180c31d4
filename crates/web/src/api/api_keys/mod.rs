//! `/api/hub/v1/keys`: issue, list, show, update, lock, unlock, revoke, verify.

mod body;
mod reference;
mod routes;
mod verify;

pub(super) use reference::operations;
pub(super) use routes::paths;
