//! What happens by itself: payments expire, gateways answer, refunds that nobody answers fail.

use std::collections::BTreeSet;
use std::sync::Arc;

use devhub_domain::causes::chain;
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

/// What a pass moves of each kind, each in a transaction of its own: an event goes to as many endpoints as a workspace has, and a closure
/// of the background lane touches at most 500 rows.
const ITEMS_MAX: usize = 20;

/// What a pass leaves where it is of each kind before it ends: what cannot be moved is found again by each pass, ahead of what can.
const LEFT_MAX: usize = 200;

/// Payments that are removed in one transaction, each with a row or two besides.
const PRUNED_MAX: usize = 100;

/// What a pass has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Payments that have expired.
    pub expired: usize,
    /// Transactions whose gateway has answered.
    pub settled: usize,
    /// Refunds that were completed or have failed.
    pub refunds: usize,
    /// Whether more is due: the pass should be repeated at once.
    pub has_more: bool,
    /// What could not be moved, and is tried again by each pass.
    pub skipped: Vec<Skipped>,
}

/// A payment that stays where it is although it is due, because something about it is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Which payment.
    pub payment: PaymentKey,
    /// The code of what is wrong; see [`SandboxError::code`].
    pub code: &'static str,
    /// What is wrong, with its causes.
    pub cause: String,
}

/// The use cases of the clock.
#[derive(Clone, Debug)]
pub struct TimeOuts {
    parts: Arc<Shared>,
}

/// What a pass moved of one kind, and whether more may be due.
type Step = (usize, bool);

impl TimeOuts {
    pub(crate) const fn new(parts: Arc<Shared>) -> Self {
        Self { parts }
    }

    /// Moves what is due, a bounded number of each kind, in transactions of the background lane. Blocks the thread.
    ///
    /// What is damaged is skipped and told in the result: it stops nothing else.
    ///
    /// *Repeat:* what was moved is no longer due; on several nodes each is moved once.
    ///
    /// # Errors
    /// The store's own: what was moved before stays moved, and all kinds were tried.
    pub fn run(&self) -> Result<Passed, SandboxError> {
        self.pass(true)
    }

    /// The same, and tells nobody: for a database that was restored from a backup, where most of what is due has ended and was told before.
    ///
    /// # Errors
    /// As for [`TimeOuts::run`].
    pub fn run_untold(&self) -> Result<Passed, SandboxError> {
        self.pass(false)
    }

    fn pass(&self, is_told: bool) -> Result<Passed, SandboxError> {
        let now = self.parts.clock.now();
        let made_before = now.minus(self.parts.rules.refund_times_out_after);
        let mut pass = Pass { parts: &self.parts, now, is_told, skipped: Vec::new() };
        // Gateways answer before time runs out: whoever waited for an answer gets it. None keeps the others from being tried.
        let settled = pass.step(
            |tx, limit| tx.due_transactions(now, limit),
            |tx, teller, key: PaymentKey| settle(tx, teller, key, now),
        );
        let expired =
            pass.step(|tx, limit| tx.due_payments(now, limit), |tx, teller, key| expire(tx, teller, key, now));
        let refunds = pass.step(
            |tx, limit| tx.due_refunds(now, made_before, limit),
            |tx, teller, due: DueRefund| refund_ends(tx, teller, due, (now, made_before)),
        );
        let (settled, expired, refunds) = (settled?, expired?, refunds?);
        let has_more = settled.1 || expired.1 || refunds.1;
        Ok(Passed { expired: expired.0, settled: settled.0, refunds: refunds.0, has_more, skipped: pass.skipped })
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
}

/// One look for what is due.
struct Pass<'a> {
    parts: &'a Shared,
    now: Timestamp,
    is_told: bool,
    skipped: Vec<Skipped>,
}

impl Pass<'_> {
    /// Moves what is due of one kind, that which is due longest first.
    fn step<T: Copy + Ord + Send + Sync + Into<PaymentKey>>(
        &mut self,
        due: impl Fn(&mut (dyn SandboxTx + 'static), usize) -> Result<Vec<T>, StoreError> + Send + Sync,
        move_one: impl Fn(&mut (dyn SandboxTx + 'static), &mut Teller, T) -> Result<bool, SandboxError> + Send + Sync,
    ) -> Result<Step, SandboxError> {
        let (mut moved, mut left) = (0, BTreeSet::new());
        loop {
            // What was left is found again: one looks past it.
            let limit = ITEMS_MAX + left.len();
            let found: Vec<T> =
                write_in(&*self.parts.store, Lane::Background, |tx| due(tx, limit)).map_err(SandboxError::Store)?;
            let fresh: Vec<T> = found.into_iter().filter(|one| !left.contains(one)).collect();
            if fresh.is_empty() {
                return Ok((moved, false));
            }
            for one in fresh {
                if moved == ITEMS_MAX || left.len() == LEFT_MAX {
                    // A pass that moved nothing is not repeated at once: another node has what it found, or nobody can move it.
                    return Ok((moved, moved > 0));
                }
                if self.has_moved(one, &move_one)? {
                    moved += 1;
                } else {
                    left.insert(one);
                }
            }
        }
    }

    /// Moves one; `false` when it stays, because it is no longer due or is skipped.
    fn has_moved<T: Copy + Send + Sync + Into<PaymentKey>>(
        &mut self,
        one: T,
        move_one: &(impl Fn(&mut (dyn SandboxTx + 'static), &mut Teller, T) -> Result<bool, SandboxError> + Send + Sync),
    ) -> Result<bool, SandboxError> {
        let teller = Teller::new(self.parts, self.now, 1);
        let teller = if self.is_told { teller } else { teller.silent() };
        let change = telling(self.parts, Lane::Background, teller, |tx, teller| move_one(tx, teller, one));
        match change.commit() {
            Err(error) if is_of_one(&error) => {
                self.skipped.push(Skipped { payment: one.into(), code: error.code(), cause: chain(&error) });
                Ok(false)
            }
            moved => moved,
        }
    }
}

/// Whether the others may go better.
const fn is_of_one(error: &SandboxError) -> bool {
    !matches!(error, SandboxError::Store(StoreError::Unavailable(_) | StoreError::RolledBack))
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
