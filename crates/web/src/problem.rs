//! Which HTTP status each failure has: here, for events in [`crate::event_problem`], for rates in [`crate::rate_problem`], and
//! nowhere else.
//!
//! *Threat:* an answer that tells an attacker which tokens exist, or what is inside the hub.
//! *Defence:* what the guard refuses it words itself, alike for every reason for which a token opens nothing; what is not the caller's to
//! change is a 500 that says nothing. *Not defended:* how long an answer takes.

use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderName, HeaderValue, RETRY_AFTER};
use devhub_domain::access::Forbidden;
use devhub_domain::api_keys::ApiKeyError;
use devhub_domain::explain::ExplainError;
use devhub_domain::guard::{Said, Verdict};
use devhub_domain::idempotency::{IdempotencyKeyError, OnceError};
use devhub_domain::resends::ResendJobError;
use devhub_domain::store::StoreError;
use devhub_domain::webhooks::{DeliveryError, EndpointError, LogError, TestError};

use crate::head_limits::HeadError;
use crate::problem_body::{FieldError, Problem};
use crate::request::BodyError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let code = error.code();
        match error {
            StoreError::Unavailable(_) => {
                let detail = "the hub cannot reach its store at the moment: try again";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail)
                    .with_header(RETRY_AFTER, HeaderValue::from_static("1"))
                    .with_cause(error)
            }
            StoreError::Conflict(_) => {
                Self::new(StatusCode::CONFLICT, code, "another request changed the same thing first: try again")
            }
            StoreError::Corrupt { .. } | StoreError::RolledBack => Self::internal(error),
        }
    }
}

impl From<ApiKeyError> for Problem {
    fn from(error: ApiKeyError) -> Self {
        let code = error.code();
        let detail = error.to_string();
        match error {
            ApiKeyError::Forbidden(error) => error.into(),
            ApiKeyError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, code, detail),
            ApiKeyError::Revoked(_)
            | ApiKeyError::Retiring { .. }
            | ApiKeyError::Expired(_)
            | ApiKeyError::ImportPrefix(_) => Self::new(StatusCode::CONFLICT, code, detail),
            ApiKeyError::ImportTooLong => Self::unprocessable(code, detail).at_field("content"),
            ApiKeyError::RevisionStale { .. } => Self::new(StatusCode::PRECONDITION_FAILED, code, detail),
            ApiKeyError::ScopesTooWide(_) => Self::new(StatusCode::FORBIDDEN, code, detail).at_field("scopes"),
            ApiKeyError::NoScopes => Self::unprocessable(code, detail).at_field("scopes"),
            ApiKeyError::ExpiryPassed => Self::unprocessable(code, detail).at_field("expires_at"),
            ApiKeyError::AllowListTooLong => Self::unprocessable(code, detail).at_field("allow_list"),
            ApiKeyError::BulkTooLarge => Self::unprocessable(code, detail).at_field("ids"),
            ApiKeyError::BulkFilterEmpty => Self::unprocessable(code, detail).at_field("filter"),
            ApiKeyError::Rate(error) => error.into(),
            ApiKeyError::Store(error) => error.into(),
        }
    }
}

impl From<ExplainError> for Problem {
    fn from(error: ExplainError) -> Self {
        let code = error.code();
        let detail = error.to_string();
        match error {
            ExplainError::KeyNotFound(_) | ExplainError::RequestNotKept => {
                Self::new(StatusCode::NOT_FOUND, code, detail)
            }
            ExplainError::Store(error) => error.into(),
        }
    }
}

impl From<EndpointError> for Problem {
    fn from(error: EndpointError) -> Self {
        let code = error.code();
        let detail = error.to_string();
        match error {
            EndpointError::Forbidden(error) => error.into(),
            EndpointError::NotFound(_) | EndpointError::SecretNotFound(_) => {
                Self::new(StatusCode::NOT_FOUND, code, detail)
            }
            EndpointError::Url(_) => Self::unprocessable(code, detail).at_field("url"),
            EndpointError::Secret(_) | EndpointError::SecretUnchanged => {
                Self::unprocessable(code, detail).at_field("secret")
            }
            EndpointError::HeaderValueMissing { position } => {
                Self::unprocessable(code, detail).at_field(format!("headers[{position}].value"))
            }
            EndpointError::HeaderValuesNeeded { positions } => {
                let field = |position| format!("headers[{position}].value").into();
                let error = |position| FieldError { field: field(position), detail: detail.clone() };
                Self::unprocessable(code, &detail).with_errors(positions.into_iter().map(error).collect())
            }
            EndpointError::Authorities(_) => Self::unprocessable(code, detail).at_field("ca_pem"),
            EndpointError::EventTypes | EndpointError::CallbackTypes => {
                Self::unprocessable(code, detail).at_field("event_types")
            }
            EndpointError::Description => Self::unprocessable(code, detail).at_field("description"),
            EndpointError::TooMany | EndpointError::SecretCurrent(_) | EndpointError::TooManySecrets => {
                Self::new(StatusCode::CONFLICT, code, detail)
            }
            EndpointError::RevisionStale { .. } => Self::new(StatusCode::PRECONDITION_FAILED, code, detail),
            EndpointError::Store(error) => error.into(),
        }
    }
}

impl<E> From<OnceError<E>> for Problem
where
    Self: From<E>,
{
    fn from(error: OnceError<E>) -> Self {
        match error {
            OnceError::KeyReused => {
                let detail = "this Idempotency-Key was already used for another request: use a new one";
                Self::unprocessable("idempotency_key_reused", detail)
            }
            OnceError::Change(error) => error.into(),
        }
    }
}

impl From<IdempotencyKeyError> for Problem {
    fn from(error: IdempotencyKeyError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.code(), error.to_string())
    }
}

impl From<DeliveryError> for Problem {
    fn from(error: DeliveryError) -> Self {
        let code = error.code();
        match error {
            DeliveryError::Forbidden(error) => error.into(),
            DeliveryError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, code, error.to_string()),
            DeliveryError::EndpointInactive(_) | DeliveryError::InFlight(_) | DeliveryError::TooManyResends(_) => {
                Self::new(StatusCode::CONFLICT, code, error.to_string())
            }
            DeliveryError::Open(_) | DeliveryError::OpenHeader(_) | DeliveryError::Unsigned(_) => Self::internal(error),
            DeliveryError::Store(error) => error.into(),
        }
    }
}

impl From<ResendJobError> for Problem {
    fn from(error: ResendJobError) -> Self {
        let code = error.code();
        let detail = error.to_string();
        match error {
            ResendJobError::Forbidden(error) => error.into(),
            ResendJobError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, code, detail),
            ResendJobError::FilterEmpty => Self::unprocessable(code, detail).at_field("filter"),
            ResendJobError::AnotherOpen(_) | ResendJobError::Over { .. } => {
                Self::new(StatusCode::CONFLICT, code, detail)
            }
            ResendJobError::Store(error) => error.into(),
        }
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        let code = error.code();
        match error {
            LogError::DeliveryNotFound(_)
            | LogError::AttemptNotFound(_)
            | LogError::EventNotFound(_)
            | LogError::EndpointNotFound(_) => Self::new(StatusCode::NOT_FOUND, code, error.to_string()),
            LogError::Store(error) => error.into(),
        }
    }
}

impl From<TestError> for Problem {
    fn from(error: TestError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        let soon = HeaderValue::from_static("5");
        match error {
            TestError::Forbidden(error) => error.into(),
            TestError::NotFound(_) => Self::new(StatusCode::NOT_FOUND, code, detail),
            TestError::UnderWay(_) => Self::new(StatusCode::CONFLICT, code, detail),
            TestError::TooMany | TestError::TooManyOfWorkspace => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail).with_header(RETRY_AFTER, soon)
            }
            TestError::Ended => Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).with_header(RETRY_AFTER, soon),
            TestError::Open(_) | TestError::OpenHeader(_) => Self::internal(error),
            TestError::Store(error) => error.into(),
        }
    }
}

impl From<Forbidden> for Problem {
    fn from(error: Forbidden) -> Self {
        Said::insufficient_scope(&error.required).into()
    }
}

impl From<Said> for Problem {
    /// What the guard says, in the words of this surface.
    fn from(said: Said) -> Self {
        let status = StatusCode::from_u16(said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = said.headers();
        let problem = Self::new(status, said.code, said.detail);
        headers.fold(problem, |problem, (name, value)| {
            let value = HeaderValue::try_from(value).expect("scopes and numbers are visible ASCII");
            problem.with_header(HeaderName::from_static(name), value)
        })
    }
}

impl From<Verdict> for Problem {
    /// Must be asked of a request that does not pass.
    fn from(verdict: Verdict) -> Self {
        verdict.said().map_or_else(|| Self::internal("a request that passes was refused"), Self::from)
    }
}

impl From<HeadError> for Problem {
    fn from(error: HeadError) -> Self {
        let status = match error {
            HeadError::TooManyHeaders { .. } | HeadError::HeadersTooLarge { .. } => {
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            HeadError::UriTooLong { .. } => StatusCode::URI_TOO_LONG,
        };
        Self::new(status, error.code(), error.to_string())
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let status = match &error {
            BodyError::ContentType | BodyError::NoForm | BodyError::NoUpload | BodyError::ContentEncoding => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            BodyError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            BodyError::TooSlow { .. } => StatusCode::REQUEST_TIMEOUT,
            BodyError::Incomplete | BodyError::NotJson { .. } => StatusCode::BAD_REQUEST,
            BodyError::NotAsExpected { .. } | BodyError::TooDeep => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let problem = Self::new(status, error.code(), error.to_string());
        match error {
            BodyError::NotJson { at } | BodyError::NotAsExpected { at } => problem.with_errors(vec![at]),
            BodyError::ContentType
            | BodyError::NoForm
            | BodyError::NoUpload
            | BodyError::ContentEncoding
            | BodyError::TooLarge { .. }
            | BodyError::TooSlow { .. }
            | BodyError::TooDeep
            | BodyError::Incomplete => problem,
        }
    }
}

impl Problem {
    /// Too many requests came before this one, which fits after `wait`.
    ///
    /// At least a second is told, because a client that reads 0 comes back at once.
    pub(crate) fn rate_limited(wait: Duration) -> Self {
        Said::rate_limited(wait).into()
    }

    /// Fields that are not what they must be; each is named with what to change.
    pub(crate) fn invalid_fields(errors: Vec<FieldError>) -> Self {
        Self::unprocessable("validation_failed", "the request is not valid: see errors").with_errors(errors)
    }

    /// A path whose id cannot be one: as if nothing had it.
    pub(crate) fn no_such(code: &'static str, what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, format!("no {what} with this id in this workspace"))
    }

    /// What belongs to no workspace is for the installation's own.
    pub(crate) fn installation_only() -> Self {
        let detail = "this is of the whole installation: ask with a key of its first workspace";
        Self::new(StatusCode::FORBIDDEN, "installation_only", detail)
    }

    /// The same of an id that names a part of the thing before it in the path.
    pub(crate) fn no_such_part(code: &'static str, what: &str, whole: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, format!("no {what} with this id of this {whole}"))
    }

    /// The catalogue has no such event type.
    pub(crate) fn no_event_type() -> Self {
        Self::new(StatusCode::NOT_FOUND, "event_type_not_found", "the catalogue has no event type with this name")
    }

    /// No route has this path.
    pub(crate) fn route_not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "route_not_found", "nothing is here: see the API reference for the paths")
    }

    /// The path exists, for other methods.
    pub(crate) fn method_not_allowed(allowed: &'static str) -> Self {
        let detail = format!("this path answers {allowed} only");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
            .with_header(ALLOW, HeaderValue::from_static(allowed))
    }

    /// A change does not say which revision it builds on.
    pub(crate) fn precondition_required() -> Self {
        let detail =
            "a change must say which revision it builds on: read it, and send the ETag of that answer as If-Match";
        Self::new(StatusCode::PRECONDITION_REQUIRED, "precondition_required", detail)
    }

    /// What stands in `If-Match` is no list of tags.
    pub(crate) fn if_match_malformed() -> Self {
        let detail = "If-Match must be an ETag in quotes such as \"3\", a list of at most 16 of them, or *";
        Self::new(StatusCode::BAD_REQUEST, "if_match_malformed", detail)
    }

    /// A handler panicked.
    pub(crate) fn panicked(message: &str) -> Self {
        Self::internal(format!("a handler panicked: {message}"))
    }

    /// An error of the web server itself, or of another application's middleware: its status, and for 5xx no word more.
    pub(crate) fn from_service(error: &actix_web::Error) -> Self {
        let status = error.as_response_error().status_code();
        if status.is_server_error() {
            return Self::internal(error.to_string());
        }
        Self::new(status, "bad_request", "the request cannot be answered")
    }

    /// Not the caller's fault, and none of its business.
    pub(crate) fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let detail = "something went wrong: tell the operator the request id";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", detail).with_cause(cause)
    }

    pub(crate) fn unprocessable(code: &'static str, detail: impl fmt::Display) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail.to_string())
    }
}
