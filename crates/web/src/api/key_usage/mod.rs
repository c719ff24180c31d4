//! `/api/hub/v1/keys/{id}/usage`, `/keys/usage`, `/keys/unknown-attempts`: what keys are used for, as JSON and as CSV.

mod body;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
