//! The event types that come with the hub: OwnPay's. *Source:* OwnPay wire contract §3.6, §4.2, §4.3.

use super::OPERATIONAL;
use super::catalog_schemas::{
    customer_schema, list, one_of, payment_schema, refund_schema, schema_head, shared_definitions, test_schema,
};

/// An event type as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// Its name, an [`super::EventType`].
    pub name: &'static str,
    /// When it happens, in one sentence.
    pub description: &'static str,
    /// A payload as receivers get it: JSON.
    pub sample: &'static str,
    /// What its payloads look like: a JSON Schema, draft 2020-12.
    pub schema: &'static str,
}

/// A payment in this event and status: the flat fields and the same in `data`, which four shop plugins read one or the other way.
macro_rules! payment {
    ($event:literal, $status:literal) => {
        concat!(
            r#"{"event":""#, $event, r#"","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0k","created_at":"2026-11-24T10:00:00Z","#,
            r#""timestamp":"2026-11-24T10:00:00+00:00","#, payment!(@fields $status),
            r#","data":{"id":"a810b445-564a-4e20-80a5-f1261d7b328a","#, payment!(@fields $status), "}}"
        )
    };
    (@fields $status:literal) => {
        concat!(
            r#""payment_id":"a810b445-564a-4e20-80a5-f1261d7b328a","transaction_id":"OP-0A1B2C3D4E","trx_id":"OP-0A1B2C3D4E","#,
            r#""gateway_trx_id":"gw1","amount":"10.00","currency":"USD","fee":"0.50","gateway":"stripe","gateway_type":"api","#,
            r#""status":""#, $status, r#"","reference":"77","customer":{"name":"F L","email":"a@b.c","phone":""},"#,
            r#""metadata":{"reference":"77"}"#
        )
    };
}

/// A refund in this event and status: the payment's fields, `amount` being the refund's, and three of its own.
macro_rules! refund {
    ($event:literal, $status:literal, $refund_status:literal) => {
        concat!(
            r#"{"event":""#, $event, r#"","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0k","created_at":"2026-11-24T10:00:00Z","#,
            r#""timestamp":"2026-11-24T10:00:00+00:00","#, refund!(@fields $status, $refund_status),
            r#","data":{"id":"a810b445-564a-4e20-80a5-f1261d7b328a","#, refund!(@fields $status, $refund_status), "}}"
        )
    };
    (@fields $status:literal, $refund_status:literal) => {
        concat!(
            payment!(@fields $status), r#","refund_id":"9d0f5c0e-5b0a-4b5e-8f5e-2f5f0c6f7a11","refund_status":""#,
            $refund_status, r#"","reason":"requested_by_customer""#
        )
    };
}

/// The event that tests an endpoint. Nobody subscribes to it.
pub const TEST_EVENT: CatalogEntry = CatalogEntry {
    name: "webhook.test",
    description: "Somebody tests the endpoint.",
    sample: r#"{"event":"webhook.test","timestamp":1764000000,"data":{"message":"This is a test."}}"#,
    schema: test_schema!("webhook.test"),
};

/// What endpoints can subscribe to without anything being set up, in the order in which it is shown.
pub const CATALOG: &[CatalogEntry] = &[
    CatalogEntry {
        name: "payment.pending",
        description: "A payment waits for its verification or for its gateway.",
        sample: payment!("payment.pending", "pending"),
        schema: payment_schema!(
            "payment.pending",
            ["pending", "created", "awaiting_verification", "pending_review", "processing", "callback_processing"]
        ),
    },
    CatalogEntry {
        name: "payment.completed",
        description: "A payment was made: deliver the goods.",
        sample: payment!("payment.completed", "completed"),
        schema: payment_schema!("payment.completed", ["completed"]),
    },
    CatalogEntry {
        name: "payment.failed",
        description: "A payment failed or expired; its status says which.",
        sample: payment!("payment.failed", "failed"),
        schema: payment_schema!("payment.failed", ["failed", "expired"]),
    },
    CatalogEntry {
        name: "payment.cancelled",
        description: "The customer cancelled a payment.",
        sample: payment!("payment.cancelled", "cancelled"),
        schema: payment_schema!("payment.cancelled", ["cancelled"]),
    },
    CatalogEntry {
        name: "refund.created",
        description: "A refund was asked for.",
        sample: refund!("refund.created", "refund_pending", "pending"),
        schema: refund_schema!("refund.created", "refund_pending", "pending"),
    },
    CatalogEntry {
        name: "refund.completed",
        description: "Money went back to the customer.",
        sample: refund!("refund.completed", "refunded", "completed"),
        schema: refund_schema!("refund.completed", "refunded", "completed"),
    },
    CatalogEntry {
        name: "refund.failed",
        description: "A refund could not be made.",
        sample: refund!("refund.failed", "refund_failed", "failed"),
        schema: refund_schema!("refund.failed", "refund_failed", "failed"),
    },
    CatalogEntry {
        name: "invoice.paid",
        description: "An invoice was paid.",
        sample: payment!("invoice.paid", "completed"),
        schema: payment_schema!("invoice.paid", ["completed"]),
    },
    CatalogEntry {
        name: "customer.created",
        description: "A customer was added; personal data is masked.",
        sample: r#"{"event":"customer.created","event_id":"evt_06b6rk0004s4g1s0d5ju9o6m0k","created_at":"2026-11-24T10:00:00Z","timestamp":"2026-11-24T10:00:00+00:00","customer_id":"3f0a6f1c-6f0e-4c53-9d7e-1a2b3c4d5e6f","name":"F*** L***","email":"a***@b.c","data":{"id":"3f0a6f1c-6f0e-4c53-9d7e-1a2b3c4d5e6f","name":"F*** L***","email":"a***@b.c"}}"#,
        schema: customer_schema!("customer.created"),
    },
    CatalogEntry {
        name: "dispute.created",
        description: "A customer disputes a payment.",
        sample: payment!("dispute.created", "disputed"),
        schema: payment_schema!("dispute.created", ["disputed"]),
    },
];

/// All that endpoints can subscribe to without anything being set up: [`CATALOG`], then what the hub itself tells.
pub fn subscribable() -> impl Iterator<Item = &'static CatalogEntry> + Clone {
    CATALOG.iter().chain(OPERATIONAL)
}

/// The event type with this name that comes with the hub, also the one of tests.
pub fn built_in(name: &str) -> Option<&'static CatalogEntry> {
    subscribable().chain([&TEST_EVENT]).find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::events::{EventType, PAYLOAD_BYTES_DEFAULT_MAX, Payload};

    #[test]
    fn every_entry_is_a_type_with_a_payload_that_would_be_accepted() {
        for entry in CATALOG.iter().chain([&TEST_EVENT]) {
            assert!(entry.name.parse::<EventType>().is_ok(), "{}", entry.name);
            assert!(Payload::new(entry.sample.as_bytes(), PAYLOAD_BYTES_DEFAULT_MAX).is_ok(), "{}", entry.name);
            assert!(entry.description.ends_with('.'), "{}", entry.name);
        }
    }

    #[test]
    fn a_sample_names_its_event_and_repeats_its_fields_in_data() {
        for entry in CATALOG.iter().filter(|entry| entry.name != "customer.created") {
            let sample: Value = serde_json::from_str(entry.sample).unwrap();
            assert_eq!(sample["event"], entry.name);
            for field in ["payment_id", "trx_id", "amount", "status", "reference", "metadata"] {
                assert_eq!(sample[field], sample["data"][field], "{} {field}", entry.name);
            }
            assert_eq!(sample.get("id"), None, "contract §4.3: no id at the top level");
        }
    }

    /// A shop plugin would take a refunded order for a paid one. *Source:* contract rule 16.
    #[test]
    fn no_refund_carries_the_status_of_a_payment() {
        for entry in CATALOG.iter().filter(|entry| entry.name.starts_with("refund.")) {
            let sample: Value = serde_json::from_str(entry.sample).unwrap();
            assert_ne!(sample["status"], "completed", "{}", entry.name);
        }
    }

    #[test]
    fn no_type_stands_twice_and_nobody_subscribes_to_the_test() {
        let mut names: Vec<_> = CATALOG.iter().map(|entry| entry.name).collect();
        assert!(!names.contains(&TEST_EVENT.name));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CATALOG.len());
    }
}
