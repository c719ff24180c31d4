//! What the payloads of the catalogue look like, as JSON Schemas. *Source:* OwnPay wire contract §3.3, §3.6, §4.3, rules 6, 12 to 16.
//!
//! Each schema is complete in itself, because receivers take them one by one; what they share is written here once. They ask for what
//! the four known receivers read, and let further fields be: a platform adds fields before its receivers know them.

/// The schemas that those of the catalogue refer to, each of which carries them all.
macro_rules! shared_definitions {
    () => {
        concat!(
            r##""envelope":{"type":"object","properties":{"id":false,"event_id":{"type":"string"},"##,
            r##""created_at":{"$ref":"#/$defs/time"},"timestamp":{"$ref":"#/$defs/time"},"data":{"type":"object"}},"##,
            r##""required":["event","data"]},"##,
            r##""payment":{"type":"object","properties":{"id":{"$ref":"#/$defs/uuid"},"payment_id":{"$ref":"#/$defs/uuid"},"##,
            r##""transaction_id":{"type":"string"},"trx_id":{"type":"string"},"gateway_trx_id":{"type":"string"},"##,
            r##""amount":{"$ref":"#/$defs/amount"},"currency":{"type":"string","pattern":"^[A-Z]{3}$"},"##,
            r##""fee":{"type":"string","pattern":"^([0-9]+\\.[0-9]{2,4})?$"},"gateway":{"type":"string"},"##,
            r##""gateway_type":{"enum":["api","manual","bank","mfs","test","unknown"]},"##,
            r##""status":{"$ref":"#/$defs/status"},"reference":{"type":"string"},"##,
            r##""customer":{"type":"object","properties":{"name":{"type":"string"},"email":{"type":"string"},"phone":{"type":"string"}}},"##,
            r##""metadata":{"type":"object"}},"##,
            r##""required":["payment_id","transaction_id","trx_id","amount","currency","status","reference","metadata"]},"##,
            r##""amount":{"type":"string","pattern":"^[0-9]+\\.[0-9]{2,4}$","description":"Units with two decimals, such as 10.00; with three or four in currencies that have them."},"##,
            r#""time":{"type":"string","format":"date-time"},"uuid":{"type":"string","format":"uuid","minLength":1}"#
        )
    };
}

/// The schemas that those of payments and refunds refer to: a JSON object that has them by name.
pub const SHARED_DEFINITIONS: &str = concat!("{", shared_definitions!(), "}");

/// A payment in this event, with one of these statuses.
macro_rules! payment_schema {
    ($event:literal, [$($status:literal),+]) => {
        concat!(
            schema_head!($event),
            r##""allOf":[{"$ref":"#/$defs/envelope"},{"$ref":"#/$defs/payment"}],"properties":{"event":{"const":""##, $event,
            r##""},"data":{"$ref":"#/$defs/payment"}},"$defs":{"status":"##, one_of!($($status),+), ",", shared_definitions!(), "}}"
        )
    };
}

/// A refund in this event: a payment with fields of its own, whose statuses are never those of a payment that was made.
macro_rules! refund_schema {
    ($event:literal, $status:literal, $refund_status:literal) => {
        concat!(
            schema_head!($event),
            r##""allOf":[{"$ref":"#/$defs/envelope"},{"$ref":"#/$defs/refund"}],"properties":{"event":{"const":""##, $event,
            r##""},"data":{"$ref":"#/$defs/refund"}},"$defs":{"status":"##, one_of!($status),
            r##","refund":{"$ref":"#/$defs/payment","properties":{"refund_id":{"$ref":"#/$defs/uuid"},"refund_status":"##,
            one_of!($refund_status), r##","reason":{"type":"string"}},"required":["refund_id","refund_status"]},"##,
            shared_definitions!(), "}}"
        )
    };
}

macro_rules! customer_schema {
    ($event:literal) => {
        concat!(
            schema_head!($event),
            r##""allOf":[{"$ref":"#/$defs/envelope"},{"$ref":"#/$defs/customer"}],"properties":{"event":{"const":""##, $event,
            r##""},"customer_id":{"$ref":"#/$defs/uuid"},"data":{"$ref":"#/$defs/customer"}},"required":["customer_id"],"$defs":{"##,
            r##""customer":{"type":"object","properties":{"id":{"$ref":"#/$defs/uuid"},"name":{"type":"string"},"##,
            r##""email":{"type":"string"}},"required":["name","email"]},"##,
            r##""envelope":{"type":"object","properties":{"id":false,"event_id":{"type":"string"},"##,
            r##""created_at":{"$ref":"#/$defs/time"},"timestamp":{"$ref":"#/$defs/time"}},"required":["event","data"]},"##,
            r##""time":{"type":"string","format":"date-time"},"uuid":{"type":"string","format":"uuid","minLength":1}}}"##
        )
    };
}

macro_rules! test_schema {
    ($event:literal) => {
        concat!(
            schema_head!($event),
            r##""type":"object","properties":{"event":{"const":""##,
            $event,
            r##""},"timestamp":{"type":["integer","string"]},"data":{"type":"object"}},"required":["event","data"]}"##
        )
    };
}

/// What the hub itself tells: `$fields` are the properties of `data`, all of which are there.
macro_rules! operational_schema {
    ($event:literal, [$($required:literal),+], $($fields:literal),+) => {
        concat!(
            schema_head!($event),
            r##""type":"object","properties":{"event":{"const":""##, $event, r##""},"event_id":{"type":"string"},"##,
            r##""created_at":{"type":"string","format":"date-time"},"data":{"type":"object","properties":{"##, $($fields),+,
            r##"},"required":"##, list!($($required),+), r##"}},"required":["event","event_id","created_at","data"]}"##
        )
    };
}

/// How every schema begins.
macro_rules! schema_head {
    ($event:literal) => {
        concat!(r#"{"$schema":"https://json-schema.org/draft/2020-12/schema","title":""#, $event, r#"","#)
    };
}

macro_rules! one_of {
    ($($word:literal),+) => {
        concat!(r#"{"enum":"#, list!($($word),+), "}")
    };
}

macro_rules! list {
    ($first:literal $(, $other:literal)*) => {
        concat!("[\"", $first, "\"", $(",\"", $other, "\"",)* "]")
    };
}

pub(super) use {
    customer_schema, list, one_of, operational_schema, payment_schema, refund_schema, schema_head, shared_definitions,
    test_schema,
};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::SHARED_DEFINITIONS;
    use crate::events::{CATALOG, CatalogEntry, OPERATIONAL, Schema, TEST_EVENT, built_in};

    fn entries() -> impl Iterator<Item = &'static CatalogEntry> {
        CATALOG.iter().chain(OPERATIONAL).chain([&TEST_EVENT])
    }

    fn faults(entry: &CatalogEntry, payload: &Value) -> Vec<String> {
        let faults = Schema::compile(entry.schema).unwrap().faults(payload.to_string().as_bytes());
        faults.into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.wanted)).collect()
    }

    fn changed(entry: &CatalogEntry, change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut payload = serde_json::from_str(entry.sample).unwrap();
        change(&mut payload);
        faults(entry, &payload)
    }

    #[test]
    fn every_sample_satisfies_its_schema_and_no_other() {
        for entry in entries() {
            let sample = serde_json::from_str(entry.sample).unwrap();
            assert_eq!(faults(entry, &sample), [""; 0], "{}", entry.name);
            let others = entries().filter(|other| other.name != entry.name);
            for other in others {
                assert!(!faults(other, &sample).is_empty(), "{} as {}", entry.name, other.name);
            }
        }
    }

    /// *Source:* contract §4.3, the payload that all four receivers were run with.
    #[test]
    fn the_payload_of_the_contract_satisfies_its_schema() {
        let payment = json!({
            "payment_id": "a810b445-564a-4e20-80a5-f1261d7b328a", "transaction_id": "OP-0A1B2C3D4E", "trx_id": "OP-0A1B2C3D4E",
            "gateway_trx_id": "gw1", "amount": "10.00", "currency": "USD", "fee": "0.50", "gateway": "stripe",
            "gateway_type": "api", "status": "completed", "reference": "77",
            "customer": { "name": "F L", "email": "a@b.c", "phone": "" },
            "metadata": { "whmcs_invoice_id": "77", "reference": "77" },
        });
        let mut payload = payment.clone();
        payload["event"] = json!("payment.completed");
        payload["data"] = payment;
        payload["data"]["id"] = json!("a810b445-564a-4e20-80a5-f1261d7b328a");
        assert_eq!(faults(built_in("payment.completed").unwrap(), &payload), [""; 0]);
    }

    /// *Source:* contract rules 6, 13, 14 and 16.
    #[test]
    fn what_breaks_a_receiver_is_a_fault() {
        let completed = built_in("payment.completed").unwrap();
        let amount = "must match the pattern ^[0-9]+\\.[0-9]{2,4}$";
        assert_eq!(changed(completed, |payload| payload["amount"] = json!(10)), ["/amount: must be of type string"]);
        assert_eq!(
            changed(completed, |payload| payload["data"]["amount"] = json!("10")),
            [format!("/data/amount: {amount}")]
        );
        assert_eq!(
            changed(completed, |payload| payload["metadata"] = json!([])),
            ["/metadata: must be of type object"]
        );
        assert_eq!(changed(completed, |payload| payload["id"] = json!("7")), ["/id: must not be there"]);
        assert_eq!(
            changed(completed, |payload| payload["status"] = json!("paid")),
            ["/status: must be one of \"completed\""]
        );
        let refunded = built_in("refund.completed").unwrap();
        let told = changed(refunded, |payload| payload["data"]["status"] = json!("completed"));
        assert_eq!(told, ["/data/status: must be one of \"refunded\""]);
        let told = changed(refunded, |payload| drop(payload.as_object_mut().unwrap().remove("refund_id")));
        assert_eq!(told, ["/refund_id: must be there"]);
    }

    /// *Source:* contract §4.3: missing text values are "", not null.
    #[test]
    fn what_is_not_known_is_an_empty_text() {
        let completed = built_in("payment.completed").unwrap();
        for field in ["fee", "gateway", "gateway_trx_id", "reference"] {
            assert_eq!(changed(completed, |payload| payload[field] = json!("")), [""; 0], "{field}");
        }
    }

    #[test]
    fn a_field_that_nobody_knows_yet_is_no_fault() {
        assert_eq!(changed(built_in("payment.failed").unwrap(), |payload| payload["retry_of"] = json!(1)), [""; 0]);
    }

    #[test]
    fn what_is_shared_stands_in_the_schemas_as_it_is_shown() {
        let shared: Value = serde_json::from_str(SHARED_DEFINITIONS).unwrap();
        let schema: Value = serde_json::from_str(built_in("refund.created").unwrap().schema).unwrap();
        for (name, definition) in shared.as_object().unwrap() {
            assert_eq!(&schema["$defs"][name], definition, "{name}");
        }
    }
}
