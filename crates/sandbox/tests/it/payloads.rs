//! What receivers get. *Source:* contract §4.3, rules 12 to 16; the strict workspaces of these tests hold every event against its schema.

use devhub_domain::events::{Schema, built_in};
use devhub_sandbox::{
    CustomerName, Email, Metadata, NewPayment, Outcome, Payer, Payment, PaymentView, Phone, Reference,
};
use serde_json::{Value, json};

use super::support::{Bench, bench, new_payment, workspace_id};

/// A payment as a shop makes it, and how it ended.
fn paid_by_ada(bench: &Bench, outcome: Outcome) -> PaymentView {
    let payment = payment_of_ada(bench);
    bench.pay(&payment.token, Some(outcome)).unwrap()
}

fn payment_of_ada(bench: &Bench) -> Payment {
    let payer =
        Payer { email: Email::new("a@b.c").unwrap(), name: CustomerName::cut("F L"), phone: Phone::cut("+880 17") };
    let metadata = json!({ "whmcs_invoice_id": "77" });
    let new = NewPayment {
        payer: Some(payer),
        metadata: Metadata::new(metadata.as_object().unwrap().clone()).unwrap(),
        ..new_payment("10.00")
    };
    bench.sandbox.payments.create(workspace_id(), new).commit().unwrap()
}

fn last(bench: &Bench) -> Value {
    bench.payloads().pop().unwrap()
}

/// The fields stand in the order of the contract's own sample.
#[test]
fn rule_12_the_fields_stand_flat_and_again_in_data() {
    let bench = bench();
    let view = paid_by_ada(&bench, Outcome::Success);
    let (id, transaction) = (view.payment.id, view.transaction.unwrap());
    let (trx_id, gateway_trx_id) = (transaction.trx_id, transaction.gateway_trx_id);
    let text = bench.texts().pop().unwrap();
    let event_id = last(&bench)["event_id"].as_str().unwrap().to_owned();
    let fields = format!(
        concat!(
            r#""payment_id":"{}","transaction_id":"{}","trx_id":"{}","gateway_trx_id":"{}","amount":"10.00","currency":"USD","#,
            r#""fee":"0.29","gateway":"test_card","gateway_type":"test","status":"completed","reference":"77","#,
            r#""customer":{{"name":"F L","email":"a@b.c","phone":"+880 17"}},"#,
            r#""metadata":{{"reference":"77","whmcs_invoice_id":"77"}}"#
        ),
        id, trx_id, trx_id, gateway_trx_id
    );
    let wanted = format!(
        concat!(
            r#"{{"event":"payment.completed","event_id":"{}","created_at":"2026-11-24T10:00:00Z","#,
            r#""timestamp":"2026-11-24T10:00:00+00:00",{},"data":{{"id":"{}",{}}}}}"#
        ),
        event_id, fields, id, fields
    );
    assert_eq!(text, wanted);
}

#[test]
fn rule_13_data_id_is_the_uuid_of_the_payment_and_there_is_no_id_beside_it() {
    let bench = bench();
    let view = paid_by_ada(&bench, Outcome::Success);
    let payload = last(&bench);
    assert_eq!(payload["data"]["id"], view.payment.id.to_string());
    assert_eq!(payload.get("id"), None);
}

#[test]
fn rule_14_reference_and_metadata_stand_where_shops_look_for_them() {
    let bench = bench();
    paid_by_ada(&bench, Outcome::Success);
    let payload = last(&bench);
    for part in [&payload, &payload["data"]] {
        assert_eq!(part["reference"], "77");
        assert_eq!(part["metadata"], json!({ "whmcs_invoice_id": "77", "reference": "77" }));
    }
}

#[test]
fn rule_14_a_reference_that_the_merchant_keeps_itself_stays() {
    let bench = bench();
    let metadata = json!({ "reference": "order-9" });
    let metadata = Metadata::new(metadata.as_object().unwrap().clone()).unwrap();
    let new = NewPayment { metadata, ..new_payment("10.00") };
    let payment = bench.sandbox.payments.create(workspace_id(), new).commit().unwrap();
    bench.pay(&payment.token, Some(Outcome::Success)).unwrap();
    let payload = bench.payloads().remove(0);
    assert_eq!((&payload["reference"], &payload["metadata"]["reference"]), (&json!("77"), &json!("order-9")));
}

#[test]
fn rule_14_without_reference_and_metadata_there_is_an_empty_text_and_an_empty_object() {
    let bench = bench();
    let new = NewPayment { reference: Reference::default(), ..new_payment("10.00") };
    let payment = bench.sandbox.payments.create(workspace_id(), new).commit().unwrap();
    bench.pay(&payment.token, Some(Outcome::Success)).unwrap();
    let payload = last(&bench);
    assert_eq!((&payload["reference"], &payload["metadata"]), (&json!(""), &json!({})));
    assert_eq!(payload["customer"], json!({ "name": "", "email": "", "phone": "" }));
}

#[test]
fn rule_15_statuses_are_completed_failed_cancelled_and_expired() {
    let rows = [
        (Outcome::Success, "payment.completed", "completed"),
        (Outcome::PendingThenSuccess, "payment.pending", "processing"),
        (Outcome::Failure, "payment.failed", "failed"),
        (Outcome::Expiry, "payment.failed", "expired"),
        (Outcome::Cancel, "payment.cancelled", "cancelled"),
    ];
    for (outcome, event, status) in rows {
        let bench = bench();
        paid_by_ada(&bench, outcome);
        let payload = last(&bench);
        assert_eq!((&payload["event"], &payload["status"]), (&json!(event), &json!(status)));
    }
}

#[test]
fn rule_16_no_refund_carries_the_status_of_a_payment_that_was_made() {
    let bench = bench();
    let made = bench.paid("500.00");
    let refund = bench.refund(&made, Some("2.50")).unwrap();
    bench.refund(&made, Some("402")).unwrap();
    let told: Vec<_> = bench.payloads().into_iter().filter(|payload| payload.get("refund_id").is_some()).collect();
    let shown: Vec<_> =
        told.iter().map(|one| [&one["event"], &one["status"], &one["refund_status"], &one["amount"]]).collect();
    let wanted = [
        ["refund.created", "refund_pending", "pending", "2.50"],
        ["refund.completed", "refunded", "completed", "2.50"],
        ["refund.created", "refund_pending", "pending", "402.00"],
        ["refund.failed", "refund_failed", "failed", "402.00"],
    ];
    assert_eq!(shown, wanted);
    let first = &told[0];
    assert_eq!(first["refund_id"], refund.id.to_string());
    assert_eq!((&first["trx_id"], &first["reason"]), (&json!(made.trx_id.to_string()), &json!("broken")));
    assert_eq!(first["data"]["refund_id"], first["refund_id"]);
    assert_eq!(first["data"]["id"], made.payment_id.to_string());
}

/// Nothing is known of a transaction that never was.
#[test]
fn a_payment_that_was_never_tried_has_empty_texts_for_its_transaction() {
    let bench = bench();
    let payment = payment_of_ada(&bench);
    bench.cancel(&payment.token).unwrap();
    let payload = last(&bench);
    for field in ["transaction_id", "trx_id", "gateway_trx_id", "fee", "gateway"] {
        assert_eq!(payload[field], "", "{field}");
    }
    assert_eq!(payload["gateway_type"], "unknown");
}

/// *Source:* contract §3.6: masked.
#[test]
fn a_new_customer_is_told_without_what_would_identify_it() {
    let bench = bench();
    let payment = payment_of_ada(&bench);
    let customer = bench.view(&payment).customer.unwrap();
    let payload = last(&bench);
    let masked =
        json!({ "id": customer.id.to_string(), "name": "F*** L***", "email": "a***@b***.c", "phone": "+880 17" });
    assert_eq!(payload["data"]["name"], masked["name"]);
    assert_eq!((&payload["customer_id"], &payload["email"]), (&masked["id"], &masked["email"]));
    assert!(!payload.to_string().contains("a@b.c"));
}

/// Also in currencies with other decimals, whose amounts are written with at least two.
#[test]
fn every_payload_satisfies_the_schema_of_its_event() {
    for (amount, code) in [("100", "JPY"), ("1.234", "KWD"), ("0.0001", "CLF"), ("10.00", "USD")] {
        let bench = bench();
        let currency = devhub_sandbox::Currency::parse(code).unwrap();
        let amount = devhub_sandbox::Decimal::parse(amount).unwrap().in_currency(currency).unwrap();
        let new = NewPayment { amount, ..new_payment("1") };
        let payment = bench.sandbox.payments.create(workspace_id(), new).commit().unwrap();
        let made = bench.pay(&payment.token, Some(Outcome::Success)).unwrap().transaction.unwrap();
        bench.refund(&made, None).unwrap();
        for text in bench.texts() {
            let payload: Value = serde_json::from_str(&text).unwrap();
            let entry = built_in(payload["event"].as_str().unwrap()).unwrap();
            let faults = Schema::compile(entry.schema).unwrap().faults(text.as_bytes());
            assert!(faults.is_empty(), "{text}: {faults:?}");
        }
        assert_eq!(bench.events(), ["payment.completed", "refund.created", "refund.completed"]);
    }
}

/// *Source:* contract §4.3: less than 1 MiB, which one receiver reads at most.
#[test]
fn the_largest_payment_has_a_payload_far_below_a_megabyte() {
    let bench = bench();
    let metadata = json!({ "k": "\u{1f600}".repeat(2_000) });
    let new = NewPayment {
        reference: Reference::cut(&"\u{1f600}".repeat(500)),
        metadata: Metadata::new(metadata.as_object().unwrap().clone()).unwrap(),
        ..new_payment("10.00")
    };
    let payment = bench.sandbox.payments.create(workspace_id(), new).commit().unwrap();
    bench.pay(&payment.token, Some(Outcome::Success)).unwrap();
    assert!(bench.texts()[0].len() < 32 * 1024);
}
