//! The sender against receivers on loopback that misbehave in every way, and the engine against a store in memory.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets what it did not expect fails")]

mod clock;
mod dns;
mod engine;
mod fairness;
mod guard;
mod headers;
mod http;
mod metrics;
mod recall;
mod setbacks;
mod settings;
mod shutdown;
mod support;
mod tls;
