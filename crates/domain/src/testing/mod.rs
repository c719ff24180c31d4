//! Fakes, builders and contract suites, for this workspace's tests and for stores that others write.

#![expect(clippy::missing_panics_doc, reason = "fakes and suites fail a test by panicking")]

mod builders;
mod clock;
pub mod contract;
mod entropy;
mod memory;
mod memory_documents;
mod memory_health;
mod memory_keys;
mod memory_log;
mod memory_operators;
mod memory_rates;
mod memory_resends;
mod memory_restores;
mod memory_retention;
mod memory_types;
mod memory_usage;
mod memory_webhooks;
mod rate;
mod second_factor;
mod sign_ins;

pub use builders::{
    api_key, endpoint, endpoint_secret, endpoint_settings, event, label, member, operator, operator_session, own_type,
    rate_override, rate_policy, resend_job, session,
};
pub use clock::ManualClock;
pub use entropy::SeededEntropy;
pub use memory::{Content as MemoryContent, MemoryStore};
pub use rate::{BrokenLimiter, MemoryFailures, MemoryLimiter};
pub use second_factor::totp_code;
pub use sign_ins::MemoryFailedSignIns;
