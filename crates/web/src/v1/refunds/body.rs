//! What is said of refunds, in both directions. *Source:* wire contract §2.8.

use devhub_sandbox::{NewRefund, Reason, Refund};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::openapi::TimeText;
use crate::request::Text;
use crate::v1::input::text_or_number;
use crate::v1::sandbox::decimal;
use crate::v1::schemas::{AmountInput, TextOrNumber};
use crate::v1::{Code, Complaints, Failure};

/// A refund to make. Fields that are not told here are passed over.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewRefund)]
pub(super) struct CreateRefund<'a> {
    /// The number of the transaction, or its `trx_id`.
    #[serde(borrow)]
    #[schema(value_type = Option<TextOrNumber>)]
    transaction_id: Option<&'a RawValue>,
    /// The same; either name takes either.
    #[serde(borrow)]
    #[schema(value_type = Option<TextOrNumber>)]
    trx_id: Option<&'a RawValue>,
    /// How much, in the currency of the transaction; all that is left when absent.
    #[serde(borrow)]
    #[schema(value_type = Option<AmountInput>)]
    amount: Option<&'a RawValue>,
    /// Why; what is longer than 500 characters is cut.
    #[serde(borrow)]
    #[schema(value_type = Option<TextOrNumber>)]
    reason: Option<&'a RawValue>,
}

impl CreateRefund<'_> {
    pub(super) fn check(&self) -> Result<NewRefund, Failure> {
        let mut complaints = Complaints::default();
        let code = Code::TransactionIdRequired;
        let id = text_or_number("transaction_id", self.transaction_id, code, &mut complaints);
        let trx_id = text_or_number("trx_id", self.trx_id, code, &mut complaints);
        let is_given = |text: &String| !text.trim().is_empty();
        let transaction = trx_id.filter(is_given).or(id.filter(is_given));
        if transaction.is_none() {
            complaints.add(code, "transaction_id", "transaction_id or trx_id must be given");
        }
        let amount = text_or_number("amount", self.amount, Code::InvalidAmount, &mut complaints);
        let amount = amount.and_then(|amount| decimal(&amount, &mut complaints));
        let reason = text_or_number("reason", self.reason, Code::ValidationFailed, &mut complaints);
        complaints.finish()?;
        let reason = Reason::cut(reason.as_deref().unwrap_or_default());
        let transaction = transaction.unwrap_or_default().trim().to_owned();
        Ok(NewRefund { transaction, amount, reason })
    }
}

/// Money that goes back.
#[derive(Serialize, ToSchema)]
#[schema(as = Refund)]
pub(super) struct RefundBody<'a> {
    /// Counted from 1 in the workspace.
    #[schema(minimum = 1)]
    id: i64,
    uuid: String,
    /// The number of the transaction.
    #[schema(minimum = 1)]
    transaction_id: i64,
    /// The name of the transaction.
    trx_id: String,
    /// How the gateway calls the transaction.
    gateway_trx_id: &'a str,
    amount: String,
    currency: &'static str,
    reason: Option<&'a str>,
    /// `pending`, `completed` or `failed`.
    status: &'static str,
    /// When the money went back.
    processed_at: Option<TimeText>,
    created_at: TimeText,
}

impl<'a> From<&'a Refund> for RefundBody<'a> {
    fn from(refund: &'a Refund) -> Self {
        Self {
            id: refund.number,
            uuid: refund.id.to_string(),
            transaction_id: refund.transaction,
            trx_id: refund.trx_id.to_string(),
            gateway_trx_id: &refund.gateway_trx_id,
            amount: refund.amount.to_string(),
            currency: refund.amount.currency().code(),
            reason: Some(refund.reason.as_str()).filter(|reason| !reason.is_empty()),
            status: refund.status.as_str(),
            processed_at: refund.processed_at.map(Text),
            created_at: Text(refund.created_at),
        }
    }
}
