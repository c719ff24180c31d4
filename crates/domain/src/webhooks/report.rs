//! What the log keeps of an attempt besides how it ended: how long its steps took, and what the receiver answered with.

use std::time::Duration;

use super::masking::{MASK, is_sensitive_header, without_user_info};
use super::{Attempt, Delivery, DeliveryState, Exchange, FailureKind, Outcome, Recorded, Summary};
use crate::id::{EndpointSecretId, SessionId};

/// Bytes of the headers of an answer that are kept, names and values together. Source: webhooks, design §4.
pub const RESPONSE_HEADER_BYTES_MAX: usize = 4 * 1024;

/// Characters of the value of one header that are kept: a longer one says no more to a person.
const VALUE_CHARS_MAX: usize = 1_000;

/// What is kept of a success at the first attempt, which is nearly every one: bytes of headers, and of the body.
///
/// Both together stay within the row: SQLite puts what is beyond some 1,000 bytes of it on a page of its own, of 4 KiB.
const SUCCESS_HEADER_BYTES_MAX: usize = 384;
const SUCCESS_BODY_BYTES_MAX: usize = 256;

/// How long the steps of a request took.
///
/// `None` where there was no such step: a connection that was kept from an earlier request was neither looked up nor opened, and plain
/// http has no handshake. Each step is measured alone; the first byte from the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// The look-up of the name.
    pub dns: Option<Duration>,
    /// The connection, over all addresses that were tried.
    pub connect: Option<Duration>,
    /// The TLS handshake.
    pub tls: Option<Duration>,
    /// From the beginning until the head of the answer was there.
    pub first_byte: Option<Duration>,
}

/// The headers of an answer as far as they are kept: bounded, secrets masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptHeaders {
    pairs: Vec<(String, String)>,
    is_cut: bool,
}

/// What is known of an attempt besides its outcome; nothing of those that earlier releases recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The session of the node that sent it.
    pub session_id: Option<SessionId>,
    /// The revision of the endpoint that it was made for.
    pub endpoint_revision: Option<i64>,
    /// How long its steps took.
    pub timings: Timings,
    /// The headers of the answer.
    pub headers: KeptHeaders,
    /// Bytes of the answer's body that were read.
    pub body_bytes_read: u32,
    /// Whether the body had more than its excerpt shows.
    pub is_body_cut: bool,
}

/// What a delivery's own row keeps of the attempt that delivered it at once, which has no row of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstSuccess {
    /// What is known of it.
    pub report: Report,
    /// The start of the answer's body.
    pub body_excerpt: Vec<u8>,
    /// The secrets that signed it, oldest first.
    pub secret_ids: Vec<EndpointSecretId>,
}

/// Why an attempt is no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The receiver did not answer.
    Failure(FailureKind),
    /// It answered with a status that is no success.
    Status,
    /// It answered that the request should go elsewhere, which is never done.
    Redirect,
}

impl ErrorKind {
    /// What an answer with this status, or a failure of this kind, is; `None` for a success.
    pub fn of(status: Option<u16>, failure: Option<FailureKind>) -> Option<Self> {
        match (failure, status) {
            (Some(kind), _) => Some(Self::Failure(kind)),
            (None, None | Some(200..=299)) => None,
            (None, Some(300..=399)) => Some(Self::Redirect),
            (None, Some(_)) => Some(Self::Status),
        }
    }

    /// The word that people and the API use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failure(kind) => kind.as_str(),
            Self::Status => "status",
            Self::Redirect => "redirect",
        }
    }

    /// Every word, the failures first.
    pub fn words() -> impl Iterator<Item = &'static str> {
        FailureKind::ALL.map(FailureKind::as_str).into_iter().chain([Self::Status.as_str(), Self::Redirect.as_str()])
    }
}

impl Attempt {
    /// Why it is no success; `None` when it is one.
    pub fn error_kind(&self) -> Option<ErrorKind> {
        ErrorKind::of(self.status, self.failure)
    }
}

impl Summary {
    /// Why it is no success; `None` when it is one.
    pub fn error_kind(&self) -> Option<ErrorKind> {
        ErrorKind::of(self.status, self.failure)
    }
}

impl KeptHeaders {
    /// Keeps headers in their order, until there is no more room.
    ///
    /// Values are cut at 1,000 characters with a mark; those of secrets are the mark alone, and an address to go to loses the user name
    /// in it. What is no text shows as replacement characters.
    pub fn keep<'a>(headers: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let pairs = headers.into_iter().map(|(name, value)| (name.to_owned(), kept_value(name, value)));
        Self::bounded(pairs, RESPONSE_HEADER_BYTES_MAX, false)
    }

    /// Headers as a store kept them.
    pub fn from_stored(pairs: Vec<(String, String)>, is_cut: bool) -> Self {
        Self { pairs, is_cut }
    }

    /// Names, in lower case, and values, in the order of the answer.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// Whether there were more than are kept.
    pub const fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Where the answer says that the request should go.
    pub fn location(&self) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == "location").map(|(_, value)| value.as_str())
    }

    fn bounded(pairs: impl Iterator<Item = (String, String)>, bytes_max: usize, is_cut: bool) -> Self {
        let mut kept = Self { pairs: Vec::new(), is_cut };
        let mut room = bytes_max;
        for (name, value) in pairs {
            match room.checked_sub(name.len() + value.len()) {
                Some(left) => {
                    room = left;
                    kept.pairs.push((name, value));
                }
                None => kept.is_cut = true,
            }
        }
        kept
    }
}

fn kept_value(name: &str, value: &[u8]) -> String {
    if is_sensitive_header(name) {
        return MASK.to_owned();
    }
    let text = String::from_utf8_lossy(value);
    let text = if matches!(name, "location" | "content-location") { without_user_info(&text) } else { text };
    let mut kept: String = text.chars().take(VALUE_CHARS_MAX).collect();
    if kept.len() < text.len() {
        kept.push_str(MASK);
    }
    kept.replace(char::is_control, "\u{fffd}")
}

impl Report {
    /// What is known of an exchange of a delivery that is leased.
    pub(super) fn of(exchange: &Exchange, session_id: Option<SessionId>) -> Self {
        let unanswered = Self { session_id, timings: exchange.timings, ..Self::default() };
        match &exchange.outcome {
            Outcome::Answered(answer) => Self {
                headers: answer.headers.clone(),
                body_bytes_read: answer.body_bytes_read,
                is_body_cut: answer.is_body_cut,
                ..unanswered
            },
            Outcome::Failed(_) => unanswered,
        }
    }
}

impl Recorded {
    /// The same, of a request that was made for this revision of the endpoint.
    #[must_use]
    pub(super) fn of_revision(mut self, revision: i64) -> Self {
        if let Some(attempt) = &mut self.attempt {
            attempt.report.endpoint_revision = Some(revision);
        }
        if let Some(first) = &mut self.delivery.first_success {
            first.report.endpoint_revision = Some(revision);
        }
        self
    }
}

/// The attempt that an exchange was.
pub(super) fn attempt_of(
    delivery: &Delivery,
    number: u32,
    exchange: &Exchange,
    secret_ids: &[EndpointSecretId],
) -> Attempt {
    let (status, failure, detail, body_excerpt) = match &exchange.outcome {
        Outcome::Answered(answer) => (Some(answer.status), None, None, answer.body_excerpt.clone()),
        Outcome::Failed(failure) => (None, Some(failure.kind), Some(failure.detail.clone()), Vec::new()),
    };
    Attempt {
        delivery_id: delivery.id,
        number,
        started_at: exchange.started_at,
        duration_ms: u32::try_from(exchange.duration.as_millis()).unwrap_or(u32::MAX),
        status,
        failure,
        detail,
        body_excerpt,
        secret_ids: secret_ids.to_vec(),
        report: Report::of(exchange, delivery.lease.map(|lease| lease.session_id)),
    }
}

/// What is kept of an attempt that delivers at once.
pub(super) fn kept_success(attempt: &Attempt) -> FirstSuccess {
    let Report { headers, is_body_cut, .. } = attempt.report.clone();
    let headers = KeptHeaders::bounded(headers.pairs.into_iter(), SUCCESS_HEADER_BYTES_MAX, headers.is_cut);
    let body_excerpt: Vec<u8> = attempt.body_excerpt.iter().take(SUCCESS_BODY_BYTES_MAX).copied().collect();
    let is_body_cut = is_body_cut || body_excerpt.len() < attempt.body_excerpt.len();
    let report = Report { headers, is_body_cut, ..attempt.report };
    FirstSuccess { report, body_excerpt, secret_ids: attempt.secret_ids.clone() }
}

/// A success at the first attempt has no row of its own: the delivery tells it.
pub(super) fn with_first_success(delivery: &Delivery, attempts: Vec<Attempt>) -> Vec<Attempt> {
    if attempts.is_empty() { first_success(delivery).into_iter().collect() } else { attempts }
}

/// The only attempt of a delivery that was delivered by it.
pub(super) fn first_success(delivery: &Delivery) -> Option<Attempt> {
    let was_delivered = delivery.state == DeliveryState::Delivered && delivery.attempts == 1;
    // A resend that never left has taken its place in the row, and its own row tells it then.
    let last = delivery.last.as_ref().filter(|last| was_delivered && last.failure.is_none())?;
    // An earlier release kept nothing more of it.
    let FirstSuccess { report, body_excerpt, secret_ids } =
        delivery.first_success.as_deref().cloned().unwrap_or_default();
    Some(Attempt {
        delivery_id: delivery.id,
        number: 1,
        started_at: last.started_at,
        duration_ms: last.duration_ms,
        status: last.status,
        failure: last.failure,
        detail: None,
        body_excerpt,
        secret_ids,
        report,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keep(headers: &[(&str, &[u8])]) -> KeptHeaders {
        KeptHeaders::keep(headers.iter().copied())
    }

    #[test]
    fn every_end_of_an_attempt_has_its_kind() {
        let kinds =
            [(Some(200), None), (Some(299), Some("none")), (Some(301), Some("redirect")), (Some(410), Some("status"))];
        for (status, kind) in kinds {
            let found = ErrorKind::of(status, None).map(ErrorKind::as_str);
            assert_eq!(found, kind.filter(|kind| *kind != "none"), "{status:?}");
        }
        for kind in FailureKind::ALL {
            assert_eq!(ErrorKind::of(None, Some(kind)).map(ErrorKind::as_str), Some(kind.as_str()));
        }
    }

    #[test]
    fn headers_of_secrets_are_masked_and_locations_lose_their_user() {
        let kept = keep(&[
            ("set-cookie", b"sid=secret"),
            ("location", b"https://user:pass@shop.example/new"),
            ("x-odd", b"a\xffb\tc"),
        ]);
        let told: Vec<_> = kept.pairs().iter().map(|(_, value)| value.as_str()).collect();
        assert_eq!(told, ["…", "https://shop.example/new", "a\u{fffd}b\u{fffd}c"]);
        assert_eq!((kept.location(), kept.is_cut()), (Some("https://shop.example/new"), false));
    }

    #[test]
    fn a_long_value_is_cut_with_a_mark_and_headers_stop_at_4_kib() {
        let long = "é".repeat(1_001);
        let kept = keep(&[("x-long", long.as_bytes())]);
        assert_eq!(kept.pairs()[0].1, format!("{}…", "é".repeat(1_000)));
        let value = [b'x'; 1_000];
        let kept =
            keep(&[("x-1", &value), ("x-2", &value), ("x-3", &value), ("x-4", &value), ("x-5", &value), ("x-6", b"1")]);
        let names: Vec<_> = kept.pairs().iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!((names, kept.is_cut()), (vec!["x-1", "x-2", "x-3", "x-4", "x-6"], true));
    }

    #[test]
    fn headers_at_the_limit_are_kept_and_one_byte_more_is_not() {
        let value = [b'x'; 1_000];
        let rest = [b'y'; 4 * 1_024 - 4 * 1_003 - 3];
        let fill: Vec<(&str, &[u8])> =
            ["x-1", "x-2", "x-3", "x-4"].into_iter().map(|name| (name, &value[..])).collect();
        assert!(!keep(&[&fill[..], &[("x-5", &rest)]].concat()).is_cut());
        assert!(keep(&[&fill[..], &[("x-55", &rest)]].concat()).is_cut());
    }
}
