//! The production application on the memory store: every route, its happy path and its unhappy half.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access_log;
mod authentication;
mod deliveries;
mod endpoints;
mod events;
mod health;
mod hub;
mod keys;
mod metrics;
mod problems;
mod properties;
mod rate_limits;
