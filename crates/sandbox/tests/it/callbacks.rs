//! The `callback_url` of a payment is told of each of its events. *Source:* contract §4.1.

use devhub_domain::events::EventTx;
use devhub_domain::store::{StoreError, UnitOfWork, read};
use devhub_sandbox::{NewPayment, Outcome, Payment, PaymentUrls, WebUrl};

use crate::support::{Bench, bench, new_payment, workspace_id};

fn payment_with_callback(bench: &Bench, callback: &str) -> Payment {
    bench.tick();
    let urls = PaymentUrls { callback: Some(WebUrl::parse(callback).unwrap()), ..PaymentUrls::default() };
    let new = NewPayment { urls, ..new_payment("10.00") };
    bench.sandbox.payments.create(workspace_id(), new).commit().unwrap()
}

/// The addresses of all endpoints of the workspace.
fn addresses(bench: &Bench) -> Vec<String> {
    let hub: &dyn UnitOfWork<dyn EventTx> = bench.store.hub();
    let targets: Result<_, StoreError> = read(hub, |tx| tx.list_targets(workspace_id()));
    targets.unwrap().iter().map(|target| target.endpoint.url.as_str().to_owned()).collect()
}

#[test]
fn each_event_of_a_payment_reaches_its_callback_url_and_no_event_of_another() {
    let bench = bench();
    let payment = payment_with_callback(&bench, "https://shop.example/hook");
    bench.paid("20.00");
    let paid = bench.pay(&payment.token, Some(Outcome::Success)).unwrap().transaction.unwrap();
    bench.refund(&paid, None).unwrap();
    assert_eq!(*bench.sent.events.lock().unwrap(), ["payment.completed", "refund.created", "refund.completed"]);
}

#[test]
fn payments_with_one_address_share_an_endpoint() {
    let bench = bench();
    for _ in 0..3 {
        let payment = payment_with_callback(&bench, "https://shop.example/hook");
        bench.pay(&payment.token, Some(Outcome::Failure)).unwrap();
    }
    assert_eq!(addresses(&bench), ["https://shop.example/hook"]);
    assert_eq!(*bench.sent.events.lock().unwrap(), ["payment.failed"; 3]);
}

#[test]
fn a_payment_goes_on_where_its_callback_url_can_be_no_endpoint() {
    let bench = bench();
    let payment = payment_with_callback(&bench, "https://user:word@shop.example/hook");
    bench.pay(&payment.token, Some(Outcome::Success)).unwrap();
    assert_eq!((bench.events(), addresses(&bench)), (vec!["payment.completed".to_owned()], Vec::new()));
}
