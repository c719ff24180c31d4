//! Whatever payers, merchants and the clock do in whichever order: what must hold afterwards.

use std::time::Duration;

use devhub_sandbox::{
    Outcome, PageNumber, Payment, PaymentStatus, PaymentView, RefundQuery, RefundStatus, TransactionStatus,
};
use proptest::prelude::*;

use super::support::{Bench, bench, workspace_id};

/// What somebody does, or what happens.
#[derive(Clone, Debug)]
enum Step {
    Pay(&'static str, Outcome),
    Cancel,
    Refund(u32),
    RefundRest,
    Wait(u64),
    Pass,
}

fn step() -> impl Strategy<Value = Step> {
    let gateway = prop::sample::select(vec!["test_card", "test_wallet", "test_bank"]);
    let outcome = prop::sample::select(Outcome::ALL.to_vec());
    prop_oneof![
        (gateway, outcome).prop_map(|(gateway, outcome)| Step::Pay(gateway, outcome)),
        Just(Step::Cancel),
        (1_u32..1_200).prop_map(Step::Refund),
        Just(Step::RefundRest),
        prop::sample::select(vec![1, 10, 300, 600, 90_000]).prop_map(Step::Wait),
        Just(Step::Pass),
    ]
}

/// What is refused is refused without a trace; so what comes back does not matter here.
fn take(bench: &Bench, payment: &Payment, step: &Step) {
    let made = bench.view(payment).transaction;
    match (step, made) {
        (Step::Pay(gateway, outcome), _) => drop(bench.pay_through(&payment.token, gateway, Some(*outcome))),
        (Step::Cancel, _) => drop(bench.cancel(&payment.token)),
        (Step::Refund(units), Some(made)) => drop(bench.refund(&made, Some(&units.to_string()))),
        (Step::RefundRest, Some(made)) => drop(bench.refund(&made, None)),
        (Step::Wait(seconds), _) => bench.clock.advance(Duration::from_secs(*seconds)),
        (Step::Pass, _) => drop(bench.sandbox.time_outs.run()),
        (Step::Refund(_) | Step::RefundRest, None) => {}
    }
}

fn check(before: &PaymentView, after: &PaymentView) -> Result<(), TestCaseError> {
    if before.payment.status.is_terminal() {
        prop_assert_eq!(before.payment.status, after.payment.status);
    }
    if let (Some(before), Some(after)) = (&before.transaction, &after.transaction) {
        prop_assert_eq!(before.trx_id, after.trx_id, "one transaction, which is reused");
        let may_move = !before.status.is_terminal() || before.status.may_become(after.status);
        prop_assert!(before.status == after.status || may_move, "{} to {}", before.status, after.status);
    }
    let is_paid = after.transaction.as_ref().is_some_and(|made| {
        matches!(made.status, TransactionStatus::Completed | TransactionStatus::Refunded | TransactionStatus::Disputed)
    });
    prop_assert_eq!(is_paid, after.payment.status == PaymentStatus::Completed);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_ended_payment_stays_ended_and_no_more_goes_back_than_came(steps in prop::collection::vec(step(), 1..24)) {
        let bench = bench();
        let payment = bench.payment("1000.00");
        for step in &steps {
            let before = bench.view(&payment);
            take(&bench, &payment, step);
            check(&before, &bench.view(&payment))?;
        }
        let refunds = bench.sandbox.refunds.list(workspace_id(), &RefundQuery::default(), PageNumber::default()).unwrap();
        let sum = |counts: fn(RefundStatus) -> bool| {
            refunds.items.iter().filter(|refund| counts(refund.status)).map(|refund| refund.amount.minor()).sum::<i64>()
        };
        prop_assert!(sum(RefundStatus::counts) <= 100_000);
        let view = bench.view(&payment);
        let is_whole = sum(|status| status == RefundStatus::Completed) == 100_000;
        let status = view.transaction.map(|made| made.status);
        // A dispute that comes before the last refund is completed stays.
        let is_disputed = status == Some(TransactionStatus::Disputed);
        prop_assert_eq!(status == Some(TransactionStatus::Refunded), is_whole && !is_disputed);
        let events = bench.events();
        let count = |name: &str| events.iter().filter(|event| *event == name).count();
        let ends = count("payment.completed") + count("payment.failed") + count("payment.cancelled");
        prop_assert!(ends <= 1 && count("payment.pending") <= 1 && count("dispute.created") <= 1, "{:?}", events);
        prop_assert_eq!(count("refund.created"), refunds.items.len());
    }
}
