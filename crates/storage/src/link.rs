//! A connection as writers and readers use it, and what it remembers of the transaction that is open.

use devhub_domain::store::StoreError;
use diesel::result::{DatabaseErrorKind, Error, QueryResult};

use crate::error::WriterError;
use crate::targets::TargetCache;
use crate::tx::StoreTx;

/// A connection that a writer or a reader owns.
pub(crate) trait Link: StoreTx + Send + Sized + 'static {
    /// Begins a transaction that writes.
    fn begin_write(&mut self) -> Result<(), StoreError>;

    /// Begins a transaction that sees one state and does not write.
    fn begin_read(&mut self) -> Result<(), StoreError>;

    /// Runs a statement of transaction control.
    fn control(&mut self, sql: &str) -> Result<(), StoreError>;

    /// What went wrong since this was last asked, even if the body that ran went on regardless.
    fn take_failure(&mut self) -> Option<Failure>;
}

/// What a failed statement means for the transaction around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The statement alone failed. Its job must be undone: PostgreSQL runs no other statement before that.
    Statement(String),
    /// Another transaction was in the way; the same job may succeed later.
    Contended(String),
    /// The transaction is gone, or whether it is cannot be told: nothing more may run on this connection.
    Lost(String),
}

/// What a transaction remembers besides its connection.
#[derive(Debug)]
pub(crate) struct TxState {
    classify: fn(&Error) -> Failure,
    failure: Option<Failure>,
    /// Whether row locks may be taken.
    pub(crate) is_read_only: bool,
    /// The targets of workspaces, where one writer sees every change.
    pub(crate) targets: Option<TargetCache>,
}

impl TxState {
    /// The state of a transaction that has just begun.
    pub(crate) fn new(classify: fn(&Error) -> Failure) -> Self {
        Self { classify, failure: None, is_read_only: false, targets: None }
    }

    /// Keeps the failure of a statement for whoever ends the transaction, and converts it.
    pub(crate) fn note<T>(&mut self, result: QueryResult<T>) -> Result<T, StoreError> {
        result.map_err(|error| {
            let failure = (self.classify)(&error);
            // The first failure is the cause of those after it; that the connection is lost outweighs all.
            if self.failure.is_none() || matches!(failure, Failure::Lost(_)) {
                self.failure = Some(failure);
            }
            answer(error)
        })
    }

    /// Takes the failure out.
    pub(crate) fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }
}

/// What the body of a transaction sees of a failed statement.
fn answer(error: Error) -> StoreError {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => StoreError::Conflict("a unique value"),
        Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => {
            StoreError::Conflict("a row that is referred to")
        }
        error => StoreError::unavailable(error),
    }
}

/// Whether a statement failed because of its own values, so that nothing else is harmed.
pub(crate) const fn is_constraint(kind: DatabaseErrorKind) -> bool {
    matches!(
        kind,
        DatabaseErrorKind::UniqueViolation
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::RestrictViolation
            | DatabaseErrorKind::ExclusionViolation
    )
}

/// What becomes of a body's own answer, given what its statements did.
pub(crate) fn outcome(own: Result<(), StoreError>, failure: Option<Failure>) -> Result<(), StoreError> {
    match (own, failure) {
        (Ok(()), Some(Failure::Statement(cause) | Failure::Contended(cause) | Failure::Lost(cause))) => {
            Err(WriterError::Statement(cause).into())
        }
        (own, _) => own,
    }
}
