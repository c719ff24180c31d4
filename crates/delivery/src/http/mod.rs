//! HTTP out: one request to one receiver.

mod answer;
mod budgets;
mod connector;
mod failure;
mod resolve;
mod sender;
mod socket;
mod tls;

pub use budgets::Budgets;
pub use sender::{Sender, SenderError, SenderOptions};
