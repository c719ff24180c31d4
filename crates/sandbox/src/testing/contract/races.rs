//! Several at once, through the use cases: whoever comes second sees what the first has done.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use devhub_domain::sealing::{MasterKey, Sealer};
use devhub_domain::testing::{ManualClock, SeededEntropy};
use devhub_domain::webhooks::NoDispatcher;

use super::seed::{Store, look, page, put, workspace_id};
use crate::testing::{payment, transaction, usd};
use crate::{
    CustomerName, Decimal, Email, Kind, Metadata, NewPayment, NewRefund, Outcome, Payer, Payment, PaymentStatus,
    PaymentUrls, Reason, Reference, Refund, RefundFilter, Sandbox, SandboxError, SandboxParts, SandboxRules,
    Transaction, TransactionStatus,
};

/// The use cases of one thread; each has another seed, so that no two draw the same.
fn sandbox(store: &Store, seed: u64) -> Sandbox {
    Sandbox::new(SandboxParts {
        store: Arc::clone(store),
        dispatcher: Arc::new(NoDispatcher),
        sealer: Arc::new(Sealer::new(&MasterKey::from_bytes([3; 32]))),
        rules: SandboxRules::default(),
        clock: Arc::new(ManualClock::default()),
        entropy: Arc::new(SeededEntropy::new(seed)),
    })
}

/// Runs `body` on so many threads at once, each with use cases of its own; what they return, in no order.
fn at_once<R: Send>(store: &Store, threads: u64, body: impl Fn(&Sandbox) -> R + Sync) -> Vec<R> {
    let body = &body;
    std::thread::scope(|scope| {
        let spawn = |seed| scope.spawn(move || body(&sandbox(store, seed)));
        let running: Vec<_> = (1..=threads).map(spawn).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// A completed payment of 10.00 USD with its transaction, number 1.
fn put_completed(store: &Store) {
    let paid = Payment { status: PaymentStatus::Completed, ..payment(1) };
    let attempt = Transaction { status: TransactionStatus::Completed, ..transaction(1, &paid) };
    put(store, |tx| {
        tx.insert_payment(&paid)?;
        tx.insert_transaction(&attempt)
    });
}

fn refund(sandbox: &Sandbox, amount: Option<&str>) -> Result<Refund, SandboxError> {
    let amount = amount.map(|amount| Decimal::parse(amount).unwrap());
    let new = NewRefund { transaction: "1".to_owned(), amount, reason: Reason::default() };
    sandbox.refunds.create(workspace_id(1), new).commit()
}

/// No number twice, and none left out.
pub fn eight_threads_get_eight_numbers(store: &Store) {
    let numbers = at_once(store, 8, |_| put(store, |tx| tx.next_number(workspace_id(1), Kind::Transaction)));
    assert_eq!(numbers.into_iter().collect::<BTreeSet<_>>(), (1..=8).collect());
}

/// A payment's mail address finds the customer that another payment is just making; each tells another name, and none fails for that.
pub fn eight_threads_make_one_customer(store: &Store) {
    let turn = AtomicU64::new(0);
    let payments = at_once(store, 8, |sandbox| {
        let name = CustomerName::cut(&format!("Ada {}", turn.fetch_add(1, Ordering::Relaxed)));
        let payer = Payer { email: Email::new("ada@example.com").unwrap(), name, phone: None };
        let new = NewPayment {
            amount: usd(1_000),
            reference: Reference::default(),
            payer: Some(payer),
            urls: PaymentUrls::default(),
            gateway: None,
            metadata: Metadata::default(),
        };
        sandbox.payments.create(workspace_id(1), new).commit().unwrap()
    });
    let customers: BTreeSet<_> = payments.iter().map(|payment| payment.customer).collect();
    assert_eq!(customers.len(), 1);
    assert_eq!(look(store, |tx| tx.list_customers(workspace_id(1), page(1, 10))).total, 1);
}

/// Whoever locks a payment reads what the one before has written.
pub fn eight_threads_change_one_payment_one_after_the_other(store: &Store) {
    put(store, |tx| tx.insert_payment(&payment(1)));
    at_once(store, 8, |_| {
        put(store, |tx| {
            let found = tx.lock_payment(workspace_id(1), payment(1).id)?.unwrap();
            tx.update_payment(&Payment { revision: found.revision + 1, ..found })
        });
    });
    assert_eq!(look(store, |tx| tx.find_payment(workspace_id(1), payment(1).id)).unwrap().revision, 9);
}

/// *Source:* issue F, measures.
pub fn of_32_refunds_of_everything_one_is_made(store: &Store) {
    put_completed(store);
    let outcomes = at_once(store, 32, |sandbox| refund(sandbox, None));
    let made: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
    assert_eq!(made.len(), 1, "{outcomes:?}");
    assert_eq!(made[0].amount, usd(1_000));
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(SandboxError::NothingLeft))).count();
    assert_eq!(refused, 31, "{outcomes:?}");
    let listed = look(store, |tx| tx.list_refunds(workspace_id(1), &RefundFilter::default(), page(1, 100)));
    assert_eq!(listed.total, 1);
    let transaction = look(store, |tx| tx.find_transaction(workspace_id(1), 1)).unwrap();
    assert_eq!(transaction.status, TransactionStatus::Refunded);
}

/// Three times 3.00 fit into 10.00.
pub fn of_32_refunds_of_a_part_no_more_than_fit_are_made(store: &Store) {
    put_completed(store);
    let outcomes = at_once(store, 32, |sandbox| refund(sandbox, Some("3.00")));
    let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(SandboxError::MoreThanLeft { .. }))).count();
    assert_eq!((made, refused), (3, 29), "{outcomes:?}");
    let transaction = look(store, |tx| tx.find_transaction(workspace_id(1), 1)).unwrap();
    assert_eq!(transaction.status, TransactionStatus::Completed);
}

/// Two tabs, or a button pressed twice.
pub fn of_8_payers_one_pays(store: &Store) {
    put(store, |tx| {
        tx.insert_payment(&Payment { expires_at: devhub_domain::time::Timestamp::from_micros(i64::MAX), ..payment(1) })
    });
    let outcomes = at_once(store, 8, |sandbox| {
        let gateway = "test_card".parse().unwrap();
        sandbox.checkouts.pay(&payment(1).token, gateway, Some(Outcome::Success)).commit()
    });
    let ended =
        |outcome: &&Result<_, SandboxError>| matches!(outcome, Err(SandboxError::NotPayable(PaymentStatus::Completed)));
    assert_eq!(outcomes.iter().filter(ended).count(), 7, "{outcomes:?}");
    let events = look(store, |tx| {
        let filter = devhub_domain::events::EventFilter::default();
        tx.hub().list_events(workspace_id(1), &filter, devhub_domain::page::PageRequest::default())
    });
    assert_eq!(events.items.len(), 1);
}
