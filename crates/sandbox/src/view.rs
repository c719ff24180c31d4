//! A payment with what belongs to it, as it is shown.

use crate::customer::Customer;
use crate::payment::Payment;
use crate::transaction::{Transaction, TransactionStatus};

/// A payment as it stands now, with its newest transaction and its customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentView {
    /// The payment; expired when its time is over, even if nobody has written that yet.
    pub payment: Payment,
    /// The newest attempt to pay it; `None` before the first.
    pub transaction: Option<Transaction>,
    /// Who pays it, if that is known.
    pub customer: Option<Customer>,
}

impl PaymentView {
    /// The status that clients are told: that of the newest transaction, else that of the payment.
    ///
    /// What is under way is `processing`, because one client takes words that it does not know for `pending`. *Source:* contract §2.6.
    pub fn status(&self) -> &'static str {
        use TransactionStatus as S;
        match self.transaction.as_ref().map(|transaction| transaction.status) {
            Some(S::AwaitingVerification | S::PendingReview | S::Processing | S::CallbackProcessing) => "processing",
            Some(ended) if ended.is_terminal() => ended.as_str(),
            _ => self.payment.status.as_str(),
        }
    }
}
