//! The page that asks for the password once more.

use devhub_domain::operators::Role;

use super::browser::{Browser, PASSWORD, hub_with_operators};

const CONFIRM: &str = "/admin/confirm-password";
const KEYS: &str = "/admin/developer/api-keys";

#[actix_web::test]
async fn the_right_password_makes_a_new_session_and_leads_on() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let before = browser.cookies["devhub_session"].clone();
    let form = browser.get(&format!("{CONFIRM}?next=%2Fadmin%2Faccount")).await.clone();
    assert!(form.says("developer@example.com") && form.header("cache-control") == "no-store");
    let fields = [("password", PASSWORD), ("next", &form.hidden("next"))];
    assert_eq!(browser.post(CONFIRM, &fields).await.location(), "/admin/account");
    assert_eq!(browser.get("/admin/account").await.status, 200);
    browser.cookies.insert("devhub_session".to_owned(), before);
    assert_eq!(browser.get("/admin/account").await.status, 303, "the session before has ended");
}

#[actix_web::test]
async fn only_a_page_of_ours_is_led_on_to() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    for next in ["//evil.example", "https://evil.example/admin/", "/\\evil.example", "/admin/sign-out", CONFIRM, ""] {
        assert_eq!(browser.get(&format!("{CONFIRM}?next={next}")).await.hidden("next"), "/admin/overview", "{next}");
        let fields = [("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post(CONFIRM, &fields).await.location(), "/admin/overview", "{next}");
        browser.get(KEYS).await;
    }
}

#[actix_web::test]
async fn a_wrong_password_is_told_at_its_field_and_leads_nowhere() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let session = browser.cookies["devhub_session"].clone();
    browser.get(&format!("{CONFIRM}?next=%2Fadmin%2Faccount")).await;
    let page = browser.post(CONFIRM, &[("password", "another password"), ("next", "/admin/account")]).await;
    assert_eq!(page.status, 422);
    assert!(page.says("This is not your password.") && !page.says("another password"));
    assert_eq!(page.hidden("next"), "/admin/account");
    assert_eq!(browser.cookies["devhub_session"], session);
}

/// ASVS 5.0, 6.3.1: who has found a browser open has no more tries than who stands at the door.
#[actix_web::test]
async fn wrong_passwords_are_counted_with_those_of_the_sign_in() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(CONFIRM).await;
    let mut tries = 0;
    while browser.post(CONFIRM, &[("password", "another password")]).await.status == 422 {
        tries += 1;
        assert!(tries < 100, "somebody may guess for ever");
    }
    assert_eq!(browser.page.status, 429);
    assert!(browser.page.header("retry-after").parse::<u64>().unwrap() >= 1);
    let mut door = Browser::new(&hub);
    door.get("/admin/sign-in").await;
    let right = [("email", "owner@example.com"), ("password", PASSWORD)];
    assert_eq!(door.post("/admin/sign-in", &right).await.status, 429);
}

#[actix_web::test]
async fn a_form_of_another_page_confirms_nothing() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    assert_eq!(browser.post_raw(CONFIRM, &[("password", PASSWORD)]).await.status, 403);
}
