//! How the names of headers are spelt on the wire over HTTP/1.1.
//!
//! HTTP treats them alike (RFC 9110 §5.1), and receivers do not: some look for `X-OwnPay-Signature` as it is documented. The client
//! writes lower case, unless a message carries a map of spellings, and only its own parser makes such maps. So an answer with the names
//! is parsed once, and the map of that is given to every request that has these names. Over HTTP/2 names are in lower case always
//! (RFC 9113 §8.2.1), and the map is passed over.

use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use http::{Extensions, Request};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::rt::{Read, ReadBufCursor, Write};

use super::recent::Recent;

/// Sets of names whose spelling is kept: the hub's own, with each endpoint's.
const SPELLINGS_MAX: usize = 256;

/// What the client writes by itself.
const OWN: [&str; 4] = ["Host", "Content-Type", "User-Agent", "Content-Length"];

/// Names of one request at most, which bounds what is parsed.
const NAMES_MAX: usize = 64;

/// Steps in which a connection in memory must have come to its end.
const STEPS_MAX: usize = 16;

/// Knows how names are spelt.
pub(super) struct Spellings(Recent<String, Extensions>);

impl Spellings {
    /// Nothing is known yet.
    pub(super) fn new() -> Self {
        Self(Recent::new(SPELLINGS_MAX))
    }

    /// What makes a request carry its names as they are spelt here. Nothing, when the client cannot be told: names leave in lower case
    /// then, and mean the same.
    pub(super) fn of<'a>(&self, names: impl Iterator<Item = &'a str>) -> Extensions {
        let key: String = names.flat_map(|name| [name, "\n"]).collect();
        let Ok(spelling) = self.0.find_or_make(key.as_str(), || {
            Ok::<_, Infallible>(parsed(&key).unwrap_or_else(|| {
                tracing::warn!("the client cannot be told how header names are spelt: they are sent in lower case");
                Extensions::new()
            }))
        });
        spelling
    }
}

/// The map that the client's parser makes of an answer with these names, one in a line.
fn parsed(names: &str) -> Option<Extensions> {
    let mut answer = "HTTP/1.1 200 OK\r\n".to_owned();
    for name in OWN.into_iter().chain(names.lines()) {
        answer.push_str(name);
        answer.push_str(": 0\r\n");
    }
    answer.push_str("\r\n");
    let memory = Memory { answer: Bytes::from(answer), was_asked: false };
    let mut builder = http1::Builder::new();
    builder.preserve_header_case(true).max_headers(NAMES_MAX);
    // Nothing here waits for anything: each step ends at once or never.
    let mut cx = Context::from_waker(Waker::noop());
    let Poll::Ready(Ok((mut sender, connection))) = pin!(builder.handshake(memory)).poll(&mut cx) else {
        return None;
    };
    let mut connection = pin!(connection);
    let mut response = pin!(sender.send_request(Request::new(Empty::<Bytes>::new())));
    for _ in 0..STEPS_MAX {
        if let Poll::Ready(response) = response.as_mut().poll(&mut cx) {
            return response.ok().map(|response| response.into_parts().0.extensions);
        }
        // Its end is told by the response too.
        drop(connection.as_mut().poll(&mut cx));
    }
    None
}

/// A connection in memory to somebody who answers the same to everything.
struct Memory {
    answer: Bytes,
    was_asked: bool,
}

impl Read for Memory {
    fn poll_read(mut self: Pin<&mut Self>, _cx: &mut Context<'_>, mut buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        if !self.was_asked || self.answer.is_empty() {
            return Poll::Pending;
        }
        let count = self.answer.len().min(buf.remaining());
        buf.put_slice(&self.answer.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl Write for Memory {
    fn poll_write(mut self: Pin<&mut Self>, _cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.was_asked = true;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_can_be_told_how_names_are_spelt() {
        assert_eq!(parsed("X-OwnPay-Signature\nx-SHOP\n").unwrap().len(), 1);
    }

    #[test]
    fn as_many_names_can_be_told_as_a_request_has() {
        let names: Vec<_> = (0..40).map(|number| format!("X-{number}-{}", "a".repeat(60))).collect();
        assert_eq!(parsed(&names.join("\n")).unwrap().len(), 1);
    }
}
