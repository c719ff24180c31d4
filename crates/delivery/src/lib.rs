//! Sends signed webhooks over HTTP, refuses unsafe addresses, and drives the deliveries of one node.
//!
//! Two halves, each usable alone:
//!
//! - [`Sender`] sends one request and tells how it ended. It never fails: every failure is an outcome.
//! - [`Engine`] claims deliveries, has them sent, records what came of them, and keeps this node's session alive. Publishing
//!   reaches it through a [`DispatchHandle`], which exists before the engine runs and after it has stopped.
//!
//! [`TestSends`] sends a request past the engine, for whoever tests an endpoint.
//!
//! What a delivery becomes after an attempt is decided by `devhub-domain`; nothing here knows a retry delay or a table.

mod engine;
mod http;
mod metrics;
mod test_sends;

pub use engine::{DispatchHandle, Engine, EngineOptions, EngineParts, ShutdownReport};
pub use http::{Budgets, Sender, SenderError, SenderOptions, TrustAnchors};
pub use metrics::Metrics;
pub use test_sends::TestSends;
