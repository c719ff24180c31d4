//! How long single requests take, one after the other on one connection.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;

use anyhow::Context as _;

use super::answer::Answer;
use super::suites::Effort;
use crate::ui::Stopwatch;

/// One connection to a server.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    /// What every request says, line by line.
    head: String,
}

/// How long requests took. Milliseconds.
pub(super) struct Times {
    /// Half of them took no longer.
    pub(super) p50_ms: f64,
    /// 99 of 100 took no longer.
    pub(super) p99_ms: f64,
}

/// Requests before the first that counts: caches fill, the connection opens.
const WARM_UP: usize = 20;

impl Client {
    /// Connects to a server of `http://<address>`; every request carries these headers.
    ///
    /// # Errors
    /// When nobody listens.
    pub(super) fn connect(base: &str, headers: &[(&str, &str)]) -> anyhow::Result<Self> {
        let address = base.strip_prefix("http://").context("a server has an address")?;
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        Ok(Self { stream: BufReader::new(stream), head: lines.collect() })
    }

    /// The answer to one GET.
    ///
    /// # Errors
    /// When it is not 200: a fast refusal is no figure.
    pub(super) fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        let answer = self.send(&format!("GET {path}"), "")?;
        anyhow::ensure!(answer.status == 200, "GET {path}: answered {}", answer.status);
        Ok(answer)
    }

    /// The answer to a form, whatever its status.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn post(&mut self, path: &str, form: &str) -> anyhow::Result<Answer> {
        self.send(&format!("POST {path}"), form)
    }

    /// The answer to a POST of JSON, whatever its status.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn post_json(&mut self, path: &str, json: &str) -> anyhow::Result<Answer> {
        self.send_typed(&format!("POST {path}"), "application/json", json)
    }

    fn send(&mut self, what: &str, form: &str) -> anyhow::Result<Answer> {
        self.send_typed(what, "application/x-www-form-urlencoded", form)
    }

    fn send_typed(&mut self, what: &str, kind: &str, content: &str) -> anyhow::Result<Answer> {
        let head = &self.head;
        let body = if content.is_empty() {
            "\r\n".to_owned()
        } else {
            format!("content-type: {kind}\r\ncontent-length: {}\r\n\r\n{content}", content.len())
        };
        let request = format!("{what} HTTP/1.1\r\nhost: localhost\r\n{head}{body}");
        self.stream.get_mut().write_all(request.as_bytes())?;
        Answer::read(&mut self.stream).with_context(|| what.to_owned())
    }

    /// How long GET requests take.
    ///
    /// # Errors
    /// When an answer is not 200.
    pub(super) fn times(&mut self, path: &str, effort: Effort) -> anyhow::Result<Times> {
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
        let at = |percent: usize| times.get(count * percent / 100).copied().context("there were requests");
        Ok(Times { p50_ms: at(50)?, p99_ms: at(99)? })
    }
}
