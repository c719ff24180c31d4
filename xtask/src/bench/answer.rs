//! One answer of HTTP/1.1, read off a connection that stays open.

use std::io::{BufRead, Read};

use anyhow::Context as _;

/// Largest body that is read: a page has a hundredth of it.
const BODY_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status, such as 200.
    pub(super) status: u16,
    /// Names in lower case, with their values, in the order of sending.
    headers: Vec<(String, String)>,
    /// The body as it was sent: still packed if it was.
    pub(super) body: Vec<u8>,
    /// Head and body as they were on the wire. Bytes.
    pub(super) wire_bytes: usize,
}

impl Answer {
    /// Reads one to its end.
    ///
    /// # Errors
    /// When it is no answer, is cut off, or is too large.
    pub(super) fn read(stream: &mut impl BufRead) -> anyhow::Result<Self> {
        let mut line = String::new();
        let mut wire_bytes = stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.with_context(|| format!("no answer: {}", line.trim()))?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            wire_bytes += stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Self { status, headers, body: Vec::new(), wire_bytes };
        let length = answer.values("content-length").next().map(str::parse).transpose()?;
        if answer.values("transfer-encoding").any(|value| value == "chunked") {
            answer.read_chunks(stream)?;
        } else if let Some(length) = length {
            answer.wire_bytes += read_exactly(stream, length, &mut answer.body)?;
        }
        Ok(answer)
    }

    /// Every value of a header.
    pub(super) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn read_chunks(&mut self, stream: &mut impl BufRead) -> anyhow::Result<()> {
        let mut line = String::new();
        loop {
            line.clear();
            self.wire_bytes += stream.read_line(&mut line)?;
            let length = u64::from_str_radix(line.trim_end(), 16).with_context(|| format!("no chunk: {line:?}"))?;
            self.wire_bytes += read_exactly(stream, length, &mut self.body)?;
            line.clear();
            self.wire_bytes += stream.read_line(&mut line)?;
            anyhow::ensure!(line == "\r\n", "a chunk is longer than it says");
            if length == 0 {
                return Ok(());
            }
        }
    }
}

/// Appends exactly so many bytes; their number.
fn read_exactly(stream: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> anyhow::Result<usize> {
    anyhow::ensure!(length <= BODY_BYTES_MAX, "a body of {length} bytes is too large");
    let read = stream.take(length).read_to_end(body)?;
    anyhow::ensure!(u64::try_from(read)? == length, "the answer was cut off");
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Answer> {
        Answer::read(&mut text.as_bytes())
    }

    #[test]
    fn a_body_ends_where_its_length_says() {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\nokHTTP/1.1 404";
        let answer = read(text).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
        assert_eq!(answer.values("set-cookie").collect::<Vec<_>>(), ["a=1", "b=2"]);
        assert_eq!(answer.wire_bytes, text.len() - "HTTP/1.1 404".len());
    }

    #[test]
    fn chunks_are_put_together_and_counted_with_their_frames() {
        let text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
        let answer = read(text).unwrap();
        assert_eq!(answer.body, b"abc0123456789");
        assert_eq!(answer.wire_bytes, text.len());
    }

    #[test]
    fn what_is_cut_off_or_too_large_is_no_answer() {
        for text in [
            "",
            "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nab",
            "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
