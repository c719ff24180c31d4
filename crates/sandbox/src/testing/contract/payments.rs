//! Payments.

use devhub_domain::time::Timestamp;
use serde_json::json;

use super::seed::{Store, conflict, look, put, workspace_id};
use crate::testing::{customer, payment, refund, transaction};
use crate::{
    Amount, CheckoutToken, Currency, Metadata, Outcome, Payment, PaymentKey, PaymentStatus, PaymentUrls, Reference,
    Transaction, TransactionStatus, WebUrl,
};

fn key(of: &Payment) -> PaymentKey {
    PaymentKey { workspace_id: of.workspace_id, id: of.id }
}

/// A payment comes back as it went in, with every field set.
pub fn a_payment_reads_back_as_it_was_written(store: &Store) {
    let url = |text: &str| Some(WebUrl::parse(text).unwrap());
    let metadata = json!({ "whmcs_invoice_id": "77", "nested": { "list": [1, 2.5, null, "ä"] } });
    let written = Payment {
        status: PaymentStatus::Processing,
        reference: Reference::cut("Bestellung 'ä' 77"),
        customer: Some(1),
        urls: PaymentUrls {
            callback: url("https://shop.example/?wc-api=ownpay"),
            redirect: url("http://localhost:8080/paid?order=1#top"),
            cancel: url("https://shop.example/cart"),
        },
        gateway: Some("stripe".parse().unwrap()),
        metadata: Metadata::new(metadata.as_object().unwrap().clone()).unwrap(),
        created_at: Timestamp::from_micros(1_000_001),
        updated_at: Timestamp::from_micros(1_000_002),
        expires_at: Timestamp::from_micros(1_000_003),
        revision: 7,
        ..payment(1)
    };
    put(store, |tx| {
        tx.insert_customer(&customer(1))?;
        tx.insert_payment(&written)
    });
    assert_eq!(look(store, |tx| tx.find_payment(workspace_id(1), written.id)), Some(written.clone()));
    assert_eq!(put(store, |tx| tx.lock_payment(workspace_id(1), written.id)), Some(written));
}

/// A payment is found in its own workspace only.
pub fn a_payment_of_another_workspace_is_not_found(store: &Store) {
    put(store, |tx| tx.insert_payment(&payment(1)));
    assert_eq!(look(store, |tx| tx.find_payment(workspace_id(2), payment(1).id)), None);
    assert_eq!(put(store, |tx| tx.lock_payment(workspace_id(2), payment(1).id)), None);
    assert_eq!(look(store, |tx| tx.find_payment(workspace_id(1), payment(2).id)), None);
}

/// Whoever has the token needs no workspace.
pub fn a_token_finds_its_payment(store: &Store) {
    put(store, |tx| tx.insert_payment(&payment(1)));
    assert_eq!(look(store, |tx| tx.find_payment_by_token(&payment(1).token)), Some(payment(1)));
    assert_eq!(look(store, |tx| tx.find_payment_by_token(&payment(2).token)), None);
}

/// Ids and tokens are unique.
pub fn an_id_and_a_token_are_taken_once(store: &Store) {
    put(store, |tx| tx.insert_payment(&payment(1)));
    conflict(store, |tx| tx.insert_payment(&Payment { token: CheckoutToken::from_bytes([9; 32]), ..payment(1) }));
    conflict(store, |tx| tx.insert_payment(&Payment { token: payment(1).token, ..payment(2) }));
    conflict(store, |tx| {
        tx.insert_payment(&Payment { token: payment(1).token, workspace_id: workspace_id(2), ..payment(2) })
    });
}

/// What a payment is stays, where it stands changes.
pub fn an_update_writes_what_may_change(store: &Store) {
    put(store, |tx| {
        tx.insert_customer(&customer(1))?;
        tx.insert_payment(&payment(1))
    });
    let changed = Payment {
        status: PaymentStatus::Completed,
        customer: Some(1),
        gateway: Some("test_bank".parse().unwrap()),
        updated_at: Timestamp::from_seconds(50),
        expires_at: Timestamp::from_seconds(60),
        revision: 2,
        ..payment(1)
    };
    put(store, |tx| tx.update_payment(&changed));
    assert_eq!(look(store, |tx| tx.find_payment(workspace_id(1), changed.id)), Some(changed));
}

/// An update that is based on an old revision is refused.
pub fn an_update_of_an_old_revision_is_a_conflict(store: &Store) {
    put(store, |tx| tx.insert_payment(&payment(1)));
    conflict(store, |tx| tx.update_payment(&payment(1)));
    conflict(store, |tx| tx.update_payment(&Payment { revision: 3, ..payment(1) }));
    conflict(store, |tx| tx.update_payment(&Payment { revision: 2, ..payment(2) }));
    conflict(store, |tx| tx.update_payment(&Payment { revision: 2, workspace_id: workspace_id(2), ..payment(1) }));
    assert_eq!(look(store, |tx| tx.find_payment(workspace_id(1), payment(1).id)), Some(payment(1)));
}

/// Every status, and amounts of currencies with no, two, three and four decimals.
pub fn every_status_and_currency_reads_back(store: &Store) {
    let currencies = ["USD", "JPY", "KWD", "CLF", "BDT", "EUR"];
    for (number, (status, code)) in (1..).zip(PaymentStatus::ALL.iter().zip(currencies)) {
        let amount = Amount::new(9_999_999_999_999, Currency::parse(code).unwrap()).unwrap();
        let written = Payment { status: *status, amount, ..payment(number) };
        put(store, |tx| tx.insert_payment(&written));
        assert_eq!(look(store, |tx| tx.find_payment(workspace_id(1), written.id)), Some(written));
    }
}

/// A payment is due at the instant when it expires, unless it has ended; what is due longest comes first.
pub fn payments_are_due_when_their_time_is_over(store: &Store) {
    let at = Timestamp::from_seconds;
    let rows = [(1, 30, PaymentStatus::Pending), (2, 20, PaymentStatus::Processing), (3, 10, PaymentStatus::Completed)];
    for (number, expires, status) in rows {
        let workspace_id = workspace_id(if number == 2 { 2 } else { 1 });
        put(store, |tx| {
            tx.insert_payment(&Payment { workspace_id, expires_at: at(expires), status, ..payment(number) })
        });
    }
    let first = PaymentKey { workspace_id: workspace_id(2), id: payment(2).id };
    assert_eq!(put(store, |tx| tx.due_payments(at(19), 10)), []);
    assert_eq!(put(store, |tx| tx.due_payments(at(20), 10)), [first]);
    assert_eq!(put(store, |tx| tx.due_payments(at(30), 10)), [first, key(&payment(1))]);
    assert_eq!(put(store, |tx| tx.due_payments(at(30), 1)), [first]);
}

/// A payment whose gateway will answer is left alone; one whose transaction has ended, or waits for nothing, is not.
pub fn a_payment_that_waits_for_its_gateway_is_not_due(store: &Store) {
    let at = Timestamp::from_seconds;
    let waiting = Transaction {
        status: TransactionStatus::Processing,
        settles_at: Some(at(900)),
        settles_as: Some(Outcome::Success),
        ..transaction(1, &payment(1))
    };
    let rows = [
        waiting.clone(),
        Transaction { status: TransactionStatus::Failed, ..transaction(2, &payment(2)) },
        transaction(3, &payment(3)),
    ];
    for (number, row) in (1..).zip(rows) {
        put(store, |tx| {
            tx.insert_payment(&Payment { status: PaymentStatus::Processing, ..payment(number) })?;
            tx.insert_transaction(&row)
        });
    }
    let due = put(store, |tx| tx.due_payments(at(10_000), 10));
    assert_eq!(due.len(), 2);
    assert!(!due.contains(&key(&payment(1))), "{due:?}");
    put(store, |tx| tx.update_transaction(&Transaction { settles_at: None, revision: 2, ..waiting.clone() }));
    assert_eq!(put(store, |tx| tx.due_payments(at(10_000), 10)).len(), 3);
}

/// What has ended long ago goes, those first that were changed longest ago, and no other.
pub fn old_payments_go_with_what_belongs_to_them(store: &Store) {
    let at = Timestamp::from_seconds;
    let rows = [
        (1, 10, PaymentStatus::Completed),
        (2, 5, PaymentStatus::Expired),
        (3, 20, PaymentStatus::Failed),
        (4, 5, PaymentStatus::Pending),
    ];
    for (number, updated, status) in rows {
        let own = Payment { status, updated_at: at(updated), ..payment(number) };
        let attempt = transaction(i64::from(number), &own);
        put(store, |tx| {
            tx.insert_payment(&own)?;
            tx.insert_transaction(&attempt)?;
            tx.insert_refund(&refund(number, &attempt))
        });
    }
    let is_there = |number| look(store, |tx| tx.find_payment(workspace_id(1), payment(number).id)).is_some();
    assert_eq!(put(store, |tx| tx.delete_payments(at(20), 1)), 1);
    assert_eq!([1, 2, 3, 4].map(is_there), [true, false, true, true]);
    assert_eq!(look(store, |tx| tx.find_transaction(workspace_id(1), 2)), None);
    assert_eq!(look(store, |tx| tx.refunds_of(workspace_id(1), 2)), []);
    assert_eq!(put(store, |tx| tx.delete_payments(at(20), 10)), 1);
    assert_eq!([1, 2, 3, 4].map(is_there), [false, false, true, true]);
    assert!(look(store, |tx| tx.find_transaction(workspace_id(1), 3)).is_some());
}
