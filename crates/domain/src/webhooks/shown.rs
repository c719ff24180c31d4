//! An attempt as people see it: with the request that was sent, made again, secrets masked.

use super::masking::{MASK, shown_header};
use super::{Attempt, CustomHeader, CustomValue, Endpoint, OutboundRequest};
use crate::events::Payload;

/// What every request says that its body is.
const CONTENT_TYPE: (&str, &str) = ("content-type", "application/json");

/// An attempt with its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownAttempt {
    /// The attempt.
    pub attempt: Attempt,
    /// What was sent; `None` for an interrupted attempt, of which nobody knows when it was signed.
    pub request: Option<ShownRequest>,
}

/// A request as it was sent, without what only its connection has (`host`, `content-length`, `user-agent`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownRequest {
    /// Where it went. The address that the endpoint has now, for attempts that earlier releases recorded.
    pub url: String,
    /// Its headers in the order of sending, secrets masked. Those of one's own are the endpoint's as it is now: see
    /// [`ShownRequest::is_endpoint_changed`].
    pub headers: Vec<(String, String)>,
    /// Whether the endpoint was changed since, or may have been, so that its own headers may have been others then.
    pub is_endpoint_changed: bool,
    /// Whether all that signed it is still there and opens; signatures that are missing are left out of the headers, in a list all of them.
    pub is_signature_whole: bool,
    /// Its body, byte for byte; `None` when the event is kept no longer.
    pub body: Option<Payload>,
}

impl ShownRequest {
    /// A request to `endpoint` as it may be shown: just made, and whole.
    ///
    /// Its own headers are read from the endpoint. Those that say a secret are not even opened, because nobody is shown what they say:
    /// one that does not open hides nothing.
    pub(super) fn of(request: &OutboundRequest, endpoint: &Endpoint) -> Self {
        let is_named = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.0));
        let content_type = Some(CONTENT_TYPE).filter(|_| !is_named);
        let content_type = content_type.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signed = request.headers.iter();
        let signed = signed.map(|(name, value)| (name.to_ascii_lowercase(), shown_header(name, value).into_owned()));
        let custom = endpoint.settings.headers.iter().map(|CustomHeader { name, value }| match value {
            CustomValue::Plain(text) => (name.to_string(), shown_header(name.as_str(), text).into_owned()),
            CustomValue::Sensitive(_) => (name.to_string(), MASK.to_owned()),
        });
        Self {
            url: request.url.as_str().to_owned(),
            headers: content_type.chain(signed).chain(custom).collect(),
            is_endpoint_changed: false,
            is_signature_whole: true,
            body: Some(request.body.clone()),
        }
    }
}
