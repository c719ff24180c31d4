//! What a store must do for idempotency keys.

use super::{Caller, IdempotencyKey, RecordedAnswer};
use crate::store::StoreError;
use crate::time::Timestamp;
use crate::tx::Tx;

/// Recorded answers within one transaction.
pub trait IdempotencyTx {
    /// The answer that a caller's request with this key was given.
    ///
    /// In a transaction that writes, must keep every other transaction from asking for the same caller and key until this one ends,
    /// whether there is an answer or not: of two requests at once, the second sees the answer of the first.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_answer(&mut self, caller: Caller, key: &IdempotencyKey) -> Result<Option<RecordedAnswer>, StoreError>;

    /// Keeps an answer, in the place of an older one of the same caller and key.
    ///
    /// # Errors
    /// Only the store's own.
    fn put_answer(&mut self, answer: &RecordedAnswer) -> Result<(), StoreError>;

    /// Removes up to `limit` answers that were made before `made_before`, oldest first; returns how many.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_answers(&mut self, made_before: Timestamp, limit: usize) -> Result<usize, StoreError>;
}

/// A transaction over more, which lends its recorded answers: so that an answer is kept in the transaction of whatever was changed.
pub trait Answers {
    /// The same transaction, as one over recorded answers.
    fn answers(&mut self) -> &mut (dyn IdempotencyTx + '_);
}

impl Answers for dyn Tx {
    fn answers(&mut self) -> &mut (dyn IdempotencyTx + '_) {
        self
    }
}
