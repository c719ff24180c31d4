//! The use cases of the sandbox, together.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::entropy::Entropy;
use devhub_domain::events::SchemaCache;
use devhub_domain::sealing::Sealer;
use devhub_domain::store::UnitOfWork;
use devhub_domain::time::Clock;
use devhub_domain::webhooks::Dispatcher;

use crate::checkout_service::Checkouts;
use crate::customer_service::Customers;
use crate::gateway_service::Gateways;
use crate::payment_service::Payments;
use crate::ports::SandboxTx;
use crate::refund_service::Refunds;
use crate::time_out_service::TimeOuts;

/// How long things take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxRules {
    /// How long a payment can be paid. *Source:* contract §3.2.
    pub payable_for: Duration,
    /// After what time a gateway says how something ends that waits, or that a payment is disputed.
    pub settles_after: Duration,
    /// After what time a pending refund has failed. *Source:* contract §3.4.
    pub refund_times_out_after: Duration,
}

impl Default for SandboxRules {
    fn default() -> Self {
        Self {
            payable_for: Duration::from_mins(10),
            settles_after: Duration::from_secs(10),
            refund_times_out_after: Duration::from_hours(24),
        }
    }
}

/// What the use cases work with.
#[derive(Clone)]
pub struct SandboxParts {
    /// Where everything is kept.
    pub store: Arc<dyn UnitOfWork<dyn SandboxTx>>,
    /// The sender of this node, which gets the deliveries of events.
    pub dispatcher: Arc<dyn Dispatcher>,
    /// Seals the secrets of the endpoints that payments name as their `callback_url`.
    pub sealer: Arc<Sealer>,
    /// How long things take.
    pub rules: SandboxRules,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where random bytes come from.
    pub entropy: Arc<dyn Entropy>,
}

impl std::fmt::Debug for SandboxParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxParts").field("rules", &self.rules).finish_non_exhaustive()
    }
}

/// The parts as the use cases share them.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn UnitOfWork<dyn SandboxTx>>,
    pub(crate) dispatcher: Arc<dyn Dispatcher>,
    pub(crate) sealer: Arc<Sealer>,
    pub(crate) rules: SandboxRules,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Compiled once: without them a strict workspace has its schema compiled for each event.
    pub(crate) schemas: Arc<SchemaCache>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// The use cases of the sandbox.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// What a merchant does with payments.
    pub payments: Payments,
    /// What a payer does with them.
    pub checkouts: Checkouts,
    /// Money that goes back.
    pub refunds: Refunds,
    /// Who pays.
    pub customers: Customers,
    /// Through whom.
    pub gateways: Gateways,
    /// What happens by itself.
    pub time_outs: TimeOuts,
}

impl Sandbox {
    /// The use cases over these parts.
    pub fn new(parts: SandboxParts) -> Self {
        let SandboxParts { store, dispatcher, sealer, rules, clock, entropy } = parts;
        let schemas = Arc::default();
        let parts = Arc::new(Shared { store, dispatcher, sealer, rules, clock, entropy, schemas });
        Self {
            payments: Payments::new(Arc::clone(&parts)),
            checkouts: Checkouts::new(Arc::clone(&parts)),
            refunds: Refunds::new(Arc::clone(&parts)),
            customers: Customers::new(Arc::clone(&parts)),
            gateways: Gateways::new(Arc::clone(&parts)),
            time_outs: TimeOuts::new(parts),
        }
    }
}
