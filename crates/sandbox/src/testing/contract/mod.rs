//! What every store of the sandbox must do: one function a sentence of the ports, run on memory, SQLite and PostgreSQL alike.
//!
//! A store calls [`contract_tests!`](crate::contract_tests). It must pass `devhub_domain::contract_tests!` as well: what the two keep is
//! one transaction.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite fails by panicking")]

pub mod customers;
pub mod gateways;
pub mod joined;
mod macros;
pub mod payments;
pub mod races;
pub mod refunds;
mod seed;
pub mod transactions;

pub use seed::{Store, seed};
