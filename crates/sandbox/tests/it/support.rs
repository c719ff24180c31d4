//! A sandbox in memory with a clock that stands still, and what tests look at.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use devhub_domain::events::{EventFilter, EventTx};
use devhub_domain::id::{EndpointId, SessionId, WorkspaceId};
use devhub_domain::page::PageRequest;
use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::store::{Lane, StoreError, UnitOfWork, read, write};
use devhub_domain::testing::{ManualClock, SeededEntropy};
use devhub_domain::webhooks::{Dispatcher, Work};
use devhub_sandbox::testing::{MemorySandbox, contract};
use devhub_sandbox::{
    Amount, CheckoutToken, Currency, Decimal, Metadata, NewPayment, NewRefund, Outcome, Payment, PaymentUrls,
    PaymentView, Reason, Reference, Refund, Sandbox, SandboxError, SandboxParts, SandboxRules, SandboxTx, Transaction,
};
use serde_json::Value;

/// A sender that takes note of what it is handed.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) events: Mutex<Vec<String>>,
}

impl Dispatcher for Sent {
    fn session(&self) -> Option<SessionId> {
        Some(SessionId::from_bytes([1; 16]))
    }

    fn has_room(&self, _workspace_id: WorkspaceId, _endpoint_id: EndpointId) -> bool {
        true
    }

    fn dispatch(&self, work: Vec<Work>) {
        self.events.lock().unwrap().extend(work.into_iter().map(|work| work.event_type.to_string()));
    }

    fn wake(&self) {}

    fn recall(&self, _endpoint_id: EndpointId, _revision: i64) {}

    fn heal(&self, _endpoint_id: EndpointId) {}
}

/// A sandbox with everything that a test may want to move or look at.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) store: MemorySandbox,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) sent: Arc<Sent>,
}

/// Workspace 1.
pub(crate) fn workspace_id() -> WorkspaceId {
    WorkspaceId::from_bytes(1_u128.to_be_bytes())
}

/// Workspace 2.
pub(crate) fn other_workspace_id() -> WorkspaceId {
    WorkspaceId::from_bytes(2_u128.to_be_bytes())
}

/// A sandbox with two workspaces, both strict: events are held against their schemas.
pub(crate) fn bench() -> Bench {
    let store = MemorySandbox::default();
    let clock = Arc::new(ManualClock::default());
    let sent = Arc::new(Sent::default());
    let kept: contract::Store = Arc::new(store.clone());
    contract::seed(&kept);
    let sandbox = Sandbox::new(SandboxParts {
        store: kept,
        dispatcher: sent.clone(),
        sealer: Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32]))),
        rules: SandboxRules::default(),
        clock: clock.clone(),
        entropy: Arc::new(SeededEntropy::new(1)),
    });
    Bench { sandbox, store, clock, sent }
}

/// An amount of US dollars.
pub(crate) fn usd(text: &str) -> Amount {
    Decimal::parse(text).unwrap().in_currency(Currency::parse("USD").unwrap()).unwrap()
}

/// A payment of so many US dollars with the reference 77.
pub(crate) fn new_payment(amount: &str) -> NewPayment {
    NewPayment {
        amount: usd(amount),
        reference: Reference::cut("77"),
        payer: None,
        urls: PaymentUrls::default(),
        gateway: None,
        metadata: Metadata::default(),
    }
}

impl Bench {
    /// Lets a millisecond pass, so that events are listed in the order in which they happened.
    pub(crate) fn tick(&self) {
        self.clock.advance(Duration::from_millis(1));
    }

    /// A payment that waits for its payer.
    pub(crate) fn payment(&self, amount: &str) -> Payment {
        self.tick();
        self.sandbox.payments.create(workspace_id(), new_payment(amount)).commit().unwrap()
    }

    /// Pays with the test card.
    pub(crate) fn pay(&self, token: &CheckoutToken, outcome: Option<Outcome>) -> Result<PaymentView, SandboxError> {
        self.pay_through(token, "test_card", outcome)
    }

    /// Pays with this gateway.
    pub(crate) fn pay_through(
        &self,
        token: &CheckoutToken,
        gateway: &str,
        outcome: Option<Outcome>,
    ) -> Result<PaymentView, SandboxError> {
        self.tick();
        self.sandbox.checkouts.pay(token, gateway.parse().unwrap(), outcome).commit()
    }

    /// The payer cancels.
    pub(crate) fn cancel(&self, token: &CheckoutToken) -> Result<PaymentView, SandboxError> {
        self.tick();
        self.sandbox.checkouts.cancel(token).commit()
    }

    /// A payment that was made, and its transaction.
    pub(crate) fn paid(&self, amount: &str) -> Transaction {
        let token = self.payment(amount).token;
        self.pay(&token, Some(Outcome::Success)).unwrap().transaction.unwrap()
    }

    /// Sends money of a transaction back.
    pub(crate) fn refund(&self, of: &Transaction, amount: Option<&str>) -> Result<Refund, SandboxError> {
        self.tick();
        let amount = amount.map(|amount| Decimal::parse(amount).unwrap());
        let new = NewRefund { transaction: of.trx_id.to_string(), amount, reason: Reason::cut("broken") };
        self.sandbox.refunds.create(workspace_id(), new).commit()
    }

    /// The payment as it stands now.
    pub(crate) fn view(&self, payment: &Payment) -> PaymentView {
        self.sandbox.payments.find(workspace_id(), payment.id).unwrap()
    }

    /// The names of all events of the workspace, oldest first.
    pub(crate) fn events(&self) -> Vec<String> {
        self.payloads().iter().map(|payload| payload["event"].as_str().unwrap().to_owned()).collect()
    }

    /// The payloads of all events of the workspace, oldest first.
    pub(crate) fn payloads(&self) -> Vec<Value> {
        let texts = self.texts();
        texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// The same, byte for byte.
    pub(crate) fn texts(&self) -> Vec<String> {
        let hub: &dyn UnitOfWork<dyn EventTx> = self.store.hub();
        let texts: Result<_, StoreError> = read(hub, |tx| {
            let heads = tx.list_events(workspace_id(), &EventFilter::default(), PageRequest::default())?;
            let mut texts = Vec::new();
            for head in heads.items.into_iter().rev() {
                let event = tx.find_event(workspace_id(), head.id)?.unwrap();
                texts.push(String::from_utf8(event.payload.as_bytes().to_vec()).unwrap());
            }
            Ok(texts)
        });
        texts.unwrap()
    }

    /// Writes behind the back of the use cases.
    pub(crate) fn put<R>(&self, body: impl FnMut(&mut (dyn SandboxTx + 'static)) -> Result<R, StoreError>) -> R {
        let store: &dyn UnitOfWork<dyn SandboxTx> = &self.store;
        write(store, Lane::Interactive, body).unwrap()
    }
}
