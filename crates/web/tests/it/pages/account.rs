//! The account: its password and its sessions.

use devhub_domain::operators::Role;

use super::browser::{Browser, PASSWORD, email_of, hub_with_operators};

const ACCOUNT: &str = "/admin/account";
const NEW: &str = "eleven green umbrellas";

#[actix_web::test]
async fn a_new_password_renews_this_session_and_ends_the_others() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let mut other = Browser::signed_in(&hub, Role::Viewer).await;
    let before = browser.cookies["devhub_session"].clone();
    browser.get(ACCOUNT).await;
    let fields = [("current_password", PASSWORD), ("new_password", NEW)];
    assert_eq!(browser.post("/admin/account/password", &fields).await.location(), ACCOUNT);
    assert_ne!(browser.cookies["devhub_session"], before);
    assert!(browser.get(ACCOUNT).await.says("Your password is changed."));
    assert!(other.get(ACCOUNT).await.location().starts_with("/admin/sign-in"));
    let mut fresh = Browser::new(&hub);
    fresh.get("/admin/sign-in").await;
    let fields = [("email", &*email_of(Role::Viewer)), ("password", NEW)];
    assert_eq!(fresh.post("/admin/sign-in", &fields).await.status, 303);
}

#[actix_web::test]
async fn a_password_is_changed_by_whoever_knows_it() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(ACCOUNT).await;
    let page = browser.post("/admin/account/password", &[("current_password", "guess"), ("new_password", NEW)]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("This is not your password.") && !page.says(NEW));
    let page =
        browser.post("/admin/account/password", &[("current_password", PASSWORD), ("new_password", "short")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("Password must have at least 12 characters."));
}

#[actix_web::test]
async fn sessions_are_listed_and_ended() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let mut other = Browser::new(&hub);
    other.headers.push(("user-agent", "Other <Browser>".to_owned()));
    other.get("/admin/sign-in").await;
    other.post("/admin/sign-in", &[("email", "owner@example.com"), ("password", PASSWORD)]).await;
    let page = browser.get(ACCOUNT).await;
    assert!(
        page.says("This browser") && page.says("Other &#60;Browser&#62;") && page.says("127.0.0.1"),
        "{}",
        page.html
    );
    // The newest stands first.
    let (_, rest) = page.html.split_once("href=\"/admin/account/sessions/").unwrap();
    let end = format!("/admin/account/sessions/{}", rest.split('"').next().unwrap());
    assert!(browser.get(&end).await.says("End this session?"));
    assert_eq!(browser.post(&end, &[]).await.location(), ACCOUNT);
    assert!(browser.get(ACCOUNT).await.says("The session is ended."));
    assert!(other.get(ACCOUNT).await.location().starts_with("/admin/sign-in"));
}

#[actix_web::test]
async fn all_other_sessions_are_ended_at_once() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let mut others = [Browser::signed_in(&hub, Role::Owner).await, Browser::signed_in(&hub, Role::Owner).await];
    let mut colleague = Browser::signed_in(&hub, Role::Admin).await;
    browser.get("/admin/account/sessions/end-others").await;
    browser.post("/admin/account/sessions/end-others", &[]).await;
    assert!(!browser.get(ACCOUNT).await.says("End all other sessions"), "there is none");
    for other in &mut others {
        assert!(other.get(ACCOUNT).await.location().starts_with("/admin/sign-in"));
    }
    assert_eq!(colleague.get(ACCOUNT).await.status, 200);
}

#[actix_web::test]
async fn a_session_of_somebody_else_is_not_there() {
    let hub = hub_with_operators();
    let mut colleague = Browser::signed_in(&hub, Role::Admin).await;
    let page = colleague.get(ACCOUNT).await;
    let (_, rest) = page.html.split_once("href=\"/admin/account/sessions/").unwrap();
    let end = format!("/admin/account/sessions/{}", rest.split('"').next().unwrap());
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(ACCOUNT).await;
    assert_eq!(browser.post(&end, &[]).await.status, 404);
    assert_eq!(colleague.get(ACCOUNT).await.status, 200);
}
