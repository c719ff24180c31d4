//! The settings of the workspace.

use devhub_domain::operators::Role;

use super::browser::{Browser, hub_with_operators};

const WORKSPACE: &str = "/admin/workspace";
const KEYS: &str = "/admin/developer/api-keys";

#[actix_web::test]
async fn every_time_is_shown_in_the_zone_of_the_workspace_with_utc_at_hand() {
    let hub = hub_with_operators();
    hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    let created = "2026-11-24T10:00:00";
    let page = browser.get(KEYS).await.clone();
    assert!(page.says(&format!("<time datetime=\"{created}")), "{}", page.html);
    browser.get(WORKSPACE).await;
    browser.post(WORKSPACE, &[("name", "Shop"), ("time_zone", "Asia/Dhaka")]).await;
    let page = browser.get(KEYS).await;
    assert!(page.says("title=\"2026-11-24 10:00:00 UTC\">2026-11-24 16:00</time>"), "{}", page.html);
}

#[actix_web::test]
async fn what_is_wrong_is_told_at_its_field() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(WORKSPACE).await;
    let page = browser.post(WORKSPACE, &[("name", ""), ("time_zone", "Mars/Olympus")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("Workspace name must be 1 to 100 characters without control characters."));
    assert!(page.says("Time zone must be an IANA name such as Europe/Berlin or UTC."));
}

#[actix_web::test]
async fn the_name_stands_on_every_page() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(WORKSPACE).await;
    assert_eq!(
        browser.post(WORKSPACE, &[("name", "<b>Corner</b> Shop"), ("time_zone", "UTC")]).await.location(),
        WORKSPACE
    );
    assert!(browser.get(WORKSPACE).await.says("The workspace is saved."));
    assert!(browser.get(KEYS).await.says("&#60;b&#62;Corner&#60;/b&#62; Shop"));
}
