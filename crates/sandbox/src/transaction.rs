//! What a transaction is, and how it moves. *Source:* contract §3.3.

use devhub_domain::id::WorkspaceId;
use devhub_domain::time::Timestamp;

use crate::gateway::GatewayName;
use crate::ids::{PaymentId, TrxId};
use crate::money::Amount;
use crate::outcome::Outcome;
use crate::payment::TransitionError;
use crate::text::Reference;
use crate::words::words;

/// The longest name that a gateway has for a transaction.
pub(crate) const GATEWAY_TRX_ID_CHARS_MAX: usize = 64;

words! {
    /// Where a transaction stands.
    TransactionStatus {
        /// It was made, and nothing has happened.
        Pending = "pending",
        /// The gateway knows of it.
        Created = "created",
        /// The payer is to send a proof of the payment.
        AwaitingVerification = "awaiting_verification",
        /// The proof is there and somebody is to look at it.
        PendingReview = "pending_review",
        /// The payer is at the gateway.
        Processing = "processing",
        /// The gateway has answered, and its answer is looked at.
        CallbackProcessing = "callback_processing",
        /// The money is there.
        Completed = "completed",
        /// The gateway refused.
        Failed = "failed",
        /// The payer or the merchant cancelled.
        Cancelled = "cancelled",
        /// Its time ran out.
        Expired = "expired",
        /// All of the money went back.
        Refunded = "refunded",
        /// The payer disputes it.
        Disputed = "disputed",
    }
}

impl TransactionStatus {
    /// Whether it has ended. What has ended never changes, but for money that goes back: completed → refunded, and → disputed.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Failed | Self::Cancelled | Self::Expired | Self::Refunded | Self::Disputed
        )
    }

    /// Whether money is or was there that can be refunded. *Source:* contract §3.4.
    pub const fn is_refundable(self) -> bool {
        matches!(self, Self::Completed | Self::Refunded)
    }

    /// Whether there is a transition from one to the other.
    pub fn may_become(self, next: Self) -> bool {
        use TransactionStatus as S;
        match (self, next) {
            (S::Completed, next) => matches!(next, S::Refunded | S::Disputed),
            (from, _) if from.is_terminal() => false,
            // Whoever administers the platform completes or cancels what has not ended, a gateway fails it, time ends it.
            (_, S::Completed | S::Failed | S::Cancelled | S::Expired) => true,
            (S::Pending, next) => matches!(next, S::Created | S::Processing | S::AwaitingVerification),
            (S::Created, next) => matches!(next, S::Processing | S::AwaitingVerification),
            (S::AwaitingVerification, next) => matches!(next, S::PendingReview | S::Pending),
            (S::Processing, next) => matches!(next, S::CallbackProcessing | S::Pending),
            (S::CallbackProcessing, next) => matches!(next, S::Processing),
            _ => false,
        }
    }
}

words! {
    /// How a transaction came about.
    Method {
        /// By the payment of a merchant's program.
        Api = "api",
        /// By hand.
        Manual = "manual",
        /// By a message of a payment service.
        Sms = "sms",
        /// By a payment link.
        Link = "link",
        /// By an invoice.
        Invoice = "invoice",
    }
}

/// One attempt to pay a payment through a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// Counted from 1 in its workspace: the integer that clients know as `id`.
    pub number: i64,
    /// Its name for people; unique in its workspace.
    pub trx_id: TrxId,
    /// What it pays.
    pub payment_id: PaymentId,
    /// Through whom.
    pub gateway: GatewayName,
    /// How the gateway calls it; at most 64 characters, none of them a control character.
    pub gateway_trx_id: String,
    /// Where it stands.
    pub status: TransactionStatus,
    /// How it came about.
    pub method: Method,
    /// How much: what its payment asks for.
    pub amount: Amount,
    /// What the gateway keeps of it.
    pub fee: Amount,
    /// What the merchant calls it.
    pub reference: Reference,
    /// When the gateway says what comes next; `None` when nothing does.
    pub settles_at: Option<Timestamp>,
    /// What it will say: [`Outcome::Success`] or [`Outcome::Chargeback`].
    pub settles_as: Option<Outcome>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When the money was there.
    pub completed_at: Option<Timestamp>,
    /// Counts changes; the first state is 1. Transitions leave it as it is: whoever writes counts.
    pub revision: i64,
}

impl Transaction {
    /// Whether it has not ended and its gateway will say how: a payment does not expire meanwhile.
    pub fn is_waiting(&self) -> bool {
        !self.status.is_terminal() && self.settles_at.is_some()
    }

    /// What the merchant gets of it: the amount without the fee.
    pub fn net_amount(&self) -> Amount {
        self.amount.minus(self.fee).unwrap_or(Amount::zero(self.amount.currency()))
    }

    /// The payer goes to the gateway, which will say after a while how it ends.
    ///
    /// # Errors
    /// [`TransitionError`] unless it is pending or created.
    pub fn process(&self, settles: (Timestamp, Outcome), now: Timestamp) -> Result<Self, TransitionError> {
        let (settles_at, settles_as) = (Some(settles.0), Some(settles.1));
        Ok(Self { settles_at, settles_as, ..self.to(TransactionStatus::Processing, now)? })
    }

    /// The gateway has answered, and the answer is looked at.
    ///
    /// # Errors
    /// [`TransitionError`] unless it is processing.
    pub fn call_back(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::CallbackProcessing, now)
    }

    /// The payer is asked for a proof of the payment.
    ///
    /// # Errors
    /// [`TransitionError`] unless it is pending or created.
    pub fn await_verification(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::AwaitingVerification, now)
    }

    /// The payer has sent the proof, and somebody is to look at it.
    ///
    /// # Errors
    /// [`TransitionError`] unless it was asked for.
    pub fn submit_proof(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::PendingReview, now)
    }

    /// The payer comes back and chooses another gateway.
    ///
    /// # Errors
    /// [`TransitionError`] unless it is processing or waits for a proof.
    pub fn reopen(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::Pending, now)
    }

    /// The money is there.
    ///
    /// # Errors
    /// [`TransitionError`] once it has ended.
    pub fn complete(&self, now: Timestamp) -> Result<Self, TransitionError> {
        Ok(Self { completed_at: Some(now), ..self.to(TransactionStatus::Completed, now)? })
    }

    /// The gateway refuses.
    ///
    /// # Errors
    /// [`TransitionError`] once it has ended.
    pub fn fail(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::Failed, now)
    }

    /// Payer or merchant cancel.
    ///
    /// # Errors
    /// [`TransitionError`] once it has ended.
    pub fn cancel(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::Cancelled, now)
    }

    /// Its time has run out.
    ///
    /// # Errors
    /// [`TransitionError`] once it has ended.
    pub fn expire(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::Expired, now)
    }

    /// All of the money went back.
    ///
    /// # Errors
    /// [`TransitionError`] unless it is completed.
    pub fn refund(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::Refunded, now)
    }

    /// The payer disputes it.
    ///
    /// # Errors
    /// [`TransitionError`] unless it is completed.
    pub fn dispute(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(TransactionStatus::Disputed, now)
    }

    /// A completed transaction that its payer will dispute after a while.
    #[must_use]
    pub fn to_be_disputed(self, at: Timestamp) -> Self {
        Self { settles_at: Some(at), settles_as: Some(Outcome::Chargeback), ..self }
    }

    /// A transaction of which its gateway will say nothing more.
    #[must_use]
    pub(crate) fn unanswered(self) -> Self {
        Self { settles_at: None, settles_as: None, ..self }
    }

    /// Wherever it goes, what its gateway was going to say is no longer to come.
    fn to(&self, next: TransactionStatus, now: Timestamp) -> Result<Self, TransitionError> {
        if !self.status.may_become(next) {
            return Err(TransitionError { what: "transaction", from: self.status.as_str(), to: next.as_str() });
        }
        Ok(Self { status: next, settles_at: None, settles_as: None, updated_at: now, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{payment, transaction};

    const NOW: Timestamp = Timestamp::from_seconds(100);

    fn standing(status: TransactionStatus) -> Transaction {
        Transaction { status, ..transaction(1, &payment(1)) }
    }

    /// Every pair that is not named here is refused. *Source:* contract §3.3.
    #[test]
    fn a_transaction_moves_so_and_not_otherwise() {
        use TransactionStatus as S;
        let ends = [S::Completed, S::Failed, S::Cancelled, S::Expired];
        let under_way =
            [S::Pending, S::Created, S::AwaitingVerification, S::PendingReview, S::Processing, S::CallbackProcessing];
        let steps = [
            (S::Pending, S::Created),
            (S::Pending, S::Processing),
            (S::Pending, S::AwaitingVerification),
            (S::Created, S::Processing),
            (S::Created, S::AwaitingVerification),
            (S::AwaitingVerification, S::PendingReview),
            (S::AwaitingVerification, S::Pending),
            (S::Processing, S::CallbackProcessing),
            (S::Processing, S::Pending),
            (S::CallbackProcessing, S::Processing),
            (S::Completed, S::Refunded),
            (S::Completed, S::Disputed),
        ];
        for from in S::ALL {
            for to in S::ALL {
                let is_end = under_way.contains(from) && ends.contains(to);
                assert_eq!(from.may_become(*to), is_end || steps.contains(&(*from, *to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn each_transition_goes_where_its_name_says() {
        use TransactionStatus as S;
        type Transition = fn(&Transaction, Timestamp) -> Result<Transaction, TransitionError>;
        let rows: [(S, Transition, S); 9] = [
            (S::Processing, Transaction::call_back, S::CallbackProcessing),
            (S::Pending, Transaction::await_verification, S::AwaitingVerification),
            (S::AwaitingVerification, Transaction::submit_proof, S::PendingReview),
            (S::Processing, Transaction::reopen, S::Pending),
            (S::CallbackProcessing, Transaction::fail, S::Failed),
            (S::Pending, Transaction::cancel, S::Cancelled),
            (S::Pending, Transaction::expire, S::Expired),
            (S::Completed, Transaction::refund, S::Refunded),
            (S::Completed, Transaction::dispute, S::Disputed),
        ];
        for (from, transition, to) in rows {
            let after = transition(&standing(from), NOW).unwrap();
            assert_eq!(after, Transaction { updated_at: NOW, ..standing(to) });
        }
        let completed = standing(S::PendingReview).complete(NOW).unwrap();
        assert_eq!((completed.status, completed.completed_at), (S::Completed, Some(NOW)));
    }

    #[test]
    fn what_waits_for_its_gateway_waits_until_something_happens() {
        let settles_at = Timestamp::from_seconds(110);
        let waiting = standing(TransactionStatus::Pending).process((settles_at, Outcome::Success), NOW).unwrap();
        assert!(waiting.is_waiting());
        assert_eq!((waiting.settles_at, waiting.settles_as), (Some(settles_at), Some(Outcome::Success)));
        let reopened = waiting.reopen(NOW).unwrap();
        assert_eq!((reopened.is_waiting(), reopened.settles_at, reopened.settles_as), (false, None, None));
        let disputed_later = standing(TransactionStatus::Completed).to_be_disputed(settles_at);
        assert!(!disputed_later.is_waiting());
        assert_eq!(disputed_later.refund(NOW).unwrap().settles_at, None);
    }

    /// *Source:* contract §2.7.
    #[test]
    fn the_net_amount_is_without_the_fee() {
        assert_eq!(transaction(1, &payment(1)).net_amount().to_string(), "9.71");
    }
}
