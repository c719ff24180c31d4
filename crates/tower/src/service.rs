//! From a request to a verdict, and from a verdict to an answer.
//!
//! *Threat:* a service behind the layer that takes a request for somebody else's. *Defence:* the principal among the extensions is put there
//! by the layer alone, which replaces any other. *Not defended:* headers such as `X-Devhub-Key-Id` that a client sends: nobody behind this
//! layer has a reason to read them.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use devhub_domain::api_keys::{Principal, Refusal};
use devhub_domain::guard::{
    self, CredentialError, Look, Presented, Reading, Said, Verdict, client_address, decoded_path,
};
use devhub_domain::rate::Route;
use devhub_domain::store::StoreError;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::{Request, Response, StatusCode};
use tower_service::Service;

use crate::blocking;
use crate::layer::Rules;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// [`RequireKeyLayer`](crate::RequireKeyLayer) around a service.
#[derive(Clone, Debug)]
pub struct RequireKey<S> {
    inner: S,
    rules: Arc<Rules>,
}

impl<S> RequireKey<S> {
    pub(crate) const fn new(inner: S, rules: Arc<Rules>) -> Self {
        Self { inner, rules }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for RequireKey<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    ReqBody: Send + 'static,
    ResBody: From<String>,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut req: Request<ReqBody>) -> Self::Future {
        // The one that was ready goes along, a clone stays: it may have to become ready first.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let rules = Arc::clone(&self.rules);
        Box::pin(async move {
            let path = match decoded_path(req.uri().path()) {
                Ok(path) => path.into_owned(),
                Err(error) => return Ok(refusal(&error.into())),
            };
            let verdict = match rules.look(&req, &path) {
                Look::Decided(verdict) => verdict,
                Look::ReadNeeded(reading) => match rules.read(reading).await {
                    Some(decided) => rules.admit(decided, &req, &path),
                    None => return Ok(refusal(&Said::unavailable())),
                },
            };
            let mut res = match (verdict.decided, verdict.said()) {
                (Ok(principal), _) => {
                    req.extensions_mut().insert(principal);
                    inner.call(req).await?
                }
                (Err(_), said) => refusal(&said.unwrap_or_else(Said::unavailable)),
            };
            write(res.headers_mut(), verdict.rate_headers());
            Ok(res)
        })
    }
}

impl Rules {
    fn look<B>(&self, req: &Request<B>, path: &str) -> Look {
        self.guard.look(self.presented(req), &self.request(req, path))
    }

    fn admit<B>(&self, decided: Result<Principal, Refusal>, req: &Request<B>, path: &str) -> Verdict {
        self.guard.admit(decided, &self.request(req, path))
    }

    /// `None` when the store cannot tell.
    async fn read(&self, reading: Reading) -> Option<Result<Principal, Refusal>> {
        let dropped = || Err(StoreError::unavailable("the work that reads the key was dropped or has panicked"));
        let read = blocking::run(&*self.blocking, move || reading.run()).await.unwrap_or_else(dropped);
        read.inspect_err(|error| (self.on_store_error)(error)).ok()
    }

    fn presented<'r, B>(&self, req: &'r Request<B>) -> Result<Presented<'r>, CredentialError> {
        Presented::not_in_query(req.uri().query().unwrap_or_default(), self.guard.token_prefix())?;
        let values = |name| req.headers().get_all(name).into_iter().map(HeaderValue::as_bytes);
        Presented::in_headers(values(AUTHORIZATION), values(X_API_KEY))
    }

    fn request<'r, B>(&self, req: &'r Request<B>, path: &'r str) -> guard::Request<'r> {
        let peer = (self.peer)(req.extensions()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
        let lines = req.headers().get_all(X_FORWARDED_FOR).into_iter().rev().map(HeaderValue::as_bytes);
        guard::Request {
            route: Some(Route { method: req.method().as_str(), path }),
            address: client_address(peer, lines, &self.trusted_proxies),
            user_agent: req.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()),
            required: self.required,
            cost: self.cost,
        }
    }
}

fn refusal<B: From<String>>(said: &Said) -> Response<B> {
    let mut res = Response::new(B::from(said.problem_json()));
    *res.status_mut() = StatusCode::from_u16(said.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    res.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    write(res.headers_mut(), said.headers());
    res
}

fn write(headers: &mut HeaderMap, told: impl Iterator<Item = (&'static str, String)>) {
    for (name, value) in told {
        let value = HeaderValue::try_from(value).expect("scopes and numbers are visible ASCII");
        headers.insert(HeaderName::from_static(name), value);
    }
}
