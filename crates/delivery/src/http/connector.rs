//! Connects to receivers, and to nobody else.
//!
//! *Threat:* server-side request forgery, as `devhub_domain::webhooks::address` describes it: a literal address, a name that means
//! an inside address, a name that changes its meaning between check and connect, a proxy that connects on our behalf.
//! *Defence:* every connection of the client is opened here. The host of each is a literal or is resolved here; *all* its
//! addresses are vetted; a vetted address is dialled, never the name. No proxy setting is read from anywhere. A pooled
//! connection is only ever used for the host that it was opened for.
//! Plain http is spoken where that is allowed only: an address may have been saved under other rules, or named by a payment.
//! *Not defended:* what the policy lets through.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use devhub_domain::webhooks::address::{AddressPolicy, AddressRefused, EndpointHost};
use devhub_domain::webhooks::{Failure, FailureKind, Timings};
use http::Uri;
use http::uri::Scheme;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower_service::Service;

use super::budgets::Budgets;
use super::failure::{ConnectError, failure};
use super::resolve::Names;
use super::socket::Socket;
use super::tls_reason;

/// Addresses of one name that are tried. All are vetted; a name with more is a farm of which a few say enough.
const ADDRESSES_DIALLED_MAX: usize = 4;

/// What an operator reads of a request that would have been readable on its way.
const HTTP_REFUSED: &str =
    "plain http is refused: use an https address, or allow plain http in the settings of the hub";

/// Opens vetted connections. Clones share everything.
#[derive(Clone)]
pub(super) struct Connector {
    shared: Arc<Shared>,
}

/// What may be called.
#[derive(Clone)]
pub(super) struct Guard {
    pub(super) policy: AddressPolicy,
    pub(super) allows_http: bool,
}

struct Shared {
    names: Arc<Names>,
    guard: Guard,
    tls: TlsConnector,
    budgets: Budgets,
}

impl Connector {
    /// Connects to what `guard` lets through.
    pub(super) fn new(names: Names, guard: Guard, tls: TlsConnector, budgets: Budgets) -> Self {
        Self { shared: Arc::new(Shared { names: Arc::new(names), guard, tls, budgets }) }
    }

    /// Whether all addresses of a host may be called at this port; connects to none of them.
    pub(super) async fn look_up(&self, host: &str, port: u16) -> Result<(), Failure> {
        self.shared.vetted(host, port).await.map(drop)
    }

    /// Connects to the same, and believes whom `tls` does.
    pub(super) fn believing(&self, tls: TlsConnector) -> Self {
        let Shared { names, guard, budgets, .. } = &*self.shared;
        Self { shared: Arc::new(Shared { names: Arc::clone(names), guard: guard.clone(), tls, budgets: *budgets }) }
    }
}

impl Service<Uri> for Connector {
    type Response = Socket;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Socket, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let mut opening = Timings::default();
            let connected = shared.connect(&uri, &mut opening).await;
            connected.map_err(|failure| ConnectError { failure, opening })
        })
    }
}

impl Shared {
    /// Writes into `opening` how long the steps took, also the one that failed.
    async fn connect(&self, uri: &Uri, opening: &mut Timings) -> Result<Socket, Failure> {
        let host = uri.host().unwrap_or_default();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_https = uri.scheme() == Some(&Scheme::HTTPS);
        let port = uri.port_u16().unwrap_or(if is_https { 443 } else { 80 });

        let addresses = timed(&mut opening.dns, self.vetted(host, port)).await?;
        if host.parse::<IpAddr>().is_ok() {
            // Nobody was asked.
            opening.dns = None;
        }
        if !is_https && !self.guard.allows_http {
            return Err(failure(FailureKind::Blocked, HTTP_REFUSED));
        }
        let stream = timed(&mut opening.connect, dial(&addresses, port, self.budgets.dial)).await?;
        if !is_https {
            return Ok(Socket::plain(stream, *opening));
        }
        let stream = timed(&mut opening.tls, self.encrypt(host, stream)).await?;
        Ok(Socket::encrypted(stream, *opening))
    }

    /// The addresses of a host, all of which may be called at this port.
    async fn vetted(&self, host: &str, port: u16) -> Result<Vec<IpAddr>, Failure> {
        let (host, addresses) = match host.parse() {
            Ok(literal) => (EndpointHost::Address(literal), vec![literal]),
            Err(_not_a_literal) => (EndpointHost::Name(host), self.names.addresses(host).await?),
        };
        match self.guard.policy.check_all(host, port, &addresses) {
            Ok(()) => Ok(addresses),
            // Not `Blocked`, which closes a delivery for good: a zone without addresses is repaired sooner or later.
            Err(refused @ AddressRefused::NoAddress) => Err(failure(FailureKind::Dns, format!("{host}: {refused}"))),
            Err(refused) => Err(failure(FailureKind::Blocked, refused.to_string())),
        }
    }

    async fn encrypt(&self, host: &str, stream: TcpStream) -> Result<TlsStream<TcpStream>, Failure> {
        let refused = |why: &dyn std::fmt::Display| failure(FailureKind::Tls, format!("tls handshake failed: {why}"));
        let name = ServerName::try_from(host.to_owned()).map_err(|error| refused(&error))?;
        let wait = self.budgets.handshake;
        match timeout(wait, self.tls.connect(name, stream)).await {
            Ok(Ok(stream)) => Ok(stream),
            Ok(Err(error)) => Err(refused(&tls_reason::of(&error))),
            Err(_elapsed) => Err(refused(&format_args!("it was not finished within {wait:?}"))),
        }
    }
}

/// Measures a step.
async fn timed<T>(taken: &mut Option<Duration>, step: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let done = step.await;
    *taken = Some(began.elapsed());
    done
}

/// Connects to the first address that answers.
async fn dial(addresses: &[IpAddr], port: u16, wait: Duration) -> Result<TcpStream, Failure> {
    let mut refusals = Vec::new();
    for address in addresses.iter().take(ADDRESSES_DIALLED_MAX) {
        let address = SocketAddr::new(*address, port);
        match timeout(wait, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // A request is written at once; waiting for more to send would only delay its last part.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(error = %error, "cannot switch TCP_NODELAY on");
                }
                return Ok(stream);
            }
            Ok(Err(error)) => refusals.push(format!("{address}: {error}")),
            Err(_elapsed) => refusals.push(format!("{address}: no connection within {wait:?}")),
        }
    }
    Err(failure(FailureKind::Connect, refusals.join("; ")))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::tls;
    use super::*;

    #[tokio::test]
    async fn a_public_address_passes_the_guard() {
        // Asked of the guard itself, because what passes is dialled, and no test leaves this machine.
        let budgets = Budgets::default();
        let names = Arc::new(Names::new(HashMap::new(), &[], budgets.look_up).unwrap());
        let guard = Guard { policy: AddressPolicy::default(), allows_http: false };
        let shared = Shared { names, guard, tls: tls::connector(&[]).unwrap(), budgets };
        assert_eq!(shared.vetted("93.184.215.14", 443).await, Ok(vec![IpAddr::from([93, 184, 215, 14])]));
    }
}
