//! The sender against receivers on loopback that misbehave in every way, and the engine against a store in memory.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets what it did not expect fails")]

mod attempts;
mod broken;
mod bytes;
mod callbacks;
mod circuits;
mod clock;
mod deadline;
mod distrust;
mod dns;
mod engine;
mod exhaustion;
mod fairness;
mod guard;
mod headers;
mod http;
mod http2;
mod loops;
mod metrics;
mod rebinding;
mod recall;
mod redirects;
mod setbacks;
mod settings;
mod shutdown;
mod support;
mod test_sends;
mod tls;
