//! What the HTTP surface is given: use cases, limits, and the ports that it needs itself.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::api_keys::{ApiKeys, Authenticator, TokenPrefix};
use devhub_domain::audit::AuditLog;
use devhub_domain::entropy::Entropy;
use devhub_domain::events::{EventTypes, Events, PAYLOAD_BYTES_DEFAULT_MAX};
use devhub_domain::explain::Explanations;
use devhub_domain::guard::Guard;
use devhub_domain::idempotency::Idempotency;
use devhub_domain::rate::{FailedAuthentications, RateBuckets, RateLimits, RateOverrides, RatePolicies, RateUsage};
use devhub_domain::reference::ReferenceDocuments;
use devhub_domain::resends::Resends;
use devhub_domain::time::Clock;
use devhub_domain::usage::KeyUsage;
use devhub_domain::webhooks::{Deliveries, DeliveryLog, EndpointTests, Endpoints, HopMark};
use devhub_domain::workspaces::Workspaces;
use devhub_sandbox::Sandbox;
use ipnet::IpNet;

use crate::admin::Pages;
use crate::metrics::Metrics;
use crate::v1::MerchantApi;

/// Everything that requests are answered with. Clones share the use cases.
#[derive(Clone)]
pub struct Services {
    /// Decides who a request comes from.
    pub authenticator: Arc<Authenticator>,
    /// What this installation's tokens start with: tells a token in a query string.
    pub token_prefix: TokenPrefix,
    /// The use cases of API keys.
    pub keys: ApiKeys,
    /// The use cases of endpoints.
    pub endpoints: Endpoints,
    /// The use cases of events.
    pub events: Events,
    /// The use cases of the catalogue of event types.
    pub event_types: EventTypes,
    /// The use cases of the document that a workspace has uploaded.
    pub reference_documents: ReferenceDocuments,
    /// The use cases of deliveries.
    pub deliveries: Deliveries,
    /// The use cases of jobs that resend deliveries.
    pub resends: Resends,
    /// Tells attempts as they were sent, and why events did not reach endpoints.
    pub log: DeliveryLog,
    /// Tests endpoints.
    pub endpoint_tests: EndpointTests,
    /// Reads the audit log.
    pub audit: AuditLog,
    /// Finds workspaces.
    pub workspaces: Workspaces,
    /// Carries out once what callers may repeat.
    pub idempotency: Idempotency,
    /// Decides which requests may pass, after they have authenticated.
    pub rates: RateLimits,
    /// Counts requests for checkouts that are not there, by address; shares nothing with [`Services::rates`], so that who mistypes the
    /// address of a checkout takes nothing from the keys of the same network, and no client with a wrong key from its payers.
    pub checkout_guard: Arc<dyn FailedAuthentications>,
    /// Counts what keys are used for.
    pub usage: KeyUsage,
    /// Tells why requests are accepted or refused, and keeps the last refused ones.
    pub explanations: Explanations,
    /// The use cases of rate policies.
    pub rate_policies: RatePolicies,
    /// The use cases of overrides of rate policies.
    pub rate_overrides: RateOverrides,
    /// Shows and fills buckets.
    pub rate_buckets: RateBuckets,
    /// Keeps what rate policies decide, by hours.
    pub rate_usage: RateUsage,
    /// What OwnPay's API is given besides.
    pub merchant: MerchantApi,
    /// Whether answers carry the IETF's rate limit fields.
    pub rate_limit_fields: RateLimitFields,
    /// Networks of the proxies that are believed when they say whom they pass a request on for.
    pub trusted_proxies: Vec<IpNet>,
    /// Who may ask `/auth/check`.
    pub auth_check: AuthCheck,
    /// What this installation marks its own requests with: one that comes back is refused. `None` where nothing is sent.
    pub hop_mark: Option<HopMark>,
    /// Tells whether the program may be sent requests.
    pub readiness: Arc<dyn Readiness>,
    /// What a request may be.
    pub limits: WebLimits,
    /// Counts what is done; [`Metrics::default`] where nobody asks.
    pub metrics: Metrics,
    /// The sandbox's platform, which stands behind `/api/v1` and the checkout; `None` where it is off.
    pub sandbox: Option<Sandbox>,
    /// What the pages are given besides.
    pub pages: Pages,
    /// Measures how long answers take, and tells pages how old their forms are.
    pub clock: Arc<dyn Clock>,
    /// Makes request ids, and what forms are bound to.
    pub entropy: Arc<dyn Entropy>,
}

impl Services {
    /// What decides over requests with a key, for routes of one's own: see [`crate::RequireKey`].
    pub fn guard(&self) -> Guard {
        Guard::new(Arc::clone(&self.authenticator), self.rates.clone(), self.token_prefix.clone())
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// What a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebLimits {
    /// Largest body, except where events are published. Bytes.
    pub body_bytes_max: usize,
    /// Largest payload of an event. Bytes; the body around it may have 4 KiB more, and that of a batch 4 payloads and 64 KiB.
    pub payload_bytes_max: usize,
    /// How long a body may take to arrive, so that a slow sender does not hold memory for ever.
    pub body_timeout: Duration,
}

impl Default for WebLimits {
    /// 64 KiB bodies (the longest valid ones have some 60 KiB), 256 KiB payloads, 30 seconds.
    fn default() -> Self {
        Self {
            body_bytes_max: 64 * 1024,
            payload_bytes_max: PAYLOAD_BYTES_DEFAULT_MAX,
            body_timeout: Duration::from_secs(30),
        }
    }
}

/// Who may ask `/auth/check` whether a request passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthCheck {
    /// The proxies in [`Services::trusted_proxies`], which are believed when they say what they were asked, and by whom.
    #[default]
    TrustedProxies,
    /// Anybody; what others than trusted proxies say of a request is not believed, so that it counts as their own.
    Anybody,
    /// Nobody.
    Nobody,
}

/// Whether answers carry the IETF's `RateLimit` and `RateLimit-Policy`, and in the words of which draft.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RateLimitFields {
    /// As in draft-ietf-httpapi-ratelimit-headers-11.
    #[default]
    Draft11,
    /// Not at all; `X-RateLimit-*` stay.
    Off,
}

/// Whether the program may be sent requests.
pub trait Readiness: Send + Sync {
    /// What keeps it from answering, empty when nothing does. May block: it is called where that is allowed.
    fn unready(&self) -> Vec<Unready>;
}

/// One thing that is not ready. Shown to anybody who asks: no secrets, no addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unready {
    /// What: `store`, `migrations`.
    pub component: &'static str,
    /// Why, for an operator.
    pub detail: String,
}
