//! What scripted receivers do with the bytes of a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::sync::Semaphore;

/// Longest wait for a connection to be given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the system may hold for a receiver that goes on writing; the sender's own system holds as much again and more.
const SEND_BUFFER_BYTES: u32 = 16 * 1024;

/// Reads one request: the body of every test's request ends it.
pub(crate) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) {
    let mut seen = Vec::new();
    while !seen.ends_with(b"}") {
        let byte = stream.read_u8().await.unwrap();
        seen.push(byte);
    }
}

/// A receiver that answers one request with a start and then the same bytes again and again, for as long as anybody takes them.
pub(crate) struct Flood {
    url: String,
    written: Arc<AtomicUsize>,
    ended: Arc<Semaphore>,
}

impl Flood {
    /// Writes `start`, and then `again` for ever.
    pub(crate) fn of(start: &'static [u8], again: &'static [u8]) -> Self {
        Self::paced(start, again, Duration::ZERO)
    }

    /// The same, with a pause before each time.
    pub(crate) fn paced(start: &'static [u8], again: &'static [u8], pause: Duration) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(SEND_BUFFER_BYTES).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(16).unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let flood = Self { url, written: Arc::default(), ended: Arc::new(Semaphore::new(0)) };
        let (written, ended) = (Arc::clone(&flood.written), Arc::clone(&flood.ended));
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            if count(&mut stream, start, &written).await {
                loop {
                    if !pause.is_zero() {
                        tokio::time::sleep(pause).await;
                    }
                    if !count(&mut stream, again, &written).await {
                        break;
                    }
                }
            }
            ended.add_permits(1);
        });
        flood
    }

    /// Its address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Waits until nobody takes any more, and tells how many bytes were taken, by the systems between too.
    pub(crate) async fn taken(&self) -> usize {
        let ended = tokio::time::timeout(PATIENCE, self.ended.acquire()).await;
        ended.expect("the connection is given up").unwrap().forget();
        self.written.load(Ordering::SeqCst)
    }
}

/// Writes as much as is taken; `false` once the other side has gone.
async fn count(stream: &mut (impl AsyncWrite + Unpin), mut bytes: &[u8], written: &AtomicUsize) -> bool {
    while !bytes.is_empty() {
        match stream.write(bytes).await {
            Ok(0) | Err(_) => return false,
            Ok(taken) => {
                written.fetch_add(taken, Ordering::SeqCst);
                bytes = &bytes[taken..];
            }
        }
    }
    true
}
