//! Resends of many deliveries: one durable job for all that a filter of the log matches, carried out in small steps.

mod job;
mod ports;
mod service;
mod step_service;

pub use job::{Progress, ResendJob, ResendState, Skip, Skipped, Standing, WaitingFor};
pub use ports::{ResendTx, Scanned};
pub use service::{ESTIMATE_MAX, JOBS_KEPT_MAX, NewResend, Pace, RESENT_WAITING_MAX, ResendJobError, Resends};
