//! A receiver on loopback: scripted by the byte, or an HTTP server that remembers what it was sent.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::{HeaderMap, Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

/// A request as a receiver saw it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) version: Version,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// What a connection speaks.
#[derive(Clone, Copy, Debug)]
enum Protocol {
    Http1,
    Http2,
}

/// A listening socket, counted.
#[derive(Clone)]
pub(crate) struct Receiver {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Runs `script` with each connection and its number, counted from 1.
    pub(crate) async fn raw<F>(script: impl Fn(usize, TcpStream) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver =
            Self { address: listener.local_addr().unwrap(), accepted: Arc::default(), requests: Arc::default() };
        let accepted = Arc::clone(&receiver.accepted);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = accepted.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::spawn(script(number, stream));
            }
        });
        receiver
    }

    /// Answers each request with what `handle` makes of it.
    pub(crate) async fn http<F>(handle: impl Fn(Received) -> F + Clone + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let requests: Arc<Mutex<Vec<Received>>> = Arc::default();
        let seen = Arc::clone(&requests);
        let receiver =
            Self::raw(move |_, stream| serve(stream, Protocol::Http1, handle.clone(), Arc::clone(&seen))).await;
        Self { requests, ..receiver }
    }

    /// Answers each request that comes encrypted, in the protocol that both sides agreed on.
    pub(crate) async fn https<F>(
        tls: TlsAcceptor,
        handle: impl Fn(Received) -> F + Clone + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
    {
        let requests: Arc<Mutex<Vec<Received>>> = Arc::default();
        let seen = Arc::clone(&requests);
        let receiver = Self::raw(move |_, stream| {
            let (tls, handle, seen) = (tls.clone(), handle.clone(), Arc::clone(&seen));
            async move {
                if let Ok(stream) = tls.accept(stream).await {
                    let speaks_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    let protocol = if speaks_h2 { Protocol::Http2 } else { Protocol::Http1 };
                    serve(stream, protocol, handle, seen).await;
                }
            }
        })
        .await;
        Self { requests, ..receiver }
    }

    /// Its address as a URL without TLS.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections it got.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// The requests that it got, in order.
    pub(crate) fn requests(&self) -> Vec<Received> {
        self.requests.lock().unwrap().clone()
    }
}

/// An answer with a status and a body.
pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::new(body.into())).unwrap()
}

/// A receiver that answers 200.
pub(crate) async fn willing() -> Receiver {
    Receiver::http(|_| async { answer(200, "") }).await
}

/// A receiver that answers with these statuses in turn, then with the last one.
pub(crate) async fn saying(statuses: &'static [u16]) -> Receiver {
    let count = Arc::new(AtomicUsize::new(0));
    Receiver::http(move |_| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        std::future::ready(answer(statuses[number.min(statuses.len() - 1)], "seen"))
    })
    .await
}

/// A receiver that takes a request, says so, and answers when it is told to.
pub(crate) async fn gated() -> (Receiver, Arc<Semaphore>, Arc<Semaphore>) {
    let (arrived, leave) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (arrival, left) = (Arc::clone(&arrived), Arc::clone(&leave));
    let receiver = Receiver::http(move |_| {
        let (arrival, left) = (Arc::clone(&arrival), Arc::clone(&left));
        async move {
            arrival.add_permits(1);
            left.acquire().await.unwrap().forget();
            answer(200, "")
        }
    })
    .await;
    (receiver, arrived, leave)
}

async fn serve<S, F>(
    stream: S,
    protocol: Protocol,
    handle: impl Fn(Received) -> F + Clone + Send + 'static,
    seen: Arc<Mutex<Vec<Received>>>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send + 'static,
{
    let service = service_fn(|request: Request<Incoming>| {
        let (handle, seen) = (handle.clone(), Arc::clone(&seen));
        async move {
            let (head, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let (version, path) = (head.version, head.uri.to_string());
            let received = Received { version, path, headers: head.headers, body };
            seen.lock().unwrap().push(received.clone());
            Ok::<_, Infallible>(handle(received).await)
        }
    });
    // Ends with an error when the sender hangs up, which some tests make it do.
    match protocol {
        Protocol::Http1 => drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await),
        Protocol::Http2 => {
            drop(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await);
        }
    }
}
