//! The `callback_url` that a payment carries. *Source:* contract §4.1; issue F, line 2.

use std::time::Duration;

use devhub_domain::testing::endpoint;
use devhub_domain::webhooks::{Endpoint, EndpointOrigin};
use devhub_sandbox::{NewPayment, Outcome, Payment, PaymentUrls, WebUrl};

use super::support::{Bench, bench, new_payment, workspace_id};

fn payment_with(bench: &Bench, callback: &str) -> Payment {
    bench.tick();
    let urls = PaymentUrls { callback: Some(WebUrl::parse(callback).unwrap()), ..PaymentUrls::default() };
    let new = NewPayment { urls, ..new_payment("10.00") };
    bench.sandbox.payments.create(workspace_id(), new).commit().unwrap()
}

fn endpoints(bench: &Bench) -> Vec<Endpoint> {
    bench.put(|tx| Ok(tx.hub().list_targets(workspace_id())?.iter().map(|target| target.endpoint.clone()).collect()))
}

#[test]
fn every_event_of_a_payment_reaches_its_callback_url() {
    let bench = bench();
    let payment = payment_with(&bench, "https://shop.example/?wc-api=ownpay");
    let made = bench.pay(&payment.token, Some(Outcome::Success)).unwrap().transaction.unwrap();
    bench.refund(&made, None).unwrap();
    let sent = bench.sent.events.lock().unwrap().clone();
    assert_eq!(sent, ["payment.completed", "refund.created", "refund.completed"]);
    let made: Vec<_> = endpoints(&bench).into_iter().map(|one| (one.origin, one.url.as_str().to_owned())).collect();
    assert_eq!(made, [(EndpointOrigin::Callback, "https://shop.example/?wc-api=ownpay".to_owned())]);
}

#[test]
fn what_happens_by_itself_reaches_each_payments_own_callback_url() {
    let bench = bench();
    let first = payment_with(&bench, "https://one.example/hook");
    payment_with(&bench, "https://two.example/hook");
    bench.pay(&first.token, Some(Outcome::PendingThenSuccess)).unwrap();
    bench.clock.advance(Duration::from_mins(10));
    bench.sandbox.time_outs.run().unwrap();
    assert_eq!(*bench.sent.events.lock().unwrap(), ["payment.pending", "payment.completed", "payment.failed"]);
    assert_eq!(endpoints(&bench).len(), 2);
}

#[test]
fn an_endpoint_of_the_workspace_with_that_address_is_told_once() {
    let bench = bench();
    let own = endpoint(1);
    bench.put(|tx| tx.hub().insert_endpoint(&own));
    let payment = payment_with(&bench, own.url.as_str());
    bench.pay(&payment.token, Some(Outcome::Success)).unwrap();
    assert_eq!(*bench.sent.events.lock().unwrap(), ["payment.completed"]);
    assert_eq!(endpoints(&bench).len(), 1);
}

/// *Source:* contract §2.5: http, localhost and odd addresses are accepted.
#[test]
fn no_payment_fails_for_its_callback_url() {
    let bench = bench();
    let long = format!("https://shop.example/{}", "a".repeat(1_500));
    for callback in ["http://localhost:8080/hook", "https://shop.example/hook#part", &long] {
        let payment = payment_with(&bench, callback);
        assert!(bench.pay(&payment.token, Some(Outcome::Success)).is_ok(), "{callback}");
    }
}
