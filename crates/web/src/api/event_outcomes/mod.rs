//! `/api/hub/v1/events/{id}/outcomes`: what became of an event at each endpoint, and why not.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
