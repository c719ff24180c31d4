//! `/api/hub/v1/endpoints/{id}/test`: sends one request at once, and tells all that came of it.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
