//! What is taken from an answer: status, hints and the start of the body.

use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Answer, Directive, Failure, KeptHeaders, parse_retry_after};
use http::header::RETRY_AFTER;
use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::failure::of_body;

/// Bytes of a body that are read: enough for the usual page of an error, so that its connection can be used again.
const BODY_BYTES_MAX: usize = 16 * 1024;

/// Bytes of a body that are kept. Source: [`Answer::body_excerpt`].
const EXCERPT_BYTES_MAX: usize = 4 * 1024;

/// Asks for silence: the header that a receiver answers with.
const DIRECTIVE: &str = "webhook-delivery";

/// Reads an answer that began to arrive at `now`.
///
/// A body is read to its end or to [`BODY_BYTES_MAX`]; past that it is dropped with its connection.
pub(super) async fn read(response: Response<Incoming>, now: Timestamp) -> Result<Answer, Failure> {
    let (head, body) = response.into_parts();
    let headers = head.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    let headers = KeptHeaders::keep(headers);
    let Excerpt { kept, bytes_read, has_more } = excerpt(body).await?;
    Ok(Answer {
        status: head.status.as_u16(),
        retry_after: text(&head.headers, RETRY_AFTER.as_str()).and_then(|value| parse_retry_after(value, now)),
        directive: text(&head.headers, DIRECTIVE).and_then(directive),
        headers,
        is_body_cut: has_more || kept.len() < bytes_read,
        body_excerpt: kept,
        body_bytes_read: u32::try_from(bytes_read).unwrap_or(u32::MAX),
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn directive(value: &str) -> Option<Directive> {
    match value.trim().to_ascii_lowercase().as_str() {
        "disable" => Some(Directive::Disable),
        "abort" => Some(Directive::Abort),
        _ => None,
    }
}

/// What is taken from a body.
struct Excerpt {
    kept: Vec<u8>,
    bytes_read: usize,
    /// Whether it went on, or may have.
    has_more: bool,
}

async fn excerpt(mut body: Incoming) -> Result<Excerpt, Failure> {
    let mut kept = Vec::new();
    let mut bytes_read = 0;
    while bytes_read < BODY_BYTES_MAX
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|error| of_body(&error))?;
        let Some(bytes) = frame.data_ref() else { continue };
        bytes_read += bytes.len();
        let room = EXCERPT_BYTES_MAX - kept.len();
        kept.extend(bytes.iter().take(room));
    }
    Ok(Excerpt { kept, bytes_read, has_more: bytes_read >= BODY_BYTES_MAX && !body.is_end_stream() })
}
