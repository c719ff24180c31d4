//! The guard as middleware: routes of any actix application behind the keys of a hub.
//!
//! *Threat:* a handler that forgets to ask; one that asks another hub than the one that revokes. *Defence:* [`KeyHolder`] can be had behind
//! [`RequireKey`] alone, and both share the directory in which a revocation counts at once. *Not defended:* routes that stand beside it.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, ResponseError as _};
use devhub_domain::api_keys::{Principal, ScopeSet};
use devhub_domain::guard::{COST_MAX, Guard, Request, Said, Verdict, decoded_path};
use devhub_domain::rate::Route;
use ipnet::IpNet;

use super::{credential, judge, user_agent};
use crate::client_address::client_address;
use crate::problem_body::Problem;

/// Lets requests through whose key is accepted, has the scopes, and has not used up its rate. Others are answered as the API would.
///
/// ```no_run
/// use actix_web::{App, web};
/// use devhub_domain::api_keys::{Scope, ScopeSet};
/// use devhub_domain::guard::Guard;
/// use devhub_web::{KeyHolder, RequireKey};
///
/// async fn orders(holder: KeyHolder) -> String {
///     format!("the orders of {}", holder.0.workspace_id)
/// }
///
/// # fn app(guard: Guard) {
/// let readers = RequireKey::new(guard).with_scopes(ScopeSet::from_iter([Scope::Read]));
/// let app = App::new().service(web::resource("/orders").wrap(readers).to(orders));
/// # drop(app);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RequireKey(Rc<Rules>);

#[derive(Clone, Debug)]
struct Rules {
    guard: Guard,
    required: ScopeSet,
    cost: u32,
    trusted_proxies: Arc<[IpNet]>,
}

impl RequireKey {
    /// Any accepted key, at a cost of 1; no proxy is trusted.
    pub fn new(guard: Guard) -> Self {
        Self(Rc::new(Rules { guard, required: ScopeSet::EMPTY, cost: 1, trusted_proxies: Arc::default() }))
    }

    /// The same for keys with all of these scopes.
    #[must_use]
    pub fn with_scopes(self, required: ScopeSet) -> Self {
        Self(Rc::new(Rules { required, ..Rc::unwrap_or_clone(self.0) }))
    }

    /// The same for requests that cost so many units of the key's rate, at most [`COST_MAX`].
    #[must_use]
    pub fn with_cost(self, cost: u32) -> Self {
        Self(Rc::new(Rules { cost: cost.min(COST_MAX), ..Rc::unwrap_or_clone(self.0) }))
    }

    /// The same behind proxies that are believed when `X-Forwarded-For` says whom they pass a request on for.
    #[must_use]
    pub fn with_trusted_proxies(self, networks: impl Into<Arc<[IpNet]>>) -> Self {
        Self(Rc::new(Rules { trusted_proxies: networks.into(), ..Rc::unwrap_or_clone(self.0) }))
    }
}

/// The key behind a request that [`RequireKey`] let through, as an argument of handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyHolder(pub Principal);

impl FromRequest for KeyHolder {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(req: &HttpRequest, _payload: &mut Payload) -> Self::Future {
        let holder = req.extensions().get::<Self>().copied();
        ready(holder.ok_or_else(|| Problem::internal("no RequireKey stands around this handler")))
    }
}

impl<S, B> Transform<S, ServiceRequest> for RequireKey
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RequireKeyService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(RequireKeyService { service: Rc::new(service), rules: Rc::clone(&self.0) }))
    }
}

/// [`RequireKey`] around a service.
#[derive(Debug)]
pub struct RequireKeyService<S> {
    service: Rc<S>,
    rules: Rc<Rules>,
}

impl<S, B> Service<ServiceRequest> for RequireKeyService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>>>>;

    forward_ready!(service);

    fn call(&self, req: ServiceRequest) -> Self::Future {
        let (service, rules) = (Rc::clone(&self.service), Rc::clone(&self.rules));
        Box::pin(async move {
            let (verdict, principal) = match rules.judge(req.request()).await {
                Ok(verdict) => (verdict, verdict.decided.ok()),
                Err(problem) => return Ok(req.into_response(problem.error_response()).map_into_right_body()),
            };
            let mut res = match principal {
                Some(principal) => {
                    req.extensions_mut().insert(KeyHolder(principal));
                    service.call(req).await?.map_into_left_body()
                }
                None => req.into_response(Problem::from(verdict).error_response()).map_into_right_body(),
            };
            for (name, value) in verdict.rate_headers() {
                let value = HeaderValue::try_from(value).expect("numbers are visible ASCII");
                res.headers_mut().insert(HeaderName::from_static(name), value);
            }
            Ok(res)
        })
    }
}

impl Rules {
    async fn judge(&self, req: &HttpRequest) -> Result<Verdict, Problem> {
        let presented = credential::find(req, self.guard.token_prefix());
        let address = client_address(req, &self.trusted_proxies);
        let path = decoded_path(req.path()).map_err(Said::from)?;
        let route = Some(Route { method: req.method().as_str(), path: &path });
        let Self { required, cost, .. } = *self;
        judge(&self.guard, presented, &Request { route, address, user_agent: user_agent(req), required, cost }).await
    }
}
