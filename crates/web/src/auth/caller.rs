//! The key behind a request, as an argument of handlers: without it no handler knows whose workspace to work in.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::http::header::USER_AGENT;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev};
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Credentials, Denial, Lookup, Principal, Refusal, ScopeSet};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::secret::Secret;

use super::{Need, credential};
use crate::blocking;
use crate::client_address::client_address;
use crate::metrics::Verdict;
use crate::middleware::Record;
use crate::problem_body::Problem;
use crate::services::Services;

/// A caller whose key is accepted and allowed to do what `N` says.
pub(crate) struct Caller<N> {
    /// The key.
    pub(crate) key_id: KeyId,
    /// The workspace that it opens.
    pub(crate) workspace_id: WorkspaceId,
    /// All that it may do.
    pub(crate) scopes: ScopeSet,
    need: PhantomData<N>,
}

impl<N> Caller<N> {
    /// The caller, as one who asks for changes.
    pub(crate) fn asker(&self) -> Asker {
        Asker::key(self.key_id, self.scopes)
    }
}

impl<N: Need> FromRequest for Caller<N> {
    type Error = Problem;
    type Future = Authentication<N>;

    fn from_request(req: &HttpRequest, _payload: &mut dev::Payload) -> Self::Future {
        match look_up::<N>(req) {
            Ok(Lookup::Decided(decided)) => Authentication::Decided(Some(judged(req, decided))),
            Ok(Lookup::ReadNeeded) => Authentication::Reading(Box::pin(read::<N>(req.clone()))),
            Err(problem) => Authentication::Decided(Some(Err(problem))),
        }
    }
}

/// Decided from memory in all but a few requests, which is why the future of those alone is boxed.
pub(crate) enum Authentication<N> {
    /// Taken by the first poll.
    Decided(Option<Result<Caller<N>, Problem>>),
    /// Waits for the store.
    Reading(Pin<Box<dyn Future<Output = Result<Caller<N>, Problem>>>>),
}

// The decided caller is plain data and the read is boxed: nothing in here is pinned.
impl<N> Unpin for Authentication<N> {}

impl<N> Future for Authentication<N> {
    type Output = Result<Caller<N>, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.get_mut() {
            Self::Decided(decided) => Poll::Ready(decided.take().expect("a future is not polled after its end")),
            Self::Reading(read) => read.as_mut().poll(cx),
        }
    }
}

fn look_up<N: Need>(req: &HttpRequest) -> Result<Lookup, Problem> {
    let services = services(req)?;
    let token = credential::find(req, &services.token_prefix).map_err(|error| {
        services.metrics.judged(error);
        failed(req, services, error)
    })?;
    let credentials =
        Credentials { token, address: client_address(req, &services.trusted_proxies), required: N::scopes() };
    Ok(services.authenticator.look_up(&credentials))
}

async fn read<N: Need>(req: HttpRequest) -> Result<Caller<N>, Problem> {
    let services = services(&req)?;
    let token = Secret::new(credential::find(&req, &services.token_prefix)?);
    let authenticator = Arc::clone(&services.authenticator);
    let address = client_address(&req, &services.trusted_proxies);
    let authenticate = move || {
        let credentials = Credentials { token: token.expose(), address, required: N::scopes() };
        authenticator.authenticate(&credentials)
    };
    let decided = blocking::run(authenticate).await.inspect_err(|_| services.metrics.judged(Verdict::StoreFailed))?;
    judged(&req, decided)
}

fn judged<N>(req: &HttpRequest, decided: Result<Principal, Refusal>) -> Result<Caller<N>, Problem> {
    let services = services(req)?;
    services.authenticator.note_straggler(&decided, || {
        let user_agent = req.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        (client_address(req, &services.trusted_proxies), user_agent)
    });
    match decided {
        Ok(principal) => admitted(req, services, principal),
        Err(Refusal { denial, key_id }) => {
            services.metrics.judged(denial);
            let address = Some(client_address(req, &services.trusted_proxies));
            Record { key_id, address, denial: Some(denial), ..Record::default() }.note(req);
            Err(if denial.is_failed_authentication() { failed(req, services, denial) } else { denial.into() })
        }
    }
}

/// Lets a key in unless it has used up its rate.
fn admitted<N>(req: &HttpRequest, services: &Services, principal: Principal) -> Result<Caller<N>, Problem> {
    let Principal { key_id, workspace_id, scopes } = principal;
    let address = client_address(req, &services.trusted_proxies);
    let standing = services.rates.decide(key_id, address);
    services.metrics.rate_decided(standing.as_ref());
    let refused = standing.map(|standing| standing.decision).filter(|decision| !decision.is_allowed());
    let denial = refused.map(|_| Denial::RateLimited);
    Record { key_id: Some(key_id), address: Some(address), denial, standing, ..Record::default() }.note(req);
    services.metrics.judged(refused.map_or(Verdict::Valid, |_| Verdict::RateLimited));
    match refused {
        Some(decision) => Err(Problem::rate_limited(decision.retry_after().unwrap_or_default())),
        None => Ok(Caller { key_id, workspace_id, scopes, need: PhantomData }),
    }
}

/// What a request is told that failed to authenticate: why, or to wait when its address failed too often.
///
/// The log keeps why.
fn failed(req: &HttpRequest, services: &Services, why: impl Into<Problem>) -> Problem {
    match services.rates.record_failure(client_address(req, &services.trusted_proxies)) {
        Some(wait) => {
            services.metrics.throttled();
            Problem::rate_limited(wait)
        }
        None => why.into(),
    }
}

fn services(req: &HttpRequest) -> Result<&Data<Services>, Problem> {
    req.app_data().ok_or_else(|| Problem::internal("the application was not configured with its services"))
}
