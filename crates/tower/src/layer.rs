//! What stands around a service, and by which rules.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use devhub_domain::api_keys::ScopeSet;
use devhub_domain::guard::{COST_MAX, Guard};
use devhub_domain::store::StoreError;
use http::Extensions;
use ipnet::IpNet;
use tower_layer::Layer;

use crate::blocking::{Blocking, Work};
use crate::service::RequireKey;

/// Lets requests through whose key is accepted, has the scopes, and has not used up its rate. Others are answered as the hub's API would.
#[derive(Clone)]
pub struct RequireKeyLayer(Rules);

/// Tells the address that a request's connection comes from.
type Peer = dyn Fn(&Extensions) -> Option<IpAddr> + Send + Sync;

/// By which requests are judged.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) guard: Guard,
    pub(crate) required: ScopeSet,
    pub(crate) cost: u32,
    pub(crate) trusted_proxies: Arc<[IpNet]>,
    pub(crate) peer: Arc<Peer>,
    pub(crate) blocking: Arc<Blocking>,
    pub(crate) on_store_error: Arc<dyn Fn(&StoreError) + Send + Sync>,
}

impl fmt::Debug for RequireKeyLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireKey").field("required", &self.required).field("cost", &self.cost).finish_non_exhaustive()
    }
}

impl RequireKeyLayer {
    /// Any accepted key, at a cost of 1; no proxy is trusted.
    ///
    /// `peer` tells the address that a request's connection comes from; a request without one counts as that of `0.0.0.0`, which is on no
    /// allow-list but one that holds everything. `blocking` runs work where a thread may block, and must return at once: it is asked for
    /// the few requests about which memory alone cannot tell.
    pub fn new(
        guard: Guard,
        peer: impl Fn(&Extensions) -> Option<IpAddr> + Send + Sync + 'static,
        blocking: impl Fn(Work) + Send + Sync + 'static,
    ) -> Self {
        Self(Rules {
            guard,
            required: ScopeSet::EMPTY,
            cost: 1,
            trusted_proxies: Arc::default(),
            peer: Arc::new(peer),
            blocking: Arc::new(blocking),
            on_store_error: Arc::new(|_| ()),
        })
    }

    /// The same for keys with all of these scopes.
    #[must_use]
    pub fn with_scopes(self, required: ScopeSet) -> Self {
        Self(Rules { required, ..self.0 })
    }

    /// The same for requests that cost so many units of the key's rate, at most [`COST_MAX`].
    #[must_use]
    pub fn with_cost(self, cost: u32) -> Self {
        Self(Rules { cost: cost.min(COST_MAX), ..self.0 })
    }

    /// The same behind proxies that are believed when `X-Forwarded-For` says whom they pass a request on for.
    #[must_use]
    pub fn with_trusted_proxies(self, networks: impl Into<Arc<[IpNet]>>) -> Self {
        Self(Rules { trusted_proxies: networks.into(), ..self.0 })
    }

    /// The same with somebody who is told when the store had to be read and could not be: for the log, the caller sees a 503.
    #[must_use]
    pub fn on_store_error(self, told: impl Fn(&StoreError) + Send + Sync + 'static) -> Self {
        Self(Rules { on_store_error: Arc::new(told), ..self.0 })
    }
}

impl<S> Layer<S> for RequireKeyLayer {
    type Service = RequireKey<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireKey::new(inner, Arc::new(self.0.clone()))
    }
}
