//! Every list and every look-up of the sandbox is served by the index that its comment names, on both backends.

use devhub_domain::store::StoreError;
use devhub_domain::time::Timestamp;
use devhub_sandbox::testing::customer;
use devhub_sandbox::{
    PageNumber, Payment, RefundFilter, RefundStatus, SandboxTx, TransactionFilter, TransactionStatus,
};
use devhub_storage::{Database, DatabaseKind};

use crate::plans::{expect_index, heard_with, plan, statements_of};
use crate::sandbox_support::{look, payment, payment_id, put, transaction, workspace};
use crate::support::{Guard, on_each};

/// Fifty workspaces with 400 payments each, of which one in a hundred has not ended, and as many transactions, refunds and customers.
const FILL: &str = "
    CREATE FUNCTION made(n BIGINT) RETURNS BYTEA LANGUAGE SQL IMMUTABLE AS
        $$ SELECT decode(lpad(to_hex(n), 32, '0'), 'hex') $$;
    INSERT INTO workspaces SELECT made(n), 'Shop ' || n, 'active', 1 FROM generate_series(0, 49) n;
    INSERT INTO sandbox_payments SELECT made(n), made(n % 50), made(n) || made(n),
        CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'completed' END, 1000, 'USD', 'order ' || n, NULL, NULL, NULL, NULL, NULL, '{}',
        n, n, n, 1 FROM generate_series(1, 20000) n;
    INSERT INTO sandbox_transactions SELECT made(n % 50), n, substring(made(n) from 12), made(n), 'test_' || n % 5, 'gw-' || n,
        CASE WHEN n % 11 < 8 THEN 'completed' ELSE 'failed' END, 'api', 1000, 29, 'USD', '',
        CASE WHEN n % 100 = 0 THEN n END, CASE WHEN n % 100 = 0 THEN 'success' END, n, n, n, 1 FROM generate_series(1, 20000) n;
    INSERT INTO sandbox_refunds SELECT made(n % 50), n, made(n), made(n), n, substring(made(n) from 12), 'gw-' || n, 1, 'USD', '',
        CASE WHEN n % 100 = 0 THEN 'pending' WHEN n % 11 < 8 THEN 'completed' ELSE 'failed' END,
        CASE WHEN n % 200 = 0 THEN n END, NULL, NULL, n, 1 FROM generate_series(1, 20000) n;
    INSERT INTO sandbox_customers SELECT made(n % 50), n, made(n), 'Ada', 'ada' || n || '@shop.example', 'ada' || n || '@shop.example',
        n::text, n::text, n, n, 1 FROM generate_series(1, 20000) n;
    ANALYZE";

type Ask = fn(&mut dyn SandboxTx) -> Result<(), StoreError>;

/// How the database runs each statement of a read.
fn plans_of_read(on: &(Database, Guard), read: impl Fn(&mut dyn SandboxTx) -> Result<(), StoreError>) -> Vec<String> {
    plans(on, statements_of(|| look(&on.0, &read).unwrap()))
}

/// How the database runs each statement of a write.
fn plans_of_write(on: &(Database, Guard), write: impl Fn(&mut dyn SandboxTx) -> Result<(), StoreError>) -> Vec<String> {
    plans(on, statements_of(|| put(&on.0, &write)))
}

fn plans(on: &(Database, Guard), heard: Vec<String>) -> Vec<String> {
    let is_query = |sql: &String| !["BEGIN", "COMMIT", "ROLLBACK"].iter().any(|word| sql.starts_with(word));
    let plans: Vec<_> = heard.into_iter().filter(is_query).map(|sql| plan(&on.1, &sql)).collect();
    assert!(!plans.is_empty(), "the port has run a statement");
    plans
}

/// Count, numbers and rows of a page; the rows always come by the primary key.
fn expect_page(on: &(Database, Guard), name: &str, plans: &[String], (index, primary_key): (&str, &str)) {
    let [count, numbers, rows] = plans else { panic!("expected three statements, got {plans:?}") };
    expect_index(on, &format!("count: {name}"), count, index);
    expect_index(on, &format!("numbers: {name}"), numbers, index);
    expect_index(on, &format!("rows: {name}"), rows, primary_key);
}

/// How the backend calls the index of a primary key.
fn primary_key(on: &(Database, Guard), on_postgres: &'static str) -> &'static str {
    if on.0.kind() == DatabaseKind::Sqlite { "PRIMARY KEY" } else { on_postgres }
}

fn instants() -> (Option<Timestamp>, Option<Timestamp>) {
    (Some(Timestamp::from_micros(4_000)), Some(Timestamp::from_micros(4_500)))
}

fn lists_of_transactions_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard_with(open, FILL);
    let all = TransactionFilter::default;
    let ((from, before), status) = (instants(), Some(TransactionStatus::Failed));
    let gateway = || "test_1".parse().ok();
    let rows = [
        ("all", all(), "sandbox_transactions"),
        ("period", TransactionFilter { from, before, ..all() }, "sandbox_transactions_by_age"),
        ("status", TransactionFilter { status, ..all() }, "sandbox_transactions_by_status"),
        ("gateway", TransactionFilter { gateway: gateway(), ..all() }, "sandbox_transactions_by_gateway"),
        ("status, gateway", TransactionFilter { status, gateway: gateway(), ..all() }, "sandbox_transactions_by_"),
        ("status, period", TransactionFilter { status, from, before, ..all() }, "sandbox_transactions_by_"),
        (
            "gateway, period",
            TransactionFilter { gateway: gateway(), from, before, ..all() },
            "sandbox_transactions_by_",
        ),
    ];
    for (name, filter, index) in rows {
        let plans =
            plans_of_read(&on, |tx| tx.list_transactions(workspace(), &filter, PageNumber::default()).map(drop));
        expect_page(&on, name, &plans, (index, primary_key(&on, "sandbox_transactions_pkey")));
    }
}

fn lists_of_refunds_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard_with(open, FILL);
    let all = RefundFilter::default;
    let ((from, before), status, transaction) = (instants(), Some(RefundStatus::Pending), Some(4_001));
    let rows = [
        ("all", all(), "sandbox_refunds"),
        ("period", RefundFilter { from, before, ..all() }, "sandbox_refunds_by_age"),
        ("status", RefundFilter { status, ..all() }, "sandbox_refunds_by_status"),
        ("transaction", RefundFilter { transaction, ..all() }, "sandbox_refunds_by_transaction"),
        ("status, transaction", RefundFilter { status, transaction, ..all() }, "sandbox_refunds_by_transaction"),
        ("status, period", RefundFilter { status, from, before, ..all() }, "sandbox_refunds_by_"),
    ];
    for (name, filter, index) in rows {
        let plans = plans_of_read(&on, |tx| tx.list_refunds(workspace(), &filter, PageNumber::default()).map(drop));
        expect_page(&on, name, &plans, (index, primary_key(&on, "sandbox_refunds_pkey")));
    }
    let plans = plans_of_read(&on, |tx| tx.list_customers(workspace(), PageNumber::default()).map(drop));
    expect_page(&on, "customers", &plans, ("sandbox_customers", primary_key(&on, "sandbox_customers_pkey")));
}

fn look_ups_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard_with(open, FILL);
    let of_payments = if on.0.kind() == DatabaseKind::Sqlite {
        "sqlite_autoindex_sandbox_payments_1"
    } else {
        "sandbox_payments_pkey"
    };
    let rows: [(&str, Ask, &str); 11] = [
        ("payment", |tx| tx.find_payment(workspace(), payment_id(51)).map(drop), of_payments),
        ("token", |tx| tx.find_payment_by_token(&payment(51).token).map(drop), "sandbox_payments_by_token"),
        (
            "transaction",
            |tx| tx.find_transaction(workspace(), 51).map(drop),
            primary_key(&on, "sandbox_transactions_pkey"),
        ),
        (
            "trx_id",
            |tx| tx.find_transaction_by_trx_id(workspace(), transaction(51).trx_id).map(drop),
            "sandbox_transactions_by_trx_id",
        ),
        (
            "gateway's name",
            |tx| tx.find_transaction_by_gateway_trx_id(workspace(), "gw-51").map(drop),
            "sandbox_transactions_by_gateway_trx_id",
        ),
        (
            "newest",
            |tx| tx.newest_transaction(workspace(), payment_id(51)).map(drop),
            "sandbox_transactions_by_payment",
        ),
        ("refunds", |tx| tx.refunds_of(workspace(), 51).map(drop), "sandbox_refunds_by_transaction"),
        ("customer", |tx| tx.find_customer(workspace(), 51).map(drop), primary_key(&on, "sandbox_customers_pkey")),
        (
            "customer's id",
            |tx| tx.find_customer_by_id(workspace(), customer(51).id).map(drop),
            "sandbox_customers_by_id",
        ),
        (
            "e-mail",
            |tx| tx.find_customer_by_email(workspace(), "ada51@shop.example").map(drop),
            "sandbox_customers_by_email",
        ),
        ("telephone", |tx| tx.find_customer_by_phone(workspace(), "51").map(drop), "sandbox_customers_by_phone"),
    ];
    for (name, ask, index) in rows {
        for plan in plans_of_read(&on, ask) {
            expect_index(&on, name, &plan, index);
        }
    }
}

fn looks_for_what_is_due_use_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard_with(open, FILL);
    let now = || Timestamp::from_micros(500);
    let first = |ask: Ask| plans_of_write(&on, ask).remove(0);
    let payments = first(|tx| tx.due_payments(Timestamp::from_micros(500), 20).map(drop));
    expect_index(&on, "payments", &payments, "sandbox_payments_open");
    // Whether one of their transactions waits is asked of those of each payment, or of all that wait: both are few.
    expect_index(&on, "payments", &payments, "sandbox_transactions_");
    let transactions = first(|tx| tx.due_transactions(Timestamp::from_micros(500), 20).map(drop));
    expect_index(&on, "transactions", &transactions, "sandbox_transactions_due");
    let refunds = plans_of_write(&on, |tx| tx.due_refunds(now(), now(), 20).map(drop));
    expect_index(&on, "refunds", &refunds[0], "sandbox_refunds_due");
    expect_index(&on, "refunds", &refunds[1], "sandbox_refunds_pending");
}

fn old_payments_are_found_and_removed_by_their_indexes(open: fn() -> (Database, Guard)) {
    let on = heard_with(open, FILL);
    put(&on.0, |tx| {
        for number in [1_000_000, 1_000_001] {
            tx.insert_payment(&Payment { updated_at: Timestamp::default(), ..payment(number) })?;
        }
        tx.insert_transaction(&transaction(1_000_000))
    });
    let plans = plans_of_write(&on, |tx| tx.delete_payments(Timestamp::from_micros(30_000_000), 100).map(drop));
    let indexes = [
        "sandbox_payments_ended",
        "sandbox_transactions_by_payment",
        "sandbox_refunds_by_payment",
        "sandbox_refunds_by_payment",
        "sandbox_transactions_by_payment",
        "sandbox_payments_",
    ];
    assert_eq!(plans.len(), indexes.len());
    for (plan, index) in plans.iter().zip(indexes) {
        expect_index(&on, "removal", plan, index);
    }
}

on_each! {
    lists_of_transactions_use_their_indexes
    lists_of_refunds_use_their_indexes
    look_ups_use_their_indexes
    looks_for_what_is_due_use_their_indexes
    old_payments_are_found_and_removed_by_their_indexes
}
