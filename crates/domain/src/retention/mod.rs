//! How long events, deliveries and attempts are kept, and their removal in small steps.

mod ports;
mod service;

pub use ports::{KeptDelivery, RetentionTx};
pub use service::{REMOVED_ROWS_MAX, RETIRED_REVISIONS_MAX, Removed, Retention};
