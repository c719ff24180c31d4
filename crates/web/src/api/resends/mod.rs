//! `/api/hub/v1/deliveries/resends`: resend all that a filter matches, as one job: begin, list, show, pause, resume, cancel.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
