//! The key behind a request, as an argument of handlers: without it no handler knows whose workspace to work in.

use std::future::Future;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::{FromRequest, HttpRequest, dev};
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Principal, ScopeSet};
use devhub_domain::guard::{Guard, Request, Verdict};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::rate::Route;

use super::{COST, Judging, Need, credential, judge, note, part, user_agent};
use crate::client_address::client_address;
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
    /// Where it asks from.
    address: IpAddr,
    need: PhantomData<N>,
}

impl<N> Caller<N> {
    /// The caller, as one who asks for changes.
    pub(crate) fn asker(&self) -> Asker {
        Asker::key(self.key_id, self.scopes).at(self.address)
    }
}

impl<N: Need> FromRequest for Caller<N> {
    type Error = Problem;
    type Future = Authentication<N>;

    fn from_request(req: &HttpRequest, _payload: &mut dev::Payload) -> Self::Future {
        Authentication { req: req.clone(), judging: judging::<N>(req).map_err(Some), need: PhantomData }
    }
}

/// Ready at the first poll for all but a few requests.
pub(crate) struct Authentication<N> {
    req: HttpRequest,
    /// The problem is taken by the first poll.
    judging: Result<Judging, Option<Problem>>,
    need: PhantomData<N>,
}

// What waits for the store is boxed: nothing in here is pinned.
impl<N> Unpin for Authentication<N> {}

impl<N> Future for Authentication<N> {
    type Output = Result<Caller<N>, Problem>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let judged = match &mut this.judging {
            Ok(judging) => ready!(Pin::new(judging).poll(cx)),
            Err(problem) => Err(problem.take().expect("a future is not polled after its end")),
        };
        Poll::Ready(concluded(&this.req, judged))
    }
}

fn judging<N: Need>(req: &HttpRequest) -> Result<Judging, Problem> {
    let (guard, services) = (part::<Guard>(req)?, part::<Services>(req)?);
    let address = client_address(req, &services.trusted_proxies);
    // The path that the handler was found by: decoded, but not rid of `.` and `..`, which no path of the hub knows either.
    let route = Route { method: req.method().as_str(), path: req.match_info().as_str() };
    let user_agent = user_agent(req);
    let request = Request { route: Some(route), address, user_agent, required: N::scopes(), cost: COST };
    Ok(judge(guard, credential::find(req, guard.token_prefix()), &request))
}

fn concluded<N>(req: &HttpRequest, judged: Result<Verdict, Problem>) -> Result<Caller<N>, Problem> {
    let services = part::<Services>(req)?;
    note(req, services, &judged);
    let verdict = judged?;
    match verdict.decided {
        Ok(Principal { key_id, workspace_id, scopes }) => {
            let address = client_address(req, &services.trusted_proxies);
            Ok(Caller { key_id, workspace_id, scopes, address, need: PhantomData })
        }
        Err(_) => Err(verdict.into()),
    }
}
