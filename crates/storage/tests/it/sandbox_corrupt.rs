//! A row of the sandbox that was damaged by hand is an error that names it, and keeps no other from going on.

use devhub_domain::store::StoreError;
use devhub_domain::testing::contract;
use devhub_domain::time::Timestamp;
use devhub_sandbox::testing::{customer, gateway_setting, refund};
use devhub_sandbox::{
    Outcome, PageNumber, Payment, PaymentStatus, Refund, SandboxTx, Transaction, TransactionFilter, TransactionStatus,
};
use devhub_storage::Database;

use crate::sandbox_support::{look, payment, payment_id, put, transaction, workspace};
use crate::support::{Guard, execute_on as damage, on_each};

fn fill(database: &Database) {
    contract::seed(database);
    put(database, |tx| {
        tx.insert_payment(&payment(1))?;
        tx.insert_transaction(&transaction(1))?;
        tx.insert_refund(&refund(1, &transaction(1)))?;
        assert!(tx.insert_customer(&customer(1))?);
        tx.put_gateway_setting(&gateway_setting())
    });
}

type Read = fn(&mut dyn SandboxTx) -> Result<(), StoreError>;

/// What is damaged and how, and what reads it. The error names the table, the column and the row.
type Damage = (&'static str, &'static str, &'static str, Read, String);

fn find_payment(tx: &mut dyn SandboxTx) -> Result<(), StoreError> {
    tx.find_payment(workspace(), payment_id(1)).map(drop)
}

fn list_transactions(tx: &mut dyn SandboxTx) -> Result<(), StoreError> {
    tx.list_transactions(workspace(), &TransactionFilter::default(), PageNumber::default()).map(drop)
}

fn rows() -> Vec<Damage> {
    let numbered = || format!("{}/1", workspace());
    let refunds_of: Read = |tx| tx.refunds_of(workspace(), 1).map(drop);
    let list_customers: Read = |tx| tx.list_customers(workspace(), PageNumber::default()).map(drop);
    let list_settings: Read = |tx| tx.list_gateway_settings(workspace()).map(drop);
    let by_trx_id: Read = |tx| tx.find_transaction_by_trx_id(workspace(), transaction(1).trx_id).map(drop);
    vec![
        ("sandbox_payments", "status", "'lost'", find_payment, payment_id(1).to_string()),
        ("sandbox_payments", "amount_minor", "-1", find_payment, payment_id(1).to_string()),
        ("sandbox_payments", "currency", "'???'", find_payment, payment_id(1).to_string()),
        ("sandbox_payments", "redirect_url", "'javascript:alert(1)'", find_payment, payment_id(1).to_string()),
        ("sandbox_payments", "gateway", "'a b'", find_payment, payment_id(1).to_string()),
        ("sandbox_payments", "metadata", "'[]'", find_payment, payment_id(1).to_string()),
        ("sandbox_payments", "token", "workspace_id", find_payment, payment_id(1).to_string()),
        ("sandbox_transactions", "status", "'paid'", list_transactions, numbered()),
        ("sandbox_transactions", "method", "'mail'", by_trx_id, numbered()),
        ("sandbox_transactions", "fee_minor", "-1", by_trx_id, numbered()),
        ("sandbox_transactions", "settles_as", "'luck'", list_transactions, numbered()),
        ("sandbox_transactions", "trx_id", "workspace_id", list_transactions, numbered()),
        ("sandbox_refunds", "status", "'lost'", refunds_of, numbered()),
        ("sandbox_refunds", "amount_minor", "9000000000000000000", refunds_of, numbered()),
        ("sandbox_refunds", "payment_id", "trx_id", refunds_of, numbered()),
        ("sandbox_customers", "name", "''", list_customers, numbered()),
        ("sandbox_customers", "email", "'nobody'", list_customers, numbered()),
        ("sandbox_customers", "phone", "'none'", list_customers, numbered()),
        ("sandbox_gateways", "is_on", "2", list_settings, format!("{}/test_card", workspace())),
        ("sandbox_gateways", "outcome", "'luck'", list_settings, format!("{}/test_card", workspace())),
    ]
}

fn a_damaged_row_is_named(open: fn() -> (Database, Guard)) {
    for (table, column, value, read, id) in rows() {
        let (database, guard) = open();
        fill(&database);
        look(&database, read).unwrap();
        damage(&guard, &format!("UPDATE {table} SET {column} = {value}"));
        match look(&database, read) {
            Err(StoreError::Corrupt { table: found, column: in_column, id: of }) => {
                assert_eq!((found, in_column, of), (table, column, id));
            }
            other => panic!("expected that {table}.{column} is corrupt, got {other:?}"),
        }
    }
}

/// Two of everything is due. Those of the first payment cannot be read, and are found with the others: whoever moves them says so, and
/// looks past them.
fn one_bad_payment_is_due_with_the_others(open: fn() -> (Database, Guard)) {
    let (database, guard) = open();
    contract::seed(&database);
    let (due, later) = (Some(Timestamp::from_seconds(5)), Timestamp::from_seconds(1_000));
    put(&database, |tx| {
        for number in [1, 2] {
            tx.insert_payment(&Payment { status: PaymentStatus::Pending, ..payment(number) })?;
            tx.insert_transaction(&Transaction {
                status: TransactionStatus::Completed,
                settles_at: due,
                settles_as: Some(Outcome::Chargeback),
                ..transaction(number)
            })?;
            tx.insert_refund(&Refund {
                settles_at: due,
                settles_as: Some(Outcome::Success),
                ..refund(number, &transaction(number))
            })?;
        }
        Ok(())
    });
    damage(
        &guard,
        "UPDATE sandbox_payments SET metadata = 'lost' WHERE id = (SELECT id FROM sandbox_payments ORDER BY id LIMIT 1)",
    );
    let (payments, transactions, refunds) = put(&database, |tx| {
        let refunds = tx.due_refunds(later, Timestamp::default(), 10)?;
        Ok((tx.due_payments(later, 10)?, tx.due_transactions(later, 10)?, refunds))
    });
    assert_eq!(payments.iter().map(|key| key.id).collect::<Vec<_>>(), [1, 2].map(payment_id));
    assert_eq!(transactions.iter().map(|key| key.id).collect::<Vec<_>>(), [1, 2].map(payment_id));
    assert_eq!(
        refunds.iter().map(|due| (due.payment.id, due.number)).collect::<Vec<_>>(),
        [1, 2].map(|number| (payment_id(number), i64::from(number)))
    );
}

on_each! {
    a_damaged_row_is_named
    one_bad_payment_is_due_with_the_others
}
