//! One connection to a receiver, encrypted or not, as the client sees it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use devhub_domain::webhooks::Timings;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A connection that was vetted when it was dialled.
pub(super) struct Socket {
    io: TokioIo<Box<dyn Stream>>,
    speaks_h2: bool,
    served: Served,
}

/// Whether a connection has already brought an answer: only then can its breaking mean that it had gone stale. And how long the steps
/// of opening it took, which belong to the request that it was opened for.
#[derive(Clone, Debug)]
pub(super) struct Served {
    is_noted: Arc<AtomicBool>,
    opening: Timings,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Served {
    /// Notes an answer; for the first one, how long the steps of opening took.
    pub(super) fn note(&self) -> Option<Timings> {
        (!self.is_noted.swap(true, Ordering::Relaxed)).then_some(self.opening)
    }

    /// Whether there was one.
    pub(super) fn is_noted(&self) -> bool {
        self.is_noted.load(Ordering::Relaxed)
    }
}

impl Socket {
    /// A connection without encryption.
    pub(super) fn plain(stream: TcpStream, opening: Timings) -> Self {
        Self::over(Box::new(stream), false, opening)
    }

    /// An encrypted connection, with the protocol that both sides agreed on.
    pub(super) fn encrypted(stream: TlsStream<TcpStream>, opening: Timings) -> Self {
        let speaks_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Self::over(Box::new(stream), speaks_h2, opening)
    }

    fn over(stream: Box<dyn Stream>, speaks_h2: bool, opening: Timings) -> Self {
        Self { io: TokioIo::new(stream), speaks_h2, served: Served { is_noted: Arc::default(), opening } }
    }

    fn io(self: Pin<&mut Self>) -> Pin<&mut TokioIo<Box<dyn Stream>>> {
        Pin::new(&mut self.get_mut().io)
    }
}

impl Connection for Socket {
    fn connected(&self) -> Connected {
        let connected = Connected::new().extra(self.served.clone());
        if self.speaks_h2 { connected.negotiated_h2() } else { connected }
    }
}

impl Read for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        self.io().poll_read(cx, buf)
    }
}

impl Write for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io().poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io().poll_write_vectored(cx, bufs)
    }
}
