//! What a refund is, and how it moves. *Source:* contract §3.4.

use devhub_domain::id::WorkspaceId;
use devhub_domain::time::Timestamp;

use crate::ids::{PaymentId, RefundId, TrxId};
use crate::money::Amount;
use crate::outcome::Outcome;
use crate::payment::TransitionError;
use crate::text::Reason;
use crate::words::words;

/// How many refunds a transaction may have, failed ones included: all of them are read to know what is left.
pub const REFUNDS_MAX: usize = 200;

words! {
    /// Where a refund stands.
    RefundStatus {
        /// The gateway has not said how it ends; its money is spoken for.
        Pending = "pending",
        /// The money went back.
        Completed = "completed",
        /// The gateway refused, or never answered.
        Failed = "failed",
    }
}

impl RefundStatus {
    /// Whether there is a transition from one to the other.
    pub const fn may_become(self, next: Self) -> bool {
        matches!((self, next), (Self::Pending, Self::Completed | Self::Failed))
    }

    /// Whether its amount counts against what is left of the transaction.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Failed)
    }
}

/// Money that goes back to a payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Whose it is.
    pub workspace_id: WorkspaceId,
    /// Counted from 1 in its workspace: the integer that clients know as `id`.
    pub number: i64,
    /// Its identifier: what clients know as `uuid`.
    pub id: RefundId,
    /// The payment that it is of.
    pub payment_id: PaymentId,
    /// The number of the transaction that it is of.
    pub transaction: i64,
    /// The name of that transaction.
    pub trx_id: TrxId,
    /// How the gateway calls that transaction.
    pub gateway_trx_id: String,
    /// How much goes back; not zero.
    pub amount: Amount,
    /// Why.
    pub reason: Reason,
    /// Where it stands.
    pub status: RefundStatus,
    /// When the gateway says how it ends; `None` when it has, or never does.
    pub settles_at: Option<Timestamp>,
    /// What it will say: [`Outcome::Success`].
    pub settles_as: Option<Outcome>,
    /// When the money went back.
    pub processed_at: Option<Timestamp>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// Counts changes; the first state is 1. Transitions leave it as it is: whoever writes counts.
    pub revision: i64,
}

impl Refund {
    /// The money went back: pending → completed.
    ///
    /// # Errors
    /// [`TransitionError`] once it has ended.
    pub fn complete(&self, now: Timestamp) -> Result<Self, TransitionError> {
        Ok(Self { processed_at: Some(now), ..self.to(RefundStatus::Completed)? })
    }

    /// The gateway refused, or has not answered for too long: pending → failed.
    ///
    /// # Errors
    /// [`TransitionError`] once it has ended.
    pub fn fail(&self) -> Result<Self, TransitionError> {
        self.to(RefundStatus::Failed)
    }

    fn to(&self, next: RefundStatus) -> Result<Self, TransitionError> {
        if !self.status.may_become(next) {
            return Err(TransitionError { what: "refund", from: self.status.as_str(), to: next.as_str() });
        }
        Ok(Self { status: next, settles_at: None, settles_as: None, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{payment, refund, transaction};

    /// Every pair that is not named here is refused. *Source:* contract §3.4.
    #[test]
    fn a_refund_moves_so_and_not_otherwise() {
        use RefundStatus as S;
        let allowed = [(S::Pending, S::Completed), (S::Pending, S::Failed)];
        for from in S::ALL {
            for to in S::ALL {
                assert_eq!(from.may_become(*to), allowed.contains(&(*from, *to)), "{from} to {to}");
            }
        }
    }

    #[test]
    fn each_transition_goes_where_its_name_says() {
        let now = Timestamp::from_seconds(100);
        let pending = refund(1, &transaction(1, &payment(1)));
        let completed = pending.complete(now).unwrap();
        assert_eq!((completed.status, completed.processed_at), (RefundStatus::Completed, Some(now)));
        let failed = pending.fail().unwrap();
        assert_eq!((failed.status, failed.processed_at), (RefundStatus::Failed, None));
        assert_eq!(failed.complete(now).unwrap_err().to_string(), "a refund that is failed cannot become completed");
    }

    #[test]
    fn what_failed_does_not_count_against_what_is_left() {
        assert!(RefundStatus::Pending.counts() && RefundStatus::Completed.counts() && !RefundStatus::Failed.counts());
    }
}
