//! The checkout of the sandbox: paying, cancelling, what is told, and where a payer is led.

use std::time::Duration;

use devhub_domain::access::Asker;
use devhub_sandbox::{
    Currency, Decimal, GatewayChanges, Metadata, NewPayment, Payment, PaymentStatus, PaymentUrls, Reference, WebUrl,
};

use super::browser::{Browser, Page, hub_with_operators};
use crate::hub::{Hub, WORKSPACE};

const THANKS: &str = "https://shop.example/thanks?order=7&status=old#part";
const CART: &str = "https://shop.example/cart";

/// A payment of 10 dollars that leads to a page for who has paid and to another for who has not.
pub(super) fn payment(hub: &Hub) -> Payment {
    payment_of(hub, "10.00", &[Some(THANKS), Some(CART)])
}

/// A payment that leads to these pages: where the payer goes, and where when nothing was paid.
fn payment_of(hub: &Hub, amount: &str, urls: &[Option<&str>; 2]) -> Payment {
    let [redirect, cancel] = urls.map(|url| url.map(|url| WebUrl::parse(url).unwrap()));
    let new = NewPayment {
        amount: Decimal::parse(amount).unwrap().in_currency(Currency::parse("USD").unwrap()).unwrap(),
        reference: Reference::cut("Order <b>77</b>"),
        payer: None,
        urls: PaymentUrls { callback: None, redirect, cancel },
        gateway: None,
        metadata: Metadata::default(),
    };
    hub.services.sandbox.as_ref().unwrap().payments.create(WORKSPACE, new).commit().unwrap()
}

pub(super) fn path(payment: &Payment) -> String {
    format!("/checkout/intent/{}", payment.token.expose())
}

/// Where the payment stands.
fn status(hub: &Hub, payment: &Payment) -> PaymentStatus {
    hub.services.sandbox.as_ref().unwrap().payments.find(WORKSPACE, payment.id).unwrap().payment.status
}

/// The types of all events, oldest first.
async fn told(hub: &Hub) -> Vec<String> {
    let key = hub.key("events:read");
    let listed = hub.get("/api/hub/v1/events", &key).await.json();
    let types = listed["items"].as_array().unwrap().iter().rev().map(|event| event["event_type"].as_str().unwrap());
    types.map(str::to_owned).collect()
}

/// Opens the page and pays, with this outcome if there is one; the page that tells the result.
pub(super) async fn pay<'b>(browser: &'b mut Browser<'_>, payment: &Payment, outcome: &str) -> &'b Page {
    browser.get(&path(payment)).await;
    let fields = [("gateway", "test_card"), ("outcome", outcome)];
    let location = browser.post_raw(&format!("{}/pay", path(payment)), &fields).await.location().to_owned();
    assert_eq!(location, format!("{}/result", path(payment)));
    browser.get(&location).await
}

#[actix_web::test]
async fn a_payer_sees_what_is_paid_to_whom_and_how() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    let page = browser.get(&path(&payment)).await;
    assert_eq!(page.status, 200);
    for text in [
        "Pay 10.00 USD</h1>",
        "Order &#60;b&#62;77",
        "Main</dd>",
        "Test card",
        "Test wallet",
        "Test bank",
        "Cancel and return to Main",
    ] {
        assert!(page.says(text), "{text} in {}", page.html);
    }
    assert!(!page.says("<script") && !page.says("refresh"));
    assert!(browser.cookies.is_empty());
}

#[actix_web::test]
async fn who_has_paid_is_told_so_and_led_back_to_the_shop() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    let page = pay(&mut browser, &payment, "").await;
    assert!(page.says("Payment complete</h1>") && page.says("Return to Main") && page.says("OP-"), "{}", page.html);
    let shop = format!("https://shop.example/thanks?order=7&payment_id={}&status=completed#part", payment.id);
    assert_eq!(page.header("refresh"), format!("5; url={shop}"));
    assert!(page.says(&format!("href=\"{}\"", shop.replace('&', "&#38;"))), "{}", page.html);
    assert!(page.says("Main opens by itself in 5 seconds.") && page.says("result?stay=1"));
    assert_eq!(status(&hub, &payment), PaymentStatus::Completed);
    assert_eq!(told(&hub).await, ["payment.completed"]);
}

/// Wire contract, rule 17 and §3.7.
#[actix_web::test]
async fn rule_17_each_outcome_is_told_and_leads_where_the_merchant_wants_it() {
    let cases = [
        ("success", "Payment complete", "thanks?order=7&", "completed#part"),
        ("failure", "Payment failed", "cart?", "failed"),
        ("cancel", "Payment cancelled", "cart?", "cancelled"),
        ("expiry", "Payment expired", "cart?", "expired"),
        ("chargeback", "Payment complete", "thanks?order=7&", "completed#part"),
    ];
    for (outcome, title, page_of_shop, status) in cases {
        let hub = hub_with_operators();
        let payment = payment(&hub);
        let mut browser = Browser::new(&hub);
        let page = pay(&mut browser, &payment, outcome).await;
        assert!(page.says(&format!("{title}</h1>")), "{outcome}: {}", page.html);
        let shop = format!("5; url=https://shop.example/{page_of_shop}payment_id={}&status={status}", payment.id);
        assert_eq!(page.header("refresh"), shop, "{outcome}");
    }
}

#[actix_web::test]
async fn the_amount_decides_where_nothing_else_does() {
    let hub = hub_with_operators();
    let payment = payment_of(&hub, "402.00", &[Some(THANKS), None]);
    let mut browser = Browser::new(&hub);
    let page = pay(&mut browser, &payment, "").await;
    assert!(page.says("Payment failed</h1>"));
    let shop = format!("5; url=https://shop.example/thanks?order=7&payment_id={}&status=failed#part", payment.id);
    assert_eq!(page.header("refresh"), shop, "without an address for it, the other one");
}

#[actix_web::test]
async fn a_page_that_waits_looks_again_until_the_gateway_has_answered() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    let page = pay(&mut browser, &payment, "pending_then_success").await;
    assert!(page.says("The payment is on its way</h1>") && page.says("This page looks again every 3 seconds."));
    assert!(page.says("status=processing") && page.says("Return to Main without waiting"), "{}", page.html);
    assert_eq!(page.header("refresh"), "3");
    assert_eq!(browser.get(&path(&payment)).await.location(), format!("{}/result", path(&payment)));
    hub.clock.advance(Duration::from_secs(10));
    hub.services.sandbox.as_ref().unwrap().time_outs.run().unwrap();
    let page = browser.get(&format!("{}/result", path(&payment))).await;
    assert!(page.says("Payment complete</h1>") && page.header("refresh").starts_with("5; "));
    assert_eq!(told(&hub).await, ["payment.pending", "payment.completed"]);
}

#[actix_web::test]
async fn while_one_gateway_is_waited_for_another_can_be_chosen() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    pay(&mut browser, &payment, "pending_then_success").await;
    assert!(browser.get(&format!("{}?other=1", path(&payment))).await.says("Pay 10.00 USD</h1>"));
    browser.post_raw(&format!("{}/pay", path(&payment)), &[("gateway", "test_bank")]).await;
    assert_eq!(status(&hub, &payment), PaymentStatus::Completed);
}

#[actix_web::test]
async fn who_chooses_to_stay_is_not_led_anywhere() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    pay(&mut browser, &payment, "").await;
    let page = browser.get(&format!("{}/result?stay=1", path(&payment))).await;
    assert!(page.says("Payment complete</h1>") && page.says("Return to Main") && !page.says("by itself"));
    assert_eq!(page.header("refresh"), "");
}

/// Wire contract, §3.7.
#[actix_web::test]
async fn who_cancels_is_at_the_shop_at_once() {
    let cases = [
        ([Some(THANKS), Some(CART)], "https://shop.example/cart?payment_id=ID&status=cancelled"),
        ([Some(THANKS), None], "https://shop.example/thanks?order=7&payment_id=ID&status=cancelled#part"),
        ([None, None], "/checkout/intent/TOKEN/result"),
    ];
    for (urls, expected) in cases {
        let hub = hub_with_operators();
        let payment = payment_of(&hub, "10.00", &urls);
        let mut browser = Browser::new(&hub);
        let location = browser.post_raw(&format!("{}/cancel", path(&payment)), &[]).await.location().to_owned();
        let ids = expected.replace("ID", &payment.id.to_string()).replace("TOKEN", &payment.token.expose());
        assert_eq!(location, ids);
        assert_eq!(told(&hub).await, ["payment.cancelled"]);
    }
}

#[actix_web::test]
async fn of_two_windows_the_second_is_shown_what_the_first_has_done() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let [mut first, mut second] = [Browser::new(&hub), Browser::new(&hub)];
    second.get(&path(&payment)).await;
    pay(&mut first, &payment, "").await;
    for action in ["pay", "cancel"] {
        let page = second
            .post_raw(&format!("{}/{action}", path(&payment)), &[("gateway", "test_card"), ("outcome", "failure")])
            .await;
        assert_eq!(page.location(), format!("{}/result", path(&payment)), "{action}");
    }
    assert!(second.get(&format!("{}/result", path(&payment))).await.says("Payment complete</h1>"));
    assert_eq!(told(&hub).await, ["payment.completed"]);
}

#[actix_web::test]
async fn a_payment_that_is_paid_is_not_paid_again() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    pay(&mut browser, &payment, "").await;
    let page = browser.get(&path(&payment)).await;
    assert_eq!(page.status, 200);
    assert!(page.says("This payment is paid already</h1>") && page.says("Return to Main") && !page.says("<form"));
    assert_eq!(page.header("refresh"), "", "who looks at it is not sent away");
}

#[actix_web::test]
async fn a_payment_whose_time_is_over_says_so_and_leads_back() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    hub.clock.advance(Duration::from_mins(10));
    let page = browser.get(&path(&payment)).await;
    assert_eq!(page.status, 200, "a browser within an app shows a page of its own in place of an error");
    assert!(page.says("Payment expired</h1>") && page.says("status=expired") && !page.says("<form"), "{}", page.html);
    let page = browser.post_raw(&format!("{}/pay", path(&payment)), &[("gateway", "test_card")]).await;
    assert_eq!(page.location(), format!("{}/result", path(&payment)));
    assert_eq!(status(&hub, &payment), PaymentStatus::Expired);
}

#[actix_web::test]
async fn a_gateway_that_is_off_is_neither_offered_nor_taken() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    browser.get(&path(&payment)).await;
    switch_off(&hub, "test_card");
    let page = browser.post_raw(&format!("{}/pay", path(&payment)), &[("gateway", "test_card")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("This gateway cannot be chosen any more") && !page.says("value=\"test_card\""), "{}", page.html);
    for name in ["test_wallet", "test_bank"] {
        switch_off(&hub, name);
    }
    let page = browser.get(&path(&payment)).await;
    assert!(page.says("No test gateway is on") && page.says("/cancel") && !page.says("/pay\""), "{}", page.html);
    assert_eq!(status(&hub, &payment), PaymentStatus::Pending);
}

fn switch_off(hub: &Hub, name: &str) {
    let changes = GatewayChanges { is_on: Some(false), outcome: None };
    let gateways = &hub.services.sandbox.as_ref().unwrap().gateways;
    gateways.change(Asker::COMMAND_LINE, (WORKSPACE, name.parse().unwrap()), changes, None).commit().unwrap();
}

#[actix_web::test]
async fn what_no_form_of_ours_says_pays_nothing() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    let cases: [&[(&str, &str)]; 4] =
        [&[], &[("gateway", "a b")], &[("gateway", "stripe")], &[("gateway", "test_card"), ("outcome", "jackpot")]];
    for fields in cases {
        let page = browser.post_raw(&format!("{}/pay", path(&payment)), fields).await;
        assert_eq!(
            (page.status.as_u16(), page.header("content-type")),
            (422, "text/html; charset=utf-8"),
            "{fields:?}"
        );
    }
    assert_eq!(status(&hub, &payment), PaymentStatus::Pending);
}

#[actix_web::test]
async fn what_came_later_is_told_to_who_comes_back() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    pay(&mut browser, &payment, "chargeback").await;
    hub.clock.advance(Duration::from_secs(10));
    hub.services.sandbox.as_ref().unwrap().time_outs.run().unwrap();
    assert!(browser.get(&path(&payment)).await.says("This payment is disputed</h1>"));
    let events = told(&hub).await;
    assert_eq!(events, ["payment.completed", "dispute.created"]);
}
