//! Refunds.

use devhub_domain::time::Timestamp;

use super::seed::{Store, conflict, look, page, put, workspace_id};
use crate::testing::{payment, refund, transaction, usd};
use crate::{
    DueRefund, Outcome, Payment, PaymentKey, Reason, Refund, RefundFilter, RefundId, RefundStatus, Transaction,
};

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

/// A transaction of payment 1, which must be there.
fn attempt(number: i64) -> Transaction {
    transaction(number, &payment(1))
}

/// A refund of transaction 1.
fn of_first(number: u32) -> Refund {
    refund(number, &attempt(1))
}

fn put_all(store: &Store, rows: &[Refund]) {
    put(store, |tx| {
        tx.insert_payment(&payment(1))?;
        tx.insert_transaction(&attempt(1))?;
        tx.insert_transaction(&attempt(2))?;
        rows.iter().try_for_each(|row| tx.insert_refund(row))
    });
}

fn find(store: &Store, of: &Refund) -> Option<Refund> {
    let all = look(store, |tx| tx.refunds_of(of.workspace_id, of.transaction));
    all.into_iter().find(|refund| refund.number == of.number)
}

/// A refund comes back as it went in, with every field set.
pub fn a_refund_reads_back_as_it_was_written(store: &Store) {
    let written = Refund {
        gateway_trx_id: "gw-'ä'".to_owned(),
        amount: usd(999),
        reason: Reason::cut("kaputt, 'ü'"),
        settles_at: Some(Timestamp::from_micros(9_000_001)),
        settles_as: Some(Outcome::Success),
        processed_at: Some(Timestamp::from_micros(1_000_003)),
        created_at: Timestamp::from_micros(1_000_001),
        revision: 4,
        ..of_first(7)
    };
    put_all(store, std::slice::from_ref(&written));
    assert_eq!(find(store, &written), Some(written));
}

/// Every status.
pub fn every_status_reads_back(store: &Store) {
    put_all(store, &[]);
    for (number, status) in (1..).zip(RefundStatus::ALL) {
        let written = Refund { status: *status, ..of_first(number) };
        put(store, |tx| tx.insert_refund(&written));
        assert_eq!(find(store, &written), Some(written));
    }
}

/// Numbers are unique in a workspace, ids everywhere.
pub fn a_number_and_an_id_are_taken_once(store: &Store) {
    put_all(store, &[of_first(1)]);
    conflict(store, |tx| tx.insert_refund(&Refund { id: RefundId::from_bytes([9; 16]), ..of_first(1) }));
    conflict(store, |tx| tx.insert_refund(&Refund { id: of_first(1).id, ..of_first(2) }));
    let elsewhere = Payment { workspace_id: workspace_id(2), ..payment(2) };
    put(store, |tx| {
        tx.insert_payment(&elsewhere)?;
        tx.insert_transaction(&transaction(1, &elsewhere))?;
        tx.insert_refund(&Refund { number: 1, ..refund(2, &transaction(1, &elsewhere)) })
    });
}

/// What a refund is stays, where it stands changes.
pub fn an_update_writes_what_may_change(store: &Store) {
    put_all(store, &[of_first(1)]);
    let changed = Refund {
        status: RefundStatus::Completed,
        settles_at: Some(seconds(5)),
        settles_as: Some(Outcome::Success),
        processed_at: Some(seconds(9)),
        revision: 2,
        ..of_first(1)
    };
    put(store, |tx| tx.update_refund(&changed));
    assert_eq!(find(store, &changed), Some(changed));
}

/// An update that is based on an old revision is refused.
pub fn an_update_of_an_old_revision_is_a_conflict(store: &Store) {
    put_all(store, &[of_first(1)]);
    conflict(store, |tx| tx.update_refund(&of_first(1)));
    conflict(store, |tx| tx.update_refund(&Refund { revision: 3, ..of_first(1) }));
    conflict(store, |tx| tx.update_refund(&Refund { revision: 2, ..of_first(2) }));
    assert_eq!(find(store, &of_first(1)), Some(of_first(1)));
}

/// Those of one transaction, in one workspace, the newest first.
pub fn the_refunds_of_a_transaction_are_found_newest_first(store: &Store) {
    put_all(store, &[of_first(1), refund(2, &attempt(2)), of_first(3)]);
    assert_eq!(look(store, |tx| tx.refunds_of(workspace_id(1), 1)), [of_first(3), of_first(1)]);
    assert_eq!(look(store, |tx| tx.refunds_of(workspace_id(2), 1)), []);
}

/// Status, transaction and instants, each alone and together; the first instant counts, the last does not.
pub fn a_list_shows_what_its_filter_asks_for(store: &Store) {
    let done = |refund| Refund { status: RefundStatus::Completed, ..refund };
    put_all(store, &[of_first(1), done(of_first(2)), refund(3, &attempt(2)), done(refund(4, &attempt(2)))]);
    let numbers = |filter: &RefundFilter| {
        let list = look(store, |tx| tx.list_refunds(workspace_id(1), filter, page(1, 10)));
        assert_eq!(usize::try_from(list.total).unwrap(), list.items.len());
        assert!(list.items.iter().all(|item| filter.wants(item)));
        list.items.into_iter().map(|item| item.number).collect::<Vec<_>>()
    };
    let all = RefundFilter::default();
    let status = Some(RefundStatus::Completed);
    let transaction = Some(2);
    assert_eq!(numbers(&all), [4, 3, 2, 1]);
    assert_eq!(numbers(&RefundFilter { status, ..all.clone() }), [4, 2]);
    assert_eq!(numbers(&RefundFilter { transaction, ..all.clone() }), [4, 3]);
    assert_eq!(numbers(&RefundFilter { status, transaction, ..all.clone() }), [4]);
    let (from, before) = (Some(seconds(2)), Some(seconds(4)));
    assert_eq!(numbers(&RefundFilter { from, before, ..all }), [3, 2]);
}

/// Pages tell how much there is, and one past the end is the last one.
pub fn a_list_is_read_page_by_page(store: &Store) {
    put_all(store, &[of_first(1), of_first(2), of_first(3)]);
    let read = |number| {
        let list = look(store, |tx| tx.list_refunds(workspace_id(1), &RefundFilter::default(), page(number, 2)));
        let numbers: Vec<_> = list.items.iter().map(|item| item.number).collect();
        (numbers, list.total, list.page.get())
    };
    assert_eq!(read(1), (vec![3, 2], 3, 1));
    assert_eq!(read(2), (vec![1], 3, 2));
    assert_eq!(read(3), (vec![1], 3, 2));
}

/// A pending refund is due at the instant when it is answered, and once it was made before another; the oldest first.
pub fn refunds_are_due_when_they_are_answered_or_old(store: &Store) {
    let answered = Refund { settles_at: Some(seconds(20)), settles_as: Some(Outcome::Success), ..of_first(2) };
    let ended = Refund { status: RefundStatus::Completed, ..of_first(3) };
    put_all(store, &[of_first(1), answered, ended]);
    let due = |now, made_before, limit| {
        let due: Vec<DueRefund> = put(store, |tx| tx.due_refunds(seconds(now), seconds(made_before), limit));
        let payment = PaymentKey { workspace_id: workspace_id(1), id: payment(1).id };
        assert!(due.iter().all(|due| due.payment == payment && due.transaction == 1));
        due.iter().map(|due| due.number).collect::<Vec<_>>()
    };
    assert_eq!(due(19, 0, 10), [0; 0]);
    assert_eq!(due(20, 0, 10), [2]);
    assert_eq!(due(19, 1, 10), [0; 0]);
    assert_eq!(due(19, 2, 10), [1]);
    assert_eq!(due(20, 9, 10), [1, 2]);
    assert_eq!(due(20, 9, 1), [1]);
}
