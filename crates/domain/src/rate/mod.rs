//! Rate limits: what a quota is, and whether a request still fits into it.
//!
//! The decision is a pure function over one stored number, so that live traffic, `explain`, shadow mode, the live view of
//! buckets and other services all ask the same code, and looking costs nothing.

mod decision;
mod quota;

pub use decision::{Bucket, Decision, Decisions, Outcome, decide, decide_all};
pub use quota::{BURST_REFILL_MAX, Quota, QuotaError, WINDOW_MAX, WINDOW_MIN};
