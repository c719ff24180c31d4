//! The key behind a request to OwnPay's API, as an argument of handlers: without it no handler knows whose workspace to work in.
//!
//! *Threat:* a second door that decides otherwise than the first. *Defence:* the guard of the whole hub decides, counts and limits; only
//! what the answer says is of this API. *Not defended:* nothing besides what the guard does not defend.

use std::future::Future;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::pin::Pin;

use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, dev};
use devhub_domain::access::Asker;
use devhub_domain::api_keys::{Denial, Principal, Refusal, Scope, ScopeSet, TokenPrefix};
use devhub_domain::guard::{CredentialError, Guard, Presented, Refused, Request, Verdict};
use devhub_domain::id::{KeyId, WorkspaceId};
use devhub_domain::rate::Route;

use super::Failure;
use crate::auth::{COST, X_API_KEY, find_credential, judge, note, part, user_agent};
use crate::client_address::client_address;
use crate::services::Services;

/// What stands before a key: this very text, as OwnPay compares it.
const SCHEME: &[u8] = b"Bearer ";

/// What a request needs, as types: a handler's signature says it, and none can forget it.
pub(crate) trait Permission: 'static {
    /// What its method needs.
    const METHOD: Scope;
    /// Whether it manages keys, which `write` and `admin` together are for.
    const MANAGES_KEYS: bool = false;

    /// All that it needs.
    fn scopes() -> ScopeSet {
        let keys = [Scope::Write, Scope::Admin].into_iter().filter(|_| Self::MANAGES_KEYS);
        std::iter::once(Self::METHOD).chain(keys).collect()
    }
}

macro_rules! permissions {
    ($($name:ident = $scope:ident, $manages:literal, $doc:literal;)*) => {$(
        #[doc = $doc]
        pub(crate) enum $name {}

        impl Permission for $name {
            const METHOD: Scope = Scope::$scope;
            const MANAGES_KEYS: bool = $manages;
        }
    )*};
}

permissions! {
    Reads = Read, false, "`read`.";
    Writes = Write, false, "`write`.";
    ReadsKeys = Read, true, "`read`, `write` and `admin`.";
    WritesKeys = Write, true, "`write` and `admin`.";
}

/// A caller whose key is accepted and allowed to do what `P` says.
pub(crate) struct Merchant<P> {
    /// The key.
    pub(crate) key_id: KeyId,
    /// The workspace that it opens: OwnPay's brand.
    pub(crate) workspace_id: WorkspaceId,
    scopes: ScopeSet,
    /// Where it asks from.
    address: IpAddr,
    permission: PhantomData<P>,
}

impl<P> Merchant<P> {
    /// The caller, as one who asks for changes.
    pub(crate) fn asker(&self) -> Asker {
        Asker::merchant(self.key_id, self.scopes).at(self.address)
    }
}

impl<P: Permission> FromRequest for Merchant<P> {
    type Error = Failure;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Failure>>>>;

    fn from_request(req: &HttpRequest, _payload: &mut dev::Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { authenticated(&req).await })
    }
}

/// Whether a request has anything that could be a key.
pub(crate) fn has_credential(req: &HttpRequest, prefix: &TokenPrefix) -> bool {
    !matches!(presented(req, prefix), Err(CredentialError::Missing))
}

/// Judges a request.
pub(crate) async fn authenticated<P: Permission>(req: &HttpRequest) -> Result<Merchant<P>, Failure> {
    let (guard, services) = (part::<Guard>(req)?, part::<Services>(req)?);
    let address = client_address(req, &services.trusted_proxies);
    // The path that the handler was found by: decoded, but not rid of `.` and `..`, which no path of the hub knows either.
    let route = Route { method: req.method().as_str(), path: req.match_info().as_str() };
    let required = ScopeSet::from_iter([P::METHOD]);
    let request = Request { route: Some(route), address, user_agent: user_agent(req), required, cost: COST };
    let judging = judge(guard, presented(req, guard.token_prefix()), &request);
    let mut judged = judging.await;
    if let Ok(verdict) = &mut judged
        && let Some(refused) = unprivileged::<P>(verdict)
    {
        verdict.decided = Err(refused);
    }
    note(req, services, &judged);
    let verdict = judged?;
    match verdict.decided {
        Ok(Principal { key_id, workspace_id, scopes }) => {
            Ok(Merchant { key_id, workspace_id, scopes, address, permission: PhantomData })
        }
        Err(_) => Err(verdict.into()),
    }
}

/// Whether a key that passes may not manage keys where that is asked for. Asked after the rest, as by OwnPay.
fn unprivileged<P: Permission>(verdict: &Verdict) -> Option<Refused> {
    let (principal, required) = (verdict.decided.ok()?, P::scopes());
    let refusal = Refusal { denial: Denial::InsufficientScope { required }, key_id: Some(principal.key_id) };
    (!principal.scopes.covers(required)).then_some(Refused::Key(refusal))
}

/// The key of a request, which `Bearer` and one space stand before, or `X-API-Key` has alone.
fn presented<'r>(req: &'r HttpRequest, prefix: &TokenPrefix) -> Result<Presented<'r>, CredentialError> {
    let found = find_credential(req, prefix)?;
    let is_exact =
        |value: &[u8]| value.strip_prefix(SCHEME).is_some_and(|key| !matches!(key.first(), None | Some(b' ')));
    let header = req.headers().get(AUTHORIZATION);
    match header {
        Some(value) if !is_exact(value.as_bytes()) => Err(CredentialError::Missing),
        Some(_) => Ok(found),
        None if req.headers().get(X_API_KEY).is_some_and(|value| !value.is_empty()) => Ok(found),
        None => Err(CredentialError::Missing),
    }
}
