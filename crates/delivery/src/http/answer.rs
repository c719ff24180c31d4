//! What is taken from an answer: status, hints and the start of the body.

use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::{Answer, Directive, Failure, parse_retry_after};
use http::header::RETRY_AFTER;
use http::{HeaderMap, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;

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
    Ok(Answer {
        status: head.status.as_u16(),
        retry_after: text(&head.headers, RETRY_AFTER.as_str()).and_then(|value| parse_retry_after(value, now)),
        directive: text(&head.headers, DIRECTIVE).and_then(directive),
        body_excerpt: excerpt(body).await?,
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

async fn excerpt(mut body: Incoming) -> Result<Vec<u8>, Failure> {
    let mut kept = Vec::new();
    let mut read = 0;
    while read < BODY_BYTES_MAX
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|error| of_body(&error))?;
        let Some(bytes) = frame.data_ref() else { continue };
        read += bytes.len();
        let room = EXCERPT_BYTES_MAX - kept.len();
        kept.extend(bytes.iter().take(room));
    }
    Ok(kept)
}
