//! The use cases of refunds: create, list, find. *Source:* contract §2.8, §3.4.
//!
//! *Threat:* two refunds at once that are both within what is left, and together more. *Defence:* the payment is locked before it is
//! reckoned what is left, and what is pending counts.

use std::sync::Arc;

use devhub_domain::id::WorkspaceId;
use devhub_domain::store::{Lane, read};
use devhub_domain::time::Timestamp;

use crate::checkout_service::{put, write};
use crate::error::SandboxError;
use crate::ids::RefundId;
use crate::money::{Amount, Decimal};
use crate::outcome::Outcome;
use crate::page::{Numbered, PageNumber};
use crate::payload::{OfPayment, Told};
use crate::payment::Payment;
use crate::payment_service::{customer_of, find_transaction};
use crate::ports::{Kind, RefundFilter, SandboxTx};
use crate::refund::{REFUNDS_MAX, Refund, RefundStatus};
use crate::service::Shared;
use crate::telling::{Teller, change, telling};
use crate::text::Reason;
use crate::transaction::Transaction;
use crate::view::PaymentView;

/// A refund to make.
#[derive(Clone, Debug)]
pub struct NewRefund {
    /// Of which transaction: its number when there are digits only, else (and then) its `trx_id`.
    pub transaction: String,
    /// How much, in the transaction's currency; `None`: all that is left.
    pub amount: Option<Decimal>,
    /// Why.
    pub reason: Reason,
}

/// Which refunds a list shows; all that is set must hold.
#[derive(Clone, Debug, Default)]
pub struct RefundQuery {
    /// Only those that stand here.
    pub status: Option<RefundStatus>,
    /// Only those of this transaction: its number, its `trx_id`, or how its gateway calls it. One that is not there has none.
    pub transaction: Option<String>,
    /// Only those made at this instant or later.
    pub from: Option<Timestamp>,
    /// Only those made before this instant.
    pub before: Option<Timestamp>,
}

/// The use cases of refunds.
#[derive(Clone, Debug)]
pub struct Refunds {
    parts: Arc<Shared>,
}

impl Refunds {
    pub(crate) const fn new(parts: Arc<Shared>) -> Self {
        Self { parts }
    }

    /// Sends money back. It is made at once, unless its amount says otherwise ([`Outcome::of_refund`]): one that fails is returned as failed.
    ///
    /// *Repeat:* makes another refund, while something is left.
    ///
    /// # Errors
    /// [`SandboxError::TransactionNotFound`], [`SandboxError::NotRefundable`], [`SandboxError::NothingLeft`], [`SandboxError::Amount`],
    /// [`SandboxError::MoreThanLeft`], [`SandboxError::TooManyRefunds`], and the store's own.
    pub fn create(&self, workspace_id: WorkspaceId, new: NewRefund) -> change!(Refund) {
        let now = self.parts.clock.now();
        let settles_at = now.plus(self.parts.rules.settles_after);
        let id = RefundId::generate(&*self.parts.entropy);
        let body = move |tx: &mut (dyn SandboxTx + 'static), teller: &mut Teller| {
            let found = find_to_refund(tx, workspace_id, &new.transaction)?.ok_or(SandboxError::TransactionNotFound)?;
            let (payment, transaction) = lock(tx, &found)?;
            let others = tx.refunds_of(workspace_id, transaction.number)?;
            let amount = amount_to_refund(&transaction, &others, new.amount)?;
            let pending = Refund {
                workspace_id,
                number: tx.next_number(workspace_id, Kind::Refund)?,
                id,
                payment_id: payment.id,
                transaction: transaction.number,
                trx_id: transaction.trx_id,
                gateway_trx_id: transaction.gateway_trx_id.clone(),
                amount,
                reason: new.reason.clone(),
                status: RefundStatus::Pending,
                settles_at: None,
                settles_as: None,
                processed_at: None,
                created_at: now,
                revision: 1,
            };
            let refund = match Outcome::of_refund(amount) {
                Outcome::Failure => pending.fail()?,
                Outcome::PendingThenSuccess => {
                    Refund { settles_at: Some(settles_at), settles_as: Some(Outcome::Success), ..pending.clone() }
                }
                Outcome::Expiry => pending.clone(),
                Outcome::Success | Outcome::Cancel | Outcome::Chargeback => pending.complete(now)?,
            };
            tx.insert_refund(&refund)?;
            let view = refunded(tx, payment, transaction, now)?;
            tell(tx, teller, &view, &pending)?;
            if refund.status != RefundStatus::Pending {
                tell(tx, teller, &view, &refund)?;
            }
            Ok(refund)
        };
        telling(&self.parts, Lane::Interactive, Teller::new(&self.parts, now, 2), body)
    }

    /// Refunds of a workspace, newest first.
    ///
    /// # Errors
    /// The store's own.
    pub fn list(
        &self,
        workspace_id: WorkspaceId,
        query: &RefundQuery,
        page: PageNumber,
    ) -> Result<Numbered<Refund>, SandboxError> {
        read(&*self.parts.store, |tx| {
            let RefundQuery { status, from, before, .. } = *query;
            let mut filter = RefundFilter { status, transaction: None, from, before };
            if let Some(text) = &query.transaction {
                let Some(transaction) = find_any(tx, workspace_id, text)? else {
                    return Ok(Numbered::empty(page.size));
                };
                filter.transaction = Some(transaction.number);
            }
            Ok(tx.list_refunds(workspace_id, &filter, page)?)
        })
    }

    /// The newest refund of a transaction: its number, its `trx_id`, or how its gateway calls it.
    ///
    /// # Errors
    /// [`SandboxError::TransactionNotFound`], [`SandboxError::RefundNotFound`], and the store's own.
    pub fn find_newest(&self, workspace_id: WorkspaceId, text: &str) -> Result<Refund, SandboxError> {
        read(&*self.parts.store, |tx| {
            let transaction = find_any(tx, workspace_id, text)?.ok_or(SandboxError::TransactionNotFound)?;
            let refunds = tx.refunds_of(workspace_id, transaction.number)?;
            refunds.into_iter().next().ok_or(SandboxError::RefundNotFound)
        })
    }
}

/// The transaction that a merchant names: a number first when there are digits only, then a `trx_id`.
fn find_to_refund(
    tx: &mut (dyn SandboxTx + 'static),
    workspace_id: WorkspaceId,
    text: &str,
) -> Result<Option<Transaction>, SandboxError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number
        && let Ok(number) = text.parse()
        && let Some(transaction) = tx.find_transaction(workspace_id, number)?
    {
        return Ok(Some(transaction));
    }
    text.parse().map_or(Ok(None), |trx_id| Ok(tx.find_transaction_by_trx_id(workspace_id, trx_id)?))
}

/// The same, and then the newest that its gateway calls so.
fn find_any(
    tx: &mut (dyn SandboxTx + 'static),
    workspace_id: WorkspaceId,
    text: &str,
) -> Result<Option<Transaction>, SandboxError> {
    if let Some(transaction) = find_to_refund(tx, workspace_id, text)? {
        return Ok(Some(transaction));
    }
    find_transaction(tx, workspace_id, text)
}

/// The payment of a transaction, held, and the transaction as it is then.
pub(crate) fn lock(
    tx: &mut (dyn SandboxTx + 'static),
    found: &Transaction,
) -> Result<(Payment, Transaction), SandboxError> {
    let payment = tx.lock_payment(found.workspace_id, found.payment_id)?;
    let payment = payment.ok_or(SandboxError::TransactionNotFound)?;
    let transaction = tx.find_transaction(found.workspace_id, found.number)?;
    Ok((payment, transaction.ok_or(SandboxError::TransactionNotFound)?))
}

/// How much goes back, given the refunds that there are already.
fn amount_to_refund(
    transaction: &Transaction,
    others: &[Refund],
    wanted: Option<Decimal>,
) -> Result<Amount, SandboxError> {
    if !transaction.status.is_refundable() {
        return Err(SandboxError::NotRefundable(transaction.status));
    }
    let wanted = wanted.map(|wanted| wanted.in_currency(transaction.amount.currency())).transpose();
    let wanted = wanted.map_err(SandboxError::Amount)?;
    let spoken_for = total(transaction, others, |status| status.counts());
    let left = transaction.amount.minus(spoken_for).filter(|left| !left.is_zero());
    let left = left.ok_or(SandboxError::NothingLeft)?;
    if others.len() >= REFUNDS_MAX {
        return Err(SandboxError::TooManyRefunds);
    }
    let amount = wanted.unwrap_or(left);
    if left.minus(amount).is_none() { Err(SandboxError::MoreThanLeft { left }) } else { Ok(amount) }
}

/// What refunds in these states add up to. More than an amount can hold counts as all of the transaction.
fn total(transaction: &Transaction, refunds: &[Refund], counts: impl Fn(RefundStatus) -> bool) -> Amount {
    let mut counted = refunds.iter().filter(|refund| counts(refund.status));
    let nothing = Amount::zero(transaction.amount.currency());
    counted.try_fold(nothing, |sum, refund| sum.plus(refund.amount)).unwrap_or(transaction.amount)
}

/// Writes what a refund means to its payment and its transaction, which is refunded once all of it went back.
pub(crate) fn refunded(
    tx: &mut (dyn SandboxTx + 'static),
    payment: Payment,
    transaction: Transaction,
    now: Timestamp,
) -> Result<PaymentView, SandboxError> {
    let refunds = tx.refunds_of(transaction.workspace_id, transaction.number)?;
    let completed = total(&transaction, &refunds, |status| status == RefundStatus::Completed);
    let is_whole = completed == transaction.amount && transaction.status.may_become(crate::TransactionStatus::Refunded);
    let transaction = if is_whole { put(tx, transaction.refund(now)?, true)? } else { transaction };
    let payment = write(tx, Payment { updated_at: now, ..payment })?;
    let customer = customer_of(tx, &payment)?;
    Ok(PaymentView { payment, transaction: Some(transaction), customer })
}

/// Tells where a refund stands.
pub(crate) fn tell(
    tx: &mut (dyn SandboxTx + 'static),
    teller: &mut Teller,
    view: &PaymentView,
    refund: &Refund,
) -> Result<(), SandboxError> {
    let told = Told::Refund(OfPayment::new(view), refund);
    teller.tell(tx, view.payment.workspace_id, &told, view.payment.urls.callback.as_ref())
}
