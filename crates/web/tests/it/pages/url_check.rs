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
    assert!(
        browser.get(&format!("{NEW}?url=https%3A%2F%2Fshop.example%2F%22x")).await.says("https://shop.example/&#34;x")
    );
}

#[actix_web::test]
async fn a_viewer_checks_nothing() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    browser.get("/admin/developer/webhooks").await;
    assert_eq!(browser.post(CHECK, &[("url", "https://shop.example/")]).await.status, 403);
}
