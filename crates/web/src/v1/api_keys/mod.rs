//! `/api/v1/api-keys`: keys, as OwnPay's clients manage them.

mod body;
mod reference;
mod routes;
mod super_admin;

pub(super) use reference::operations;
pub(super) use routes::paths;
