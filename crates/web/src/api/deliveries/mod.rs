//! `/api/hub/v1/deliveries`: list, show, attempts, resend.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::{known_states, paths};
