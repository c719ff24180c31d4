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
    /// The status that clients are told: that of the newest transaction once it has ended, else that of the payment.
    ///
    /// A transaction under way has words of its own, which one client would take for `pending`: its payment is `processing` then.
    /// *Source:* contract §2.6.
    pub fn status(&self) -> &'static str {
        let ended =
            self.transaction.as_ref().map(|transaction| transaction.status).filter(|status| status.is_terminal());
        ended.map_or(self.payment.status.as_str(), TransactionStatus::as_str)
    }
}
