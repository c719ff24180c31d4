//! `/api/v1/payments`, and `/api/v1/payment-intents`, which are the same: money that is asked for.

mod body;
mod input;
mod reference;
mod routes;

pub(super) use reference::operations;
pub(super) use routes::paths;
