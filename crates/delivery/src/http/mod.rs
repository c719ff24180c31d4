//! HTTP out: one request to one receiver.

mod answer;
mod authorities;
mod budgets;
mod clients;
mod connector;
mod failure;
mod recent;
mod resolve;
mod sender;
mod socket;
mod spelling;
mod stale;
mod tls;
mod tls_reason;

pub use authorities::TrustAnchors;
pub use budgets::Budgets;
pub use sender::{Sender, SenderError, SenderOptions};
