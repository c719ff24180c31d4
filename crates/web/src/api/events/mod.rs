//! `/api/hub/v1/events`: publish, one or many; list, show.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
