//! As little of HTTP/1.1 as this program needs, so that it costs next to nothing beside the hub.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Largest message that is read.
const MESSAGE_BYTES_MAX: usize = 64 * 1024;
const READ_BYTES: usize = 16 * 1024;

/// A connection, with what was read but not used yet.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
    used: usize,
}

/// A message within the buffer of its connection.
pub(crate) struct Message<'a> {
    /// The first line and the headers.
    pub(crate) head: &'a [u8],
    /// What comes after them.
    pub(crate) body: &'a [u8],
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ_BYTES), used: 0 })
    }

    /// The next message; `None` at the end of the connection.
    pub(crate) async fn next(&mut self) -> std::io::Result<Option<Message<'_>>> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let (head_bytes, whole) = loop {
            if let Some((head_bytes, whole)) = bounds(&self.buffer)
                && self.buffer.len() >= whole
            {
                break (head_bytes, whole);
            }
            if self.buffer.len() > MESSAGE_BYTES_MAX {
                return Err(std::io::Error::other("a message is too long"));
            }
            self.buffer.reserve(READ_BYTES);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        };
        self.used = whole;
        let (head, rest) = self.buffer.split_at(head_bytes);
        Ok(Some(Message { head, body: rest.get(..whole - head_bytes).unwrap_or_default() }))
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream.write_all(bytes).await
    }
}

/// Where the head ends and where the message does, once the head is whole.
fn bounds(bytes: &[u8]) -> Option<(usize, usize)> {
    let head_bytes = find(bytes, b"\r\n\r\n")? + 4;
    let length = header(bytes.get(..head_bytes)?, "content-length");
    Some((head_bytes, head_bytes + length.map_or(0, |text| text.parse().unwrap_or(0))))
}

/// The value of a header, whose name is in lower case.
pub(crate) fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let (start, value) = line.split_at_checked(name.len())?;
        let value = value.strip_prefix(b":").filter(|_| start.eq_ignore_ascii_case(name.as_bytes()))?;
        std::str::from_utf8(value.trim_ascii()).ok()
    })
}

/// Where a text begins.
pub(crate) fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    let (first, _) = text.split_first()?;
    let mut from = 0;
    while let Some(rest) = bytes.get(from..) {
        let position = from + rest.iter().position(|byte| byte == first)?;
        if bytes.get(position..)?.starts_with(text) {
            return Some(position);
        }
        from = position + 1;
    }
    None
}
