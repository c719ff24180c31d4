//! Why a request is accepted or refused: every check in order, spending nothing.

mod error;
mod explanation;
mod refusals;
mod service;

pub use error::ExplainError;
pub use explanation::{CheckOutcome, Explained, Explanation, RateReport, Request};
pub use refusals::{PATH_CHARS_MAX, REFUSALS_KEPT, RefusalLog, RefusedRequest};
pub use service::Explanations;
