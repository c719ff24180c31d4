//! Which HTTP status the failures of events and their types have; see [`crate::problem`].

use actix_web::http::StatusCode;
use devhub_domain::events::{BatchError, EventError, Fault, OwnTypeError, PayloadError, SchemaError};

use crate::problem_body::{FieldError, Problem};

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        let code = error.code();
        let detail = error.to_string();
        match error {
            EventError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, code, detail),
            EventError::Reserved(_) | EventError::TypeUnknown(_) => {
                Self::unprocessable(code, detail).at_field("event_type")
            }
            EventError::ExternalIdReused { .. } => {
                Self::new(StatusCode::CONFLICT, code, detail).at_field("external_id")
            }
            EventError::PayloadRefused { faults, .. } => {
                Self::unprocessable(code, detail).with_errors(fields_of("payload", faults))
            }
            EventError::Store(error) => error.into(),
        }
    }
}

impl From<OwnTypeError> for Problem {
    fn from(error: OwnTypeError) -> Self {
        let code = error.code();
        let detail = error.to_string();
        match error {
            OwnTypeError::Forbidden(error) => error.into(),
            OwnTypeError::NotFound(_) => Self::no_event_type(),
            OwnTypeError::BuiltIn(_) | OwnTypeError::NameTaken(_) | OwnTypeError::TooMany => {
                Self::new(StatusCode::CONFLICT, code, detail)
            }
            OwnTypeError::Schema(SchemaError::Invalid { pointer, .. }) => {
                Self::unprocessable(code, detail).at_field(format!("schema{pointer}"))
            }
            OwnTypeError::Schema(_) => Self::unprocessable(code, detail).at_field("schema"),
            OwnTypeError::Sample(faults) => Self::unprocessable(code, detail).with_errors(fields_of("sample", faults)),
            OwnTypeError::RevisionStale { .. } => Self::new(StatusCode::PRECONDITION_FAILED, code, detail),
            OwnTypeError::Store(error) => error.into(),
        }
    }
}

/// Each fault with the field that it is in: the name of the whole, then the pointer into it.
fn fields_of(whole: &str, faults: Vec<Fault>) -> Vec<FieldError> {
    let field = |fault: Fault| FieldError { field: format!("{whole}{}", fault.pointer).into(), detail: fault.wanted };
    faults.into_iter().map(field).collect()
}

impl From<BatchError> for Problem {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Event { position, cause } => Self::from(cause).within(&format!("events[{position}]")),
            BatchError::TooManyDeliveries => Self::unprocessable(error.code(), error.to_string()).at_field("events"),
            BatchError::Store(error) => error.into(),
        }
    }
}

impl From<PayloadError> for Problem {
    fn from(error: PayloadError) -> Self {
        let status = match error {
            PayloadError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            PayloadError::Empty | PayloadError::NotJson(_) | PayloadError::TooDeep => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.code(), error.to_string()).at_field("payload")
    }
}
