//! Rate policies: which of them bind a request, what they make of it, how they are changed, and what is told of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod buckets;
mod ceiling;
mod changes;
mod decisions;
mod doubt;
mod faults;
mod hub;
mod models;
mod usage;
