//! The first owner.

use devhub_domain::operators::Role;

use super::browser::{Browser, PASSWORD, add_operator};
use crate::hub::Hub;

async fn shown(hub: &Hub) -> Browser<'_> {
    let mut browser = Browser::new(hub);
    assert_eq!(browser.get("/admin/setup").await.status, 200);
    browser
}

fn token(hub: &Hub) -> String {
    hub.services.pages.setup().offer().unwrap().unwrap().expose().to_owned()
}

/// ASVS 5.0, 6.3.2.
#[actix_web::test]
async fn a_new_hub_has_no_account_and_leads_to_its_setup() {
    let hub = Hub::with_workspaces();
    let mut browser = Browser::new(&hub);
    assert_eq!(browser.get("/").await.location(), "/admin/overview");
    assert_eq!(
        browser.get("/admin/developer/api-keys").await.location(),
        "/admin/sign-in?next=%2Fadmin%2Fdeveloper%2Fapi-keys"
    );
    assert_eq!(browser.get("/admin/sign-in").await.location(), "/admin/setup");
}

#[actix_web::test]
async fn the_printed_token_makes_the_owner_and_signs_it_in() {
    let hub = Hub::with_workspaces();
    let token = token(&hub);
    let mut browser = shown(&hub).await;
    let fields = [("setup_token", token.as_str()), ("email", "ada@example.com"), ("password", PASSWORD)];
    assert_eq!(browser.post("/admin/setup", &fields).await.location(), "/admin/overview");
    assert!(browser.get("/admin/developer/api-keys").await.says("ada@example.com"));
    assert_eq!(browser.get("/admin/setup").await.location(), "/admin/sign-in", "the setup is over");
}

#[actix_web::test]
async fn another_token_makes_nobody() {
    let hub = Hub::with_workspaces();
    let real = token(&hub);
    let mut browser = shown(&hub).await;
    for wrong in ["", "guess", &"A".repeat(43)] {
        let fields = [("setup_token", wrong), ("email", "ada@example.com"), ("password", PASSWORD)];
        let page = browser.post("/admin/setup", &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.says("The setup token is wrong") && page.says("ada@example.com"), "{}", page.html);
        assert!(!page.says(&real) && !page.says(PASSWORD));
    }
}

#[actix_web::test]
async fn what_is_wrong_is_told_at_its_field() {
    let hub = Hub::with_workspaces();
    let token = token(&hub);
    let mut browser = shown(&hub).await;
    for (email, password, told) in [
        ("ada", PASSWORD, "Email must look like name@example.com"),
        ("ada@example.com", "short", "Password must have at least 12 characters."),
        ("ada@example.com", "password123456", "Password"),
    ] {
        let fields = [("setup_token", token.as_str()), ("email", email), ("password", password)];
        let page = browser.post("/admin/setup", &fields).await;
        assert_eq!(page.status, 422, "{email} {password}");
        assert!(page.says(told) && page.says("aria-invalid=\"true\""), "{}", page.html);
    }
}

#[actix_web::test]
async fn while_the_setup_is_done_on_the_command_line_the_page_leads_to_signing_in() {
    let hub = Hub::with_workspaces();
    let token = token(&hub);
    let mut browser = shown(&hub).await;
    add_operator(&hub, Role::Owner);
    let fields = [("setup_token", token.as_str()), ("email", "eve@example.com"), ("password", PASSWORD)];
    assert_eq!(browser.post("/admin/setup", &fields).await.location(), "/admin/sign-in");
}
