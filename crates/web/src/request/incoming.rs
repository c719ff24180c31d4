//! The request as a handler gets it after it knows who asks: nothing of the body is read before.

use std::fmt::Display;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use actix_web::web::{Bytes, Payload};
use actix_web::{FromRequest, HttpRequest, dev};
use devhub_domain::id::EndpointSecretId;
use devhub_domain::idempotency::{Fingerprint, IdempotencyKey, IdempotencyKeyError};
use devhub_domain::page::PageRequest;
use serde::Deserialize;

use super::{BodyError, IfMatch, Invalid, Params, page_request, parse, path_value};
use crate::csv::MEDIA_TYPE;
use crate::problem_body::Problem;
use crate::services::WebLimits;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A request whose body has not been read yet.
pub(crate) struct Incoming {
    req: HttpRequest,
    payload: Payload,
}

/// A POST that has been read: what is wanted, and under which name it is wanted once.
pub(crate) struct Demand {
    /// Its name, and what tells it from other demands under the same; `None` carries it out as often as it is sent.
    pub(crate) named: Option<(IdempotencyKey, Fingerprint)>,
    /// The body; empty where none is wanted.
    pub(crate) body: Bytes,
}

/// What a caller names a POST with, before its body is there.
struct Name {
    key: IdempotencyKey,
    /// With the path and its ids: the same body for another thing is another demand.
    operation: String,
}

impl Name {
    /// The name with what it stands for. A body is hashed only where a name asks for it: most are published without.
    fn with(self, body: &[u8]) -> (IdempotencyKey, Fingerprint) {
        (self.key, Fingerprint::of(&self.operation, body))
    }
}

/// A body that says nothing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Incoming {
    /// The request without its body.
    pub(crate) fn request(&self) -> &HttpRequest {
        &self.req
    }

    /// The id in the path; `None` when the text there is none.
    pub(crate) fn path_id<Id: FromStr>(&self) -> Option<Id> {
        path_value(&self.req, "id")
    }

    /// The id in the path of a secret that belongs to what [`Incoming::path_id`] names.
    pub(crate) fn path_secret_id(&self) -> Option<EndpointSecretId> {
        path_value(&self.req, "secret_id")
    }

    /// The number in the path of a part of what [`Incoming::path_id`] names.
    pub(crate) fn path_number(&self) -> Option<u32> {
        path_value(&self.req, "number")
    }

    /// The name in the path.
    pub(crate) fn path_name(&self) -> Option<String> {
        path_value(&self.req, "name")
    }

    /// The parameters of the query string, all of them among `known`.
    pub(crate) fn params(&self, known: &[&str]) -> Result<Params<'_>, Problem> {
        Params::parse(self.req.query_string(), known)
    }

    /// The page that is asked for of a list that takes no other parameters.
    pub(crate) fn page<Id: FromStr + Display>(&self) -> Result<PageRequest<Id>, Problem> {
        let params = self.params(&["limit", "cursor"])?;
        let mut invalid = Invalid::default();
        let request = page_request(&params, &mut invalid);
        invalid.finish()?;
        Ok(request)
    }

    /// Whether a table is wanted rather than JSON.
    pub(crate) fn prefers_csv(&self) -> bool {
        let first = self.header(ACCEPT).unwrap_or_default().split(',').next().unwrap_or_default();
        first.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(MEDIA_TYPE)
    }

    /// What `If-Match` says; `None` when it is absent.
    pub(crate) fn if_match(&self) -> Result<Option<IfMatch>, Problem> {
        IfMatch::find(self.req.headers())
    }

    /// What `If-Match` says, where a change without it is refused.
    pub(crate) fn if_match_required(&self) -> Result<IfMatch, Problem> {
        self.if_match()?.ok_or_else(Problem::precondition_required)
    }

    /// The body, which says that it is JSON and has at most `bytes_max` bytes.
    pub(crate) async fn json(self, bytes_max: usize, limits: WebLimits) -> Result<Bytes, BodyError> {
        self.check_is_json()?;
        self.bytes(bytes_max, limits).await
    }

    /// The same of a POST, which has no parameters and may be named so that it is carried out once.
    pub(crate) async fn demand(self, bytes_max: usize, limits: WebLimits) -> Result<Demand, Problem> {
        self.params(&[])?;
        let name = self.name()?;
        let body = self.json(bytes_max, limits).await?;
        Ok(Demand { named: name.map(|name| name.with(&body)), body })
    }

    /// A POST whose path says it all: its body is empty or `{}`.
    pub(crate) async fn bare_demand(self, limits: WebLimits) -> Result<Demand, Problem> {
        self.params(&[])?;
        let name = self.name()?;
        let body = self.json_or_nothing(limits).await?;
        if !body.is_empty() {
            parse::<Nothing>(&body)?;
        }
        // Both ways to say nothing are the same demand.
        Ok(Demand { named: name.map(|name| name.with(b"")), body: Bytes::new() })
    }

    /// A POST whose body may be left out, which says what `{}` says.
    pub(crate) async fn optional_demand(self, limits: WebLimits) -> Result<Demand, Problem> {
        self.params(&[])?;
        let name = self.name()?;
        let body = self.json_or_nothing(limits).await?;
        let body = if body.is_empty() { Bytes::from_static(b"{}") } else { body };
        Ok(Demand { named: name.map(|name| name.with(&body)), body })
    }

    /// The body, which is empty or says that it is JSON.
    pub(crate) async fn json_or_nothing(self, limits: WebLimits) -> Result<Bytes, BodyError> {
        let is_json = self.check_is_json();
        let body = self.bytes(limits.body_bytes_max, limits).await?;
        if !body.is_empty() {
            is_json?;
        }
        Ok(body)
    }

    /// The body of a form of a page.
    pub(crate) async fn form(self, limits: WebLimits) -> Result<Bytes, BodyError> {
        self.long_form(limits.body_bytes_max, limits).await
    }

    /// The body of a form in which more stands than in others.
    pub(crate) async fn long_form(self, bytes_max: usize, limits: WebLimits) -> Result<Bytes, BodyError> {
        if self.media_type() != "application/x-www-form-urlencoded" {
            return Err(BodyError::NoForm);
        }
        self.bytes(bytes_max, limits).await
    }

    /// The body of a form with a file in it.
    pub(crate) async fn multipart(self, bytes_max: usize, limits: WebLimits) -> Result<Bytes, BodyError> {
        if self.media_type() != "multipart/form-data" {
            return Err(BodyError::NoUpload);
        }
        self.bytes(bytes_max, limits).await
    }

    async fn bytes(self, bytes_max: usize, limits: WebLimits) -> Result<Bytes, BodyError> {
        if self.header(CONTENT_ENCODING).is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
            return Err(BodyError::ContentEncoding);
        }
        let declared = self.header(CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
        if declared.is_some_and(|bytes| bytes > bytes_max) {
            return Err(BodyError::TooLarge { bytes_max });
        }
        match tokio::time::timeout(limits.body_timeout, self.payload.to_bytes_limited(bytes_max)).await {
            Ok(Ok(Ok(bytes))) => Ok(bytes),
            // The connection ended or its chunks make no sense.
            Ok(Ok(Err(_))) => Err(BodyError::Incomplete),
            Ok(Err(_)) => Err(BodyError::TooLarge { bytes_max }),
            Err(_) => Err(BodyError::TooSlow { seconds: limits.body_timeout.as_secs() }),
        }
    }

    fn check_is_json(&self) -> Result<(), BodyError> {
        if self.media_type() != "application/json" {
            return Err(BodyError::ContentType);
        }
        Ok(())
    }

    /// What the body says that it is, without parameters and in lower case.
    fn media_type(&self) -> String {
        let text = self.header(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default();
        text.trim().to_ascii_lowercase()
    }

    /// What `Idempotency-Key` says; empty, which is no name, when it is no text or stands twice.
    pub(crate) fn idempotency_key(&self) -> Option<&str> {
        let mut values = self.req.headers().get_all(IDEMPOTENCY_KEY);
        match (values.next(), values.next()) {
            (value, None) => value.map(|value| value.to_str().unwrap_or_default()),
            // Of two, nobody knows which one was meant.
            (_, Some(_)) => Some(""),
        }
    }

    fn name(&self) -> Result<Option<Name>, IdempotencyKeyError> {
        let name = |key| Name { key, operation: format!("POST {}", self.req.path()) };
        Ok(self.idempotency_key().map(str::parse).transpose()?.map(name))
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
        let payload = Payload::from_request(req, payload).into_inner();
        ready(payload.map(|payload| Self { req: req.clone(), payload }).map_err(|error| Problem::from_service(&error)))
    }
}
