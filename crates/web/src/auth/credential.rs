//! Finds the one token of a request of actix: see [`devhub_domain::guard::Presented`].

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use devhub_domain::api_keys::TokenPrefix;
use devhub_domain::guard::{CredentialError, Presented};

/// Where a token may stand alone.
pub(crate) const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// The token as it was presented.
pub(crate) fn find<'r>(req: &'r HttpRequest, prefix: &TokenPrefix) -> Result<Presented<'r>, CredentialError> {
    Presented::not_in_query(req.query_string(), prefix)?;
    let values = |name| req.headers().get_all(name).map(HeaderValue::as_bytes);
    Presented::in_headers(values(AUTHORIZATION), values(X_API_KEY))
}
