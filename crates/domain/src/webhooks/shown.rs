//! An attempt as people see it: with the request that was sent, made again, secrets masked.

use super::masking::shown_header;
use super::{Attempt, OutboundRequest};
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
    /// Its headers in the order of sending, secrets masked.
    pub headers: Vec<(String, String)>,
    /// Whether all that signed it is still there; signatures that are missing are left out of the headers, in a list all of them.
    pub is_signature_whole: bool,
    /// Its body, byte for byte; `None` when the event is kept no longer.
    pub body: Option<Payload>,
}

impl ShownRequest {
    /// A request as it may be shown.
    pub(super) fn of(request: &OutboundRequest, is_signature_whole: bool, has_body: bool) -> Self {
        let is_named = request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(CONTENT_TYPE.0));
        let content_type = Some(CONTENT_TYPE).filter(|_| !is_named);
        let content_type = content_type.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let own = request.headers.iter();
        let own = own.map(|(name, value)| (name.to_ascii_lowercase(), shown_header(name, value).into_owned()));
        Self {
            url: request.url.as_str().to_owned(),
            headers: content_type.chain(own).collect(),
            is_signature_whole,
            body: has_body.then(|| request.body.clone()),
        }
    }
}
