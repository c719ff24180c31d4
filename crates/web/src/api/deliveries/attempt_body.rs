//! What is said about attempts: the request as it was sent, and what came back.

use std::borrow::Cow;

use devhub_domain::api_keys::{Scope, ScopeSet};
use devhub_domain::events::Payload;
use devhub_domain::webhooks::masking::MASK;
use devhub_domain::webhooks::{Attempt, ErrorKind, Report, ShownAttempt, ShownRequest, Timings};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::{EndpointSecretIdText, FailureWord, SessionIdText, TimeText};
use crate::request::Text;

/// Why a body is not told to a caller who may not read events.
const NEEDS_EVENTS_READ: &str = "needs_events_read";

/// What a caller may see of a request, besides what everybody may who reads deliveries.
///
/// A key that was issued to watch deliveries must not read with them what `events:read` and `endpoints:read` are for.
#[derive(Clone, Copy)]
pub(in crate::api) struct Sight {
    payloads: bool,
    whole_urls: bool,
}

impl Sight {
    /// For whoever chose the payload and may change the endpoint.
    pub(in crate::api) const WHOLE: Self = Self { payloads: true, whole_urls: true };

    /// What these scopes permit.
    pub(in crate::api) const fn of(scopes: ScopeSet) -> Self {
        Self { payloads: scopes.contains(Scope::EventsRead), whole_urls: scopes.contains(Scope::EndpointsRead) }
    }
}

/// A request to a receiver, and what came back.
#[derive(Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(in crate::api) struct AttemptBody<'a> {
    /// Which one, counted from 1.
    #[schema(minimum = 1)]
    number: u32,
    /// When it began; for an interrupted one, when it was found.
    started_at: TimeText,
    /// How long it took in all.
    duration_ms: u32,
    timings: TimingsBody,
    /// The run of the node that sent it.
    node: Option<SessionIdText>,
    /// The status that was answered; null when nothing was.
    #[schema(minimum = 100, maximum = 999)]
    status: Option<u16>,
    /// Why it is no success; null when it is one.
    #[schema(value_type = Option<FailureWord>)]
    failure: Option<&'static str>,
    /// What happened.
    detail: Option<&'a str>,
    /// The headers that were answered, at most 4 KiB of them; values of secrets are masked.
    response_headers: Vec<HeaderBody<'a>>,
    /// Whether there were more headers.
    response_headers_cut: bool,
    /// Where a redirect pointed, which is never visited.
    location: Option<&'a str>,
    /// The start of what the receiver answered, as text: bytes that are none show as replacement characters.
    #[schema(value_type = String)]
    body_excerpt: Cow<'a, str>,
    /// How many bytes of the answer were read.
    body_bytes_read: u32,
    /// Whether the answer had more than the excerpt.
    body_cut: bool,
    /// The secrets that signed it, oldest first.
    secret_ids: Vec<EndpointSecretIdText>,
    /// The request as it was sent; null for an interrupted one, of which nobody knows when it was signed.
    request: Option<RequestBody<'a>>,
}

/// How long the steps of a request took. Null where there was no such step: a connection that was kept from an earlier request was
/// neither looked up nor opened.
#[derive(Serialize, ToSchema)]
#[schema(as = AttemptTimings)]
#[expect(clippy::struct_field_names, reason = "units stand last")]
pub(in crate::api) struct TimingsBody {
    /// The look-up of the name. Microseconds.
    dns_us: Option<u64>,
    /// The connection. Microseconds.
    connect_us: Option<u64>,
    /// The TLS handshake. Microseconds.
    tls_us: Option<u64>,
    /// From the beginning until the first byte of the answer. Microseconds.
    first_byte_us: Option<u64>,
}

/// A header.
#[derive(Serialize, ToSchema)]
#[schema(as = Header)]
pub(in crate::api) struct HeaderBody<'a> {
    name: &'a str,
    value: &'a str,
}

/// A request as it was sent, without what only its connection has.
#[derive(Serialize, ToSchema)]
#[schema(as = SentRequest)]
pub(in crate::api) struct RequestBody<'a> {
    method: &'static str,
    /// Where it went, its query masked without `endpoints:read`. The endpoint's address of today, for attempts of earlier releases.
    #[schema(value_type = String)]
    url: Cow<'a, str>,
    /// In the order of sending; signatures are shortened, in a list left out, other secrets masked. The endpoint's own headers stand
    /// last, as they are today.
    headers: Vec<HeaderBody<'a>>,
    /// Whether the endpoint was changed since, or may have been: then its own headers may have been others.
    endpoint_changed: bool,
    /// Whether every signature can be shown: false once a secret that signed it was removed or does not open, or its event is gone.
    signature_complete: bool,
    /// What was sent, as text; null in a list, without `events:read`, and when the event is kept no longer.
    #[schema(value_type = Option<String>)]
    body: Option<Cow<'a, str>>,
    /// `needs_events_read` where that is why `body` is null; else null.
    body_withheld: Option<&'static str>,
    /// How large the body is; null when the event is kept no longer.
    body_bytes: Option<usize>,
}

impl<'a> AttemptBody<'a> {
    /// An attempt with its request, as one of a list: all have the same body, which is told with each alone.
    pub(in crate::api) fn listed(shown: &'a ShownAttempt, sight: Sight) -> Self {
        let request = shown.request.as_ref().map(|request| RequestBody::new(request, sight));
        let request = request.map(|request| RequestBody { body: None, body_withheld: None, ..request });
        Self::new(&shown.attempt, request)
    }

    /// An attempt with its request, as much of it as a caller may see.
    pub(in crate::api) fn alone(shown: &'a ShownAttempt, sight: Sight) -> Self {
        Self::new(&shown.attempt, shown.request.as_ref().map(|request| RequestBody::new(request, sight)))
    }

    fn new(attempt: &'a Attempt, request: Option<RequestBody<'a>>) -> Self {
        let Report { session_id, timings, headers, body_bytes_read, is_body_cut, .. } = &attempt.report;
        let is_redirect = attempt.error_kind() == Some(ErrorKind::Redirect);
        Self {
            number: attempt.number,
            started_at: Text(attempt.started_at),
            duration_ms: attempt.duration_ms,
            timings: TimingsBody::from(timings),
            node: session_id.map(Text),
            status: attempt.status,
            failure: attempt.error_kind().map(ErrorKind::as_str),
            detail: attempt.detail.as_deref(),
            response_headers: shown_headers(headers.pairs()),
            response_headers_cut: headers.is_cut(),
            location: headers.location().filter(|_| is_redirect),
            body_excerpt: String::from_utf8_lossy(&attempt.body_excerpt),
            body_bytes_read: *body_bytes_read,
            body_cut: *is_body_cut,
            secret_ids: attempt.secret_ids.iter().copied().map(Text).collect(),
            request,
        }
    }
}

impl<'a> RequestBody<'a> {
    fn new(request: &'a ShownRequest, sight: Sight) -> Self {
        let body = request.body.as_ref().map(Payload::as_bytes);
        let url = match request.url.split_once('?') {
            Some((start, _)) if !sight.whole_urls => Cow::Owned(format!("{start}?{MASK}")),
            _ => Cow::Borrowed(request.url.as_str()),
        };
        Self {
            method: "POST",
            url,
            headers: shown_headers(&request.headers),
            endpoint_changed: request.is_endpoint_changed,
            signature_complete: request.is_signature_whole,
            body: body.filter(|_| sight.payloads).map(String::from_utf8_lossy),
            body_withheld: body.filter(|_| !sight.payloads).map(|_| NEEDS_EVENTS_READ),
            body_bytes: body.map(<[u8]>::len),
        }
    }
}

impl From<&Timings> for TimingsBody {
    fn from(timings: &Timings) -> Self {
        let micros =
            |step: Option<std::time::Duration>| step.map(|step| u64::try_from(step.as_micros()).unwrap_or(u64::MAX));
        Self {
            dns_us: micros(timings.dns),
            connect_us: micros(timings.connect),
            tls_us: micros(timings.tls),
            first_byte_us: micros(timings.first_byte),
        }
    }
}

fn shown_headers(pairs: &[(String, String)]) -> Vec<HeaderBody<'_>> {
    pairs.iter().map(|(name, value)| HeaderBody { name, value }).collect()
}
