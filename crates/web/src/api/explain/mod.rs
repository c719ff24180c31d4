//! `POST /api/hub/v1/keys/{id}/explain`: why a request with a key is accepted or refused.

mod body;
mod reference;
mod routes;

pub(crate) use body::{ExplainKey, Question};
pub(super) use reference::operations;
pub(super) use routes::paths;
