//! Why a line is not taken over.

use crate::api_keys::LabelError;
use crate::import::RecordFault;

/// A line that is not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedLine {
    /// Which line of the file, counted from 1; which element, of a JSON list.
    pub line: u64,
    /// Why.
    pub refusal: LineRefusal,
}

/// Why a line is not taken over. Says what to change, and nothing of what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineRefusal {
    /// It has more or fewer fields than the header.
    #[error("the line must have as many fields as the header: {expected}, not {found}")]
    FieldCount {
        /// Of the header.
        expected: usize,
        /// Of the line.
        found: usize,
    },
    /// Its quotes do not fit.
    #[error("the line has a quote that is not closed, or text after a closed one")]
    Quote,
    /// It is longer than a key can be.
    #[error("the line is too long to be a key")]
    TooLong,
    /// It is no object, or one that holds more than texts.
    #[error("the entry must be a JSON object of texts")]
    NotAnObject,
    /// A column that every key has is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The label is none.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// The prefix is none.
    #[error("key_prefix must be 8 lower-case hex digits")]
    Prefix,
    /// The digest is none.
    #[error("key_hash must be the 64 hex digits of a SHA-256")]
    Sha256,
    /// The scopes are none.
    #[error("scopes must be a list such as [\"read\",\"write\"] of read, write and admin, and not empty")]
    Scopes,
    /// The status is none.
    #[error("status must be active, locked or revoked")]
    Status,
    /// A time is none.
    #[error("{0} must be a date and a time such as 2026-11-24 10:00:00, or NULL")]
    Time(&'static str),
    /// A time could mean several instants.
    #[error("{0} has no offset: say in which time zone the platform writes its times, by default Asia/Dhaka")]
    TimeZoneMissing(&'static str),
    /// Something happened that cannot have happened yet.
    #[error("{0} lies in the future: is the time zone right?")]
    InFuture(&'static str),
    /// The file has the key already.
    #[error("this key stands in line {0} already")]
    Repeated(u64),
    /// The file has keys of several merchants, who are different workspaces.
    #[error("merchant_id is not that of the first line: import the keys of one merchant at a time")]
    OtherMerchant,
    /// Whoever imports may not give these scopes.
    #[error("the key has scopes that whoever imports it lacks")]
    ScopesTooWide,
    /// Another workspace has it.
    #[error("another workspace has this key")]
    Elsewhere,
}

impl From<RecordFault> for LineRefusal {
    fn from(fault: RecordFault) -> Self {
        match fault {
            RecordFault::FieldCount { expected, found } => Self::FieldCount { expected, found },
            RecordFault::Quote => Self::Quote,
            RecordFault::TooLong => Self::TooLong,
            RecordFault::NotAnObject => Self::NotAnObject,
            RecordFault::Missing(name) => Self::Missing(name),
        }
    }
}
