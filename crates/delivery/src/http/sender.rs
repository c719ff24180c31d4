//! Sends one request and tells how it ended.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use devhub_domain::events::Payload;
use devhub_domain::time::Timestamp;
use devhub_domain::webhooks::address::AddressPolicy;
use devhub_domain::webhooks::{
    Answer, EndpointUrl, Exchange, Failure, FailureKind, HOP_HEADER, HopMark, OutboundRequest, Outcome, Timings,
};
use hickory_resolver::net::NetError;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue, InvalidHeaderValue, USER_AGENT};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use tokio::time::{Instant, timeout_at};

use super::answer;
use super::authorities::OwnClients;
use super::budgets::Budgets;
use super::clients::Clients;
use super::connector::{Connector, Guard};
use super::failure::{failure, of_client};
use super::resolve::Names;
use super::socket::Served;
use super::spelling::Spellings;
use super::stale::is_stale;
use super::tls;

/// What a sender needs to know.
#[derive(Clone, Debug)]
pub struct SenderOptions {
    /// Which addresses may be called.
    pub policy: AddressPolicy,
    /// Whether plain http is spoken; else it is refused as an address is.
    pub allows_http: bool,
    /// The header `user-agent`: `OwnPay-Webhook/<version>`.
    pub user_agent: String,
    /// What every request is marked with, so that this hub knows it should it come back; `None` marks none.
    pub hop_mark: Option<HopMark>,
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
    /// The system's name servers, Mozilla's roots, nothing pinned, https only.
    pub fn new(policy: AddressPolicy, user_agent: impl Into<String>) -> Self {
        Self {
            policy,
            allows_http: false,
            user_agent: user_agent.into(),
            hop_mark: None,
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
    /// Looks up names and vets what it finds.
    connector: Connector,
    /// For receivers that everybody believes.
    common: Clients,
    /// For those that their endpoint's own authorities speak for.
    own: Arc<OwnClients>,
    spellings: Arc<Spellings>,
    user_agent: HeaderValue,
    hop_mark: Option<HeaderValue>,
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
        // Hex digits are the value of a header always.
        let hop_mark = options.hop_mark.and_then(|mark| HeaderValue::from_str(&mark.to_string()).ok());
        let names = Names::new(options.pinned_names, &options.name_servers, options.budgets.look_up)?;
        let encrypt = tls::connector(&options.extra_roots_pem)?;
        let connector = Connector::new(
            names,
            Guard { policy: options.policy, allows_http: options.allows_http },
            encrypt,
            options.budgets,
        );
        let common = Clients::new(connector.clone());
        let looking_up = connector.clone();
        let own = OwnClients::new(connector, options.extra_roots_pem);
        Ok(Self { connector: looking_up, common, own, spellings: Arc::new(Spellings::new()), user_agent, hop_mark })
    }

    /// Looks up the host of an address and vets what it finds, as a send does; nothing is connected to.
    ///
    /// # Errors
    /// Why a request would not leave: the name has no address, or the rules refuse one of them.
    pub async fn look_up(&self, url: &EndpointUrl) -> Result<(), Failure> {
        self.connector.look_up(&url.host().to_string(), url.port()).await
    }

    /// Sends a request once and waits for its answer, within [`OutboundRequest::timeout`] from the look-up of the name to the last
    /// byte that is read.
    ///
    /// Redirects are answers and are not followed. Header names are sent as the request spells them over HTTP/1.1, and in lower case over
    /// HTTP/2, which asks for that. A kept connection that turns out to be closed is replaced by a fresh one, once.
    pub async fn send(&self, request: &OutboundRequest) -> Exchange {
        let began = Instant::now();
        let mut timings = Timings::default();
        let outcome = match self.exchange(request, began, &mut timings).await {
            Ok(answer) => Outcome::Answered(answer),
            Err(failure) => Outcome::Failed(failure),
        };
        Exchange { started_at: request.started_at, duration: began.elapsed(), timings, outcome }
    }

    async fn exchange(
        &self,
        request: &OutboundRequest,
        began: Instant,
        timings: &mut Timings,
    ) -> Result<Answer, Failure> {
        let deadline = began + request.timeout;
        let late = |what: &str| failure(FailureKind::Timeout, format!("{what} within {:?}", request.timeout));
        let head = timeout_at(deadline, self.head(request, timings))
            .await
            .unwrap_or_else(|_elapsed| Err(late("no answer")))?;
        timings.first_byte = Some(began.elapsed());
        let now = instant_after(request.started_at, began);
        timeout_at(deadline, answer::read(head, now)).await.unwrap_or_else(|_elapsed| Err(late("no end of the answer")))
    }

    async fn head(&self, request: &OutboundRequest, timings: &mut Timings) -> Result<Response<Incoming>, Failure> {
        let own;
        let clients = if let Some(authorities) = &request.authorities {
            own = self.own.of(authorities)?;
            &own
        } else {
            &self.common
        };
        let result = match clients.pooled.request(self.message(request)?).await {
            Err(error) if is_stale(&error) => clients.fresh.request(self.message(request)?).await,
            result => result,
        };
        let response = result.map_err(|error| {
            let (failure, opening) = of_client(&error);
            *timings = opening;
            failure
        })?;
        // Opened for this request, unless it has served before.
        *timings = response.extensions().get::<Served>().and_then(Served::note).unwrap_or_default();
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
        for header in request.custom_headers.iter() {
            let name = HeaderName::from_bytes(header.name.as_bytes()).map_err(|error| unsendable(error.into()))?;
            let mut value = HeaderValue::from_str(header.value.expose()).map_err(|error| unsendable(error.into()))?;
            value.set_sensitive(header.is_sensitive);
            message.headers_mut().insert(name, value);
        }
        let own = request.headers.iter().map(|(name, _)| *name);
        let custom = request.custom_headers.iter().map(|header| header.name.as_str());
        *message.extensions_mut() = self.spellings.of(own.chain(custom));
        if let Some(mark) = &self.hop_mark {
            message.headers_mut().insert(HOP_HEADER, mark.clone());
        }
        Ok(message)
    }
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
