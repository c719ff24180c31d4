//! `/api/hub/v1/endpoints`: create, list, show, update, pause, resume, delete.

mod body;
mod reference;
mod routes;
mod settings;

pub(super) use body::signature_schemes;
pub(super) use reference::operations;
pub(super) use routes::{endpoint_id, paths};
