//! The error body of OwnPay's API.
//!
//! Four clients read it in four ways: one reads `error` alone, one `error` and then `message`, one joins the texts of `errors` whenever
//! that is a list, so that an empty one would blank the notice, and one shows every text that differs from the others. So there is
//! always an entry in `errors`, and `error`, `message` and the first text are the same bytes. *Source:* wire contract, rule 4.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use devhub_domain::causes::chain;
use serde::Serialize;

use super::Code;
use super::envelope::respond;
use crate::middleware::{RequestId, X_REQUEST_ID};

/// An answer that says what is wrong and what to change, in OwnPay's shape.
///
/// Boxed, because every handler returns one or an answer, and nearly all return an answer.
#[derive(Debug)]
pub(crate) struct Failure(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    first: Complaint,
    others: Vec<Complaint>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the operator only: what happened inside, in all its words.
    cause: Option<String>,
    request_id: Option<RequestId>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Complaint {
    /// The stable word.
    pub(crate) code: Code,
    /// What to change.
    pub(crate) message: Cow<'static, str>,
    /// The field, parameter or header; `None` for the request as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) field: Option<Cow<'static, str>>,
}

impl Complaint {
    /// A complaint about a field.
    pub(crate) fn about(
        code: Code,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, message: message.into(), field: Some(field.into()) }
    }
}

impl Failure {
    /// A failure of the request as a whole.
    pub(crate) fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Complaint { code, message: message.into(), field: None }, Vec::new())
    }

    /// A failure at a field.
    pub(crate) fn at(code: Code, field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Complaint::about(code, field, message), Vec::new())
    }

    /// A failure for several reasons, of which the first decides over the status.
    pub(crate) fn of(first: Complaint, others: Vec<Complaint>) -> Self {
        let status = first.code.status();
        Self(Box::new(Parts { status, first, others, headers: Vec::new(), cause: None, request_id: None }))
    }

    /// Not the caller's fault, and none of its business.
    pub(crate) fn internal(cause: &(dyn Error + 'static)) -> Self {
        Self::new(Code::InternalError, "Something went wrong: tell the operator the request id").caused_by(chain(cause))
    }

    /// The same under another status, where a word of the web server's own comes with several.
    pub(super) fn with_status(mut self, status: StatusCode, code: Code) -> Self {
        // Every word but these two has one status.
        if matches!(code, Code::BadRequest | Code::InternalError) {
            self.0.status = status;
        }
        self
    }

    /// The same with what happened inside.
    pub(crate) fn caused_by(mut self, cause: String) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// The same with one more header.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The same for a caller that should try again after so many seconds.
    pub(crate) fn retry_after(self, seconds: u64) -> Self {
        self.with_header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// The same naming its request, for whoever cannot complete it later.
    pub(crate) fn with_request_id(mut self, request_id: RequestId) -> Self {
        self.0.request_id = Some(request_id);
        self
    }

    /// The stable word for what is wrong first.
    pub(crate) fn code(&self) -> &'static str {
        self.0.first.code.as_str()
    }

    /// What went wrong inside; `None` when it is the caller's to change.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// The answer, naming the request if its id is known.
    pub(crate) fn to_response(&self, request_id: Option<&str>) -> HttpResponse {
        let Parts { first, others, headers, .. } = &*self.0;
        let errors: Vec<_> = std::iter::once(first).chain(others).collect();
        let retry_after = headers.iter().find(|(name, _)| name == RETRY_AFTER);
        let retry_after: Option<u64> = retry_after.and_then(|(_, value)| value.to_str().ok()?.parse().ok());
        let (error, message) = (&*first.message, &*first.message);
        let mut res =
            respond(self.0.status, &Body { success: false, error, message, errors: &errors, request_id, retry_after });
        for (name, value) in headers {
            res.headers_mut().insert(name.clone(), value.clone());
        }
        res
    }
}

#[derive(Serialize)]
struct Body<'a> {
    success: bool,
    error: &'a str,
    message: &'a str,
    errors: &'a [&'a Complaint],
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    /// Node's SDK reads no header. *Source:* wire contract, rule 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.0.first.message)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        let request_id = self.0.request_id.as_ref();
        let mut res = self.to_response(request_id.map(RequestId::as_str));
        if let Some(id) = request_id {
            res.headers_mut().insert(X_REQUEST_ID, id.to_header());
        }
        res
    }
}

impl Responder for Failure {
    type Body = BoxBody;

    /// As a handler's error would, so that [`crate::Telemetry`] finds and completes it.
    fn respond_to(self, _req: &HttpRequest) -> HttpResponse {
        HttpResponse::from_error(self)
    }
}

/// Gathers what is wrong with a request, so that a caller sees all of it at once.
#[derive(Default)]
pub(crate) struct Complaints(Vec<Complaint>);

/// Most complaints in one answer.
const COMPLAINTS_MAX: usize = 20;

impl Complaints {
    /// Adds one.
    pub(crate) fn add(
        &mut self,
        code: Code,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) {
        if self.0.len() < COMPLAINTS_MAX {
            self.0.push(Complaint::about(code, field, message));
        }
    }

    /// The value, or `None` with a complaint about its field.
    pub(crate) fn check<T, E: fmt::Display>(
        &mut self,
        code: Code,
        field: &'static str,
        checked: Result<T, E>,
    ) -> Option<T> {
        checked.inspect_err(|error| self.add(code, field, error.to_string())).ok()
    }

    /// Goes on only when nothing was wrong.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let mut complaints = self.0.into_iter();
        match complaints.next() {
            Some(first) => Err(Failure::of(first, complaints.collect())),
            None => Ok(()),
        }
    }
}
