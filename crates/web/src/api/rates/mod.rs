//! `/api/hub/v1/limits/…`: rate policies, overrides, exempt networks and buckets; what binds the next request, and what it has spent.

mod body;
mod buckets;
mod networks;
mod overrides;
mod policies;
mod reference;
mod routes;

pub(in crate::api) use body::{QuotaBody, SetQuota};
pub(super) use reference::operations;
pub(super) use routes::paths;
