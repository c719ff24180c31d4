//! Transactions.

use devhub_domain::time::Timestamp;

use super::seed::{Store, conflict, look, page, put, workspace_id};
use crate::testing::{payment, transaction, usd};
use crate::{
    Method, Outcome, Payment, PaymentKey, Reference, Transaction, TransactionFilter, TransactionStatus, TrxId,
};

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A transaction of payment 1, which must be there.
fn of_first(number: i64) -> Transaction {
    transaction(number, &payment(1))
}

fn put_all(store: &Store, rows: &[Transaction]) {
    put(store, |tx| {
        tx.insert_payment(&payment(1))?;
        rows.iter().try_for_each(|row| tx.insert_transaction(row))
    });
}

/// A transaction comes back as it went in, with every field set.
pub fn a_transaction_reads_back_as_it_was_written(store: &Store) {
    let written = Transaction {
        gateway: "test_bank".parse().unwrap(),
        gateway_trx_id: "gw-'ä'-1".to_owned(),
        status: TransactionStatus::Processing,
        method: Method::Link,
        fee: usd(29),
        reference: Reference::cut("Rechnung 'ü'"),
        settles_at: Some(Timestamp::from_micros(9_000_001)),
        settles_as: Some(Outcome::Success),
        created_at: Timestamp::from_micros(1_000_001),
        updated_at: Timestamp::from_micros(1_000_002),
        completed_at: Some(Timestamp::from_micros(1_000_003)),
        revision: 5,
        ..of_first(3)
    };
    put_all(store, std::slice::from_ref(&written));
    assert_eq!(look(store, |tx| tx.find_transaction(workspace_id(1), 3)), Some(written.clone()));
    let by_name = look(store, |tx| tx.find_transaction_by_trx_id(workspace_id(1), written.trx_id));
    assert_eq!(by_name, Some(written));
}

/// Every status, every method, every outcome.
pub fn every_status_method_and_outcome_reads_back(store: &Store) {
    put(store, |tx| tx.insert_payment(&payment(1)));
    let methods = Method::ALL.iter().cycle();
    let outcomes = Outcome::ALL.iter().cycle();
    for (number, ((status, method), outcome)) in (1..).zip(TransactionStatus::ALL.iter().zip(methods).zip(outcomes)) {
        let (status, method, settles_as) = (*status, *method, Some(*outcome));
        let written = Transaction { status, method, settles_as, settles_at: Some(seconds(9)), ..of_first(number) };
        put(store, |tx| tx.insert_transaction(&written));
        assert_eq!(look(store, |tx| tx.find_transaction(workspace_id(1), number)), Some(written));
    }
}

/// A transaction is found in its own workspace only.
pub fn a_transaction_of_another_workspace_is_not_found(store: &Store) {
    put_all(store, &[of_first(1)]);
    assert_eq!(look(store, |tx| tx.find_transaction(workspace_id(2), 1)), None);
    assert_eq!(look(store, |tx| tx.find_transaction_by_trx_id(workspace_id(2), of_first(1).trx_id)), None);
    let gateway_trx_id = of_first(1).gateway_trx_id;
    let by_gateway = look(store, |tx| tx.find_transaction_by_gateway_trx_id(workspace_id(2), &gateway_trx_id));
    assert_eq!(by_gateway, None);
    assert_eq!(look(store, |tx| tx.newest_transaction(workspace_id(2), payment(1).id)), None);
}

/// Numbers and names are unique in a workspace, and free in the others.
pub fn a_number_and_a_name_are_taken_once_in_a_workspace(store: &Store) {
    put_all(store, &[of_first(1)]);
    conflict(store, |tx| tx.insert_transaction(&Transaction { trx_id: TrxId::from_bytes([9; 5]), ..of_first(1) }));
    conflict(store, |tx| tx.insert_transaction(&Transaction { trx_id: of_first(1).trx_id, ..of_first(2) }));
    let elsewhere = Payment { workspace_id: workspace_id(2), ..payment(2) };
    put(store, |tx| {
        tx.insert_payment(&elsewhere)?;
        tx.insert_transaction(&transaction(1, &elsewhere))
    });
}

/// Where a transaction stands changes, and its gateway with what that keeps.
pub fn an_update_writes_what_may_change(store: &Store) {
    put_all(store, &[of_first(1)]);
    let changed = Transaction {
        gateway: "test_wallet".parse().unwrap(),
        gateway_trx_id: "other".to_owned(),
        status: TransactionStatus::Completed,
        fee: usd(1),
        settles_at: Some(seconds(70)),
        settles_as: Some(Outcome::Chargeback),
        updated_at: seconds(60),
        completed_at: Some(seconds(60)),
        revision: 2,
        ..of_first(1)
    };
    put(store, |tx| tx.update_transaction(&changed));
    assert_eq!(look(store, |tx| tx.find_transaction(workspace_id(1), 1)), Some(changed));
}

/// An update that is based on an old revision is refused.
pub fn an_update_of_an_old_revision_is_a_conflict(store: &Store) {
    put_all(store, &[of_first(1)]);
    conflict(store, |tx| tx.update_transaction(&of_first(1)));
    conflict(store, |tx| tx.update_transaction(&Transaction { revision: 3, ..of_first(1) }));
    conflict(store, |tx| tx.update_transaction(&Transaction { revision: 2, ..of_first(2) }));
    assert_eq!(look(store, |tx| tx.find_transaction(workspace_id(1), 1)), Some(of_first(1)));
}

/// Of several transactions of a payment the one with the greatest number is its newest.
pub fn the_newest_transaction_of_a_payment_is_found(store: &Store) {
    put_all(store, &[of_first(2), of_first(1)]);
    put(store, |tx| {
        tx.insert_payment(&payment(2))?;
        tx.insert_transaction(&transaction(3, &payment(2)))
    });
    assert_eq!(look(store, |tx| tx.newest_transaction(workspace_id(1), payment(1).id)), Some(of_first(2)));
    assert_eq!(look(store, |tx| tx.newest_transaction(workspace_id(1), payment(3).id)), None);
}

/// Gateways may call two transactions the same.
pub fn the_newest_with_a_name_of_its_gateway_is_found(store: &Store) {
    let named = |number| Transaction { gateway_trx_id: "gw1".to_owned(), ..of_first(number) };
    put_all(store, &[named(1), named(2), of_first(3)]);
    let find = |name: &str| look(store, |tx| tx.find_transaction_by_gateway_trx_id(workspace_id(1), name));
    assert_eq!(find("gw1"), Some(named(2)));
    assert_eq!(find("GW1"), None);
}

/// Status, gateway and instants, each alone and together; the first instant counts, the last does not.
pub fn a_list_shows_what_its_filter_asks_for(store: &Store) {
    let completed = Transaction { status: TransactionStatus::Completed, ..of_first(2) };
    let wallet = Transaction { gateway: "test_wallet".parse().unwrap(), ..of_first(3) };
    let both = Transaction { status: TransactionStatus::Completed, gateway: wallet.gateway.clone(), ..of_first(4) };
    put_all(store, &[of_first(1), completed.clone(), wallet.clone(), both]);
    let numbers = |filter: &TransactionFilter| {
        let list = look(store, |tx| tx.list_transactions(workspace_id(1), filter, page(1, 10)));
        assert_eq!(usize::try_from(list.total).unwrap(), list.items.len());
        assert!(list.items.iter().all(|item| filter.wants(item)));
        list.items.into_iter().map(|item| item.number).collect::<Vec<_>>()
    };
    let all = TransactionFilter::default();
    let status = Some(TransactionStatus::Completed);
    let gateway = Some(wallet.gateway);
    assert_eq!(numbers(&all), [4, 3, 2, 1]);
    assert_eq!(numbers(&TransactionFilter { status, ..all.clone() }), [4, 2]);
    assert_eq!(numbers(&TransactionFilter { gateway: gateway.clone(), ..all.clone() }), [4, 3]);
    assert_eq!(numbers(&TransactionFilter { status, gateway, ..all.clone() }), [4]);
    let (from, before) = (Some(seconds(2)), Some(seconds(4)));
    assert_eq!(numbers(&TransactionFilter { from, before, ..all.clone() }), [3, 2]);
    assert_eq!(numbers(&TransactionFilter { status, from, before, ..all }), [2]);
}

/// Pages tell how much there is, and one past the end is the last one.
pub fn a_list_is_read_page_by_page(store: &Store) {
    put_all(store, &[of_first(1), of_first(2), of_first(3)]);
    let read = |number| {
        let filter = TransactionFilter::default();
        let list = look(store, |tx| tx.list_transactions(workspace_id(1), &filter, page(number, 2)));
        let numbers: Vec<_> = list.items.iter().map(|item| item.number).collect();
        (numbers, list.total, list.page.get(), list.total_pages())
    };
    assert_eq!(read(1), (vec![3, 2], 3, 1, 2));
    assert_eq!(read(2), (vec![1], 3, 2, 2));
    assert_eq!(read(u32::MAX), (vec![1], 3, 2, 2));
    let empty = look(store, |tx| tx.list_transactions(workspace_id(2), &TransactionFilter::default(), page(9, 2)));
    assert_eq!((empty.items, empty.total, empty.page.get()), (Vec::new(), 0, 1));
}

/// A transaction is due at the instant when its gateway answers; what is due longest comes first.
pub fn transactions_are_due_when_their_gateway_answers(store: &Store) {
    let due = |number, of, at| Transaction { settles_at: Some(seconds(at)), ..transaction(number, &payment(of)) };
    put_all(store, &[due(1, 1, 30), of_first(4)]);
    put(store, |tx| {
        tx.insert_payment(&payment(2))?;
        tx.insert_transaction(&due(2, 2, 20))
    });
    let key = |number| PaymentKey { workspace_id: workspace_id(1), id: payment(number).id };
    assert_eq!(put(store, |tx| tx.due_transactions(seconds(19), 10)), []);
    assert_eq!(put(store, |tx| tx.due_transactions(seconds(30), 10)), [key(2), key(1)]);
    assert_eq!(put(store, |tx| tx.due_transactions(seconds(30), 1)), [key(2)]);
}
