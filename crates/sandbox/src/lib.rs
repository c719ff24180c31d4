//! The platform behind `/api/v1` when there is no other: payments, transactions, refunds and customers that move no money.
//!
//! An integrator runs a whole checkout against it, chooses how a payment ends, and receives the events that a real platform would
//! send. Rules and ports only: no I/O, no async, no HTTP, no SQL. What a store must do stands in [`ports`](SandboxTx), and what happens
//! when in the use cases of [`Sandbox`].
//!
//! *Source:* OwnPay wire contract, named by its sections (§) and rules.

mod checkout;
mod checkout_service;
mod customer;
mod customer_service;
mod error;
mod gateway;
mod gateway_service;
mod ids;
mod metadata;
mod money;
mod once;
mod outcome;
mod page;
mod payload;
mod payment;
mod payment_service;
mod ports;
mod refund;
mod refund_service;
mod service;
mod telling;
#[cfg(feature = "testing")]
pub mod testing;
mod text;
mod time_out_service;
mod transaction;
mod view;
mod web_url;
mod words;

pub use checkout::Checkout;
pub use checkout_service::Checkouts;
pub use customer::{
    Customer, CustomerName, EMAIL_CHARS_MAX, Email, EmailError, NAME_CHARS_MAX, PHONE_CHARS_MAX, Payer, Phone,
};
pub use customer_service::{Customers, NewCustomer};
pub use error::SandboxError;
pub use gateway::{
    Gateway, GatewayChanges, GatewayKind, GatewayName, GatewayNameError, GatewaySetting, TEST_GATEWAYS, TestGateway,
};
pub use gateway_service::Gateways;
pub use ids::{CheckoutToken, CustomerId, IdError, PaymentId, RefundId, TrxId};
pub use metadata::{METADATA_BYTES_MAX, METADATA_DEPTH_MAX, Metadata, MetadataError};
pub use money::{Amount, AmountError, Currency, CurrencyError, DECIMAL_CHARS_MAX, Decimal, DecimalError};
pub use outcome::Outcome;
pub use page::{Numbered, PageNumber};
pub use payment::{Payment, PaymentStatus, PaymentUrls, TransitionError};
pub use payment_service::{NewPayment, Payments};
pub use ports::{
    CustomerTx, DueRefund, GatewayTx, Kind, NumberTx, PaymentKey, PaymentTx, RefundFilter, RefundTx, SandboxTx,
    TransactionFilter, TransactionTx,
};
pub use refund::{REFUNDS_MAX, Refund, RefundStatus};
pub use refund_service::{NewRefund, RefundQuery, Refunds};
pub use service::{Sandbox, SandboxParts, SandboxRules};
pub use text::{REASON_CHARS_MAX, REFERENCE_CHARS_MAX, Reason, Reference};
pub use time_out_service::{Passed, Skipped, TimeOuts};
pub use transaction::{Method, Transaction, TransactionStatus};
pub use view::PaymentView;
pub use web_url::{URL_CHARS_MAX, WebUrl, WebUrlError};
