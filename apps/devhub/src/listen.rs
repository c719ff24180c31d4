//! The HTTP server: where it listens, in which language, and how patient it is.
//!
//! *Threat:* clients that send slowly or not at all, and connections without end, until there is none left for others. *Defence:*
//! every wait has its bound: the handshake, the head of a request, its body (`devhub-web`), the pause between two requests, the
//! number of connections. *Not defended:* a flood from many addresses, which belongs before the hub.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::{Server, Service as _};
use actix_web::http::header::TRANSFER_ENCODING;
use anyhow::Context as _;
use devhub_web::Services;

use crate::config::ServerSettings;
use crate::connections::{Connections, InFlight};
use crate::tls::{Presented, server_config};

/// Threads of one HTTP worker that wait for reads: more than there are connections to read with would only wait longer.
const BLOCKING_THREADS_MAX: usize = 8;
/// Most HTTP workers unless configured otherwise: authentication needs a microsecond, so that few suffice.
const WORKERS_DEFAULT_MAX: usize = 4;
/// How long a handshake may take: two exchanges, also from the other side of the world.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Handshakes that may be under way in one worker; no connection is accepted while there are so many. Well above what one finishes in
/// the time above, so that clients who never finish theirs do not keep others out at once.
const HANDSHAKES_MAX: usize = 1_024;
/// How long a client may take to take notice that its connection ends.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// Binds the port. Half of the grace is for requests, so that one that hangs leaves time to the deliveries.
///
/// # Errors
/// When the port is taken.
pub(crate) fn listen(
    settings: &ServerSettings,
    presented: Option<Arc<Presented>>,
    services: Services,
    connections: &Arc<Connections>,
    connections_max: usize,
) -> anyhow::Result<(Server, SocketAddr)> {
    let address = settings.listen;
    let workers = settings.workers.unwrap_or_else(default_workers);
    let noted = Arc::clone(connections);
    let server = HttpServer::new(move || {
        devhub_web::app(services.clone()).wrap_fn(|req, service| {
            let in_flight = InFlight::begin(req.request());
            let is_chunked = req.headers().contains_key(TRANSFER_ENCODING);
            let answer = service.call(req);
            async move {
                let answer = answer.await;
                let is_refused = answer.as_ref().map_or(true, |res| !res.status().is_success());
                match in_flight {
                    Some(in_flight) if is_refused && is_chunked => in_flight.refuse(),
                    in_flight => drop(in_flight),
                }
                answer
            }
        })
    })
    .workers(workers)
    .worker_max_blocking_threads(BLOCKING_THREADS_MAX)
    .max_connections(connections_max.div_ceil(workers))
    .max_connection_rate(HANDSHAKES_MAX)
    .tls_handshake_timeout(HANDSHAKE_TIMEOUT)
    .client_request_timeout(settings.header_timeout)
    .client_disconnect_timeout(DISCONNECT_TIMEOUT)
    .keep_alive(settings.idle_timeout)
    // A packed page leaves in two pieces: the second would wait until the browser has said that it got the first, 40 ms later.
    .tcp_nodelay(true)
    .on_connect(move |stream, data| noted.note(stream, data))
    .disable_signals()
    .shutdown_timeout((settings.shutdown_grace.as_secs() / 2).max(1));
    let bound = match presented {
        Some(presented) => server.bind_rustls_0_23(address, server_config(presented)?),
        None => server.bind(address),
    };
    let server = bound.with_context(|| format!("the hub cannot listen on {address}: {}", advice(address)))?;
    let bound = server.addrs().first().copied().context("the HTTP server has no address")?;
    Ok((server.run(), bound))
}

fn advice(address: SocketAddr) -> String {
    let port = address.port();
    format!("stop what uses port {port} already, or choose another one with --listen {}:<port>", address.ip())
}

fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(WORKERS_DEFAULT_MAX)
}
