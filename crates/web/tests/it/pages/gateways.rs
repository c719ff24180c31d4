//! The page of the sandbox's gateways.

use devhub_domain::operators::Role;
use devhub_sandbox::{Gateway, Outcome};
use serde_json::json;

use super::browser::{Browser, hub_with_operators};
use crate::hub::{Hub, WORKSPACE};

const GATEWAYS: &str = "/admin/gateways";
const CARD: &str = "/admin/gateways/test_card";

fn card(hub: &Hub) -> Gateway {
    hub.services.sandbox.as_ref().unwrap().gateways.list(WORKSPACE).unwrap().remove(0)
}

#[actix_web::test]
async fn a_gateway_is_switched_off_and_told_how_payments_end_and_that_is_audited() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    assert!(browser.get(GATEWAYS).await.says("Change Test card"));
    browser.get(CARD).await;
    let revision = browser.page.hidden("revision");
    let fields = [("state", "off"), ("outcome", "failure"), ("revision", &revision)];
    assert_eq!(browser.post(CARD, &fields).await.location(), GATEWAYS);
    let page = browser.get(GATEWAYS).await;
    assert!(page.says("The gateway is saved.") && page.says("Off") && page.says("All fail"), "{}", page.html);
    let gateway = card(&hub);
    assert_eq!((gateway.is_on, gateway.outcome, gateway.revision), (false, Some(Outcome::Failure), 1));
    let audit = hub.get("/api/hub/v1/audit", &hub.key("audit:read")).await.json();
    let entry = audit["items"].as_array().unwrap().iter().find(|entry| entry["action"] == "gateway.updated").unwrap();
    assert_eq!(entry["detail"]["after"], json!({ "is_on": false, "outcome": "failure" }));
    assert!(entry["actor"].as_str().unwrap().starts_with("opr_"), "{entry}");
}

#[actix_web::test]
async fn it_is_left_to_the_amount_again() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    for (outcome, expected) in [("chargeback", Some(Outcome::Chargeback)), ("by_amount", None)] {
        browser.get(CARD).await;
        let revision = browser.page.hidden("revision");
        browser.post(CARD, &[("state", "on"), ("outcome", outcome), ("revision", &revision)]).await;
        assert_eq!(card(&hub).outcome, expected);
    }
}

#[actix_web::test]
async fn who_has_seen_an_older_state_is_shown_the_new_one() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(CARD).await;
    browser.post(CARD, &[("state", "off"), ("outcome", "by_amount"), ("revision", "0")]).await;
    browser.get(CARD).await;
    for revision in ["0", "", "x"] {
        let fields = [("state", "on"), ("outcome", "success"), ("revision", revision)];
        let page = browser.post(CARD, &fields).await;
        assert_eq!(page.status, 409, "{revision}");
        assert!(page.says("Somebody else has changed this gateway meanwhile") && page.says("value=\"off\" selected"));
    }
    assert!(!card(&hub).is_on);
}

#[actix_web::test]
async fn what_is_no_choice_is_refused() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(CARD).await;
    for (state, outcome) in [("", "success"), ("maybe", "success"), ("on", ""), ("on", "jackpot")] {
        let page = browser.post(CARD, &[("state", state), ("outcome", outcome), ("revision", "0")]).await;
        assert_eq!(page.status, 422, "{state} {outcome}");
    }
    assert_eq!(card(&hub).revision, 0);
}

#[actix_web::test]
async fn a_viewer_sees_gateways_and_changes_none() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(GATEWAYS).await;
    assert!(page.says("Test card") && !page.says("Change Test card"));
    let token = page.token();
    assert_eq!(browser.get(CARD).await.status, 403);
    let fields = [("token", token.as_str()), ("state", "off"), ("outcome", "failure"), ("revision", "0")];
    assert_eq!(browser.post_raw(CARD, &fields).await.status, 403);
    assert!(card(&hub).is_on);
}

#[actix_web::test]
async fn what_came_through_them_last_is_listed() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(browser.get(GATEWAYS).await.says("No transactions yet"));
    let payment = super::checkout::payment(&hub);
    let sandbox = hub.services.sandbox.as_ref().unwrap();
    let paid = sandbox.checkouts.pay(&payment.token, "test_bank".parse().unwrap(), None).commit().unwrap();
    let page = browser.get(GATEWAYS).await;
    let trx_id = paid.transaction.unwrap().trx_id.to_string();
    for text in [trx_id.as_str(), "10.00 USD", "Completed", "test_bank", "Order &#60;b&#62;77"] {
        assert!(page.says(text), "{text} in {}", page.html);
    }
}

#[actix_web::test]
async fn a_gateway_that_is_not_there_is_not_found() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    for name in ["stripe", "a%20b", "test_card/off"] {
        assert_eq!(browser.get(&format!("{GATEWAYS}/{name}")).await.status, 404, "{name}");
    }
}

#[actix_web::test]
async fn without_a_sandbox_there_is_no_page_and_no_place_in_the_menu() {
    let mut hub = hub_with_operators();
    hub.services.sandbox = None;
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    assert_eq!(browser.get(GATEWAYS).await.status, 404);
    assert_eq!(browser.get(CARD).await.status, 404);
    assert!(!browser.get("/admin/workspace").await.says("Payment gateways"));
}
