//! `/api/hub/v1/endpoints/{id}/health`: how an endpoint does.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
