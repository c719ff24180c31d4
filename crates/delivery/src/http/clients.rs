//! The clients that requests go through.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connector::Connector;

/// How long an unused connection is kept: below the 60 s after which common servers close it themselves.
const IDLE_WAIT: Duration = Duration::from_secs(30);

/// Unused connections kept for one host. Several endpoints share a host, with sixteen requests in flight each by default, and a request
/// often opens a connection while the one before is still on its way back: what is closed then is opened again at once, which costs as
/// much as the request.
const IDLE_PER_HOST_MAX: usize = 128;

/// Headers of one answer.
const HEADERS_MAX: usize = 100;

/// Bytes of all headers of one answer, and of one read. Common servers send at most 8 to 16 KiB.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Bytes that an HTTP/2 receiver may send unasked, for one answer and for all: bounds memory where nothing reads.
const WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;

/// How often a busy HTTP/2 connection is probed. One that died in silence would else swallow one request after the other, because
/// it is shared and a deadline ends only the request.
const PROBE_EVERY: Duration = Duration::from_secs(5);

/// Two clients over the same connector. Clones share their connections.
#[derive(Clone)]
pub(super) struct Clients {
    /// Keeps connections and uses them again.
    pub(super) pooled: Client<Connector, Full<Bytes>>,
    /// Opens a connection for each request: for the second try after a stale one.
    pub(super) fresh: Client<Connector, Full<Bytes>>,
}

impl Clients {
    /// Clients with their own connections.
    pub(super) fn new(connector: Connector) -> Self {
        Self { pooled: client(connector.clone(), IDLE_PER_HOST_MAX), fresh: client(connector, 0) }
    }
}

fn client(connector: Connector, idle_per_host_max: usize) -> Client<Connector, Full<Bytes>> {
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_WAIT)
        .pool_max_idle_per_host(idle_per_host_max)
        .http1_max_headers(HEADERS_MAX)
        .http1_max_buf_size(HEADER_BYTES_MAX)
        .http2_max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
        .http2_initial_stream_window_size(WINDOW_BYTES)
        .http2_initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_keep_alive_interval(PROBE_EVERY)
        .http2_keep_alive_timeout(PROBE_EVERY)
        .build(connector)
}
