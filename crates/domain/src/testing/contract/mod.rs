//! What every store must do: one function a sentence of the ports, run on memory, SQLite and PostgreSQL alike.
//!
//! A store that holds everything calls [`contract_tests!`](crate::contract_tests); a service that embeds API keys only, with a store of
//! its own, calls [`api_key_contract_tests!`](crate::api_key_contract_tests).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a suite fails by panicking")]

pub mod api_keys;
pub mod audit;
pub mod callbacks;
pub mod deliveries;
pub mod delivery_log;
pub mod endpoint_health;
pub mod endpoint_secrets;
pub mod endpoints;
pub mod events;
pub mod guard;
mod guard_cases;
pub mod idempotency;
pub mod installation;
pub mod key_filters;
pub mod key_tellings;
mod macros;
pub mod memberships;
pub mod operator_sessions;
pub mod operators;
pub mod own_types;
pub mod policy_hours;
pub mod rate;
pub mod rates;
pub mod reference_documents;
pub mod resend_jobs;
pub mod restores;
pub mod retention;
pub mod second_factors;
mod seed;
pub mod sessions;
pub mod shares;
pub mod sign_ins;
pub mod transactions;
pub mod usage;
pub mod workspace_hours;

pub use seed::seed;
