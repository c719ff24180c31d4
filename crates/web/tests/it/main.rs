//! The production application on the memory store: every route, its happy path and its unhappy half.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod access_log;
mod attempts;
mod audit;
mod auth_check;
mod authentication;
mod call_times;
mod callbacks;
mod deliveries;
mod document;
mod endpoint_health;
mod endpoint_secrets;
mod endpoint_settings;
mod endpoint_tests;
mod endpoints;
mod event_outcomes;
mod event_types;
mod events;
mod explain;
mod guard;
mod health;
mod hub;
mod idempotency;
mod isolation;
mod key_events;
mod key_import;
mod key_rotation;
mod key_sets;
mod key_usage;
mod keys;
mod limits;
mod log;
mod metrics;
mod pages;
mod problems;
mod properties;
mod rate_limits;
mod rate_policies;
mod reference;
mod resends;
mod revisions;
mod v1;
mod verify;
mod workspaces;
