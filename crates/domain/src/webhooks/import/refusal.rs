//! Why a line is not taken over.

use crate::import::RecordFault;
use crate::webhooks::{EVENT_TYPES_MAX, EndpointUrlError, SigningSecretError};

/// A line that is not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedEndpoint {
    /// Which line of the file, counted from 1; which element, of a JSON list.
    pub line: u64,
    /// Why.
    pub refusal: EndpointLineRefusal,
}

/// Why a line is not taken over. Says what to change, and nothing of its secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointLineRefusal {
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
    /// It is longer than an endpoint can be.
    #[error("the line is too long to be an endpoint")]
    TooLong,
    /// It is no object, or one that holds more than texts.
    #[error("the entry must be a JSON object of texts")]
    NotAnObject,
    /// A column that every endpoint has is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The address is none, or is not accepted here.
    #[error(transparent)]
    Url(#[from] EndpointUrlError),
    /// The secret is none.
    #[error(transparent)]
    Secret(#[from] SigningSecretError),
    /// It does not say which events are sent.
    #[error(
        "events is empty, which one of the platform's senders takes for all and another for none: name what the endpoint is to get, or *"
    )]
    EventsEmpty,
    /// The events are none.
    #[error(
        "events must be a list such as [\"payment.completed\",\"refund.*\"] of at most {EVENT_TYPES_MAX} event types"
    )]
    Events,
    /// The status is none.
    #[error("status must be active or inactive")]
    Status,
    /// The time is none.
    #[error("created_at must be a date and a time such as 2026-11-24 10:00:00, or NULL")]
    Time,
    /// The file has the endpoint already.
    #[error("this endpoint stands in line {0} already, with the same secret")]
    Repeated(u64),
    /// The file has endpoints of several merchants, who are different workspaces.
    #[error("merchant_id is not that of the first line: import the endpoints of one merchant at a time")]
    OtherMerchant,
    /// The workspace has as many endpoints as it may.
    #[error("the workspace has as many endpoints as it may: delete one first")]
    NoRoom,
}

impl From<RecordFault> for EndpointLineRefusal {
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
