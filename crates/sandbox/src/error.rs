//! What can go wrong on the platform.

use devhub_domain::access::Forbidden;
use devhub_domain::events::EventError;
use devhub_domain::store::StoreError;

use crate::gateway::GatewayName;
use crate::ids::PaymentId;
use crate::money::{Amount, AmountError};
use crate::payment::{PaymentStatus, TransitionError};
use crate::refund::REFUNDS_MAX;
use crate::transaction::TransactionStatus;

/// What a use case of the sandbox can fail with.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The workspace has no such payment.
    #[error("no payment {0} in this workspace")]
    PaymentNotFound(PaymentId),
    /// No payment has the token.
    #[error("no payment has this checkout token")]
    CheckoutNotFound,
    /// The workspace of the payment is suspended.
    #[error("the workspace of this payment is suspended: nothing is paid or cancelled in it")]
    WorkspaceSuspended,
    /// The workspace has no such transaction.
    #[error("no such transaction in this workspace")]
    TransactionNotFound,
    /// The transaction has no refund.
    #[error("the transaction has no refund")]
    RefundNotFound,
    /// The workspace has no such customer.
    #[error("no such customer in this workspace")]
    CustomerNotFound,
    /// There is no such gateway.
    #[error("no gateway {0}")]
    GatewayNotFound(GatewayName),
    /// The gateway is off.
    #[error("the gateway {0} is off: choose another one")]
    GatewayOff(GatewayName),
    /// The payment stands where it can be neither paid nor cancelled: it has ended, or is being paid.
    #[error("the payment is {0}")]
    NotPayable(PaymentStatus),
    /// Another customer of the workspace has the mail address.
    #[error("a customer with this email exists already")]
    EmailTaken,
    /// The transaction stands where nothing can go back.
    #[error("a transaction that is {0} cannot be refunded: it must be completed")]
    NotRefundable(TransactionStatus),
    /// All of it went back already, or is on its way.
    #[error("nothing is left to refund of this transaction")]
    NothingLeft,
    /// It is more than what is left.
    #[error("only {left} is left to refund of this transaction")]
    MoreThanLeft {
        /// What is left.
        left: Amount,
    },
    /// The transaction has as many refunds as it may.
    #[error("a transaction has at most {REFUNDS_MAX} refunds")]
    TooManyRefunds,
    /// The number is no amount to refund.
    #[error("the amount {0}")]
    Amount(AmountError),
    /// Somebody else changed it after the caller had read it.
    #[error(
        "the gateway {name} was changed meanwhile and has revision {current} now: read it again, then repeat the change"
    )]
    RevisionStale {
        /// Which gateway.
        name: GatewayName,
        /// The revision that it has.
        current: i64,
    },
    /// Whoever asks lacks a scope.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// What is stored stands where its use case cannot have brought it.
    #[error("the sandbox is in a state that it cannot be in")]
    Transition(#[from] TransitionError),
    /// The event could not be published.
    #[error("the event of the change could not be published")]
    Event(#[source] EventError),
    /// The store failed.
    #[error("the store of the sandbox failed")]
    Store(#[from] StoreError),
}

impl From<EventError> for SandboxError {
    fn from(error: EventError) -> Self {
        match error {
            EventError::Store(error) => Self::Store(error),
            error => Self::Event(error),
        }
    }
}

impl SandboxError {
    /// A stable word for answers, logs and metrics.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::PaymentNotFound(_) => "payment_not_found",
            Self::CheckoutNotFound => "checkout_not_found",
            Self::WorkspaceSuspended => "workspace_suspended",
            Self::TransactionNotFound => "transaction_not_found",
            Self::RefundNotFound => "refund_not_found",
            Self::CustomerNotFound => "customer_not_found",
            Self::GatewayNotFound(_) => "gateway_not_found",
            Self::GatewayOff(_) => "gateway_off",
            Self::NotPayable(_) => "payment_not_payable",
            Self::EmailTaken => "customer_exists",
            Self::NotRefundable(_) => "transaction_not_refundable",
            Self::NothingLeft => "nothing_left_to_refund",
            Self::MoreThanLeft { .. } => "refund_above_rest",
            Self::TooManyRefunds => "too_many_refunds",
            Self::Amount(_) => "amount_invalid",
            Self::RevisionStale { .. } => "revision_stale",
            Self::Forbidden(error) => error.code(),
            Self::Transition(_) => "sandbox_state",
            Self::Event(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
