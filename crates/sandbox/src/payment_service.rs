//! The use cases of merchants: create, find, list.

use std::sync::Arc;

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::{Lane, StoreError, read};

use crate::customer::{Customer, Payer};
use crate::customer_service::find_or_make;
use crate::error::SandboxError;
use crate::gateway::GatewayName;
use crate::ids::{CheckoutToken, CustomerId, PaymentId};
use crate::metadata::Metadata;
use crate::money::Amount;
use crate::page::{Numbered, PageNumber};
use crate::payment::{Payment, PaymentStatus, PaymentUrls};
use crate::ports::{SandboxTx, TransactionFilter};
use crate::service::Shared;
use crate::telling::{Teller, change, telling};
use crate::text::Reference;
use crate::transaction::{GATEWAY_TRX_ID_CHARS_MAX, Transaction};
use crate::view::PaymentView;

/// A payment to make.
#[derive(Clone, Debug)]
pub struct NewPayment {
    /// What the merchant asks for; not zero ([`Decimal::in_currency`](crate::Decimal::in_currency) sees to that).
    pub amount: Amount,
    /// What the merchant calls it.
    pub reference: Reference,
    /// Who pays, if the merchant knows a mail address.
    pub payer: Option<Payer>,
    /// Where it leads.
    pub urls: PaymentUrls,
    /// Which gateway the merchant prefers.
    pub gateway: Option<GatewayName>,
    /// What the merchant keeps with it.
    pub metadata: Metadata,
}

/// The use cases of merchants.
#[derive(Clone, Debug)]
pub struct Payments {
    parts: Arc<Shared>,
}

impl Payments {
    pub(crate) const fn new(parts: Arc<Shared>) -> Self {
        Self { parts }
    }

    /// Makes a payment that waits for its payer; finds or makes the customer with the payer's mail address, and tells of a new one.
    ///
    /// *Repeat:* makes another payment.
    ///
    /// # Errors
    /// Only the store's own.
    pub fn create(&self, workspace_id: WorkspaceId, new: NewPayment) -> change!(Payment) {
        let entropy = &*self.parts.entropy;
        let now = self.parts.clock.now();
        let (id, token, customer_id) =
            (PaymentId::generate(entropy), CheckoutToken::generate(entropy), CustomerId::generate(entropy));
        let expires_at = now.plus(self.parts.rules.payable_for);
        let body = move |tx: &mut (dyn SandboxTx + 'static), teller: &mut Teller| {
            let customer = match &new.payer {
                Some(payer) => payer_of(tx, (workspace_id, customer_id), payer, teller)?,
                None => None,
            };
            let payment = Payment {
                id,
                workspace_id,
                token,
                status: PaymentStatus::Pending,
                amount: new.amount,
                reference: new.reference.clone(),
                customer: customer.map(|customer| customer.number),
                urls: new.urls.clone(),
                gateway: new.gateway.clone(),
                metadata: new.metadata.clone(),
                created_at: now,
                updated_at: now,
                expires_at,
                revision: 1,
            };
            tx.insert_payment(&payment)?;
            teller.meet(tx, workspace_id, payment.urls.callback.as_ref())?;
            Ok(payment)
        };
        telling(&self.parts, Lane::Interactive, Teller::new(&self.parts, now, 1), body)
    }

    /// A payment as it stands now.
    ///
    /// # Errors
    /// [`SandboxError::PaymentNotFound`] also for one of another workspace, and the store's own.
    pub fn find(&self, workspace_id: WorkspaceId, id: PaymentId) -> Result<PaymentView, SandboxError> {
        let now = self.parts.clock.now();
        read(&*self.parts.store, |tx| {
            let payment = tx.find_payment(workspace_id, id)?.ok_or(SandboxError::PaymentNotFound(id))?;
            let view = view(tx, payment)?;
            Ok(PaymentView { payment: view.payment.as_of(view.transaction.as_ref(), now), ..view })
        })
    }

    /// Transactions of a workspace, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list_transactions(
        &self,
        workspace_id: WorkspaceId,
        filter: &TransactionFilter,
        page: PageNumber,
    ) -> Result<Numbered<Transaction>, SandboxError> {
        read(&*self.parts.store, |tx| Ok(tx.list_transactions(workspace_id, filter, page)?))
    }

    /// The transaction with this name, else the newest that its gateway calls so. *Source:* contract §2.7.
    ///
    /// # Errors
    /// [`SandboxError::TransactionNotFound`] also for one of another workspace, and the store's own.
    pub fn find_transaction(&self, workspace_id: WorkspaceId, text: &str) -> Result<Transaction, SandboxError> {
        read(&*self.parts.store, |tx| {
            find_transaction(tx, workspace_id, text)?.ok_or(SandboxError::TransactionNotFound)
        })
    }
}

/// Who pays; `None` also where the stored customer cannot be read: that is for an operator, and no reason to take no money.
fn payer_of(
    tx: &mut (dyn SandboxTx + 'static),
    of: (WorkspaceId, CustomerId),
    payer: &Payer,
    teller: &mut Teller,
) -> Result<Option<Customer>, SandboxError> {
    match find_or_make(tx, of, payer, teller) {
        Err(SandboxError::Store(StoreError::Corrupt { .. })) => Ok(None),
        found => found.map(Some),
    }
}

/// The transaction with this name, else the newest that its gateway calls so.
pub(crate) fn find_transaction(
    tx: &mut (dyn SandboxTx + 'static),
    workspace_id: WorkspaceId,
    text: &str,
) -> Result<Option<Transaction>, SandboxError> {
    if let Ok(trx_id) = text.parse()
        && let Some(transaction) = tx.find_transaction_by_trx_id(workspace_id, trx_id)?
    {
        return Ok(Some(transaction));
    }
    // Not asked of the store: it is long, or holds a zero byte, which one database cannot even compare.
    if text.chars().count() > GATEWAY_TRX_ID_CHARS_MAX || text.chars().any(char::is_control) {
        return Ok(None);
    }
    Ok(tx.find_transaction_by_gateway_trx_id(workspace_id, text)?)
}

/// A payment as it is stored, with what belongs to it.
pub(crate) fn view(tx: &mut (dyn SandboxTx + 'static), payment: Payment) -> Result<PaymentView, SandboxError> {
    let transaction = tx.newest_transaction(payment.workspace_id, payment.id)?;
    let customer = customer_of(tx, &payment)?;
    Ok(PaymentView { payment, transaction, customer })
}

/// Who pays a payment.
pub(crate) fn customer_of(
    tx: &mut (dyn SandboxTx + 'static),
    payment: &Payment,
) -> Result<Option<Customer>, SandboxError> {
    let Some(number) = payment.customer else {
        return Ok(None);
    };
    Ok(tx.find_customer(payment.workspace_id, number)?)
}
