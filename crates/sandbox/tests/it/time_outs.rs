//! What happens by itself. *Source:* contract §3.2, §3.4, §7 (27, 29).

use std::time::Duration;

use devhub_sandbox::{Outcome, Passed, PaymentStatus, RefundStatus, Transaction, TransactionStatus};

use super::support::{Bench, bench, workspace_id};

fn pass(bench: &Bench, after: Duration) -> Passed {
    bench.clock.advance(after);
    bench.sandbox.time_outs.run().unwrap()
}

const NOTHING: Passed = Passed { expired: 0, settled: 0, refunds: 0, has_more: false, skipped: Vec::new() };

#[test]
fn a_payment_that_nobody_pays_expires_and_tells_once() {
    let bench = bench();
    let payment = bench.payment("10.00");
    assert_eq!(pass(&bench, Duration::from_secs(599)), NOTHING);
    assert_eq!(pass(&bench, Duration::from_secs(1)), Passed { expired: 1, ..NOTHING });
    assert_eq!(pass(&bench, Duration::from_secs(1)), NOTHING);
    assert_eq!(bench.view(&payment).payment.status, PaymentStatus::Expired);
    let payloads = bench.payloads();
    assert_eq!(payloads.len(), 1);
    assert_eq!((&payloads[0]["event"], &payloads[0]["status"]), (&"payment.failed".into(), &"expired".into()));
}

#[test]
fn a_gateway_that_answers_late_completes_the_payment() {
    let bench = bench();
    let payment = bench.payment("202");
    bench.pay(&payment.token, None).unwrap();
    assert_eq!(pass(&bench, Duration::from_secs(9)), NOTHING);
    assert_eq!(pass(&bench, Duration::from_secs(1)), Passed { settled: 1, ..NOTHING });
    let view = bench.view(&payment);
    assert_eq!((view.payment.status, view.status()), (PaymentStatus::Completed, "completed"));
    assert!(view.transaction.unwrap().completed_at.is_some());
    assert_eq!(bench.events(), ["payment.pending", "payment.completed"]);
}

#[test]
fn a_payment_whose_gateway_answers_after_its_time_is_made_all_the_same() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.clock.advance(Duration::from_secs(595));
    bench.pay(&payment.token, Some(Outcome::PendingThenSuccess)).unwrap();
    assert_eq!(pass(&bench, Duration::from_secs(6)), NOTHING);
    assert_eq!(bench.view(&payment).payment.status, PaymentStatus::Processing);
    assert_eq!(pass(&bench, Duration::from_secs(4)), Passed { settled: 1, ..NOTHING });
    assert_eq!(bench.view(&payment).payment.status, PaymentStatus::Completed);
}

#[test]
fn a_chargeback_disputes_what_was_paid_and_leaves_nothing_to_refund() {
    let bench = bench();
    let payment = bench.payment("409");
    let made = bench.pay(&payment.token, None).unwrap().transaction.unwrap();
    assert_eq!(pass(&bench, Duration::from_secs(10)), Passed { settled: 1, ..NOTHING });
    assert_eq!(
        (bench.view(&payment).status(), bench.view(&payment).payment.status),
        ("disputed", PaymentStatus::Completed)
    );
    assert_eq!(bench.events(), ["payment.completed", "dispute.created"]);
    assert_eq!(bench.refund(&made, None).unwrap_err().code(), "transaction_not_refundable");
}

#[test]
fn what_was_refunded_as_a_whole_is_not_disputed_any_more() {
    let bench = bench();
    let payment = bench.payment("10.00");
    let made = bench.pay(&payment.token, Some(Outcome::Chargeback)).unwrap().transaction.unwrap();
    bench.refund(&made, None).unwrap();
    assert_eq!(pass(&bench, Duration::from_mins(1)), NOTHING);
    assert_eq!(bench.view(&payment).status(), "refunded");
}

#[test]
fn a_refund_that_waits_is_completed_and_counts_then() {
    let bench = bench();
    let made = bench.paid("202");
    bench.refund(&made, None).unwrap();
    assert_eq!(pass(&bench, Duration::from_secs(10)), Passed { refunds: 1, ..NOTHING });
    let refund = bench.sandbox.refunds.find_newest(workspace_id(), "1").unwrap();
    assert_eq!((refund.status, refund.processed_at.is_some(), refund.revision), (RefundStatus::Completed, true, 2));
    let transaction = bench.sandbox.payments.find_transaction(workspace_id(), &made.trx_id.to_string()).unwrap();
    assert_eq!(transaction.status, TransactionStatus::Refunded);
    assert_eq!(bench.events(), ["payment.completed", "refund.created", "refund.completed"]);
}

/// *Source:* contract §3.4, §7 (29).
#[test]
fn a_refund_that_nobody_answers_fails_after_a_day_and_its_money_is_free_again() {
    let bench = bench();
    let made = bench.paid("408");
    bench.refund(&made, None).unwrap();
    assert_eq!(pass(&bench, Duration::from_hours(24)), NOTHING);
    assert_eq!(bench.refund(&made, Some("1.00")).unwrap_err().code(), "nothing_left_to_refund");
    assert_eq!(pass(&bench, Duration::from_secs(1)), Passed { refunds: 1, ..NOTHING });
    assert_eq!(bench.events(), ["payment.completed", "refund.created", "refund.failed"]);
    assert_eq!(bench.refund(&made, Some("1.00")).unwrap().status, RefundStatus::Completed);
}

#[test]
fn a_pass_is_bounded_and_says_when_more_is_due() {
    let bench = bench();
    for _ in 0..25 {
        bench.payment("10.00");
    }
    assert_eq!(pass(&bench, Duration::from_mins(10)), Passed { expired: 20, has_more: true, ..NOTHING });
    assert_eq!(pass(&bench, Duration::ZERO), Passed { expired: 5, ..NOTHING });
    assert_eq!(bench.events().len(), 25);
}

/// After a restore most of what is due had ended otherwise, and was told.
#[test]
fn what_is_due_on_a_restored_database_ends_and_tells_nothing() {
    let bench = bench();
    let [open, waiting] = ["10.00", "202"].map(|amount| bench.payment(amount));
    bench.pay(&waiting.token, None).unwrap();
    bench.clock.advance(Duration::from_mins(10));
    let passed = bench.sandbox.time_outs.run_untold().unwrap();
    assert_eq!(passed, Passed { expired: 1, settled: 1, ..NOTHING });
    assert_eq!(bench.view(&open).payment.status, PaymentStatus::Expired);
    assert_eq!(bench.events(), ["payment.pending"]);
}

/// Else a payer who goes to and fro between two gateways would keep it open for ever.
#[test]
fn past_its_time_a_payment_that_waits_takes_no_other_gateway() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.clock.advance(Duration::from_secs(595));
    bench.pay(&payment.token, Some(Outcome::PendingThenSuccess)).unwrap();
    bench.clock.advance(Duration::from_secs(5));
    let again = bench.pay_through(&payment.token, "test_wallet", Some(Outcome::PendingThenSuccess));
    assert_eq!(again.unwrap_err().code(), "payment_not_payable");
    assert_eq!(pass(&bench, Duration::from_secs(5)), Passed { settled: 1, ..NOTHING });
}

/// A row that no use case has made must not stop those behind it.
#[test]
fn an_answer_that_nobody_waits_for_is_let_go() {
    let bench = bench();
    let payment = bench.payment("10.00");
    let made = bench.pay(&payment.token, Some(Outcome::Failure)).unwrap().transaction.unwrap();
    let settles_at = Some(made.updated_at);
    for settles_as in [None, Some(Outcome::Chargeback)] {
        let before = bench.view(&payment).transaction.unwrap();
        let odd = Transaction { settles_at, settles_as, revision: before.revision + 1, ..before };
        bench.put(|tx| tx.update_transaction(&odd));
        assert_eq!(pass(&bench, Duration::from_secs(1)).settled, 1);
        assert_eq!(pass(&bench, Duration::from_secs(1)), NOTHING);
        assert_eq!(bench.view(&payment).transaction.unwrap().status, TransactionStatus::Failed);
    }
    assert_eq!(bench.events(), ["payment.failed"]);
}

#[test]
fn what_ended_long_ago_is_removed() {
    let bench = bench();
    let old = bench.paid("10.00");
    bench.clock.advance(Duration::from_hours(1));
    let recent = bench.paid("10.00");
    while bench.sandbox.time_outs.prune(recent.created_at).unwrap() {}
    let find = |of: &Transaction| bench.sandbox.payments.find(workspace_id(), of.payment_id);
    assert_eq!(find(&old).unwrap_err().code(), "payment_not_found");
    assert!(find(&recent).is_ok());
}

/// A refund keeps its payment as long as itself.
#[test]
fn a_payment_counts_as_changed_when_it_is_refunded() {
    let bench = bench();
    let made = bench.paid("10.00");
    bench.clock.advance(Duration::from_hours(1));
    let refund = bench.refund(&made, Some("1.00")).unwrap();
    bench.sandbox.time_outs.prune(refund.created_at).unwrap();
    assert!(bench.sandbox.payments.find(workspace_id(), made.payment_id).is_ok());
}
