//! The listener of `/metrics`: its own address and thread, so that neither waits for requests nor holds one up.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::KeepAlive;
use actix_web::web::{self, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use anyhow::Context as _;
use devhub_domain::causes::chain;
use devhub_domain::time::Clock;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Scrape;
use crate::connections::{Connections, InFlight, close_idle_regularly};

/// What the text is: Prometheus reads it since 2.5.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Connections at once: several scrapers and a person.
const CONNECTIONS_MAX: usize = 16;
/// How long the head of a request may take, and then its answer to leave, whatever else the client sends meanwhile.
const REQUEST_MAX: Duration = Duration::from_secs(5);
/// Whole seconds that a scrape under way has when the hub leaves.
const STOP_S: u64 = 1;
/// How long the listener is waited for when the hub leaves, its own bound included.
const STOP_MAX: Duration = Duration::from_secs(2);

/// A running listener.
pub(crate) struct MetricsListener {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    server: ServerHandle,
    serving: JoinHandle<io::Result<()>>,
    /// Ends connections that do not end by themselves.
    watching: JoinHandle<()>,
}

impl MetricsListener {
    /// Starts to answer.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub(crate) fn start(listen: SocketAddr, scrape: Scrape, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let scrape = Data::new(scrape);
        let connections = Arc::new(Connections::new(clock));
        let noted = connections.clone();
        let server = HttpServer::new(move || {
            App::new().app_data(scrape.clone()).service(web::resource("/metrics").route(web::get().to(answer)))
        })
        .workers(1)
        .worker_max_blocking_threads(1)
        .max_connections(CONNECTIONS_MAX)
        .client_request_timeout(REQUEST_MAX)
        // A scraper comes once in a while: connections that are kept would only take the place of others.
        .keep_alive(KeepAlive::Disabled)
        .on_connect(move |stream, data| noted.note(stream, data))
        .disable_signals()
        .shutdown_timeout(STOP_S)
        .bind(listen)
        .with_context(|| format!("metrics cannot be served on {listen}: choose another address for metrics.listen"))?;
        let address = server.addrs().first().copied().context("the listener of the metrics has no address")?;
        if !address.ip().is_loopback() {
            tracing::warn!(%address, "everybody who reaches this address can read the metrics: there is no authentication");
        }
        let server = server.run();
        let watching = tokio::spawn(close_idle_regularly(connections, REQUEST_MAX));
        Ok(Self { address, server: server.handle(), serving: tokio::spawn(server), watching })
    }

    /// Stops answering.
    pub(crate) async fn stop(self) {
        let stopping = async {
            self.server.stop(true).await;
            self.serving.await
        };
        let stopped = timeout(STOP_MAX, stopping).await;
        self.watching.abort();
        match stopped {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::warn!(error = chain(&error), "the listener of the metrics failed"),
            Ok(Err(error)) => tracing::warn!(error = chain(&error), "the listener of the metrics broke down"),
            Err(_) => tracing::warn!("the listener of the metrics did not stop in time"),
        }
    }
}

async fn answer(req: HttpRequest, scrape: Data<Scrape>) -> HttpResponse {
    let _in_flight = InFlight::begin(&req);
    match scrape.text().await {
        Ok(text) => HttpResponse::Ok().content_type(CONTENT_TYPE).body(text),
        Err(error) => {
            tracing::error!(error = chain(&error), "the metrics have no text");
            HttpResponse::InternalServerError().finish()
        }
    }
}
