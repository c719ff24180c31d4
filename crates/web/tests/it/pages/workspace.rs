//! The settings of the workspace.

use std::time::Duration;

use devhub_domain::operators::Role;
use devhub_web::NodeFacts;

use super::browser::{Browser, hub_with_operators};
use super::workspaces::{admit, switch};
use crate::hub::OTHER_WORKSPACE;

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

fn node() -> NodeFacts {
    NodeFacts {
        name: "<b>local".to_owned(),
        database: "PostgreSQL 17.2".to_owned(),
        database_name: "postgres://db.example:5432/hub".to_owned(),
        state_folder: "/var/lib/devhub".to_owned(),
        backup: "pg_dump",
    }
}

#[actix_web::test]
async fn the_general_page_tells_of_the_node_and_where_things_are_to_those_who_run_it() {
    let mut hub = hub_with_operators();
    hub.services.pages = hub.services.pages.clone().with_node(node());
    hub.clock.advance(Duration::from_hours(76));
    for role in Role::ALL {
        let mut browser = Browser::signed_in(&hub, role).await;
        let page = browser.get(WORKSPACE).await;
        for text in
            ["&#60;b&#62;local", "PostgreSQL 17.2", "3 days 4 hours", "For operators only", env!("CARGO_PKG_VERSION")]
        {
            assert!(page.says(text), "{role:?}: {text}: {}", page.html);
        }
        for place in ["postgres://db.example:5432/hub", "/var/lib/devhub", "pg_dump"] {
            assert_eq!(page.says(place), role.manages(Role::Admin), "{role:?}: {place}");
        }
        // It is the role in the first workspace that counts, wherever the session works.
        admit(&hub, role, Role::Owner);
        switch(&mut browser, OTHER_WORKSPACE).await;
        assert_eq!(browser.get(WORKSPACE).await.says("pg_dump"), role.manages(Role::Admin), "{role:?}: elsewhere");
    }
}

#[actix_web::test]
async fn the_general_page_says_when_everybody_may_read_the_reference() {
    let mut hub = hub_with_operators();
    hub.services.pages = hub.services.pages.clone().with_public_reference();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(browser.get(WORKSPACE).await.says("Public: everybody may read it"));
}

#[actix_web::test]
async fn a_workspace_is_not_given_the_name_of_another() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    browser.get(WORKSPACE).await;
    let page = browser.post(WORKSPACE, &[("name", "Other"), ("time_zone", "UTC")]).await;
    assert_eq!(page.status, 422);
    assert!(
        page.says("A workspace with this name exists already: choose another name.") && page.says("value=\"Other\""),
        "{}",
        page.html
    );
    browser.get(WORKSPACE).await;
    assert_eq!(browser.post(WORKSPACE, &[("name", "Main"), ("time_zone", "Asia/Dhaka")]).await.location(), WORKSPACE);
}
