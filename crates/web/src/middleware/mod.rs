//! What stands around every handler.

mod rate_limit;
mod record;
mod refused;
mod request_id;
mod telemetry;
mod usage;

pub(crate) use rate_limit::RateLimitHeaders;
pub(crate) use record::{Asked, Record};
pub(crate) use request_id::{RequestId, X_REQUEST_ID};
pub use telemetry::Telemetry;
