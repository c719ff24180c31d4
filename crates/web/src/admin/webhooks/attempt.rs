//! One attempt as it was sent and answered, drawn within the pages that show one.
//!
//! *Threat:* a receiver answers with a page of its own, or an event carries one, to have it run here. *Defence:* all of it is text that
//! the template escapes, and its length is bounded; secrets were masked before it came here. *Not defended:* what a text says.

use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use devhub_domain::webhooks::{Attempt, ErrorKind, ShownAttempt, ShownRequest, Timings};
use devhub_domain::workspaces::TimeZone;

use super::curl::Curl;
use super::timing_bar::TimingBar;
use super::words;
use crate::admin::components::{Badge, CopyField, Fact, FactValue, Facts};
use crate::admin::moments::moment_to_second;

/// Characters of the body of a request that are shown: a page is read, and a payload may have 256 KiB.
const BODY_CHARS_MAX: usize = 16 * 1024;

/// An attempt.
#[derive(Template)]
#[template(path = "admin/webhooks/attempt.html")]
pub(in crate::admin) struct AttemptView {
    number: u32,
    pub(super) result: Badge,
    /// What happened, where nothing was answered.
    detail: Option<String>,
    facts: Facts,
    timings: Vec<(&'static str, String)>,
    /// The same as a picture; `None` when no step is known.
    bar: Option<TimingBar>,
    /// `None` when nobody knows what was sent.
    request: Option<Message>,
    /// How to send it again by hand, and what is to be known of that; `None` when it is kept no longer.
    curl: Option<(CopyField, Vec<String>)>,
    /// `None` when nothing was answered.
    response: Option<Message>,
}

/// A request or an answer.
struct Message {
    first_line: String,
    /// One on each line.
    headers: String,
    body: String,
    /// What is not as it was, or not whole.
    notes: Vec<String>,
}

impl AttemptView {
    /// An attempt with its request.
    pub(in crate::admin) fn new(shown: &ShownAttempt, zone: &TimeZone) -> Self {
        let attempt = &shown.attempt;
        let ids: Vec<_> = attempt.secret_ids.iter().map(ToString::to_string).collect();
        let mut items = vec![Fact::new("Started", FactValue::Moment(moment_to_second(attempt.started_at, zone)))];
        items.extend((!ids.is_empty()).then(|| Fact::new("Signed with", FactValue::Code(ids.join(" ")))));
        items.extend(attempt.report.session_id.map(|node| Fact::new("Node", FactValue::Code(node.to_string()))));
        Self {
            number: attempt.number,
            result: words::result_badge(attempt.status, attempt.error_kind()),
            detail: attempt.detail.clone(),
            facts: Facts { items },
            timings: timings(&attempt.report.timings, attempt.duration_ms),
            bar: TimingBar::of(&attempt.report.timings, attempt.duration_ms),
            request: shown.request.as_ref().map(request),
            curl: shown.request.as_ref().and_then(Curl::of).map(|curl| copied(curl, attempt.number)),
            response: attempt.status.map(|status| response(status, attempt)),
        }
    }
}

fn copied(curl: Curl, number: u32) -> (CopyField, Vec<String>) {
    let field = CopyField {
        id: format!("curl-{number}"),
        label: "The request for curl".to_owned(),
        value: curl.line,
        button: "Copy as curl".to_owned(),
        is_concealed: false,
        is_multiline: true,
    };
    (field, curl.notes)
}

fn timings(timings: &Timings, total_ms: u32) -> Vec<(&'static str, String)> {
    let steps = [
        ("Look-up", timings.dns),
        ("Connection", timings.connect),
        ("TLS", timings.tls),
        ("First byte", timings.first_byte),
    ];
    let steps = steps.into_iter().filter_map(|(name, step)| Some((name, words::took(step?))));
    // The total is kept in milliseconds, and no step can have taken longer.
    let first_byte = timings.first_byte.filter(|step| *step > Duration::from_millis(total_ms.into()));
    let total = first_byte.map_or_else(|| words::took_ms(total_ms), words::took);
    steps.chain([("Total", total)]).collect()
}

fn request(request: &ShownRequest) -> Message {
    let bytes = request.body.as_ref().map(|body| body.as_bytes());
    let mut notes = Vec::new();
    if request.is_endpoint_changed {
        notes.push("The endpoint was changed since: its own headers may have been others.".to_owned());
    }
    if !request.is_signature_whole {
        notes.push("Not every signature can be shown: a secret or the event is kept no longer.".to_owned());
    }
    let body = match bytes {
        None => {
            notes.push("The event is kept no longer, and with it what was sent.".to_owned());
            String::new()
        }
        Some(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            let shown: String = text.chars().take(BODY_CHARS_MAX).collect();
            if shown.len() < text.len() {
                notes.push(format!("This is the beginning of {} bytes; the API has all of them.", bytes.len()));
            }
            shown
        }
    };
    Message { first_line: format!("POST {}", request.url), headers: lines(&request.headers), body, notes }
}

fn response(status: u16, attempt: &Attempt) -> Message {
    let report = &attempt.report;
    let mut notes = Vec::new();
    if report.headers.is_cut() {
        notes.push("There were more headers than are kept.".to_owned());
    }
    if report.is_body_cut {
        notes.push(format!("This is the beginning of the body, of which {} bytes were read.", report.body_bytes_read));
    }
    if attempt.error_kind() == Some(ErrorKind::Redirect) {
        notes.push("Where it points was not visited: redirects are never followed.".to_owned());
    }
    Message {
        first_line: status.to_string(),
        headers: lines(report.headers.pairs()),
        body: String::from_utf8_lossy(&attempt.body_excerpt).into_owned(),
        notes,
    }
}

fn lines(headers: &[(String, String)]) -> String {
    headers.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n")
}

impl HtmlSafe for AttemptView {}

#[cfg(test)]
pub(super) mod samples {
    //! Attempts that went well and ill.

    use devhub_domain::events::Payload;
    use devhub_domain::id::{DeliveryId, EndpointSecretId};
    use devhub_domain::time::Timestamp;
    use devhub_domain::webhooks::{FailureKind, KeptHeaders, Report};

    use super::*;
    use crate::admin::components::Sample;

    fn attempt() -> ShownAttempt {
        let headers = KeptHeaders::keep([("server", &b"<script>alert(1)</script>"[..]), ("set-cookie", b"sid=secret")]);
        let timings = Timings {
            dns: Some(Duration::from_micros(1_400)),
            connect: Some(Duration::from_micros(800)),
            tls: Some(Duration::from_millis(12)),
            first_byte: Some(Duration::from_millis(31)),
        };
        let report = Report { headers, timings, body_bytes_read: 4_242, is_body_cut: true, ..Report::default() };
        ShownAttempt {
            attempt: Attempt {
                delivery_id: DeliveryId::from_bytes([1; 16]),
                number: 2,
                started_at: Timestamp::from_seconds(1_795_514_400),
                duration_ms: 34,
                status: Some(200),
                failure: None,
                detail: None,
                body_excerpt: b"</pre><script>alert(1)</script> \xff".to_vec(),
                secret_ids: vec![EndpointSecretId::from_bytes([2; 16])],
                report,
            },
            request: Some(ShownRequest {
                url: "https://shop.example/hook?<b>".to_owned(),
                headers: vec![("webhook-signature".to_owned(), "v1,abcdef…".to_owned())],
                is_endpoint_changed: false,
                is_signature_whole: true,
                body: Some(Payload::from_stored(br#"{"note":"</pre><script>alert(1)</script>"}"#.to_vec())),
            }),
        }
    }

    /// One that went well.
    pub(in crate::admin::webhooks) fn taken() -> AttemptView {
        AttemptView::new(&attempt(), &TimeZone::utc())
    }

    fn failed() -> ShownAttempt {
        let mut shown = attempt();
        shown.attempt.status = None;
        shown.attempt.failure = Some(FailureKind::Timeout);
        shown.attempt.detail = Some("no answer within 10 s".to_owned());
        shown.attempt.report = Report::default();
        shown.request = None;
        shown
    }

    fn redirected() -> ShownAttempt {
        let mut shown = attempt();
        shown.attempt.status = Some(302);
        let request = shown.request.take();
        shown.request = request.map(|request| ShownRequest {
            body: None,
            is_endpoint_changed: true,
            is_signature_whole: false,
            ..request
        });
        shown
    }

    impl Sample for AttemptView {
        const TEMPLATE: &'static str = "admin/webhooks/attempt.html";

        fn samples() -> Vec<Self> {
            let zone = TimeZone::utc();
            vec![taken(), Self::new(&failed(), &zone), Self::new(&redirected(), &zone)]
        }
    }
}
