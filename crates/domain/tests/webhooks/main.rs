//! The use cases of webhooks on the memory store: endpoints, events, deliveries, resends, secrets, settings, upkeep.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod deliveries;
mod endpoints;
mod hub;
mod resends;
mod secrets;
mod settings;
