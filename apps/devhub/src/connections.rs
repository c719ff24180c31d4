//! Closes connections that nobody uses.
//!
//! *Threat:* connections that cost nothing to hold open, until there is none left for others: the HTTP server limits how long the
//! *first* head of an HTTP/1.1 connection may take, but neither the later ones, nor an HTTP/2 connection without requests whose
//! client answers pings, nor a client that does not read its answer or is gone; and it reads a chunked body to its end after the
//! request was refused, even one without end. *Defence:* each connection has the time since its
//! last request, which no byte but a whole head moves; past the limit its socket is shut. *Not defended:* many connections that each
//! send a request now and then: their number is limited instead.
//!
//! When the hub leaves, the same ends HTTP/2 connections without requests, for which the server would wait in vain.

use std::any::Any;
use std::convert::Infallible;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream as AsyncTcpStream;
use devhub_domain::time::Clock;

/// How often connections are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often while the hub leaves.
const LOOK_EVERY_LEAVING: Duration = Duration::from_millis(100);
/// How long a client may go on with a body after its request was refused; time enough to read the answer.
const REFUSED_MAX: Duration = Duration::from_secs(5);
/// How long an answer may take to leave after its request was carried out, while the hub leaves.
const IDLE_MAX_LEAVING: Duration = Duration::from_millis(500);

/// All connections of this hub.
pub(crate) struct Connections {
    open: Mutex<Vec<Weak<Connection>>>,
    clock: Arc<dyn Clock>,
}

/// One of them. Lives among the connection's own data, so that it ends with it.
struct Connection {
    /// A second handle of the socket: the first belongs to the server, which gives nobody a way to close it.
    socket: TcpStream,
    requests: AtomicUsize,
    /// Whether its latest request was refused while its body may still be on its way.
    is_refused: AtomicBool,
    /// When its latest request ended, in milliseconds of the clock.
    idle_since_ms: AtomicU64,
    clock: Arc<dyn Clock>,
}

/// A request that is being carried out: its connection is not idle until this is dropped.
pub(crate) struct InFlight(Arc<Connection>);

impl Connections {
    /// None yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { open: Mutex::default(), clock }
    }

    /// Takes note of a new connection: the HTTP server calls this with its stream and the data that go along with it.
    pub(crate) fn note(&self, stream: &dyn Any, data: &mut Extensions) {
        let encrypted = || stream.downcast_ref::<TlsStream<AsyncTcpStream>>().map(|stream| stream.get_ref().0);
        let Some(stream) = stream.downcast_ref::<AsyncTcpStream>().or_else(encrypted) else {
            return;
        };
        match stream.as_fd().try_clone_to_owned() {
            Ok(socket) => {
                let connection = Connection {
                    socket: TcpStream::from(socket),
                    requests: AtomicUsize::new(0),
                    is_refused: AtomicBool::new(false),
                    idle_since_ms: AtomicU64::new(milliseconds(&*self.clock)),
                    clock: Arc::clone(&self.clock),
                };
                let connection = Arc::new(connection);
                self.open().push(Arc::downgrade(&connection));
                data.insert(connection);
            }
            // Served all the same: there are files for the request itself or it fails by itself.
            Err(error) => tracing::warn!(%error, "a connection is not watched: give the hub more open files"),
        }
    }

    /// Shuts connections that have had no request for so long.
    fn close_idle(&self, idle_max: Duration) {
        let now = milliseconds(&*self.clock);
        self.open().retain(|connection| {
            let Some(connection) = connection.upgrade() else {
                return false;
            };
            if connection.is_past(idle_max, now) {
                // One that the other side has closed meanwhile is not connected any more.
                connection.socket.shutdown(Shutdown::Both).ok();
            }
            true
        });
    }

    fn open(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection {
    /// Whether it has been idle for longer than it may; never while a request is carried out.
    fn is_past(&self, idle_max: Duration, now_ms: u64) -> bool {
        // Asked first: only of a connection without requests is the time below that of its last one.
        if self.requests.load(Ordering::Acquire) > 0 {
            return false;
        }
        let idle_max = if self.is_refused.load(Ordering::Acquire) { idle_max.min(REFUSED_MAX) } else { idle_max };
        let idle_ms = now_ms.saturating_sub(self.idle_since_ms.load(Ordering::Acquire));
        Duration::from_millis(idle_ms) >= idle_max
    }
}

impl InFlight {
    /// Begins with a request; `None` when its connection is not watched.
    pub(crate) fn begin(req: &HttpRequest) -> Option<Self> {
        let connection = req.conn_data::<Arc<Connection>>()?;
        connection.requests.fetch_add(1, Ordering::AcqRel);
        connection.is_refused.store(false, Ordering::Release);
        Some(Self(Arc::clone(connection)))
    }

    /// Ends, and has the connection closed soon unless another request comes.
    pub(crate) fn refuse(self) {
        self.0.is_refused.store(true, Ordering::Release);
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        // In this order: an idle connection always has the time of its last request.
        self.0.idle_since_ms.store(milliseconds(&*self.0.clock), Ordering::Release);
        self.0.requests.fetch_sub(1, Ordering::AcqRel);
    }
}

fn milliseconds(clock: &dyn Clock) -> u64 {
    u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Closes connections that are idle for `idle_max`, for as long as the hub serves.
pub(crate) async fn close_idle_regularly(connections: Arc<Connections>, idle_max: Duration) {
    match look_regularly(&connections, LOOK_EVERY, idle_max).await {}
}

/// Closes connections that are idle, for as long as the hub takes to leave.
pub(crate) async fn close_idle_while_leaving(connections: &Connections) -> Infallible {
    look_regularly(connections, LOOK_EVERY_LEAVING, IDLE_MAX_LEAVING).await
}

async fn look_regularly(connections: &Connections, every: Duration, idle_max: Duration) -> Infallible {
    let mut interval = tokio::time::interval(every);
    interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        connections.close_idle(idle_max);
    }
}
