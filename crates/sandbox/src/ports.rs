//! What a store must do for the sandbox.
//!
//! What has a workspace for an argument is asked within that one, and a row of another one is not there; what has none, such as what is
//! due, is asked of all. Lists of a workspace that have pages are newest first, which is by descending number; each other one tells its
//! order.

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_domain::tx::Tx;

use crate::customer::Customer;
use crate::gateway::{GatewayName, GatewaySetting};
use crate::ids::{CheckoutToken, CustomerId, PaymentId, TrxId};
use crate::page::{Numbered, PageNumber};
use crate::payment::Payment;
use crate::refund::{Refund, RefundStatus};
use crate::transaction::{Transaction, TransactionStatus};
use crate::words::words;

words! {
    /// What is counted in a workspace, each from 1.
    Kind {
        /// Transactions.
        Transaction = "transaction",
        /// Refunds.
        Refund = "refund",
        /// Customers.
        Customer = "customer",
    }
}

/// A payment among all workspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentKey {
    /// Whose.
    pub workspace_id: WorkspaceId,
    /// Which.
    pub id: PaymentId,
}

/// A refund that is due, among all workspaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DueRefund {
    /// The payment that is to be locked.
    pub payment: PaymentKey,
    /// The number of the transaction that the refund is of.
    pub transaction: i64,
    /// Its own number.
    pub number: i64,
}

/// Which transactions a list shows; all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    /// Only those that stand here.
    pub status: Option<TransactionStatus>,
    /// Only those through this gateway.
    pub gateway: Option<GatewayName>,
    /// Only those made at this instant or later.
    pub from: Option<Timestamp>,
    /// Only those made before this instant.
    pub before: Option<Timestamp>,
}

impl TransactionFilter {
    /// Whether a transaction is to be shown.
    pub fn wants(&self, transaction: &Transaction) -> bool {
        self.status.is_none_or(|status| transaction.status == status)
            && self.gateway.as_ref().is_none_or(|gateway| transaction.gateway == *gateway)
            && self.from.is_none_or(|from| transaction.created_at >= from)
            && self.before.is_none_or(|before| transaction.created_at < before)
    }
}

impl From<DueRefund> for PaymentKey {
    fn from(due: DueRefund) -> Self {
        due.payment
    }
}

/// Which refunds a list shows; all that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefundFilter {
    /// Only those that stand here.
    pub status: Option<RefundStatus>,
    /// Only those of the transaction with this number.
    pub transaction: Option<i64>,
    /// Only those made at this instant or later.
    pub from: Option<Timestamp>,
    /// Only those made before this instant.
    pub before: Option<Timestamp>,
}

impl RefundFilter {
    /// Whether a refund is to be shown.
    pub fn wants(&self, refund: &Refund) -> bool {
        self.status.is_none_or(|status| refund.status == status)
            && self.transaction.is_none_or(|number| refund.transaction == number)
            && self.from.is_none_or(|from| refund.created_at >= from)
            && self.before.is_none_or(|before| refund.created_at < before)
    }
}

/// Numbers within one transaction of the store.
pub trait NumberTx {
    /// The next number of a kind in a workspace: 1, then one more each time.
    ///
    /// Two transactions at once get two numbers. One that is undone gives its number back or leaves a gap.
    ///
    /// # Errors
    /// Only the store's own.
    fn next_number(&mut self, workspace_id: WorkspaceId, kind: Kind) -> Result<i64, StoreError>;
}

/// Payments within one transaction of the store.
pub trait PaymentTx {
    /// Adds a payment.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the id or the token is taken.
    fn insert_payment(&mut self, payment: &Payment) -> Result<(), StoreError>;

    /// The payment with this id.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_payment(&mut self, workspace_id: WorkspaceId, id: PaymentId) -> Result<Option<Payment>, StoreError>;

    /// The payment with this token, of whichever workspace.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_payment_by_token(&mut self, token: &CheckoutToken) -> Result<Option<Payment>, StoreError>;

    /// The payment with this id, as [`PaymentTx::find_payment`] finds it.
    ///
    /// Must keep every other transaction from getting past its own call for the same payment until this one ends, and must return what is
    /// stored once it has waited. Whoever changes the payment, its transactions or its refunds calls this first.
    ///
    /// # Errors
    /// Only the store's own.
    fn lock_payment(&mut self, workspace_id: WorkspaceId, id: PaymentId) -> Result<Option<Payment>, StoreError>;

    /// Writes status, gateway, customer, `updated_at` and `expires_at` of a payment over the revision before it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is not one less.
    fn update_payment(&mut self, payment: &Payment) -> Result<(), StoreError>;

    /// Payments of all workspaces that are to expire: pending or processing, with `expires_at` at or before `now`, and none of whose
    /// transactions waits ([`Transaction::is_waiting`]). Those that are due longest, at most `limit`.
    ///
    /// Holds nothing: whoever expires one locks it and looks again. May leave out what another transaction has locked.
    ///
    /// # Errors
    /// Only the store's own.
    fn due_payments(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PaymentKey>, StoreError>;

    /// Removes up to `limit` payments of all workspaces that have ended and whose `updated_at` is before `ended_before`, with their
    /// transactions and refunds, those first that were changed longest ago; returns how many payments. May remove fewer, so as not to touch
    /// too many rows at once, and at least one while there is one.
    ///
    /// # Errors
    /// Only the store's own.
    fn delete_payments(&mut self, ended_before: Timestamp, limit: usize) -> Result<usize, StoreError>;
}

/// Transactions of payments within one transaction of the store.
pub trait TransactionTx {
    /// Adds a transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the number or the `trx_id` is taken in its workspace.
    fn insert_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError>;

    /// Writes everything but workspace, number, `trx_id`, payment and `created_at` of a transaction over the revision before it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is not one less.
    fn update_transaction(&mut self, transaction: &Transaction) -> Result<(), StoreError>;

    /// The transaction with this number.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_transaction(&mut self, workspace_id: WorkspaceId, number: i64) -> Result<Option<Transaction>, StoreError>;

    /// The transaction with this name.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_transaction_by_trx_id(
        &mut self,
        workspace_id: WorkspaceId,
        trx_id: TrxId,
    ) -> Result<Option<Transaction>, StoreError>;

    /// The newest transaction that its gateway calls so.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_transaction_by_gateway_trx_id(
        &mut self,
        workspace_id: WorkspaceId,
        gateway_trx_id: &str,
    ) -> Result<Option<Transaction>, StoreError>;

    /// The newest transaction of a payment.
    ///
    /// # Errors
    /// Only the store's own.
    fn newest_transaction(
        &mut self,
        workspace_id: WorkspaceId,
        payment_id: PaymentId,
    ) -> Result<Option<Transaction>, StoreError>;

    /// Transactions of a workspace that the filter wants, newest first. A page past the end is the last one.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_transactions(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &TransactionFilter,
        page: PageNumber,
    ) -> Result<Numbered<Transaction>, StoreError>;

    /// The payments of the transactions of all workspaces with `settles_at` at or before `now`: one for each such transaction, those that
    /// are due longest first, at most `limit`.
    ///
    /// Holds nothing: whoever settles one locks its payment and looks again. May leave out what another transaction has locked.
    ///
    /// # Errors
    /// Only the store's own.
    fn due_transactions(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PaymentKey>, StoreError>;
}

/// Refunds within one transaction of the store.
pub trait RefundTx {
    /// Adds a refund.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the number or the id is taken.
    fn insert_refund(&mut self, refund: &Refund) -> Result<(), StoreError>;

    /// Writes status, `settles_at`, `settles_as` and `processed_at` of a refund over the revision before it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is not one less.
    fn update_refund(&mut self, refund: &Refund) -> Result<(), StoreError>;

    /// The refunds of the transaction with this number, newest first. There are at most [`REFUNDS_MAX`](crate::REFUNDS_MAX).
    ///
    /// # Errors
    /// Only the store's own.
    fn refunds_of(&mut self, workspace_id: WorkspaceId, transaction: i64) -> Result<Vec<Refund>, StoreError>;

    /// Refunds of a workspace that the filter wants, newest first. A page past the end is the last one.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_refunds(
        &mut self,
        workspace_id: WorkspaceId,
        filter: &RefundFilter,
        page: PageNumber,
    ) -> Result<Numbered<Refund>, StoreError>;

    /// Refunds of all workspaces that are pending and either have `settles_at` at or before `now` or were made before `made_before`; the
    /// oldest first, at most `limit`.
    ///
    /// Holds nothing: whoever settles one locks its payment and looks again. May leave out what another transaction has locked.
    ///
    /// # Errors
    /// Only the store's own.
    fn due_refunds(
        &mut self,
        now: Timestamp,
        made_before: Timestamp,
        limit: usize,
    ) -> Result<Vec<DueRefund>, StoreError>;
}

/// Customers within one transaction of the store.
pub trait CustomerTx {
    /// Adds a customer; `false`, and nothing is written, when the workspace has one with that mail address in its normalised form.
    ///
    /// Two transactions at once: one inserts, the other waits for it to end and then sees `false`, and finds the customer.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the number or the id is taken.
    fn insert_customer(&mut self, customer: &Customer) -> Result<bool, StoreError>;

    /// Writes name, telephone number and `updated_at` of a customer over the revision before it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored revision is not one less.
    fn update_customer(&mut self, customer: &Customer) -> Result<(), StoreError>;

    /// The customer with this number.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_customer(&mut self, workspace_id: WorkspaceId, number: i64) -> Result<Option<Customer>, StoreError>;

    /// The customer with this id.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_customer_by_id(
        &mut self,
        workspace_id: WorkspaceId,
        id: CustomerId,
    ) -> Result<Option<Customer>, StoreError>;

    /// The customer with this mail address in its normalised form.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_customer_by_email(
        &mut self,
        workspace_id: WorkspaceId,
        normalised: &str,
    ) -> Result<Option<Customer>, StoreError>;

    /// The newest customer with this telephone number in its normalised form.
    ///
    /// # Errors
    /// Only the store's own.
    fn find_customer_by_phone(
        &mut self,
        workspace_id: WorkspaceId,
        normalised: &str,
    ) -> Result<Option<Customer>, StoreError>;

    /// Customers of a workspace, newest first. A page past the end is the last one.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_customers(&mut self, workspace_id: WorkspaceId, page: PageNumber)
    -> Result<Numbered<Customer>, StoreError>;
}

/// What workspaces set of their gateways, within one transaction of the store.
pub trait GatewayTx {
    /// What a workspace has set: a row for each gateway that was ever changed, in the order of their names.
    ///
    /// # Errors
    /// Only the store's own.
    fn list_gateway_settings(&mut self, workspace_id: WorkspaceId) -> Result<Vec<GatewaySetting>, StoreError>;

    /// Keeps a setting: revision 1 is added, a later one is written over the revision before it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is one already, or the stored revision is not one less.
    fn put_gateway_setting(&mut self, setting: &GatewaySetting) -> Result<(), StoreError>;
}

/// A transaction over the sandbox and the hub that it stands in.
pub trait SandboxTx: NumberTx + PaymentTx + TransactionTx + RefundTx + CustomerTx + GatewayTx {
    /// The same transaction over everything of the hub: what is written through it is kept if and only if the rest is.
    fn hub(&mut self) -> &mut (dyn Tx + '_);
}
