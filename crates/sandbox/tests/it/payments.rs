//! What a merchant does with payments. *Source:* contract §2.5, §2.6, §2.7.

use std::time::Duration;

use devhub_sandbox::{
    Email, Outcome, PageNumber, Payer, PaymentId, PaymentStatus, SandboxError, TransactionFilter, TransactionStatus,
};

use super::support::{bench, new_payment, other_workspace_id, workspace_id};

#[test]
fn a_payment_waits_for_its_payer_for_ten_minutes() {
    let bench = bench();
    let payment = bench.payment("10.00");
    assert_eq!((payment.status, payment.revision), (PaymentStatus::Pending, 1));
    assert_eq!(payment.expires_at.since(payment.created_at), Duration::from_mins(10));
    let view = bench.view(&payment);
    assert_eq!((view.status(), view.transaction, view.customer), ("pending", None, None));
    assert!(bench.events().is_empty(), "nothing has happened yet");
}

#[test]
fn two_payments_have_nothing_in_common() {
    let bench = bench();
    let (first, second) = (bench.payment("10.00"), bench.payment("10.00"));
    assert_ne!(first.id, second.id);
    assert_ne!(first.token, second.token);
}

#[test]
fn a_payment_of_another_workspace_is_not_found() {
    let bench = bench();
    let payment = bench.payment("10.00");
    let elsewhere = bench.sandbox.payments.find(other_workspace_id(), payment.id);
    assert!(matches!(elsewhere, Err(SandboxError::PaymentNotFound(id)) if id == payment.id));
    let unknown = bench.sandbox.payments.find(workspace_id(), PaymentId::from_bytes([9; 16])).unwrap_err();
    assert_eq!(unknown.code(), "payment_not_found");
}

/// *Source:* contract §7, 27.
#[test]
fn a_payment_reads_as_expired_before_anybody_has_written_it() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.clock.advance(Duration::from_mins(10));
    let view = bench.view(&payment);
    assert_eq!((view.payment.status, view.status()), (PaymentStatus::Expired, "expired"));
}

/// *Source:* contract §2.6.
#[test]
fn what_is_under_way_is_told_as_processing() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.pay(&payment.token, Some(Outcome::PendingThenSuccess)).unwrap();
    for status in [
        TransactionStatus::Processing,
        TransactionStatus::AwaitingVerification,
        TransactionStatus::PendingReview,
        TransactionStatus::CallbackProcessing,
    ] {
        let mut view = bench.view(&payment);
        view.transaction.as_mut().unwrap().status = status;
        assert_eq!(view.status(), "processing", "{status}");
    }
}

/// *Source:* contract rule 15.
#[test]
fn rule_15_a_payment_that_was_made_is_completed_and_one_that_was_not_is_failed_or_cancelled() {
    let bench = bench();
    let status = |outcome| {
        let payment = bench.payment("10.00");
        bench.pay(&payment.token, Some(outcome)).unwrap();
        bench.view(&payment).status()
    };
    assert_eq!(status(Outcome::Success), "completed");
    assert_eq!(status(Outcome::Failure), "failed");
    assert_eq!(status(Outcome::Cancel), "cancelled");
    assert_eq!(status(Outcome::Expiry), "expired");
}

/// *Source:* contract §2.5, §3.5.
#[test]
fn a_mail_address_finds_or_makes_the_customer() {
    let bench = bench();
    let create = |email: &str, name: Option<&str>| {
        let name = name.and_then(devhub_sandbox::CustomerName::cut);
        let payer = Payer { email: Email::new(email).unwrap(), name, phone: None };
        let new = devhub_sandbox::NewPayment { payer: Some(payer), ..new_payment("10.00") };
        let payment = bench.sandbox.payments.create(workspace_id(), new).commit().unwrap();
        bench.view(&payment).customer.unwrap()
    };
    let made = create("ada@example.com", None);
    assert_eq!((made.number, made.name.as_str()), (1, "API Customer"));
    let named = create("ADA@example.com", Some("Ada"));
    assert_eq!((named.number, named.name.as_str(), named.revision), (1, "Ada", 2));
    assert_eq!(create("ada@example.com", None), named, "what is not told stays");
    assert_eq!(create("bob@example.com", None).number, 2);
    assert_eq!(bench.events(), ["customer.created", "customer.created"]);
}

/// *Source:* contract §2.7.
#[test]
fn a_transaction_is_found_by_its_name_and_by_that_of_its_gateway() {
    let bench = bench();
    let made = bench.paid("10.00");
    let find = |text: &str| bench.sandbox.payments.find_transaction(workspace_id(), text);
    assert_eq!(find(&made.trx_id.to_string()).unwrap(), made);
    assert_eq!(find(&made.gateway_trx_id).unwrap(), made);
    for unknown in ["", "1", "OP-0000000000", "TEST-", "TEST\0", &"T".repeat(65)] {
        assert!(matches!(find(unknown), Err(SandboxError::TransactionNotFound)), "{unknown}");
    }
    let elsewhere = bench.sandbox.payments.find_transaction(other_workspace_id(), &made.gateway_trx_id);
    assert!(matches!(elsewhere, Err(SandboxError::TransactionNotFound)));
}

#[test]
fn transactions_are_listed_newest_first() {
    let bench = bench();
    let numbers: Vec<_> = (0..3).map(|_| bench.paid("10.00").number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    let list = bench
        .sandbox
        .payments
        .list_transactions(workspace_id(), &TransactionFilter::default(), PageNumber::default())
        .unwrap();
    assert_eq!(list.items.iter().map(|item| item.number).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!((list.total, list.total_pages()), (3, 1));
}
