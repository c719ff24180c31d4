//! The audit log: who changed what, chained by hashes from its first row.

mod actions;
mod actor;
mod chain;
mod entry;
mod ports;
mod service;

pub use actions::ACTIONS;
pub use actor::Actor;
pub use chain::{ChainError, verify_chain};
pub use entry::{AuditDraft, AuditEntry, AuditHash, AuditHead, AuditHeadError};
pub use ports::{AUDIT_LINES_SOUGHT_MAX, AuditFilter, AuditTx};
pub use service::{AuditLog, ChainCheck, append};
