//! The use cases of webhooks on the memory store: endpoints, events, deliveries, circuits, resends, secrets, reveals, settings,
//! retention, restores, upkeep; and which addresses pass.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod addresses;
mod batches;
mod callbacks;
mod circuits;
mod deliveries;
mod endpoints;
mod event_types;
mod expiry;
mod hub;
mod imports;
mod ownpay_headers;
mod reports;
mod resend_jobs;
mod resends;
mod restores;
mod retention;
mod reveal;
mod secrets;
mod settings;
