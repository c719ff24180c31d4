//! Problem bodies: what a refused or failed request is answered with.
//!
//! *Source:* RFC 9457. Each has our `code`, the request's id, and `errors` that name fields.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use devhub_domain::causes::chain;
use serde::Serialize;

use crate::middleware::RequestId;
use crate::problem_entry::is_documented;

/// No page explains a code yet, and this says that the title and our `code` are all there is (RFC 9457 §4.2.1).
const TYPE: &str = "about:blank";

/// An answer that says what is wrong and what to change.
///
/// Boxed, because every handler returns one or an answer, and nearly all return an answer.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the operator only.
    cause: Option<Box<dyn Error + Send + Sync>>,
    request_id: Option<RequestId>,
}

/// What is wrong with one field of a body or one parameter of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// The field, such as `label` or `scopes[1]`; empty for the body as a whole.
    pub field: Cow<'static, str>,
    /// What to change.
    pub detail: String,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        debug_assert!(is_documented(code, status), "{code} with {status} is missing in the catalogue of problems");
        let detail = detail.into();
        let (errors, headers) = (Vec::new(), Vec::new());
        Self(Box::new(Parts { status, code, detail, errors, headers, cause: None, request_id: None }))
    }

    /// The stable word for what is wrong.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// What is wrong and what to change, in one sentence.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What is wrong with each field.
    pub(crate) fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// What the answer's headers say of it.
    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }

    /// What went wrong inside, with all that led to it; `None` when it is the caller's to change.
    pub(crate) fn cause(&self) -> Option<String> {
        self.0.cause.as_deref().map(|cause| chain(cause))
    }

    /// The same, naming the fields within the one of that name: those of one event among several.
    pub(crate) fn within(mut self, outer: &str) -> Self {
        if self.0.errors.is_empty() {
            return self.at_field(outer.to_owned());
        }
        for error in &mut self.0.errors {
            error.field = Cow::Owned(format!("{outer}.{}", error.field));
        }
        self
    }

    /// The same, naming the field with its own text.
    pub(crate) fn at_field(self, field: impl Into<Cow<'static, str>>) -> Self {
        let detail = self.0.detail.clone().into_owned();
        self.with_errors(vec![FieldError { field: field.into(), detail }])
    }

    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The same under another status, for whoever cannot be told its own.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    /// The seconds in `Retry-After`, for clients that read bodies only, as OwnPay's Node SDK does. *Source:* wire contract, rule 5.
    fn retry_after(&self) -> Option<u64> {
        let header = self.0.headers.iter().find(|(name, _)| name == RETRY_AFTER);
        header.and_then(|(_, value)| value.to_str().ok()?.parse().ok())
    }

    pub(crate) fn with_cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    pub(crate) fn with_request_id(mut self, request_id: RequestId) -> Self {
        self.0.request_id = Some(request_id);
        self
    }

    /// The body in lines, as people are shown it.
    pub(crate) fn to_lines(&self, request_id: Option<&str>) -> String {
        serde_json::to_string_pretty(&self.body(request_id)).expect("texts and numbers are JSON")
    }

    fn body<'a>(&'a self, request_id: Option<&'a str>) -> Body<'a> {
        Body {
            kind: TYPE,
            title: self.0.status.canonical_reason().unwrap_or_default(),
            status: self.0.status.as_u16(),
            detail: &self.0.detail,
            code: self.0.code,
            request_id,
            retry_after: self.retry_after(),
            errors: &self.0.errors,
        }
    }

    /// The answer, naming the request if its id is known.
    pub(crate) fn to_response(&self, request_id: Option<&str>) -> HttpResponse {
        let bytes = serde_json::to_vec(&self.body(request_id)).expect("texts and numbers are JSON");
        let mut res = HttpResponse::build(self.0.status);
        res.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/problem+json")));
        for (name, value) in &self.0.headers {
            res.insert_header((name.clone(), value.clone()));
        }
        res.body(bytes)
    }
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.code, self.0.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.status
    }

    fn error_response(&self) -> HttpResponse {
        let request_id = self.0.request_id.as_ref();
        let mut res = self.to_response(request_id.map(RequestId::as_str));
        if let Some(id) = request_id {
            res.headers_mut().insert(crate::middleware::X_REQUEST_ID, id.to_header());
        }
        res
    }
}

impl Responder for Problem {
    type Body = BoxBody;

    /// As a handler's error would, so that [`crate::Telemetry`] finds and completes it.
    fn respond_to(self, _req: &HttpRequest) -> HttpResponse {
        HttpResponse::from_error(self)
    }
}

#[cfg(test)]
mod tests {
    use devhub_domain::store::StoreError;

    use super::*;

    #[test]
    fn a_cause_is_told_with_everything_behind_it() {
        let problem = Problem::from(StoreError::unavailable("the disk is full"));
        assert_eq!(problem.cause().unwrap(), "the store is unavailable: the disk is full");
    }

    #[test]
    fn a_cause_that_was_quoted_already_is_told_once() {
        #[derive(Debug, thiserror::Error)]
        #[error("the lock is lost: {0}")]
        struct Quoting(#[source] StoreError);

        let problem = Problem::internal(Quoting(StoreError::RolledBack));
        assert_eq!(problem.cause().unwrap(), format!("the lock is lost: {}", StoreError::RolledBack));
    }

    #[test]
    fn a_field_is_named_with_the_text_of_the_problem() {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "scopes_empty", "scopes must not be empty");
        let errors = problem.at_field("scopes").0.errors;
        assert_eq!(errors, [FieldError { field: "scopes".into(), detail: "scopes must not be empty".to_owned() }]);
    }
}
