//! What a payment is, and how it moves. *Source:* contract §3.2.

use devhub_domain::id::WorkspaceId;
use devhub_domain::time::Timestamp;

use crate::gateway::GatewayName;
use crate::ids::{CheckoutToken, PaymentId};
use crate::metadata::Metadata;
use crate::money::Amount;
use crate::text::Reference;
use crate::transaction::Transaction;
use crate::web_url::WebUrl;
use crate::words::words;

words! {
    /// Where a payment stands.
    PaymentStatus {
        /// It waits for its payer.
        Pending = "pending",
        /// Its payer has chosen a gateway, which has not said how it ends.
        Processing = "processing",
        /// The money is there.
        Completed = "completed",
        /// The gateway refused it.
        Failed = "failed",
        /// The payer cancelled it.
        Cancelled = "cancelled",
        /// Its time ran out.
        Expired = "expired",
    }
}

impl PaymentStatus {
    /// Whether it never changes again.
    pub const fn is_terminal(self) -> bool {
        !matches!(self, Self::Pending | Self::Processing)
    }

    /// Whether there is a transition from one to the other.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Pending => matches!(next, Self::Processing | Self::Cancelled | Self::Expired),
            Self::Processing => !matches!(next, Self::Processing),
            Self::Completed | Self::Failed | Self::Cancelled | Self::Expired => false,
        }
    }
}

/// A payment, a transaction or a refund does not move so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {what} that is {from} cannot become {to}")]
pub struct TransitionError {
    /// What.
    pub what: &'static str,
    /// Where it stands.
    pub from: &'static str,
    /// Where it should have gone.
    pub to: &'static str,
}

/// Where a payment leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentUrls {
    /// Who is told of its events, besides the endpoints of the workspace.
    pub callback: Option<WebUrl>,
    /// Where its payer goes afterwards.
    pub redirect: Option<WebUrl>,
    /// Where its payer goes when nothing was paid; else to the address above.
    pub cancel: Option<WebUrl>,
}

/// Money that a merchant asks a payer for: what OwnPay calls a payment intent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its identifier.
    pub id: PaymentId,
    /// Whose payment it is.
    pub workspace_id: WorkspaceId,
    /// The capability of whoever pays it; unique among all workspaces.
    pub token: CheckoutToken,
    /// Where it stands; see [`Payment::as_of`] for where it stands *now*.
    pub status: PaymentStatus,
    /// What the merchant asks for; not zero. No fee and no other currency ever changes it.
    pub amount: Amount,
    /// What the merchant calls it.
    pub reference: Reference,
    /// Who pays it: the number of a customer of the same workspace.
    pub customer: Option<i64>,
    /// Where it leads.
    pub urls: PaymentUrls,
    /// Which gateway the merchant prefers: any name, also one that is not there.
    pub gateway: Option<GatewayName>,
    /// What the merchant keeps with it.
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it, one of its transactions or one of their refunds was last changed: what it is kept by.
    pub updated_at: Timestamp,
    /// From when on it cannot be paid.
    pub expires_at: Timestamp,
    /// Counts changes, also those of its transactions and refunds; the first state is 1. Transitions leave it as it is, because several of
    /// them may be one change: whoever writes counts.
    pub revision: i64,
}

impl Payment {
    /// The payer has chosen a gateway: pending → processing.
    ///
    /// # Errors
    /// [`TransitionError`] from anywhere else.
    pub fn process(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(PaymentStatus::Processing, now)
    }

    /// The payer comes back to choose another gateway: processing → pending.
    ///
    /// # Errors
    /// [`TransitionError`] from anywhere else.
    pub fn reopen(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(PaymentStatus::Pending, now)
    }

    /// The gateway has the money: processing → completed.
    ///
    /// # Errors
    /// [`TransitionError`] from anywhere else.
    pub fn complete(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(PaymentStatus::Completed, now)
    }

    /// The gateway refuses: processing → failed.
    ///
    /// # Errors
    /// [`TransitionError`] from anywhere else.
    pub fn fail(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(PaymentStatus::Failed, now)
    }

    /// The payer cancels: pending or processing → cancelled.
    ///
    /// # Errors
    /// [`TransitionError`] once it has ended.
    pub fn cancel(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(PaymentStatus::Cancelled, now)
    }

    /// Its time has run out: pending or processing → expired.
    ///
    /// # Errors
    /// [`TransitionError`] once it has ended.
    pub fn expire(&self, now: Timestamp) -> Result<Self, TransitionError> {
        self.to(PaymentStatus::Expired, now)
    }

    /// Whether its time is over, so that it is to expire: it has not ended, and no transaction of it waits for its gateway.
    ///
    /// *Time:* `expires_at` itself is too late.
    pub fn is_overdue(&self, transaction: Option<&Transaction>, now: Timestamp) -> bool {
        let waits = transaction.is_some_and(|transaction| transaction.is_waiting());
        !self.status.is_terminal() && now >= self.expires_at && !waits
    }

    /// The payment as it stands now, given its newest transaction: expired when its time is over, even if nobody has written that yet.
    #[must_use]
    pub fn as_of(self, transaction: Option<&Transaction>, now: Timestamp) -> Self {
        if self.is_overdue(transaction, now) { Self { status: PaymentStatus::Expired, ..self } } else { self }
    }

    fn to(&self, next: PaymentStatus, now: Timestamp) -> Result<Self, TransitionError> {
        if !self.status.may_become(next) {
            return Err(TransitionError { what: "payment", from: self.status.as_str(), to: next.as_str() });
        }
        Ok(Self { status: next, updated_at: now, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{payment, transaction};
    use crate::transaction::TransactionStatus;

    const NOW: Timestamp = Timestamp::from_seconds(100);

    /// Every pair that is not named here is refused. *Source:* contract §3.2.
    #[test]
    fn a_payment_moves_so_and_not_otherwise() {
        use PaymentStatus as S;
        let allowed = [
            (S::Pending, S::Processing),
            (S::Pending, S::Cancelled),
            (S::Pending, S::Expired),
            (S::Processing, S::Pending),
            (S::Processing, S::Completed),
            (S::Processing, S::Failed),
            (S::Processing, S::Cancelled),
            (S::Processing, S::Expired),
        ];
        for from in S::ALL {
            for to in S::ALL {
                assert_eq!(from.may_become(*to), allowed.contains(&(*from, *to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn each_transition_goes_where_its_name_says() {
        type Transition = fn(&Payment, Timestamp) -> Result<Payment, TransitionError>;
        let rows: [(PaymentStatus, Transition, PaymentStatus); 6] = [
            (PaymentStatus::Pending, Payment::process, PaymentStatus::Processing),
            (PaymentStatus::Processing, Payment::reopen, PaymentStatus::Pending),
            (PaymentStatus::Processing, Payment::complete, PaymentStatus::Completed),
            (PaymentStatus::Processing, Payment::fail, PaymentStatus::Failed),
            (PaymentStatus::Pending, Payment::cancel, PaymentStatus::Cancelled),
            (PaymentStatus::Processing, Payment::expire, PaymentStatus::Expired),
        ];
        for (from, transition, to) in rows {
            let before = Payment { status: from, ..payment(1) };
            let after = transition(&before, NOW).unwrap();
            assert_eq!(after, Payment { status: to, updated_at: NOW, ..before });
        }
    }

    #[test]
    fn what_has_ended_stays_as_it_is_and_the_error_says_so() {
        let ended = Payment { status: PaymentStatus::Completed, ..payment(1) };
        let error = ended.cancel(NOW).unwrap_err();
        assert_eq!(error.to_string(), "a payment that is completed cannot become cancelled");
    }

    /// *Source:* contract §7, 27: it is expired even if nobody opens its page.
    #[test]
    fn a_payment_reads_as_expired_from_the_instant_when_its_time_is_over() {
        let at = |micros: i64| Timestamp::from_micros(payment(1).expires_at.as_micros() + micros);
        let status = |payment: Payment, transaction, now| payment.as_of(transaction, now).status;
        assert_eq!(status(payment(1), None, at(-1)), PaymentStatus::Pending);
        assert_eq!(status(payment(1), None, at(0)), PaymentStatus::Expired);
        let processing = Payment { status: PaymentStatus::Processing, ..payment(1) };
        let waiting = Transaction {
            status: TransactionStatus::Processing,
            settles_at: Some(at(9)),
            ..transaction(1, &processing)
        };
        assert_eq!(status(processing.clone(), Some(&waiting), at(0)), PaymentStatus::Processing);
        let given_up = Transaction { settles_at: None, ..waiting.clone() };
        assert_eq!(status(processing, Some(&given_up), at(0)), PaymentStatus::Expired);
        let completed = Payment { status: PaymentStatus::Completed, ..payment(1) };
        assert_eq!(status(completed, None, at(0)), PaymentStatus::Completed);
    }
}
