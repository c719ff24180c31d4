//! The request as a handler gets it after it knows who asks: nothing of the body is read before.

use std::future::{Ready, ready};
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest, HttpRequest, dev};

use super::{BodyError, Params, path_id};
use crate::problem_body::Problem;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request whose body has not been read yet.
pub(crate) struct Incoming {
    req: HttpRequest,
    payload: Payload,
}

impl Incoming {
    /// The id in the path; `None` when the text there is none.
    pub(crate) fn path_id<Id: std::str::FromStr>(&self) -> Option<Id> {
        path_id(&self.req)
    }

    /// The parameters of the query string, all of them among `known`.
    pub(crate) fn params(&self, known: &[&str]) -> Result<Params<'_>, Problem> {
        Params::parse(self.req.query_string(), known)
    }

    /// The body, which says that it is JSON, has at most `bytes_max` bytes and arrives within `timeout`.
    pub(crate) async fn json_bytes(self, bytes_max: usize, timeout: Duration) -> Result<Bytes, BodyError> {
        self.check_headers(bytes_max)?;
        match tokio::time::timeout(timeout, self.payload.to_bytes_limited(bytes_max)).await {
            Ok(Ok(Ok(bytes))) => Ok(bytes),
            // The connection ended or its chunks make no sense.
            Ok(Ok(Err(_))) => Err(BodyError::Incomplete),
            Ok(Err(_)) => Err(BodyError::TooLarge { bytes_max }),
            Err(_) => Err(BodyError::TooSlow { seconds: timeout.as_secs() }),
        }
    }

    fn check_headers(&self, bytes_max: usize) -> Result<(), BodyError> {
        let media_type = self.header(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default();
        if !media_type.trim().eq_ignore_ascii_case("application/json") {
            return Err(BodyError::ContentType);
        }
        if self.header(CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Err(BodyError::ContentEncoding);
        }
        let declared = self.header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if declared.is_some_and(|bytes| bytes > bytes_max) {
            return Err(BodyError::TooLarge { bytes_max });
        }
        Ok(())
    }

    /// The header's text; one that is no text counts as odd, not as absent.
    fn header(&self, name: HeaderName) -> Option<&str> {
        self.req.headers().get(name).map(|value| value.to_str().unwrap_or("?"))
    }
}

impl FromRequest for Incoming {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, payload: &mut dev::Payload) -> Self::Future {
        // A client that sends one repeats the request without fear: passed over, it would publish twice.
        if req.method() == Method::POST && req.headers().contains_key(IDEMPOTENCY_KEY) {
            return ready(Err(Problem::idempotency_key_unsupported()));
        }
        let payload = Payload::from_request(req, payload).into_inner();
        ready(payload.map(|payload| Self { req: req.clone(), payload }).map_err(|error| Problem::from_service(&error)))
    }
}
