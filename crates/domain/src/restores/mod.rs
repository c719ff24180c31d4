//! What becomes of overdue deliveries after the store was restored from a backup: held for a decision, and sent or given up by it.

mod ports;
mod service;

pub use ports::RestoreTx;
pub use service::{OVERDUE_MAX, Restores};
