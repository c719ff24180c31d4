//! What receivers of events get: one shape that four shop plugins and two SDKs can read. *Source:* contract §4.3, rules 12 to 16.
//!
//! Fields stand flat at the top level and again in `data`, in a fixed order. Texts that are not known are empty, never null.

use devhub_domain::id::EventId;
use devhub_domain::time::Timestamp;
use serde_json::{Map, Value, json};

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

/// Fields in the order in which they are written: an object of `serde_json` sorts them, and what shops were tested with has this order.
type Fields = Vec<(&'static str, Value)>;

impl Told<'_> {
    /// The name of the event. *Source:* contract §3.6, §4.2.
    pub(crate) const fn event_type(&self) -> &'static str {
        match self {
            Self::Pending(_) => "payment.pending",
            Self::Ended(of) => match of.payment.status {
                PaymentStatus::Completed => "payment.completed",
                PaymentStatus::Cancelled => "payment.cancelled",
                // One that expired has failed, and its status says how.
                PaymentStatus::Failed
                | PaymentStatus::Expired
                | PaymentStatus::Pending
                | PaymentStatus::Processing => "payment.failed",
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
            ("event", self.event_type().into()),
            ("event_id", id.to_string().into()),
            ("created_at", format!("{at}Z").into()),
            ("timestamp", format!("{at}+00:00").into()),
        ];
        let (id_field, fields) = self.fields();
        let data: Fields = std::iter::once(("id", id_field.clone())).chain(fields.clone()).collect();
        if let Self::Customer(_) = self {
            whole.push(("customer_id", id_field));
        }
        whole.extend(fields);
        format!("{{{},\"data\":{{{}}}}}", written(&whole), written(&data))
    }

    /// What `data.id` is, and the fields that stand at the top level and in `data`.
    fn fields(self) -> (Value, Fields) {
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

    fn fields(&self, status: &str) -> (Value, Fields) {
        let payment = self.payment;
        let id = Value::from(payment.id.to_string());
        let transaction = self.transaction;
        let trx_id = transaction.map(|transaction| transaction.trx_id.to_string()).unwrap_or_default();
        let gateway = transaction.map_or("", |transaction| transaction.gateway.as_str());
        let kind = transaction.and_then(|transaction| TestGateway::find(&transaction.gateway));
        let fields = vec![
            ("payment_id", id.clone()),
            ("transaction_id", trx_id.clone().into()),
            ("trx_id", trx_id.into()),
            ("gateway_trx_id", transaction.map_or("", |transaction| &transaction.gateway_trx_id).into()),
            ("amount", payment.amount.to_string().into()),
            ("currency", payment.amount.currency().code().into()),
            ("fee", transaction.map(|transaction| transaction.fee.to_string()).unwrap_or_default().into()),
            ("gateway", gateway.into()),
            ("gateway_type", kind.map_or(GatewayKind::Unknown, |gateway| gateway.kind).as_str().into()),
            ("status", status.into()),
            ("reference", payment.reference.as_str().into()),
            ("customer", self.customer()),
            ("metadata", metadata(payment)),
        ];
        (id, fields)
    }

    fn customer(&self) -> Value {
        let email = self.customer.and_then(|customer| customer.email.as_ref());
        let phone = self.customer.and_then(|customer| customer.phone.as_ref());
        json!({
            "name": self.customer.map_or("", |customer| customer.name.as_str()),
            "email": email.map_or("", |email| email.as_str()),
            "phone": phone.map_or("", |phone| phone.as_str()),
        })
    }

    /// A payment's fields, of which `amount` is the refund's, and its own. Its status is never that of a payment that was made: one shop
    /// plugin would take the order for paid again. *Source:* contract rule 16.
    fn refund_fields(&self, refund: &Refund) -> (Value, Fields) {
        let status = match refund.status {
            RefundStatus::Pending => "refund_pending",
            RefundStatus::Completed => "refunded",
            RefundStatus::Failed => "refund_failed",
        };
        let (id, mut fields) = self.fields(status);
        for (name, value) in &mut fields {
            if *name == "amount" {
                *value = refund.amount.to_string().into();
            }
        }
        fields.push(("refund_id", refund.id.to_string().into()));
        fields.push(("refund_status", refund.status.as_str().into()));
        fields.push(("reason", refund.reason.as_str().into()));
        (id, fields)
    }
}

/// The merchant's own object and `reference` in it, where shops look for their order. *Source:* contract rule 14.
fn metadata(payment: &Payment) -> Value {
    let mut object: Map<String, Value> = payment.metadata.as_object().clone();
    let reference = payment.reference.as_str();
    if !reference.is_empty() {
        object.insert("reference".to_owned(), reference.into());
    }
    Value::Object(object)
}

/// A customer without what would identify it. *Source:* contract §3.6.
fn customer_fields(customer: &Customer) -> (Value, Fields) {
    let email = customer.email.as_ref().map(|email| email.masked()).unwrap_or_default();
    let phone = customer.phone.as_ref().map(|phone| phone.masked()).unwrap_or_default();
    let fields =
        vec![("name", customer.name.masked().into()), ("email", email.into()), ("phone", phone.into())];
    (customer.id.to_string().into(), fields)
}

/// Names and values without the braces around them.
fn written(fields: &Fields) -> String {
    let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    pairs.join(",")
}

/// `2026-11-24T10:00:00`, in UTC: what the strictest of the receivers reads has no fraction.
fn to_second(at: Timestamp) -> String {
    let text = Timestamp::from_seconds(at.as_seconds()).to_string();
    text.trim_end_matches('Z').trim_end_matches(".000000").to_owned()
}
