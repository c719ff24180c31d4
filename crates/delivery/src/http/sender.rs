//! Sends one request and tells how it ended.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use devhub_domain::events::Payload;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::address::AddressPolicy;
use devhub_domain::webhooks::{Answer, Exchange, Failure, FailureKind, OutboundRequest, Outcome};
use hickory_resolver::net::NetError;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue, USER_AGENT};
use http::{Extensions, Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout_at};

use super::answer;
use super::budgets::Budgets;
use super::connector::Connector;
use super::failure::{broke_without_answer, failure, of_client};
use super::resolve::Names;
use super::socket::Served;
use super::tls;

/// How long an unused connection is kept: below the 60 s after which common servers close it themselves.
const IDLE_WAIT: Duration = Duration::from_secs(30);

/// Unused connections kept for one host: as many as one endpoint has requests in flight by default.
const IDLE_PER_HOST_MAX: usize = 16;

/// Headers of one answer.
const HEADERS_MAX: usize = 100;

/// Bytes of all headers of one answer, and of one read. Common servers send at most 8 to 16 KiB.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Bytes that an HTTP/2 receiver may send unasked, for one answer and for all: bounds memory where nothing reads.
const WINDOW_BYTES: u32 = 64 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 1024 * 1024;

/// How often a busy HTTP/2 connection is probed. One that died in silence would else swallow one request after the other, because
/// it is shared and a deadline ends only the request.
const PROBE_EVERY: Duration = Duration::from_secs(5);

/// What a sender needs to know.
#[derive(Clone, Debug)]
pub struct SenderOptions {
    /// Which addresses may be called.
    pub policy: AddressPolicy,
    /// The header `user-agent`: `OwnPay-Webhook/<version>`.
    pub user_agent: String,
    /// Certificates of authorities that are trusted besides Mozilla's, in PEM; may be empty.
    pub extra_roots_pem: Vec<u8>,
    /// Names, in lower case, that are answered without asking anybody. Their addresses are vetted all the same.
    pub pinned_names: HashMap<String, Vec<IpAddr>>,
    /// Name servers; empty for those of the system.
    pub name_servers: Vec<SocketAddr>,
    /// How long each step of connecting may take.
    pub budgets: Budgets,
}

impl SenderOptions {
    /// The system's name servers, Mozilla's roots, nothing pinned.
    pub fn new(policy: AddressPolicy, user_agent: impl Into<String>) -> Self {
        Self {
            policy,
            user_agent: user_agent.into(),
            extra_roots_pem: Vec::new(),
            pinned_names: HashMap::new(),
            name_servers: Vec::new(),
            budgets: Budgets::default(),
        }
    }
}

/// A sender cannot be made of these options.
#[derive(Debug, thiserror::Error)]
pub enum SenderError {
    /// The user agent has a character that no header may have.
    #[error("user agent must be printable ascii, got {value:?}")]
    UserAgent {
        /// What it was.
        value: String,
        /// Why it is refused.
        #[source]
        cause: InvalidHeaderValue,
    },
    /// The extra roots are no PEM.
    #[error("extra roots must be certificates in pem")]
    Pem(#[source] rustls::pki_types::pem::Error),
    /// An extra root cannot be trusted.
    #[error("extra root is not a certificate that can be trusted")]
    Root(#[source] rustls::Error),
    /// The resolver cannot be made.
    #[error("name servers cannot be used")]
    Resolver(#[source] NetError),
}

impl SenderError {
    /// A stable word for logs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UserAgent { .. } => "sender_user_agent",
            Self::Pem(_) => "sender_roots_pem",
            Self::Root(_) => "sender_root",
            Self::Resolver(_) => "sender_name_servers",
        }
    }
}

/// Sends requests. Clones share their connections.
#[derive(Clone)]
pub struct Sender {
    /// Keeps connections and uses them again.
    pooled: Client<Connector, Full<Bytes>>,
    /// Opens a connection for each request: for the second try after a stale one.
    fresh: Client<Connector, Full<Bytes>>,
    user_agent: HeaderValue,
}

impl std::fmt::Debug for Sender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sender").field("user_agent", &self.user_agent).finish_non_exhaustive()
    }
}

impl Sender {
    /// A sender with its own connections.
    ///
    /// # Errors
    /// [`SenderError`] names the option that cannot be used.
    pub fn new(options: SenderOptions) -> Result<Self, SenderError> {
        let user_agent = HeaderValue::from_str(&options.user_agent)
            .map_err(|cause| SenderError::UserAgent { value: options.user_agent.clone(), cause })?;
        let names = Names::new(options.pinned_names, &options.name_servers, options.budgets.look_up)?;
        let encrypt = tls::connector(&options.extra_roots_pem)?;
        let connector = Connector::new(names, options.policy, encrypt, options.budgets);
        Ok(Self { pooled: client(connector.clone(), IDLE_PER_HOST_MAX), fresh: client(connector, 0), user_agent })
    }

    /// Sends a request once and waits for its answer, within [`OutboundRequest::timeout`] from the look-up of the name to the last
    /// byte that is read.
    ///
    /// Redirects are answers and are not followed. Header names are sent in lower case, which HTTP/2 asks for and HTTP/1.1 treats
    /// alike (RFC 9110 §5.1). A kept connection that turns out to be closed is replaced by a fresh one, once.
    pub async fn send(&self, request: &OutboundRequest) -> Exchange {
        let began = Instant::now();
        let outcome = match self.exchange(request, began).await {
            Ok(answer) => Outcome::Answered(answer),
            Err(failure) => Outcome::Failed(failure),
        };
        Exchange { started_at: request.started_at, duration: began.elapsed(), outcome }
    }

    async fn exchange(&self, request: &OutboundRequest, began: Instant) -> Result<Answer, Failure> {
        let deadline = began + request.timeout;
        let late = |what: &str| failure(FailureKind::Timeout, format!("{what} within {:?}", request.timeout));
        let head = timeout_at(deadline, self.head(request)).await.unwrap_or_else(|_elapsed| Err(late("no answer")))?;
        let now = instant_after(request.started_at, began);
        timeout_at(deadline, answer::read(head, now)).await.unwrap_or_else(|_elapsed| Err(late("no end of the answer")))
    }

    async fn head(&self, request: &OutboundRequest) -> Result<Response<Incoming>, Failure> {
        let result = match self.pooled.request(self.message(request)?).await {
            Err(error) if is_stale(&error) => self.fresh.request(self.message(request)?).await,
            result => result,
        };
        let response = result.map_err(|error| of_client(&error))?;
        if let Some(served) = response.extensions().get::<Served>() {
            served.note();
        }
        Ok(response)
    }

    fn message(&self, request: &OutboundRequest) -> Result<Request<Full<Bytes>>, Failure> {
        let unsendable =
            |error: http::Error| failure(FailureKind::Protocol, format!("the request cannot be written: {error}"));
        let mut message = Request::post(request.url.as_str())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, &self.user_agent)
            .body(Full::new(Bytes::from_owner(Body(request.body.clone()))))
            .map_err(unsendable)?;
        for (name, value) in &request.headers {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| unsendable(error.into()))?;
            let mut value = HeaderValue::from_str(value).map_err(|error| unsendable(error.into()))?;
            // Signatures stay out of HTTP/2's compression tables and of the client's own trace.
            value.set_sensitive(name.as_str().ends_with("signature"));
            message.headers_mut().insert(name, value);
        }
        Ok(message)
    }
}

fn client(connector: Connector, idle_per_host_max: usize) -> Client<Connector, Full<Bytes>> {
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_WAIT)
        .pool_max_idle_per_host(idle_per_host_max)
        .http1_max_headers(HEADERS_MAX)
        .http1_max_buf_size(HEADER_BYTES_MAX)
        .http2_max_header_list_size(u32::try_from(HEADER_BYTES_MAX).unwrap_or(u32::MAX))
        .http2_initial_stream_window_size(WINDOW_BYTES)
        .http2_initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_keep_alive_interval(PROBE_EVERY)
        .http2_keep_alive_timeout(PROBE_EVERY)
        .build(connector)
}

/// Whether a connection broke that had been used before, without a byte of an answer: it was closed while nobody looked.
///
/// The receiver may have read the request all the same. That is allowed: deliveries are at-least-once, and the second request
/// carries the same `webhook-id`.
fn is_stale(error: &legacy::Error) -> bool {
    let mut extras = Extensions::new();
    if let Some(info) = error.connect_info() {
        info.get_extras(&mut extras);
    }
    extras.get::<Served>().is_some_and(Served::is_noted) && broke_without_answer(error)
}

fn instant_after(started_at: Timestamp, began: Instant) -> Timestamp {
    started_at.plus(began.elapsed())
}

/// The stored payload as the client's bytes, without a copy.
struct Body(Payload);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}
