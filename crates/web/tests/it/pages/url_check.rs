//! Whether an address can be an endpoint, told before it is saved.

use devhub_domain::operators::Role;

use super::browser::{Browser, hub_with_operators};

const NEW: &str = "/admin/developer/webhooks/new";
const CHECK: &str = "/admin/developer/webhooks/check-url";

#[actix_web::test]
async fn an_address_is_told_apart_by_its_rules_and_its_name() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let cases = [
        ("https://shop.example/hook", "This address can be an endpoint"),
        ("http://shop.example/hook", "must use https"),
        ("https://10.0.0.7/hook", "Address 10.0.0.7 is refused: private network"),
        ("https://shop.invalid/hook", "Shop.invalid: the name does not exist."),
        ("no address", "must not contain spaces"),
    ];
    for (url, expected) in cases {
        browser.get(NEW).await;
        let page = browser.post(CHECK, &[("url", url)]).await;
        assert!(page.status == 200 && page.says(expected), "{url}: {}", page.html);
    }
    browser.get(NEW).await;
    let page = browser.post(CHECK, &[("url", "https://shop.example/"), ("as", "json")]).await;
    assert!(page.html.starts_with("{\"fine\":true"), "{}", page.html);
}

#[actix_web::test]
async fn a_check_without_scripts_keeps_all_that_was_typed() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let form_id = browser.get(NEW).await.hidden("form_id");
    let fields = [
        ("url", "https://10.0.0.7/\"x"),
        ("description", "Order <b>fulfilment</b>"),
        ("event_types", "payment.completed"),
        ("patterns", "refund.* order.*"),
        ("status", "paused"),
        ("form_id", form_id.as_str()),
    ];
    let page = browser.post(CHECK, &fields).await.clone();
    assert!(page.says("<h1>Add endpoint</h1>") && page.says("private network"), "{}", page.html);
    assert!(page.says("value=\"https://10.0.0.7/&#34;x\"") && page.says("Order &#60;b&#62;fulfilment"));
    assert!(page.says("value=\"payment.completed\" checked") && page.says("value=\"refund.* order.*\""));
    assert!(page.says("<option value=\"paused\" selected>"));
    assert_eq!(page.hidden("form_id"), form_id, "it adds one endpoint, as it would have without the check");
}

#[actix_web::test]
async fn a_check_of_an_endpoint_that_is_changed_shows_that_form() {
    let hub = hub_with_operators();
    let id = super::webhooks::endpoint(&hub, "https://shop.example/hook");
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let edit = format!("/admin/developer/webhooks/{id}/edit");
    let check = format!("{CHECK}?endpoint={id}");
    assert!(browser.get(&edit).await.says(&format!("formaction=\"{check}\"")));
    let revision = browser.page.hidden("revision");
    let fields = [("url", "https://shop.invalid/hook"), ("patterns", "refund.*"), ("revision", revision.as_str())];
    let page = browser.post(&check, &fields).await;
    assert!(page.says("<h1>Edit endpoint</h1>") && page.says("the name does not exist"), "{}", page.html);
    assert!(page.says(&format!("action=\"{edit}\"")) && page.says("value=\"https://shop.invalid/hook\""));
    assert_eq!(page.hidden("revision"), revision);
}

#[actix_web::test]
async fn a_viewer_checks_nothing() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    browser.get("/admin/developer/webhooks").await;
    assert_eq!(browser.post(CHECK, &[("url", "https://shop.example/")]).await.status, 403);
}
