//! How long single requests take, one after the other on one connection.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

use anyhow::Context as _;

use super::suites::Effort;
use crate::ui::Stopwatch;

/// One connection to a server.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    authorization: String,
}

/// Requests before the first that counts: caches fill, the connection opens.
const WARM_UP: usize = 20;

impl Client {
    /// Connects to a server of `http://<address>`; `authorization` is the whole header.
    ///
    /// # Errors
    /// When nobody listens.
    pub(super) fn connect(base: &str, authorization: &str) -> anyhow::Result<Self> {
        let address = base.strip_prefix("http://").context("a server has an address")?;
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), authorization: authorization.to_owned() })
    }

    /// The body of one answer.
    ///
    /// # Errors
    /// When it is not 200.
    pub(super) fn get(&mut self, path: &str) -> anyhow::Result<Vec<u8>> {
        let authorization = &self.authorization;
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: {authorization}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes())?;
        read_answer(&mut self.stream).with_context(|| format!("GET {path}"))
    }

    /// The time that 99 of 100 GET requests need at most. Milliseconds.
    ///
    /// # Errors
    /// When an answer is not 200: a fast refusal is no figure.
    pub(super) fn p99_ms(&mut self, path: &str, effort: Effort) -> anyhow::Result<f64> {
        let count = if effort == Effort::Quick { 200 } else { 2_000 };
        let mut times = Vec::with_capacity(count);
        for number in 0..WARM_UP + count {
            let watch = Stopwatch::start();
            self.get(path)?;
            if number >= WARM_UP {
                times.push(watch.elapsed().as_secs_f64() * 1_000.0);
            }
        }
        times.sort_by(f64::total_cmp);
        times.get(count * 99 / 100).copied().context("there were requests")
    }
}

/// Reads one answer to its end.
fn read_answer(stream: &mut BufReader<TcpStream>) -> anyhow::Result<Vec<u8>> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    anyhow::ensure!(line.starts_with("HTTP/1.1 200"), "answered {}", line.trim());
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse()?;
        }
    }
    let mut body = Vec::new();
    stream.take(length).read_to_end(&mut body)?;
    Ok(body)
}
