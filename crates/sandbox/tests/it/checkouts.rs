//! What a payer does with a payment. *Source:* contract §3.2, §3.3, §3.6, §3.7.

use std::time::Duration;

use devhub_domain::workspaces::{Workspace, WorkspaceStatus};
use devhub_sandbox::{
    CheckoutToken, Outcome, Payment, PaymentStatus, PaymentUrls, SandboxError, TransactionStatus, WebUrl,
};

use super::support::{Bench, bench, new_payment, workspace_id};

fn standing(bench: &Bench, payment: &Payment) -> (PaymentStatus, TransactionStatus) {
    let view = bench.view(payment);
    (view.payment.status, view.transaction.unwrap().status)
}

fn status_of(error: &SandboxError) -> Option<PaymentStatus> {
    match error {
        SandboxError::NotPayable(status) => Some(*status),
        _ => None,
    }
}

/// *Source:* contract §3.6; issue F, line 2.
#[test]
fn each_outcome_leaves_payment_and_transaction_where_it_says_and_tells_once() {
    use PaymentStatus as P;
    use TransactionStatus as T;
    let rows = [
        (Outcome::Success, P::Completed, T::Completed, "payment.completed"),
        (Outcome::Failure, P::Failed, T::Failed, "payment.failed"),
        (Outcome::PendingThenSuccess, P::Processing, T::Processing, "payment.pending"),
        (Outcome::Cancel, P::Cancelled, T::Cancelled, "payment.cancelled"),
        (Outcome::Expiry, P::Expired, T::Expired, "payment.failed"),
        (Outcome::Chargeback, P::Completed, T::Completed, "payment.completed"),
    ];
    for (outcome, payment_status, transaction_status, event) in rows {
        let bench = bench();
        let payment = bench.payment("10.00");
        let view = bench.pay(&payment.token, Some(outcome)).unwrap();
        assert_eq!(standing(&bench, &payment), (payment_status, transaction_status), "{outcome}");
        assert_eq!(view, bench.view(&payment), "{outcome}");
        assert_eq!(bench.events(), [event], "{outcome}");
    }
}

/// As with the keys of the workspace.
#[test]
fn of_a_suspended_workspace_nothing_is_found_paid_or_cancelled() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.put(|tx| {
        let workspace = tx.hub().find_workspace(workspace_id())?.unwrap();
        tx.hub().update_workspace(&Workspace { status: WorkspaceStatus::Suspended, ..workspace })
    });
    let refused = [
        bench.sandbox.checkouts.find(&payment.token).map(drop),
        bench.pay(&payment.token, Some(Outcome::Success)).map(drop),
        bench.cancel(&payment.token).map(drop),
    ];
    assert_eq!(refused.map(|result| result.unwrap_err().code()), ["workspace_suspended"; 3]);
    assert_eq!(bench.view(&payment).payment.status, PaymentStatus::Pending);
}

#[test]
fn a_transaction_says_what_was_paid_through_whom_and_for_which_fee() {
    let bench = bench();
    let transaction = bench.paid("10.00");
    assert_eq!((transaction.number, transaction.gateway.as_str()), (1, "test_card"));
    assert_eq!((transaction.amount.to_string().as_str(), transaction.fee.to_string().as_str()), ("10.00", "0.29"));
    assert_eq!(transaction.reference.as_str(), "77");
    assert!(transaction.gateway_trx_id.starts_with("TEST-"));
    assert_eq!(transaction.completed_at, Some(transaction.created_at));
}

#[test]
fn the_amount_says_how_a_payment_ends_unless_somebody_chose() {
    let bench = bench();
    let payment = bench.payment("402");
    assert_eq!(bench.pay(&payment.token, None).unwrap().payment.status, PaymentStatus::Failed);
    let payment = bench.payment("402");
    let chosen = bench.pay(&payment.token, Some(Outcome::Success)).unwrap();
    assert_eq!(chosen.payment.status, PaymentStatus::Completed);
}

/// Two tabs, or a button pressed twice.
#[test]
fn what_was_paid_is_not_paid_again_and_tells_nothing_again() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.pay(&payment.token, Some(Outcome::Success)).unwrap();
    let before = bench.view(&payment);
    let again = bench.pay(&payment.token, Some(Outcome::Failure)).unwrap_err();
    assert_eq!(status_of(&again), Some(PaymentStatus::Completed));
    assert_eq!(again.to_string(), "the payment is completed");
    let cancelled = bench.cancel(&payment.token).unwrap_err();
    assert_eq!(status_of(&cancelled), Some(PaymentStatus::Completed));
    assert_eq!(bench.view(&payment), before);
    assert_eq!(bench.events(), ["payment.completed"]);
}

#[test]
fn a_payment_that_waits_for_its_gateway_is_not_paid_through_it_again() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.pay(&payment.token, Some(Outcome::PendingThenSuccess)).unwrap();
    let again = bench.pay(&payment.token, Some(Outcome::Success)).unwrap_err();
    assert_eq!(status_of(&again), Some(PaymentStatus::Processing));
    assert_eq!(bench.events(), ["payment.pending"]);
}

/// *Source:* contract §3.2 (processing → pending), §3.3 (reused while not terminal), §3.6 (`payment.pending` once).
#[test]
fn a_payer_who_comes_back_chooses_another_gateway_for_the_same_transaction() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.pay(&payment.token, Some(Outcome::PendingThenSuccess)).unwrap();
    let pay = |gateway, outcome| bench.pay_through(&payment.token, gateway, Some(outcome)).unwrap();
    let waiting = pay("test_bank", Outcome::PendingThenSuccess).transaction.unwrap();
    assert_eq!((waiting.number, waiting.gateway.as_str(), waiting.fee.to_string().as_str()), (1, "test_bank", "0.05"));
    assert_eq!(bench.events(), ["payment.pending"]);
    let paid = pay("test_wallet", Outcome::Success).transaction.unwrap();
    assert_eq!((paid.number, paid.trx_id, paid.gateway.as_str()), (1, waiting.trx_id, "test_wallet"));
    assert_eq!(bench.events(), ["payment.pending", "payment.completed"]);
}

#[test]
fn a_payer_cancels_before_and_while_a_gateway_is_asked() {
    let bench = bench();
    let untouched = bench.payment("10.00");
    let view = bench.cancel(&untouched.token).unwrap();
    assert_eq!((view.payment.status, view.transaction), (PaymentStatus::Cancelled, None));
    let waiting = bench.payment("10.00");
    bench.pay(&waiting.token, Some(Outcome::PendingThenSuccess)).unwrap();
    bench.cancel(&waiting.token).unwrap();
    assert_eq!(standing(&bench, &waiting), (PaymentStatus::Cancelled, TransactionStatus::Cancelled));
    assert_eq!(bench.events(), ["payment.cancelled", "payment.pending", "payment.cancelled"]);
    bench.clock.advance(Duration::from_hours(1));
    assert_eq!(bench.sandbox.time_outs.run().unwrap().settled, 0, "the gateway has nothing to say any more");
}

#[test]
fn a_payment_whose_time_is_over_is_neither_paid_nor_cancelled() {
    let bench = bench();
    let payment = bench.payment("10.00");
    bench.clock.advance(Duration::from_mins(10));
    let paid = bench.pay(&payment.token, None).unwrap_err();
    let cancelled = bench.cancel(&payment.token).unwrap_err();
    assert_eq!([&paid, &cancelled].map(status_of), [Some(PaymentStatus::Expired); 2]);
    assert!(bench.events().is_empty());
}

#[test]
fn an_unknown_token_and_an_unknown_gateway_are_named() {
    let bench = bench();
    let unknown = CheckoutToken::from_bytes([9; 32]);
    assert!(matches!(bench.sandbox.checkouts.find(&unknown), Err(SandboxError::CheckoutNotFound)));
    assert!(matches!(bench.pay(&unknown, None), Err(SandboxError::CheckoutNotFound)));
    assert!(matches!(bench.cancel(&unknown), Err(SandboxError::CheckoutNotFound)));
    let payment = bench.payment("10.00");
    let stripe = bench.pay_through(&payment.token, "stripe", None).unwrap_err();
    assert_eq!(stripe.to_string(), "no gateway stripe");
}

#[test]
fn a_checkout_shows_the_payment_the_workspace_and_the_gateways_that_are_on() {
    let bench = bench();
    let payment = bench.payment("10.00");
    let checkout = bench.sandbox.checkouts.find(&payment.token).unwrap();
    assert_eq!(checkout.view.payment, payment);
    assert_eq!(checkout.workspace_name.as_str(), "Workspace 1");
    let names: Vec<_> = checkout.gateways.iter().map(|gateway| gateway.gateway.name).collect();
    assert_eq!(names, ["test_card", "test_wallet", "test_bank"]);
    bench.clock.advance(Duration::from_mins(10));
    assert_eq!(bench.sandbox.checkouts.find(&payment.token).unwrap().view.payment.status, PaymentStatus::Expired);
}

/// *Source:* contract §3.7; §2.5 (never to `callback_url`).
#[test]
fn rule_17_the_way_back_leads_where_the_merchant_said() {
    let bench = bench();
    let back = |urls: PaymentUrls, outcome| {
        let new = devhub_sandbox::NewPayment { urls, ..new_payment("10.00") };
        let payment = bench.sandbox.payments.create(workspace_id(), new).commit().unwrap();
        bench.pay(&payment.token, Some(outcome)).unwrap();
        let back = bench.sandbox.checkouts.find(&payment.token).unwrap().way_back();
        back.map(|back| back.replace(&payment.id.to_string(), "ID"))
    };
    let url = |text: &str| Some(WebUrl::parse(text).unwrap());
    let (redirect, cancel) = (url("https://shop.example/paid?order=1"), url("https://shop.example/cart"));
    let callback = url("https://shop.example/hook");
    let both = PaymentUrls { callback: callback.clone(), redirect, cancel };
    let paid = Some("https://shop.example/paid?order=1&payment_id=ID&status=completed".to_owned());
    assert_eq!(back(both.clone(), Outcome::Success), paid);
    let pending = Some("https://shop.example/paid?order=1&payment_id=ID&status=processing".to_owned());
    assert_eq!(back(both.clone(), Outcome::PendingThenSuccess), pending);
    let cancelled = Some("https://shop.example/cart?payment_id=ID&status=cancelled".to_owned());
    assert_eq!(back(both.clone(), Outcome::Cancel), cancelled);
    let failed = Some("https://shop.example/paid?order=1&payment_id=ID&status=failed".to_owned());
    assert_eq!(back(PaymentUrls { cancel: None, ..both }, Outcome::Failure), failed);
    assert_eq!(back(PaymentUrls { callback, ..PaymentUrls::default() }, Outcome::Success), None);
}

#[test]
fn what_is_told_is_stored_with_its_deliveries_and_handed_to_the_sender() {
    let bench = bench();
    bench.put(|tx| {
        tx.hub().insert_endpoint(&devhub_domain::testing::endpoint(1))?;
        tx.hub().insert_endpoint_secret(&devhub_domain::testing::endpoint_secret(1))
    });
    let payment = bench.payment("10.00");
    bench.pay(&payment.token, Some(Outcome::Success)).unwrap();
    bench.pay(&payment.token, Some(Outcome::Success)).unwrap_err();
    assert_eq!(*bench.sent.events.lock().unwrap(), ["payment.completed"]);
}
