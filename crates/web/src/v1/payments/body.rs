//! What is told of a payment. *Source:* wire contract §2.5, §2.6.

use devhub_sandbox::{Amount, Payment, PaymentView};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::openapi::TimeText;
use crate::request::Text;

/// A payment that was just made.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedPayment)]
pub(super) struct CreatedBody {
    /// Its UUID.
    payment_id: String,
    /// What its checkout is opened with: whoever has it can pay.
    token: String,
    /// Where it is paid: send the payer there.
    checkout_url: String,
    /// `pending`.
    status: &'static str,
}

impl CreatedBody {
    pub(super) fn new(payment: &Payment, address: &str) -> Self {
        Self {
            payment_id: payment.id.to_string(),
            token: payment.token.expose(),
            checkout_url: checkout_url(payment, address),
            status: payment.status.as_str(),
        }
    }
}

/// A payment as it stands now. With a transaction, its values and its status are those of the newest one.
#[derive(Serialize, ToSchema)]
#[schema(as = Payment)]
pub(super) struct PaymentBody<'a> {
    /// Its UUID.
    payment_id: String,
    /// The number of its newest transaction; null before the first.
    id: Option<i64>,
    /// The name of that transaction.
    trx_id: Option<String>,
    /// How the gateway calls it.
    gateway_trx_id: Option<&'a str>,
    /// What was asked for.
    amount: String,
    currency: &'static str,
    /// What the gateway keeps of it.
    fee: String,
    /// `pending`, `processing`, `completed`, `failed`, `cancelled`, `expired`, `refunded` or `disputed`.
    status: &'static str,
    gateway: Option<&'a str>,
    /// How the transaction came about: `api`.
    method: Option<&'static str>,
    reference: &'a str,
    created_at: TimeText,
    completed_at: Option<TimeText>,
    /// Who pays; absent when nobody knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<PayerBody<'a>>,
    /// What its checkout is opened with: whoever has it can pay.
    token: String,
    /// Where it is paid.
    checkout_url: String,
    /// From when on it cannot be paid.
    expires_at: TimeText,
    /// What was sent along.
    #[schema(value_type = Object)]
    metadata: &'a Map<String, Value>,
}

/// Who pays.
#[derive(Serialize, ToSchema)]
#[schema(as = Payer)]
pub(super) struct PayerBody<'a> {
    name: &'a str,
    email: Option<&'a str>,
}

impl<'a> PaymentBody<'a> {
    pub(super) fn new(view: &'a PaymentView, address: &str) -> Self {
        let PaymentView { payment, transaction, customer } = view;
        let transaction = transaction.as_ref();
        let gateway = transaction.map(|transaction| &transaction.gateway).or(payment.gateway.as_ref());
        let fee = transaction.map_or(Amount::zero(payment.amount.currency()), |transaction| transaction.fee);
        let reference = transaction.map_or(&payment.reference, |transaction| &transaction.reference);
        Self {
            payment_id: payment.id.to_string(),
            id: transaction.map(|transaction| transaction.number),
            trx_id: transaction.map(|transaction| transaction.trx_id.to_string()),
            gateway_trx_id: transaction.map(|transaction| transaction.gateway_trx_id.as_str()),
            // Always what was asked for: a shop compares it with its order.
            amount: payment.amount.to_string(),
            currency: payment.amount.currency().code(),
            fee: fee.to_string(),
            status: view.status(),
            gateway: gateway.map(|gateway| gateway.as_str()),
            method: transaction.map(|transaction| transaction.method.as_str()),
            reference: reference.as_str(),
            created_at: Text(transaction.map_or(payment.created_at, |transaction| transaction.created_at)),
            completed_at: transaction.and_then(|transaction| transaction.completed_at).map(Text),
            customer: customer.as_ref().map(|customer| PayerBody {
                name: customer.name.as_str(),
                email: customer.email.as_ref().map(|email| email.as_str()),
            }),
            token: payment.token.expose(),
            checkout_url: checkout_url(payment, address),
            expires_at: Text(payment.expires_at),
            metadata: payment.metadata.as_object(),
        }
    }
}

fn checkout_url(payment: &Payment, address: &str) -> String {
    format!("{address}/checkout/intent/{}", payment.token.expose())
}
