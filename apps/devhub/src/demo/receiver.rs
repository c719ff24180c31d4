//! A receiver such as an integrator writes: takes a webhook and verifies it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use anyhow::Context as _;
use tokio::sync::mpsc;

/// How long a webhook may take to arrive; it takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);
/// Webhooks that may wait to be looked at: the story sends one.
const WAITING_MAX: usize = 16;

/// What arrived.
pub(super) struct Received {
    /// Headers by their lower-case names.
    pub(super) headers: BTreeMap<String, String>,
    /// The bytes, as they came.
    pub(super) body: Bytes,
}

/// A small HTTP server on a free port of this machine.
pub(super) struct Receiver {
    address: SocketAddr,
    server: ServerHandle,
    received: mpsc::Receiver<Received>,
}

impl Receiver {
    pub(super) fn start() -> anyhow::Result<Self> {
        let (sender, received) = mpsc::channel(WAITING_MAX);
        let sender = Data::new(sender);
        let server =
            HttpServer::new(move || App::new().app_data(sender.clone()).route("/webhooks", web::post().to(receive)))
                .workers(1)
                .disable_signals()
                .bind("127.0.0.1:0")
                .context("the receiver cannot listen on this machine")?;
        let address = server.addrs().first().copied().context("the receiver has no address")?;
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { address, server: handle, received })
    }

    /// Where webhooks go.
    pub(super) fn url(&self) -> String {
        format!("http://{}/webhooks", self.address)
    }

    /// The next webhook.
    pub(super) async fn next(&mut self) -> anyhow::Result<Received> {
        let received = tokio::time::timeout(PATIENCE, self.received.recv()).await;
        received.context("no webhook arrived")?.context("the receiver is gone")
    }

    pub(super) async fn stop(self) {
        self.server.stop(false).await;
    }
}

async fn receive(req: HttpRequest, body: Bytes, sender: Data<mpsc::Sender<Received>>) -> HttpResponse {
    let text = |(name, value): (&actix_web::http::header::HeaderName, &actix_web::http::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = req.headers().iter().filter_map(text).collect();
    // Answered at once and looked at later, as a receiver should: the sender's time is bounded.
    match sender.try_send(Received { headers, body }) {
        Ok(()) => HttpResponse::Ok().finish(),
        Err(_) => HttpResponse::ServiceUnavailable().finish(),
    }
}
