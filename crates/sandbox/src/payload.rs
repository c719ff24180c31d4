//! What receivers of events get: one shape that four shop plugins and two SDKs can read. *Source:* contract §4.3, rules 12 to 16.
//!
//! Fields stand flat at the top level and again in `data`, in a fixed order. Texts that are not known are empty, never null.

use devhub_domain::id::EventId;
use devhub_domain::time::Timestamp;
use serde_json::{Map, Value};

use crate::customer::Customer;
use crate::gateway::{GatewayKind, TestGateway};
use crate::payment::{Payment, PaymentStatus};
use crate::refund::{Refund, RefundStatus};
use crate::transaction::{Transaction, TransactionStatus};
use crate::view::PaymentView;

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Told<'a> {
    /// A payment is under way: `payment.pending`.
    Pending(OfPayment<'a>),
    /// A payment has ended: `payment.completed`, `.failed` or `.cancelled`, by its status.
    Ended(OfPayment<'a>),
    /// A payment is disputed: `dispute.created`.
    Disputed(OfPayment<'a>),
    /// A refund stands where its status says: `refund.created`, `.completed` or `.failed`.
    Refund(OfPayment<'a>, &'a Refund),
    /// A customer was added: `customer.created`.
    Customer(&'a Customer),
}

/// A payment with what an event tells of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OfPayment<'a> {
    /// The payment.
    pub(crate) payment: &'a Payment,
    /// Its newest transaction.
    pub(crate) transaction: Option<&'a Transaction>,
    /// Who pays.
    pub(crate) customer: Option<&'a Customer>,
}

/// Names and their JSON values, in the order in which they are written: an object of `serde_json` sorts its names, and what shops were
/// tested with has this order.
type Fields = Vec<(&'static str, String)>;

impl Told<'_> {
    /// The name of the event. *Source:* contract §3.6, §4.2.
    pub(crate) const fn event_type(&self) -> &'static str {
        match self {
            Self::Pending(_) => "payment.pending",
            Self::Ended(of) => match of.payment.status {
                PaymentStatus::Completed => "payment.completed",
                PaymentStatus::Cancelled => "payment.cancelled",
                // One that expired has failed, and its status says how.
                PaymentStatus::Failed | PaymentStatus::Expired | PaymentStatus::Pending | PaymentStatus::Processing => {
                    "payment.failed"
                }
            },
            Self::Disputed(_) => "dispute.created",
            Self::Refund(_, refund) => match refund.status {
                RefundStatus::Pending => "refund.created",
                RefundStatus::Completed => "refund.completed",
                RefundStatus::Failed => "refund.failed",
            },
            Self::Customer(_) => "customer.created",
        }
    }

    /// The payload, under the id that its event has.
    pub(crate) fn to_json(self, id: EventId, at: Timestamp) -> String {
        let at = to_second(at);
        let mut whole: Fields = vec![
            ("event", text(self.event_type())),
            ("event_id", text(&id.to_string())),
            ("created_at", text(&format!("{at}Z"))),
            ("timestamp", text(&format!("{at}+00:00"))),
        ];
        let (id_field, fields) = self.fields();
        let data: Fields = std::iter::once(("id", id_field.clone())).chain(fields.iter().cloned()).collect();
        if let Self::Customer(_) = self {
            whole.push(("customer_id", id_field));
        }
        whole.extend(fields);
        whole.push(("data", object(&data)));
        object(&whole)
    }

    /// What `data.id` is, and the fields that stand at the top level and in `data`.
    fn fields(self) -> (String, Fields) {
        match self {
            Self::Pending(of) => of.fields(of.transaction.map_or("pending", |transaction| transaction.status.as_str())),
            Self::Ended(of) => of.fields(of.payment.status.as_str()),
            Self::Disputed(of) => of.fields(TransactionStatus::Disputed.as_str()),
            Self::Refund(of, refund) => of.refund_fields(refund),
            Self::Customer(customer) => customer_fields(customer),
        }
    }
}

impl<'a> OfPayment<'a> {
    /// The parts of a payment as it is shown.
    pub(crate) const fn new(view: &'a PaymentView) -> Self {
        Self { payment: &view.payment, transaction: view.transaction.as_ref(), customer: view.customer.as_ref() }
    }

    fn fields(&self, status: &str) -> (String, Fields) {
        let payment = self.payment;
        let id = text(&payment.id.to_string());
        let transaction = self.transaction;
        let trx_id = text(&transaction.map(|transaction| transaction.trx_id.to_string()).unwrap_or_default());
        let gateway = transaction.map_or("", |transaction| transaction.gateway.as_str());
        let known = transaction.and_then(|transaction| TestGateway::find(&transaction.gateway));
        let kind = known.map_or(GatewayKind::Unknown, |gateway| gateway.kind);
        let fee = transaction.map(|transaction| transaction.fee.to_string()).unwrap_or_default();
        let fields = vec![
            ("payment_id", id.clone()),
            ("transaction_id", trx_id.clone()),
            ("trx_id", trx_id),
            ("gateway_trx_id", text(transaction.map_or("", |transaction| &transaction.gateway_trx_id))),
            ("amount", text(&payment.amount.to_string())),
            ("currency", text(payment.amount.currency().code())),
            ("fee", text(&fee)),
            ("gateway", text(gateway)),
            ("gateway_type", text(kind.as_str())),
            ("status", text(status)),
            ("reference", text(payment.reference.as_str())),
            ("customer", self.customer()),
            ("metadata", metadata(payment)),
        ];
        (id, fields)
    }

    /// Who pays, in full: shops compare it with their order.
    fn customer(&self) -> String {
        let email = self.customer.and_then(|customer| customer.email.as_ref());
        let phone = self.customer.and_then(|customer| customer.phone.as_ref());
        object(&[
            ("name", text(self.customer.map_or("", |customer| customer.name.as_str()))),
            ("email", text(email.map_or("", |email| email.as_str()))),
            ("phone", text(phone.map_or("", |phone| phone.as_str()))),
        ])
    }

    /// A payment's fields, of which `amount` is the refund's, and its own. Its status is never that of a payment that was made: one shop
    /// plugin would take the order for paid again. *Source:* contract rule 16.
    fn refund_fields(&self, refund: &Refund) -> (String, Fields) {
        let status = match refund.status {
            RefundStatus::Pending => "refund_pending",
            RefundStatus::Completed => "refunded",
            RefundStatus::Failed => "refund_failed",
        };
        let (id, mut fields) = self.fields(status);
        for (name, value) in &mut fields {
            if *name == "amount" {
                *value = text(&refund.amount.to_string());
            }
        }
        fields.push(("refund_id", text(&refund.id.to_string())));
        fields.push(("refund_status", text(refund.status.as_str())));
        fields.push(("reason", text(refund.reason.as_str())));
        (id, fields)
    }
}

/// The merchant's own object, with `reference` in it, where shops look for their order, unless the merchant gave it one itself.
/// *Source:* contract rule 14.
fn metadata(payment: &Payment) -> String {
    let mut object: Map<String, Value> = payment.metadata.as_object().clone();
    let reference = payment.reference.as_str();
    if !reference.is_empty() {
        object.entry("reference").or_insert_with(|| reference.into());
    }
    Value::Object(object).to_string()
}

/// A customer without what would identify it. *Source:* contract §3.6.
fn customer_fields(customer: &Customer) -> (String, Fields) {
    let email = customer.email.as_ref().map(|email| email.masked()).unwrap_or_default();
    let phone = customer.phone.as_ref().map(|phone| phone.masked()).unwrap_or_default();
    let fields = vec![("name", text(&customer.name.masked())), ("email", text(&email)), ("phone", text(&phone))];
    (text(&customer.id.to_string()), fields)
}

/// A text as JSON.
fn text(text: &str) -> String {
    Value::from(text).to_string()
}

/// An object with these names and values.
fn object(fields: &[(&'static str, String)]) -> String {
    let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", pairs.join(","))
}

/// `2026-11-24T10:00:00`, in UTC: what the strictest of the receivers reads has no fraction.
fn to_second(at: Timestamp) -> String {
    let text = Timestamp::from_seconds(at.as_seconds()).to_string();
    text.trim_end_matches('Z').trim_end_matches(".000000").to_owned()
}
