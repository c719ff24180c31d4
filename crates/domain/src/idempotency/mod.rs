//! Idempotency keys: a request that is sent again changes nothing more and gets the answer of the first.

mod caller;
mod key;
mod ports;
mod service;

pub use caller::Caller;
pub use key::{Answer, Fingerprint, IdempotencyKey, IdempotencyKeyError, KEPT_FOR, RecordedAnswer};
pub use ports::{Answers, IdempotencyTx};
pub use service::{Idempotency, Once, OnceError, OnceRequest, Outcome};
