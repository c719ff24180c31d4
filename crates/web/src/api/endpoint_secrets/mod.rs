//! `/api/hub/v1/endpoints/{id}/secrets`: rotate, list, retire.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
