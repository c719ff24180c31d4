//! `/api/hub/v1/event-types`: what can happen, as the catalogue and the workspace tell it; create, list, show, update, delete.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
