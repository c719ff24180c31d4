//! The use cases of payers: look, pay, cancel.

use std::sync::Arc;

use data_encoding::HEXUPPER;
use devhub_domain::entropy::{Entropy, random_bytes};
use devhub_domain::id::WorkspaceId;
use devhub_domain::store::{Lane, StoreError, read};
use devhub_domain::time::Timestamp;
use devhub_domain::workspaces::{Workspace, WorkspaceStatus};

use crate::checkout::Checkout;
use crate::error::SandboxError;
use crate::gateway::{Gateway, GatewayName, TestGateway};
use crate::gateway_service::gateways;
use crate::ids::{CheckoutToken, TrxId};
use crate::outcome::Outcome;
use crate::payload::{OfPayment, Told};
use crate::payment::{Payment, PaymentStatus};
use crate::payment_service::{customer_of, view};
use crate::ports::{Kind, SandboxTx};
use crate::service::Shared;
use crate::telling::{Teller, change, telling};
use crate::transaction::{Method, Transaction, TransactionStatus};
use crate::view::PaymentView;

/// How many names are drawn for a transaction: 40 random bits are taken once in a while, three times in a row never.
const TRX_IDS: usize = 3;

/// The use cases of payers.
#[derive(Clone, Debug)]
pub struct Checkouts {
    parts: Arc<Shared>,
}

/// What a transaction is made of that is drawn before the store's transaction, which may run again.
struct Drawn {
    trx_ids: [TrxId; TRX_IDS],
    gateway_trx_id: String,
}

impl Drawn {
    fn new(entropy: &dyn Entropy) -> Self {
        let gateway_trx_id = format!("TEST-{}", HEXUPPER.encode(&random_bytes::<8>(entropy)));
        Self { trx_ids: std::array::from_fn(|_| TrxId::generate(entropy)), gateway_trx_id }
    }
}

impl Checkouts {
    pub(crate) const fn new(parts: Arc<Shared>) -> Self {
        Self { parts }
    }

    /// A payment as its payer sees it now.
    ///
    /// # Errors
    /// [`SandboxError::CheckoutNotFound`], [`SandboxError::WorkspaceSuspended`], and the store's own.
    pub fn find(&self, token: &CheckoutToken) -> Result<Checkout, SandboxError> {
        let now = self.parts.clock.now();
        read(&*self.parts.store, |tx| {
            let payment = tx.find_payment_by_token(token)?.ok_or(SandboxError::CheckoutNotFound)?;
            let workspace_id = payment.workspace_id;
            let workspace = open_workspace(tx, workspace_id)?;
            let view = view(tx, payment)?;
            let view = PaymentView { payment: view.payment.as_of(view.transaction.as_ref(), now), ..view };
            let gateways = gateways(tx, workspace_id)?.into_iter().filter(|gateway| gateway.is_on).collect();
            Ok(Checkout { view, workspace_name: workspace.name, gateways })
        })
    }

    /// The payer pays through a gateway, which ends as `outcome` says; with `None` as is set for the gateway, else by the amount.
    ///
    /// A payment that waits for one gateway can be paid through another: the first attempt is given up, and its transaction goes on with the
    /// new one. Not once its time is over: then it only waits for the gateway that it has. *Source:* contract §3.2, §3.3.
    ///
    /// *Repeat:* a second call finds a payment that has ended or is being paid, and tells nothing again.
    ///
    /// # Errors
    /// [`SandboxError::CheckoutNotFound`], [`SandboxError::WorkspaceSuspended`], [`SandboxError::NotPayable`] with where the payment
    /// stands, [`SandboxError::GatewayNotFound`], [`SandboxError::GatewayOff`], and the store's own.
    pub fn pay(&self, token: &CheckoutToken, gateway: GatewayName, outcome: Option<Outcome>) -> change!(PaymentView) {
        let now = self.parts.clock.now();
        let settles_at = now.plus(self.parts.rules.settles_after);
        let drawn = Drawn::new(&*self.parts.entropy);
        let token = *token;
        let body = move |tx: &mut (dyn SandboxTx + 'static), teller: &mut Teller| {
            let (payment, newest) = lock_payable(tx, &token, now)?;
            let chosen = find_gateway(tx, &payment, &gateway)?;
            let wanted = outcome.or(chosen.outcome).unwrap_or_else(|| Outcome::of_payment(payment.amount));
            let open = newest.filter(|transaction| !transaction.status.is_terminal());
            let is_again = payment.status == PaymentStatus::Processing;
            // Each other gateway takes its time: past its own, a payment waits for the one that was chosen last, or it would never end.
            let is_late = now >= payment.expires_at;
            if is_again && (is_late || open.as_ref().is_none_or(|open| open.gateway == gateway)) {
                return Err(SandboxError::NotPayable(payment.status));
            }
            let payment = if is_again { payment.reopen(now)? } else { payment };
            let begun = match &open {
                Some(open) => reuse(open, chosen.gateway, now)?,
                None => begin(tx, &payment, chosen.gateway, (&drawn, now))?,
            };
            let (payment, transaction) = settle(&payment, &begun, wanted, (now, settles_at))?;
            let payment = write(tx, payment)?;
            let transaction = put(tx, transaction, open.is_some())?;
            let customer = customer_of(tx, &payment)?;
            let view = PaymentView { payment, transaction: Some(transaction), customer };
            // A payment that only changed its gateway has told that it is under way.
            if view.payment.status.is_terminal() || !is_again {
                tell(tx, teller, &view)?;
            }
            Ok(view)
        };
        telling(&self.parts, Lane::Interactive, Teller::new(&self.parts, now, 1), body)
    }

    /// The payer cancels; what waits for a gateway is cancelled with it.
    ///
    /// *Repeat:* as for [`Checkouts::pay`].
    ///
    /// # Errors
    /// [`SandboxError::CheckoutNotFound`], [`SandboxError::WorkspaceSuspended`], [`SandboxError::NotPayable`] with where the payment
    /// stands, and the store's own.
    pub fn cancel(&self, token: &CheckoutToken) -> change!(PaymentView) {
        let now = self.parts.clock.now();
        let token = *token;
        let body = move |tx: &mut (dyn SandboxTx + 'static), teller: &mut Teller| {
            let (payment, newest) = lock_payable(tx, &token, now)?;
            let payment = write(tx, payment.cancel(now)?)?;
            let transaction = match newest {
                Some(open) if !open.status.is_terminal() => Some(put(tx, open.cancel(now)?, true)?),
                other => other,
            };
            let customer = customer_of(tx, &payment)?;
            let view = PaymentView { payment, transaction, customer };
            tell(tx, teller, &view)?;
            Ok(view)
        };
        telling(&self.parts, Lane::Interactive, Teller::new(&self.parts, now, 1), body)
    }
}

/// The workspace of a payment, if it is not suspended: then payers can do no more than its keys can.
fn open_workspace(tx: &mut (dyn SandboxTx + 'static), id: WorkspaceId) -> Result<Workspace, SandboxError> {
    let workspace = tx.hub().find_workspace(id)?.ok_or(SandboxError::CheckoutNotFound)?;
    match workspace.status {
        WorkspaceStatus::Active => Ok(workspace),
        WorkspaceStatus::Suspended => Err(SandboxError::WorkspaceSuspended),
    }
}

/// The payment with this token and its newest transaction, held, if it can be paid or cancelled at `now`.
fn lock_payable(
    tx: &mut (dyn SandboxTx + 'static),
    token: &CheckoutToken,
    now: Timestamp,
) -> Result<(Payment, Option<Transaction>), SandboxError> {
    let found = tx.find_payment_by_token(token)?.ok_or(SandboxError::CheckoutNotFound)?;
    open_workspace(tx, found.workspace_id)?;
    let payment = tx.lock_payment(found.workspace_id, found.id)?.ok_or(SandboxError::CheckoutNotFound)?;
    let newest = tx.newest_transaction(payment.workspace_id, payment.id)?;
    let payment = payment.as_of(newest.as_ref(), now);
    if payment.status.is_terminal() {
        return Err(SandboxError::NotPayable(payment.status));
    }
    Ok((payment, newest))
}

/// The gateway that the payer chose.
fn find_gateway(
    tx: &mut (dyn SandboxTx + 'static),
    payment: &Payment,
    name: &GatewayName,
) -> Result<Gateway, SandboxError> {
    let mut all = gateways(tx, payment.workspace_id)?.into_iter();
    let chosen = all.find(|gateway| gateway.gateway.name == name.as_str());
    let chosen = chosen.ok_or_else(|| SandboxError::GatewayNotFound(name.clone()))?;
    if chosen.is_on { Ok(chosen) } else { Err(SandboxError::GatewayOff(name.clone())) }
}

/// A new transaction of a payment.
fn begin(
    tx: &mut (dyn SandboxTx + 'static),
    payment: &Payment,
    gateway: &TestGateway,
    (drawn, now): (&Drawn, Timestamp),
) -> Result<Transaction, SandboxError> {
    let workspace_id = payment.workspace_id;
    Ok(Transaction {
        workspace_id,
        number: tx.next_number(workspace_id, Kind::Transaction)?,
        trx_id: free_trx_id(tx, payment, drawn)?,
        payment_id: payment.id,
        gateway: gateway.to_name(),
        gateway_trx_id: drawn.gateway_trx_id.clone(),
        status: TransactionStatus::Pending,
        method: Method::Api,
        amount: payment.amount,
        fee: payment.amount.share(gateway.fee_basis_points),
        reference: payment.reference.for_transaction(),
        settles_at: None,
        settles_as: None,
        created_at: now,
        updated_at: now,
        completed_at: None,
        revision: 0,
    })
}

fn free_trx_id(tx: &mut (dyn SandboxTx + 'static), payment: &Payment, drawn: &Drawn) -> Result<TrxId, SandboxError> {
    for trx_id in drawn.trx_ids {
        if tx.find_transaction_by_trx_id(payment.workspace_id, trx_id)?.is_none() {
            return Ok(trx_id);
        }
    }
    Err(StoreError::Conflict("sandbox_transactions.trx_id").into())
}

/// A transaction that has not ended, through the gateway that was chosen now.
fn reuse(open: &Transaction, gateway: &TestGateway, now: Timestamp) -> Result<Transaction, SandboxError> {
    let back = if open.status == TransactionStatus::Pending { open.clone() } else { open.reopen(now)? };
    Ok(Transaction { gateway: gateway.to_name(), fee: open.amount.share(gateway.fee_basis_points), ..back })
}

/// Payment and transaction, as the gateway's answer leaves them.
fn settle(
    payment: &Payment,
    transaction: &Transaction,
    outcome: Outcome,
    (now, settles_at): (Timestamp, Timestamp),
) -> Result<(Payment, Transaction), SandboxError> {
    let payment = payment.process(now)?;
    let waiting = transaction.process((settles_at, Outcome::Success), now)?;
    Ok(match outcome {
        Outcome::Success => (payment.complete(now)?, waiting.call_back(now)?.complete(now)?),
        Outcome::Failure => (payment.fail(now)?, waiting.call_back(now)?.fail(now)?),
        Outcome::PendingThenSuccess => (payment, waiting),
        Outcome::Cancel => (payment.cancel(now)?, waiting.cancel(now)?),
        Outcome::Expiry => (payment.expire(now)?, waiting.expire(now)?),
        Outcome::Chargeback => {
            let completed = waiting.call_back(now)?.complete(now)?;
            (payment.complete(now)?, completed.to_be_disputed(settles_at))
        }
    })
}

/// Writes a payment over the state before.
pub(crate) fn write(tx: &mut (dyn SandboxTx + 'static), payment: Payment) -> Result<Payment, StoreError> {
    let payment = Payment { revision: payment.revision + 1, ..payment };
    tx.update_payment(&payment)?;
    Ok(payment)
}

/// Writes a transaction over the state before, if there is one.
pub(crate) fn put(
    tx: &mut (dyn SandboxTx + 'static),
    transaction: Transaction,
    is_known: bool,
) -> Result<Transaction, StoreError> {
    let transaction = Transaction { revision: transaction.revision + 1, ..transaction };
    if is_known {
        tx.update_transaction(&transaction)?;
    } else {
        tx.insert_transaction(&transaction)?;
    }
    Ok(transaction)
}

/// Tells where a payment stands: under way, or how it has ended.
pub(crate) fn tell(
    tx: &mut (dyn SandboxTx + 'static),
    teller: &mut Teller,
    view: &PaymentView,
) -> Result<(), SandboxError> {
    let of = OfPayment::new(view);
    let told = if view.payment.status.is_terminal() { Told::Ended(of) } else { Told::Pending(of) };
    teller.tell(tx, view.payment.workspace_id, &told, view.payment.urls.callback.as_ref())
}
