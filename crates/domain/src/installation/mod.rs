//! The installation: what a store holds before anything else, made once.

mod ports;
mod service;

pub use ports::{Installation, InstallationTx};
pub use service::{InstallationError, Installed, open_or_install};
