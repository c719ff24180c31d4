//! What is told of a transaction. *Source:* wire contract §2.7.

use devhub_sandbox::Transaction;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::TimeText;
use crate::request::Text;

/// One attempt to pay a payment.
#[derive(Serialize, ToSchema)]
#[schema(as = Transaction)]
pub(super) struct TransactionBody<'a> {
    /// Counted from 1 in the workspace.
    #[schema(minimum = 1)]
    id: i64,
    /// Its name.
    trx_id: String,
    /// How the gateway calls it.
    gateway_trx_id: &'a str,
    /// The payment that it pays.
    payment_id: String,
    amount: String,
    currency: &'static str,
    /// What the gateway keeps of it.
    fee: String,
    /// The amount without the fee.
    net_amount: String,
    /// Where it stands.
    status: &'static str,
    gateway: &'a str,
    /// How it came about: `api`.
    method: &'static str,
    reference: &'a str,
    created_at: TimeText,
    updated_at: TimeText,
    completed_at: Option<TimeText>,
}

impl<'a> From<&'a Transaction> for TransactionBody<'a> {
    fn from(transaction: &'a Transaction) -> Self {
        Self {
            id: transaction.number,
            trx_id: transaction.trx_id.to_string(),
            gateway_trx_id: &transaction.gateway_trx_id,
            payment_id: transaction.payment_id.to_string(),
            amount: transaction.amount.to_string(),
            currency: transaction.amount.currency().code(),
            fee: transaction.fee.to_string(),
            net_amount: transaction.net_amount().to_string(),
            status: transaction.status.as_str(),
            gateway: transaction.gateway.as_str(),
            method: transaction.method.as_str(),
            reference: transaction.reference.as_str(),
            created_at: Text(transaction.created_at),
            updated_at: Text(transaction.updated_at),
            completed_at: transaction.completed_at.map(Text),
        }
    }
}
