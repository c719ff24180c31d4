//! The address of a checkout is all that is needed to pay: it is kept, cannot be guessed, and leads nowhere else.

use actix_web::test::TestRequest;
use devhub_sandbox::PaymentStatus;
use devhub_web::Metrics;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::browser::{Browser, hub_with_operators};
use super::checkout::{path, pay, payment};
use crate::hub::WORKSPACE;
use crate::log::Log;

#[actix_web::test]
async fn an_address_that_leads_nowhere_is_a_page_that_says_so() {
    let hub = hub_with_operators();
    let token = payment(&hub).token.expose();
    let mut browser = Browser::new(&hub);
    let unknown = ["0".repeat(64), "0".repeat(63), token.to_uppercase(), "%00".to_owned(), format!("{token}/pay/x")];
    for path in unknown
        .map(|token| format!("/checkout/intent/{token}"))
        .iter()
        .map(String::as_str)
        .chain(["/checkout", "/checkout/x"])
    {
        let page = browser.get(path).await;
        assert_eq!((page.status.as_u16(), page.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
        assert!(page.says("There is no such payment</h1>"), "{path}: {}", page.html);
    }
    for action in ["pay", "cancel"] {
        let path = format!("/checkout/intent/{}/{action}", "0".repeat(64));
        assert_eq!(browser.post_raw(&path, &[("gateway", "test_card")]).await.status, 404, "{action}");
    }
}

#[actix_web::test]
async fn without_a_sandbox_nothing_has_its_addresses() {
    let mut hub = hub_with_operators();
    let payment = payment(&hub);
    hub.services.sandbox = None;
    let mut browser = Browser::new(&hub);
    assert_eq!(browser.get(&path(&payment)).await.status, 404);
}

#[actix_web::test]
async fn who_guesses_addresses_is_made_to_wait_and_no_payer_is() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    for guess in 0..60 {
        assert_eq!(browser.get(&format!("/checkout/intent/{guess:064x}")).await.status, 404, "{guess}");
    }
    let page = browser.get(&format!("/checkout/intent/{:064x}", 60)).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "1"));
    assert!(page.says("Too many requests</h1>"));
    assert_eq!(browser.get(&path(&payment)).await.status, 200, "from the same address");
}

#[actix_web::test]
async fn what_is_no_token_is_counted_as_a_guess() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    for guess in 0..60 {
        assert_eq!(browser.get(&format!("/checkout/intent/{guess}")).await.status, 404, "{guess}");
    }
    assert_eq!(browser.get("/checkout/intent/60").await.status, 429);
}

#[actix_web::test]
async fn guessed_addresses_and_wrong_keys_are_counted_apart() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    for guess in 0..=60 {
        browser.get(&format!("/checkout/intent/{guess:064x}")).await;
    }
    assert_eq!(browser.page.status, 429);
    let unknown = || TestRequest::get().uri("/api/hub/v1/whoami").insert_header(("authorization", "Bearer nothing"));
    for attempt in 0..60 {
        assert_eq!(hub.send(unknown()).await.status, 401, "{attempt}");
    }
    assert_eq!(hub.send(unknown()).await.status, 429);
}

#[actix_web::test]
async fn of_a_suspended_workspace_nothing_is_shown_paid_or_cancelled() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    browser.get(&path(&payment)).await;
    hub.suspend(WORKSPACE);
    let pay = format!("{}/pay", path(&payment));
    assert_eq!(browser.post_raw(&pay, &[("gateway", "test_card"), ("outcome", "success")]).await.status, 403);
    assert_eq!(browser.post_raw(&format!("{}/cancel", path(&payment)), &[]).await.status, 403);
    for path in [path(&payment), format!("{}/result", path(&payment))] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 403, "{path}");
        assert!(page.says("This shop takes no payments now</h1>") && !page.says("shop.example"), "{}", page.html);
    }
    let found = hub.services.sandbox.as_ref().unwrap().payments.find(WORKSPACE, payment.id).unwrap();
    assert_eq!(found.payment.status, PaymentStatus::Pending);
}

#[actix_web::test]
async fn nothing_of_a_request_changes_where_a_payer_is_led() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    pay(&mut browser, &payment, "").await;
    let query =
        "redirect_url=https://evil.example&cancel_url=https://evil.example&status=x&payment_id=https://evil.example";
    let page = browser.get(&format!("{}/result?{query}", path(&payment))).await;
    assert!(!page.says("evil.example") && !page.header("refresh").contains("evil.example"));
}

#[actix_web::test]
async fn every_answer_keeps_the_address_to_itself() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    for path in
        [path(&payment), format!("{}/pay", path(&payment)), "/checkout/intent/x".to_owned(), "/checkout".to_owned()]
    {
        let page = browser.get(&path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; img-src 'self';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{path}");
        let said =
            ["referrer-policy", "cache-control", "x-frame-options", "x-robots-tag"].map(|name| page.header(name));
        assert_eq!(said, ["no-referrer", "no-store", "DENY", "noindex, nofollow"], "{path}");
    }
}

/// Browsers hold the redirect that answers a form to the policy of its page.
#[actix_web::test]
async fn the_page_that_cancels_lets_its_form_lead_to_the_shop_and_no_other_page_does() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    let mut browser = Browser::new(&hub);
    let page = browser.get(&path(&payment)).await;
    assert!(page.header("content-security-policy").ends_with("form-action 'self' https://shop.example"));
    let page = pay(&mut browser, &payment, "").await;
    assert!(page.header("content-security-policy").ends_with("form-action 'self'"));
}

#[actix_web::test]
async fn a_store_that_is_away_is_told_with_the_id_of_the_request() {
    let hub = hub_with_operators();
    let payment = payment(&hub);
    hub.break_store();
    let mut browser = Browser::new(&hub);
    let page = browser.get(&path(&payment)).await;
    assert_eq!(page.status, 503);
    assert!(page.says("The payment cannot be shown now") && page.says(page.header("x-request-id")), "{}", page.html);
}

#[actix_web::test]
async fn the_address_is_in_no_line_of_the_log_and_in_no_series() {
    let mut hub = hub_with_operators();
    let mut registry = Registry::default();
    hub.services.metrics = Metrics::registered(&mut registry);
    let payment = payment(&hub);
    let token = payment.token.expose();
    let (log, _guard) = Log::start();
    let mut browser = Browser::new(&hub);
    pay(&mut browser, &payment, "").await;
    browser.post_raw(&format!("{}/cancel", path(&payment)), &[]).await;
    browser.post_raw(&format!("{}/pay", path(&payment)), &[("outcome", "jackpot")]).await;
    browser.get(&format!("{}/nothing", path(&payment))).await;
    hub.break_store();
    browser.get(&path(&payment)).await;
    let mut counted = String::new();
    encode(&mut counted, &registry).unwrap();
    for text in [log.lines().concat(), counted] {
        assert!(text.contains("/checkout/intent/{token}/pay") && !text.contains(&token), "{text}");
    }
}
