//! Money that goes back. *Source:* contract §2.8, §3.4, §3.6.

use devhub_sandbox::{
    Decimal, NewRefund, Outcome, PageNumber, Reason, RefundQuery, RefundStatus, SandboxError, TransactionStatus,
};

use super::support::{bench, other_workspace_id, workspace_id};

#[test]
fn a_refund_without_an_amount_is_of_all_that_is_left() {
    let bench = bench();
    let made = bench.paid("10.00");
    let part = bench.refund(&made, Some("2.50")).unwrap();
    assert_eq!((part.number, part.status), (1, RefundStatus::Completed));
    assert_eq!((part.transaction, part.trx_id, &part.gateway_trx_id), (1, made.trx_id, &made.gateway_trx_id));
    assert_eq!(part.processed_at, Some(part.created_at));
    let rest = bench.refund(&made, None).unwrap();
    assert_eq!((rest.number, rest.amount.to_string().as_str()), (2, "7.50"));
}

/// *Source:* contract §3.3.
#[test]
fn a_transaction_is_refunded_once_its_refunds_add_up() {
    let bench = bench();
    let made = bench.paid("10.00");
    let status = || bench.sandbox.payments.find_transaction(workspace_id(), &made.trx_id.to_string()).unwrap().status;
    bench.refund(&made, Some("9.99")).unwrap();
    assert_eq!(status(), TransactionStatus::Completed);
    bench.refund(&made, Some("0.01")).unwrap();
    assert_eq!(status(), TransactionStatus::Refunded);
    let payment = bench.sandbox.payments.find(workspace_id(), made.payment_id).unwrap();
    assert_eq!(payment.status(), "refunded");
}

#[test]
fn what_cannot_go_back_says_why() {
    let bench = bench();
    let made = bench.paid("10.00");
    bench.refund(&made, Some("4.00")).unwrap();
    let refused = |amount| bench.refund(&made, amount).unwrap_err().to_string();
    assert_eq!(refused(Some("6.01")), "only 6.00 is left to refund of this transaction");
    assert_eq!(refused(Some("0")), "the amount must be greater than zero");
    assert_eq!(refused(Some("1.001")), "the amount must have at most 2 decimals in USD");
    bench.refund(&made, None).unwrap();
    assert_eq!(refused(None), "nothing is left to refund of this transaction");
    assert_eq!(refused(Some("0.01")), "nothing is left to refund of this transaction");
}

/// *Source:* contract §3.4.
#[test]
fn only_what_was_paid_can_go_back() {
    let bench = bench();
    for outcome in [Outcome::Failure, Outcome::Cancel, Outcome::Expiry, Outcome::PendingThenSuccess] {
        let payment = bench.payment("10.00");
        let attempt = bench.pay(&payment.token, Some(outcome)).unwrap().transaction.unwrap();
        let refused = bench.refund(&attempt, None).unwrap_err();
        assert!(matches!(refused, SandboxError::NotRefundable(status) if status == attempt.status), "{outcome}");
    }
}

/// *Source:* contract §2.8: all digits are a number first, then a name; gateway ids are not tried.
#[test]
fn a_refund_names_its_transaction_by_number_or_by_name() {
    let bench = bench();
    let made = bench.paid("10.00");
    let refund = |transaction: &str| {
        let amount = Some(Decimal::parse("1.00").unwrap());
        let new = NewRefund { transaction: transaction.to_owned(), amount, reason: Reason::default() };
        bench.sandbox.refunds.create(workspace_id(), new).commit()
    };
    assert_eq!(refund("1").unwrap().trx_id, made.trx_id);
    assert_eq!(refund(&made.trx_id.to_string()).unwrap().trx_id, made.trx_id);
    for unknown in ["2", "", "99999999999999999999", "OP-0000000000", &made.gateway_trx_id] {
        assert!(matches!(refund(unknown), Err(SandboxError::TransactionNotFound)), "{unknown}");
    }
    let new = NewRefund { transaction: "1".to_owned(), amount: None, reason: Reason::default() };
    let elsewhere = bench.sandbox.refunds.create(other_workspace_id(), new).commit();
    assert!(matches!(elsewhere, Err(SandboxError::TransactionNotFound)));
}

/// *Source:* contract §3.6.
#[test]
fn a_refund_is_created_and_then_completed() {
    let bench = bench();
    let made = bench.paid("10.00");
    bench.refund(&made, None).unwrap();
    assert_eq!(bench.events(), ["payment.completed", "refund.created", "refund.completed"]);
}

/// *Source:* contract §2.8: it is answered as made; §3.4: what failed does not count.
#[test]
fn a_refund_that_its_gateway_refuses_has_failed_and_leaves_everything() {
    let bench = bench();
    let made = bench.paid("500.00");
    let failed = bench.refund(&made, Some("402")).unwrap();
    assert_eq!((failed.status, failed.processed_at), (RefundStatus::Failed, None));
    assert_eq!(bench.events(), ["payment.completed", "refund.created", "refund.failed"]);
    assert_eq!(bench.refund(&made, None).unwrap().amount, made.amount);
}

/// *Source:* contract §3.4: what is pending counts.
#[test]
fn a_refund_that_waits_is_spoken_for() {
    let bench = bench();
    let made = bench.paid("300.00");
    let waiting = bench.refund(&made, Some("202")).unwrap();
    assert_eq!((waiting.status, waiting.settles_as), (RefundStatus::Pending, Some(Outcome::Success)));
    assert_eq!(bench.refund(&made, Some("98.01")).unwrap_err().code(), "refund_above_rest");
    assert_eq!(bench.refund(&made, None).unwrap().amount.to_string(), "98.00");
    let transaction = bench.sandbox.payments.find_transaction(workspace_id(), &made.trx_id.to_string()).unwrap();
    assert_eq!(transaction.status, TransactionStatus::Completed, "not all of it went back yet");
}

#[test]
fn a_transaction_has_two_hundred_refunds_at_most() {
    let bench = bench();
    let made = bench.paid("10.00");
    for _ in 0..200 {
        bench.refund(&made, Some("0.01")).unwrap();
    }
    assert!(matches!(bench.refund(&made, Some("0.01")), Err(SandboxError::TooManyRefunds)));
}

/// *Source:* contract §2.8.
#[test]
fn the_newest_refund_of_a_transaction_is_found_by_any_of_its_names() {
    let bench = bench();
    let made = bench.paid("10.00");
    let find = |text: &str| bench.sandbox.refunds.find_newest(workspace_id(), text);
    assert!(matches!(find("1"), Err(SandboxError::RefundNotFound)));
    assert!(matches!(find("2"), Err(SandboxError::TransactionNotFound)));
    bench.refund(&made, Some("1.00")).unwrap();
    let newest = bench.refund(&made, Some("2.00")).unwrap();
    for text in ["1", &made.trx_id.to_string(), &made.gateway_trx_id] {
        assert_eq!(find(text).unwrap(), newest, "{text}");
    }
}

#[test]
fn refunds_are_listed_by_status_and_transaction() {
    let bench = bench();
    let (first, second) = (bench.paid("500.00"), bench.paid("500.00"));
    bench.refund(&first, Some("402")).unwrap();
    bench.refund(&first, Some("1.00")).unwrap();
    bench.refund(&second, Some("2.00")).unwrap();
    let numbers = |query: &RefundQuery| {
        let list = bench.sandbox.refunds.list(workspace_id(), query, PageNumber::default()).unwrap();
        assert_eq!(usize::try_from(list.total).unwrap(), list.items.len());
        list.items.into_iter().map(|refund| refund.number).collect::<Vec<_>>()
    };
    let of = |text: &str| RefundQuery { transaction: Some(text.to_owned()), ..RefundQuery::default() };
    assert_eq!(numbers(&RefundQuery::default()), [3, 2, 1]);
    assert_eq!(numbers(&of(&first.trx_id.to_string())), [2, 1]);
    assert_eq!(numbers(&of("2")), [3]);
    assert_eq!(numbers(&of("unknown")), [0; 0]);
    assert_eq!(numbers(&RefundQuery { status: Some(RefundStatus::Failed), ..of("1") }), [1]);
}
