//! Closes connections that nobody uses, and keeps their number to what fits into the files that the process may open.
//!
//! *Threat:* connections that cost nothing to hold open, until there is none left for others: the HTTP server limits how long the
//! *first* head of an HTTP/1.1 connection may take, but neither the later ones, nor an HTTP/2 connection without requests whose
//! client answers pings, nor a client that does not read its answer or is gone; and it reads a chunked body to its end after the
//! request was refused, even one without end. *Defence:* each connection has the time since its
//! last request, which no byte but a whole head moves; past the limit its socket is shut. *Not defended:* many connections that each
//! send a request now and then: their number is limited instead.
//!
//! A connection that cannot be watched, for want of a file, is shut at once: there is none without its bound.
//!
//! When the hub leaves, the same ends HTTP/2 connections without requests, for which the server would wait in vain.

use std::any::Any;
use std::convert::Infallible;
use std::fmt;
use std::net::{Shutdown, TcpStream};
use std::num::NonZeroUsize;
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::HttpRequest;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream as AsyncTcpStream;
use devhub_domain::time::Clock;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::{ServerSettings, Settings};

/// How often connections are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often while the hub leaves.
const LOOK_EVERY_LEAVING: Duration = Duration::from_millis(100);
/// How long a client may go on with a body after its request was refused; time enough to read the answer.
const REFUSED_MAX: Duration = Duration::from_secs(5);
/// How long an answer may take to leave after its request was carried out, while the hub leaves.
const IDLE_MAX_LEAVING: Duration = Duration::from_millis(500);

/// Open files of one connection: its socket, and the second handle by which it is watched.
const FILES_PER_CONNECTION: u64 = 2;
/// Open files of everything but connections and deliveries: three for each of SQLite's connections (65 at most), two for each of the
/// listener of metrics (16), one for each of the control socket (8), the pollers of every thread, the log, look-ups of names.
/// Not counted are connections to receivers that wait for the next delivery: how many there are is known by nobody beforehand.
const FILES_RESERVE: u64 = 512;

/// How many connections fit into the files that this process may open.
pub(crate) struct Room {
    files_max: u64,
    files_wanted: u64,
    connections_wanted: usize,
    connections_max: usize,
}

/// Says that fewer connections fit than are configured, and what to change.
pub(crate) struct Shortage(Room);

/// All connections of one listener.
pub(crate) struct Connections {
    open: Mutex<Vec<Weak<Connection>>>,
    /// Those that were shut since the last look, because they could not be watched.
    turned_away: AtomicUsize,
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

impl Room {
    /// What there is room for with so many files; `None` is without limit.
    fn new(files_max: Option<u64>, connections_wanted: usize, in_flight_max: NonZeroUsize) -> Self {
        let files_max = files_max.unwrap_or(u64::MAX);
        // One socket for each delivery under way.
        let others = count(in_flight_max.get()).saturating_add(FILES_RESERVE);
        let fitting = files_max.saturating_sub(others) / FILES_PER_CONNECTION;
        // Never fewer than can be configured: a hub that lets nobody in is no better than one that runs out of files.
        let fitting = usize::try_from(fitting).unwrap_or(usize::MAX).max(ServerSettings::CONNECTIONS_MIN);
        Self {
            files_max,
            files_wanted: count(connections_wanted).saturating_mul(FILES_PER_CONNECTION).saturating_add(others),
            connections_wanted,
            connections_max: connections_wanted.min(fitting),
        }
    }

    /// Raises the limit on open files as far as the system lets this process, and says what there is room for then.
    pub(crate) fn make(settings: &Settings) -> Self {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
            tracing::warn!(%error, "the limit on open files stays as it is");
        }
        Self::new(getrlimit(Resource::Nofile).current, settings.server.connections_max, settings.webhooks.in_flight_max)
    }

    /// What there would be room for if a hub were started as this program was.
    pub(crate) fn look(settings: &Settings) -> Self {
        Self::new(getrlimit(Resource::Nofile).maximum, settings.server.connections_max, settings.webhooks.in_flight_max)
    }

    /// Connections that may be open at once.
    pub(crate) fn connections_max(&self) -> usize {
        self.connections_max
    }

    /// What is missing; `None` when everything that is configured fits.
    pub(crate) fn shortage(self) -> Option<Shortage> {
        (self.files_max < self.files_wanted).then_some(Shortage(self))
    }
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Room { files_max, files_wanted, connections_wanted, connections_max }) = self;
        write!(
            f,
            "{connections_max} connections may be open instead of {connections_wanted}: raise the limit on open files from {files_max} \
             to {files_wanted} (ulimit -n, LimitNOFILE=), or lower server.connections_max or webhooks.in_flight_max"
        )
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

impl Connections {
    /// None yet.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { open: Mutex::default(), turned_away: AtomicUsize::new(0), clock }
    }

    /// Takes note of a new connection: the HTTP server calls this with its stream and the data that go along with it.
    pub(crate) fn note(&self, stream: &dyn Any, data: &mut Extensions) {
        let encrypted = || stream.downcast_ref::<TlsStream<AsyncTcpStream>>().map(|stream| stream.get_ref().0);
        let Some(stream) = stream.downcast_ref::<AsyncTcpStream>().or_else(encrypted) else {
            return;
        };
        let Ok(socket) = stream.as_fd().try_clone_to_owned() else {
            // One that the other side has closed meanwhile is not connected any more.
            rustix::net::shutdown(stream, rustix::net::Shutdown::Both).ok();
            // Not a line for each, or whoever opens connections fills the log.
            self.turned_away.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let connection = Arc::new(Connection {
            socket: TcpStream::from(socket),
            requests: AtomicUsize::new(0),
            is_refused: AtomicBool::new(false),
            idle_since_ms: AtomicU64::new(milliseconds(&*self.clock)),
            clock: Arc::clone(&self.clock),
        });
        self.open().push(Arc::downgrade(&connection));
        data.insert(connection);
    }

    /// Shuts connections that have had no request for so long, and tells how many had to be shut before their time.
    fn close_idle(&self, idle_max: Duration) {
        let turned_away = self.turned_away.swap(0, Ordering::Relaxed);
        if turned_away > 0 {
            tracing::warn!(turned_away, "connections were shut at once: the limit on open files is reached, raise it");
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Connections that fit when 4,096 and 512 deliveries are configured, and the files that are missed then.
    fn room(files_max: Option<u64>) -> (usize, Option<u64>) {
        let room = Room::new(files_max, 4_096, NonZeroUsize::new(512).unwrap());
        (room.connections_max(), room.shortage().map(|Shortage(room)| room.files_wanted))
    }

    #[test]
    fn connections_are_as_many_as_files_are_left_for_them() {
        let wanted = 2 * 4_096 + 512 + 512;
        let cases = [
            ("no limit", None, 4_096, None),
            ("more than enough", Some(1_048_576), 4_096, None),
            ("just enough", Some(wanted), 4_096, None),
            ("one file short", Some(wanted - 1), 4_095, Some(wanted)),
            ("what systemd gives, not raised", Some(1_024), 64, Some(wanted)),
            ("room for as many as must be configured", Some(2 * 64 + 1_024), 64, Some(wanted)),
            ("room for one more", Some(2 * 65 + 1_024), 65, Some(wanted)),
            ("none at all", Some(0), 64, Some(wanted)),
        ];
        for (case, files_max, connections, missed) in cases {
            assert_eq!(room(files_max), (connections, missed), "{case}");
        }
    }

    #[test]
    fn a_shortage_says_what_to_change() {
        let room = Room::new(Some(4_096), 4_096, NonZeroUsize::new(512).unwrap());
        assert_eq!(
            room.shortage().unwrap().to_string(),
            "1536 connections may be open instead of 4096: raise the limit on open files from 4096 to 9216 (ulimit -n, \
             LimitNOFILE=), or lower server.connections_max or webhooks.in_flight_max"
        );
    }
}
