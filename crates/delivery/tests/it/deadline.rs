//! One deadline over everything, however each step keeps within its own budget.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use devhub_delivery::{Budgets, Sender, SenderOptions};
use devhub_domain::webhooks::address::AddressPolicy;
use devhub_domain::webhooks::{FailureKind, OutboundRequest};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::support::{NameServer, Receiver, Says, failed, options, read_request, request};
use crate::tls::{authority, config};

/// What each step takes.
const STEP: Duration = Duration::from_millis(80);

/// What each step may take by itself.
const BUDGETS: Budgets = Budgets { look_up: Duration::from_secs(2), dial: STEP, handshake: Duration::from_secs(2) };

/// Listens and never accepts: once its queue is full the system drops what knocks, and dialling it takes all the time there is.
async fn silent(port: u16) -> (TcpListener, Vec<TcpStream>) {
    let address = SocketAddr::from(([127, 0, 0, 2], port));
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(address).unwrap();
    let listener = socket.listen(0).unwrap();
    let mut queued = Vec::new();
    while let Ok(connected) = timeout(STEP * 3, TcpStream::connect(address)).await {
        queued.push(connected.unwrap());
    }
    (listener, queued)
}

/// A receiver at 127.0.0.1 behind an address that does not answer, each of whose steps is slow.
async fn slow(says_head: bool) -> (Receiver, String, Sender) {
    let issuer = authority("Trusted");
    let tls = TlsAcceptor::from(Arc::new(config(&issuer, "shop.example", 2100)));
    let receiver = Receiver::raw(move |_, stream| {
        let tls = tls.clone();
        async move {
            sleep(STEP).await;
            let Ok(mut stream) = tls.accept(stream).await else { return };
            read_request(&mut stream).await;
            if says_head {
                drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n").await);
            }
            // Holds the connection until the sender gives it up.
            drop(stream.read_u8().await);
        }
    })
    .await;
    let server = NameServer::slow(STEP, |_| Says::addresses(&["127.0.0.2", "127.0.0.1"])).await;
    let policy = AddressPolicy::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let extra_roots_pem = issuer.pem().into_bytes();
    let sender = server.sender(SenderOptions { policy, extra_roots_pem, budgets: BUDGETS, ..options() });
    let url = format!("https://shop.example:{}/", receiver.port());
    (receiver, url, sender)
}

#[tokio::test]
async fn slow_steps_within_their_budgets_are_ended_together_at_the_one_deadline() {
    // Look-up, silent address and handshake take 240 ms at least: the first deadline passes while dialling.
    let cases = [(false, STEP * 3 / 2, 0), (false, STEP * 10, 1), (true, STEP * 12, 1)];
    for (says_head, deadline, connections) in cases {
        let (receiver, url, sender) = slow(says_head).await;
        let silent = silent(receiver.port()).await;
        let exchange = sender.send(&OutboundRequest { timeout: deadline, ..request(&url) }).await;
        assert!(exchange.duration >= deadline && exchange.duration < deadline + Duration::from_secs(4));
        let failure = failed(exchange);
        let what = if says_head { "no end of the answer" } else { "no answer" };
        assert_eq!((failure.kind, failure.detail), (FailureKind::Timeout, format!("{what} within {deadline:?}")));
        assert_eq!(receiver.accepted(), connections);
        drop(silent);
    }
}
