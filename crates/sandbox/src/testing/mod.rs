//! A store in memory, builders and the contract suite, for this workspace's tests and for stores that others write.

#![expect(clippy::missing_panics_doc, reason = "fakes and suites fail a test by panicking")]

mod builders;
pub mod contract;
mod memory;
mod memory_rows;

pub use builders::{customer, gateway_setting, payment, refund, transaction, usd};
pub use memory::MemorySandbox;
