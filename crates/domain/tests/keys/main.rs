//! The use cases of keys on the memory store: issue, change, verify, and what is carried out once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bulk;
mod changes;
mod explain;
mod hub;
mod imports;
mod once;
mod rates;
mod rotation;
mod tellings;
mod use_cases;
mod verification;
