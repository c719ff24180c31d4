//! The sandbox on both databases: the contract of its ports, what is removed, and what a payment costs on disk.

use std::sync::Arc;
use std::time::Duration;

use devhub_domain::testing::{ManualClock, contract};
use devhub_domain::time::{Clock as _, Timestamp};
use devhub_sandbox::testing::refund;
use devhub_sandbox::{
    Email, NewPayment, Outcome, Payer, Payment, PaymentStatus, Transaction, TransactionStatus, TrxId,
};
use devhub_storage::Database;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;

use crate::sandbox_support::{
    look, payment, payment_id, postgres_with_four_writers, put, sandbox, transaction, workspace,
};
use crate::support::{Guard, ask, execute_on as damage, on_each, sqlite};

mod sqlite_contract {
    devhub_sandbox::contract_tests!(crate::support::sqlite);
}

mod postgres_contract {
    devhub_sandbox::contract_tests!(crate::sandbox_support::postgres_with_four_writers);
}

/// How many rows the tables of payments have, together.
#[derive(Clone, Copy, QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}

fn count(guard: &Guard) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM sandbox_payments) + (SELECT count(*) FROM sandbox_transactions) \
               + (SELECT count(*) FROM sandbox_refunds) AS rows";
    ask::<Rows>(guard, sql, sql).remove(0).rows
}

/// Sixty old payments with twenty refunds each, one that was changed today, and one that has not ended.
fn old_payments_go_in_small_transactions_with_what_belongs_to_them(open: fn() -> (Database, Guard)) {
    let (database, guard) = open();
    contract::seed(&database);
    let clock = Arc::new(ManualClock::default());
    let today = clock.now();
    put(&database, |tx| {
        for number in 1..=60 {
            tx.insert_payment(&payment(number))?;
            tx.insert_transaction(&transaction(number))?;
            (1..=20)
                .try_for_each(|refunded| tx.insert_refund(&refund(number * 100 + refunded, &transaction(number))))?;
        }
        tx.insert_payment(&Payment { updated_at: today, ..payment(61) })?;
        tx.insert_transaction(&transaction(61))?;
        tx.insert_payment(&Payment { status: PaymentStatus::Pending, ..payment(62) })
    });
    let sandbox = sandbox(&database, &clock, 1);
    let mut before = count(&guard);
    assert_eq!(before, 60 * 22 + 3);
    while sandbox.time_outs.prune(today).unwrap() {
        let after = count(&guard);
        assert!(before - after <= 500, "{} rows in one transaction", before - after);
        before = after;
    }
    assert_eq!(count(&guard), 3);
    let left = look(&database, |tx| {
        let payments = [61, 62].map(|number| tx.find_payment(workspace(), payment_id(number)));
        Ok((payments, tx.find_transaction(workspace(), 61)?))
    });
    let (payments, transaction) = left.unwrap();
    assert!(payments.into_iter().all(|found| found.unwrap().is_some()) && transaction.is_some());
}

#[test]
fn a_payment_with_its_transaction_takes_at_most_1200_bytes_of_file() {
    const PAYMENTS: u32 = 2_000;
    let (database, guard) = sqlite();
    contract::seed(&database);
    let Guard::Folder(folder) = &guard else { panic!("SQLite has a folder") };
    let file = folder.path().join("data").join(devhub_storage::DATABASE_FILE);
    let empty = std::fs::metadata(&file).unwrap().len();
    // Identifiers are random: what is added lies anywhere in the indexes.
    let scattered = |number: u32| number.wrapping_mul(2_654_435_761);
    for first in (0..PAYMENTS).step_by(100) {
        put(&database, |tx| {
            (first..first + 100).try_for_each(|number| {
                let [_, b, c, d] = scattered(number).to_be_bytes();
                let (trx_id, payment_id) = (TrxId::from_bytes([b, c, d, b, c]), payment_id(scattered(number)));
                tx.insert_payment(&payment(scattered(number)))?;
                tx.insert_transaction(&Transaction { trx_id, payment_id, ..transaction(number + 1) })
            })
        });
    }
    database.shutdown();
    let grown = std::fs::metadata(&file).unwrap().len() - empty;
    let each = grown / u64::from(PAYMENTS);
    assert!(each <= 1_200, "{each} bytes for a payment");
}

/// More than a pass moves, and all due before the one behind them.
fn payments_that_cannot_be_read_stop_no_other(open: fn() -> (Database, Guard)) {
    let (database, guard) = open();
    contract::seed(&database);
    let clock = Arc::new(ManualClock::default());
    let open_payment = |number: u32| Payment {
        status: PaymentStatus::Pending,
        expires_at: clock.now().plus(Duration::from_secs(number.into())),
        ..payment(number)
    };
    put(&database, |tx| (1..=26).try_for_each(|number| tx.insert_payment(&open_payment(number))));
    damage(&guard, "UPDATE sandbox_payments SET metadata = '['");
    put(&database, |tx| tx.insert_payment(&open_payment(27)));
    clock.advance(Duration::from_mins(1));
    let passed = sandbox(&database, &clock, 1).time_outs.run().unwrap();
    assert_eq!((passed.expired, passed.has_more, passed.skipped.len()), (1, false, 26));
    assert!(passed.skipped.iter().all(|skipped| skipped.code == "store_corrupt"), "{passed:?}");
    let sound = look(&database, |tx| tx.find_payment(workspace(), payment_id(27))).unwrap();
    assert_eq!(sound.unwrap().status, PaymentStatus::Expired);
}

#[test]
fn payments_that_cannot_be_read_stop_no_other_on_sqlite() {
    payments_that_cannot_be_read_stop_no_other(sqlite);
}

#[test]
fn payments_that_cannot_be_read_stop_no_other_on_postgres() {
    payments_that_cannot_be_read_stop_no_other(postgres_with_four_writers);
}

#[test]
fn a_customer_that_cannot_be_read_keeps_nobody_from_being_paid() {
    let (database, guard) = sqlite();
    contract::seed(&database);
    let sandbox = sandbox(&database, &Arc::new(ManualClock::default()), 1);
    let payer = Payer { email: Email::new("ada@example.com").unwrap(), name: None, phone: None };
    let Payment { amount, reference, urls, gateway, metadata, .. } = payment(1);
    let new = NewPayment { amount, reference, payer: Some(payer), urls, gateway, metadata };
    let create = || sandbox.payments.create(workspace(), new.clone()).commit().unwrap();
    assert_eq!(create().customer, Some(1));
    damage(&guard, "UPDATE sandbox_customers SET name = '<>'");
    assert_eq!(create().customer, None);
}

fn what_a_gateway_says_later_is_settled_once_by_two_nodes((database, _guard): (Database, Guard)) {
    contract::seed(&database);
    let clock = Arc::new(ManualClock::default());
    let settles_at = Some(clock.now());
    put(&database, |tx| {
        (1..=20).try_for_each(|number| {
            tx.insert_payment(&Payment { status: PaymentStatus::Processing, ..payment(number) })?;
            tx.insert_transaction(&Transaction {
                status: TransactionStatus::Processing,
                settles_at,
                settles_as: Some(Outcome::Success),
                completed_at: None,
                ..transaction(number)
            })
        })
    });
    let nodes = [1, 2].map(|node| sandbox(&database, &clock, node));
    clock.advance(Duration::from_secs(1));
    let settled: usize = std::thread::scope(|scope| {
        let passes: Vec<_> = nodes.iter().map(|node| scope.spawn(|| node.time_outs.run().unwrap())).collect();
        passes.into_iter().map(|pass| pass.join().unwrap().settled).sum()
    });
    let later: usize = nodes.iter().map(|node| node.time_outs.run().unwrap().settled).sum();
    assert_eq!(settled + later, 20);
    let open = look(&database, |tx| tx.due_payments(Timestamp::from_seconds(4_000_000_000), 100)).unwrap();
    assert_eq!(open, []);
}

#[test]
fn what_a_gateway_says_later_is_settled_once_by_two_nodes_on_sqlite() {
    what_a_gateway_says_later_is_settled_once_by_two_nodes(sqlite());
}

#[test]
fn what_a_gateway_says_later_is_settled_once_by_two_nodes_on_postgres() {
    what_a_gateway_says_later_is_settled_once_by_two_nodes(postgres_with_four_writers());
}

on_each! {
    old_payments_go_in_small_transactions_with_what_belongs_to_them
}
