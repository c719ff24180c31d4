//! How long events, deliveries and attempts are kept, and their removal in small steps.

mod expired;
mod kept;
mod kept_events_service;
mod ports;
mod service;

pub use expired::EXPIRED_NOTICES_MAX;
pub use kept::{EXPIRED_KEPT_FOR, KeptDelivery};
pub use kept_events_service::{Kept, KeptEvents, OLD_EVENTS_COUNTED_MAX};
pub use ports::RetentionTx;
pub use service::{REMOVED_ROWS_MAX, RETIRED_REVISIONS_MAX, Removed, Retention};
