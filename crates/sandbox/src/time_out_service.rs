//! What happens by itself: payments expire, gateways answer, refunds that nobody answers fail.

use std::sync::Arc;

use devhub_domain::store::{Lane, StoreError, write as write_in};
use devhub_domain::time::Timestamp;

use crate::checkout_service::{put, tell, write};
use crate::error::SandboxError;
use crate::outcome::Outcome;
use crate::payload::{OfPayment, Told};
use crate::payment::{Payment, PaymentStatus};
use crate::payment_service::customer_of;
use crate::ports::{DueRefund, PaymentKey, SandboxTx};
use crate::refund::{Refund, RefundStatus};
use crate::refund_service;
use crate::service::Shared;
use crate::telling::{Teller, telling};
use crate::transaction::{Transaction, TransactionStatus};
use crate::view::PaymentView;

/// What one transaction of a pass moves: each has an event with perhaps twenty deliveries, and a closure of the background lane touches
/// at most 500 rows.
const ITEMS_MAX: usize = 20;

/// Payments that are removed in one transaction, each with a row or two besides.
const PRUNED_MAX: usize = 100;

/// What a pass has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Payments that have expired.
    pub expired: usize,
    /// Transactions whose gateway has answered.
    pub settled: usize,
    /// Refunds that were completed or have failed.
    pub refunds: usize,
    /// Whether more is due: the pass should be repeated at once.
    pub has_more: bool,
}

/// The use cases of the clock.
#[derive(Clone, Debug)]
pub struct TimeOuts {
    parts: Arc<Shared>,
}

/// What is moved by one transaction of a pass, and whether more may be due.
type Step = (usize, bool);

impl TimeOuts {
    pub(crate) const fn new(parts: Arc<Shared>) -> Self {
        Self { parts }
    }

    /// Moves what is due, a bounded number of each kind, in transactions of the background lane. Blocks the thread.
    ///
    /// *Repeat:* what was moved is no longer due; on several nodes each is moved once.
    ///
    /// # Errors
    /// The store's own: what was moved before stays moved.
    pub fn run(&self) -> Result<Passed, SandboxError> {
        let now = self.parts.clock.now();
        // Gateways answer before time runs out: whoever waited for an answer gets it.
        let settled = self.step(now, move |tx, teller| settle_due(tx, teller, now))?;
        let expired = self.step(now, move |tx, teller| expire_due(tx, teller, now))?;
        let made_before = now.minus(self.parts.rules.refund_times_out_after);
        let refunds = self.step(now, move |tx, teller| refund_due(tx, teller, now, made_before))?;
        let has_more = settled.1 || expired.1 || refunds.1;
        Ok(Passed { expired: expired.0, settled: settled.0, refunds: refunds.0, has_more })
    }

    /// Removes payments that ended and were left alone since `ended_before`, with their transactions and refunds, in one transaction of the
    /// background lane; `true` when there may be more: a store removes fewer at once where much belongs to them. Customers stay.
    ///
    /// # Errors
    /// The store's own.
    pub fn prune(&self, ended_before: Timestamp) -> Result<bool, SandboxError> {
        let removed = write_in(&*self.parts.store, Lane::Background, |tx| tx.delete_payments(ended_before, PRUNED_MAX));
        removed.map(|removed: usize| removed > 0).map_err(|error: StoreError| error.into())
    }

    fn step(
        &self,
        now: Timestamp,
        body: impl FnMut(&mut (dyn SandboxTx + 'static), &mut Teller) -> Result<Step, SandboxError> + Send,
    ) -> Result<Step, SandboxError> {
        telling(&self.parts, Lane::Background, Teller::new(&self.parts, now, ITEMS_MAX), body).commit()
    }
}

/// Settles the transactions that are due.
fn settle_due(tx: &mut (dyn SandboxTx + 'static), teller: &mut Teller, now: Timestamp) -> Result<Step, SandboxError> {
    let due = tx.due_transactions(now, ITEMS_MAX)?;
    step_over(due, |key| settle(tx, teller, key, now))
}

/// Expires the payments that are due.
fn expire_due(tx: &mut (dyn SandboxTx + 'static), teller: &mut Teller, now: Timestamp) -> Result<Step, SandboxError> {
    let due = tx.due_payments(now, ITEMS_MAX)?;
    step_over(due, |key| expire(tx, teller, key, now))
}

/// Completes or fails the refunds that are due.
fn refund_due(
    tx: &mut (dyn SandboxTx + 'static),
    teller: &mut Teller,
    now: Timestamp,
    made_before: Timestamp,
) -> Result<Step, SandboxError> {
    let due = tx.due_refunds(now, made_before, ITEMS_MAX)?;
    step_over(due, |due| refund_ends(tx, teller, due, (now, made_before)))
}

/// Moves one after the other, in the order of payments: two nodes that lock several of them never wait for each other in a ring.
fn step_over<T: Ord>(
    mut due: Vec<T>,
    mut move_one: impl FnMut(T) -> Result<bool, SandboxError>,
) -> Result<Step, SandboxError> {
    due.sort();
    let is_full = due.len() == ITEMS_MAX;
    let mut moved = 0;
    for one in due {
        moved += usize::from(move_one(one)?);
    }
    // A pass that moved nothing is not repeated at once: another node has what it found.
    Ok((moved, is_full && moved > 0))
}

/// A payment, held, and its newest transaction.
fn lock(
    tx: &mut (dyn SandboxTx + 'static),
    key: PaymentKey,
) -> Result<Option<(Payment, Option<Transaction>)>, SandboxError> {
    let Some(payment) = tx.lock_payment(key.workspace_id, key.id)? else {
        return Ok(None);
    };
    let newest = tx.newest_transaction(key.workspace_id, key.id)?;
    Ok(Some((payment, newest)))
}

/// The gateway of a payment's transaction says what it was going to say; `false` when it has said so already.
fn settle(
    tx: &mut (dyn SandboxTx + 'static),
    teller: &mut Teller,
    key: PaymentKey,
    now: Timestamp,
) -> Result<bool, SandboxError> {
    let Some((payment, Some(transaction))) = lock(tx, key)? else {
        return Ok(false);
    };
    if transaction.settles_at.is_none_or(|at| at > now) {
        return Ok(false);
    }
    let is_chargeback = transaction.settles_as == Some(Outcome::Chargeback);
    let next = if is_chargeback { TransactionStatus::Disputed } else { TransactionStatus::Completed };
    let is_open = is_chargeback || payment.status == PaymentStatus::Processing;
    if !is_open || !transaction.status.may_become(next) {
        // Nobody waits for this answer. It is let go, so that no pass finds it again and again.
        put(tx, transaction.unanswered(), true)?;
        return Ok(true);
    }
    let (payment, transaction) = if is_chargeback {
        (Payment { updated_at: now, ..payment }, transaction.dispute(now)?)
    } else {
        (payment.complete(now)?, transaction.complete(now)?)
    };
    let payment = write(tx, payment)?;
    let transaction = Some(put(tx, transaction, true)?);
    let customer = customer_of(tx, &payment)?;
    let view = PaymentView { payment, transaction, customer };
    if is_chargeback {
        let told = Told::Disputed(OfPayment::new(&view));
        teller.tell(tx, key.workspace_id, &told, view.payment.urls.callback.as_ref())?;
    } else {
        tell(tx, teller, &view)?;
    }
    Ok(true)
}

/// A payment's time has run out, and that of its transaction with it; `false` when it has ended meanwhile.
fn expire(
    tx: &mut (dyn SandboxTx + 'static),
    teller: &mut Teller,
    key: PaymentKey,
    now: Timestamp,
) -> Result<bool, SandboxError> {
    let Some((payment, newest)) = lock(tx, key)? else {
        return Ok(false);
    };
    if !payment.is_overdue(newest.as_ref(), now) {
        return Ok(false);
    }
    let payment = write(tx, payment.expire(now)?)?;
    let transaction = match newest {
        Some(open) if !open.status.is_terminal() => Some(put(tx, open.expire(now)?, true)?),
        other => other,
    };
    let customer = customer_of(tx, &payment)?;
    tell(tx, teller, &PaymentView { payment, transaction, customer })?;
    Ok(true)
}

/// A refund is completed when its gateway was going to say so, else it has failed; `false` when it has ended meanwhile.
fn refund_ends(
    tx: &mut (dyn SandboxTx + 'static),
    teller: &mut Teller,
    due: DueRefund,
    (now, made_before): (Timestamp, Timestamp),
) -> Result<bool, SandboxError> {
    let Some(payment) = tx.lock_payment(due.payment.workspace_id, due.payment.id)? else {
        return Ok(false);
    };
    let refunds = tx.refunds_of(due.payment.workspace_id, due.transaction)?;
    let refund = refunds.into_iter().find(|refund| refund.number == due.number);
    let transaction = tx.find_transaction(due.payment.workspace_id, due.transaction)?;
    let (Some(refund), Some(transaction)) = (refund, transaction) else {
        return Ok(false);
    };
    let is_answered = refund.settles_at.is_some_and(|at| at <= now);
    if refund.status != RefundStatus::Pending || !(is_answered || refund.created_at < made_before) {
        return Ok(false);
    }
    let ended = if is_answered { refund.complete(now)? } else { refund.fail()? };
    let ended = Refund { revision: ended.revision + 1, ..ended };
    tx.update_refund(&ended)?;
    let view = refund_service::refunded(tx, payment, transaction, now)?;
    refund_service::tell(tx, teller, &view, &ended)?;
    Ok(true)
}
