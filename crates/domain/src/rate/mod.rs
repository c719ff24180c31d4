//! Rate limits: what a quota is, whether a request still fits into it, and whom the limits bind.
//!
//! The decision is a pure function over one stored number, so that live traffic, `explain`, shadow mode, the live view of
//! buckets and other services all ask the same code, and looking costs nothing.

mod decision;
mod limit;
mod policy;
mod ports;
mod quota;
mod service;

pub use decision::{Bucket, Decision, Decisions, Outcome, decide, decide_all};
pub use limit::{Limit, PolicyId, Subject};
pub use policy::{DEFAULT_PER_MINUTE, FAILED_AUTHENTICATIONS_PER_MINUTE, Policy};
pub use ports::{FailedAuthentications, RateLimiter};
pub use quota::{BURST_REFILL_MAX, Quota, QuotaError, WINDOW_MAX, WINDOW_MIN};
pub use service::{Peek, RateLimits, RateRules, Standing};
