//! Signing in and out.

use devhub_domain::operators::Role;

use super::browser::{Browser, PASSWORD, hub_with_operators};

const KEYS: &str = "/admin/developer/api-keys";
const KEYS_WANTED: &str = "/admin/sign-in?next=%2Fadmin%2Fdeveloper%2Fapi-keys";

#[actix_web::test]
async fn who_is_not_signed_in_is_led_to_the_sign_in_page_and_back() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    assert_eq!(browser.get("/admin/account").await.location(), "/admin/sign-in?next=%2Fadmin%2Faccount");
    let form = browser.get("/admin/sign-in?next=%2Fadmin%2Faccount").await.clone();
    let fields = [("email", "owner@example.com"), ("password", PASSWORD), ("next", &form.hidden("next"))];
    assert_eq!(browser.post("/admin/sign-in", &fields).await.location(), "/admin/account");
    assert!(browser.get("/admin/account").await.says("owner@example.com"));
}

#[actix_web::test]
async fn a_link_to_another_site_is_not_followed_after_signing_in() {
    let hub = hub_with_operators();
    for next in ["//evil.example", "https://evil.example/admin/", "/\\evil.example"] {
        let mut browser = Browser::new(&hub);
        browser.get("/admin/sign-in").await;
        let fields = [("email", "owner@example.com"), ("password", PASSWORD), ("next", next)];
        assert_eq!(browser.post("/admin/sign-in", &fields).await.location(), "/admin/overview", "{next}");
    }
}

#[actix_web::test]
async fn a_wrong_password_and_an_unknown_address_are_told_alike() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    browser.get("/admin/sign-in").await;
    for fields in [
        [("email", "owner@example.com"), ("password", "another password")],
        [("email", "nobody@example.com"), ("password", PASSWORD)],
    ] {
        let page = browser.post("/admin/sign-in", &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.says("Email or password is wrong"));
        assert!(!page.says(PASSWORD) && !page.says("another password"));
    }
    assert!(!browser.cookies.contains_key("devhub_session"));
}

#[actix_web::test]
async fn repeated_failures_are_made_to_wait() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    browser.get("/admin/sign-in").await;
    let wrong = [("email", "owner@example.com"), ("password", "another password")];
    let mut tries = 0;
    while browser.post("/admin/sign-in", &wrong).await.status == 422 {
        tries += 1;
        assert!(tries < 100, "somebody may guess for ever");
    }
    assert_eq!(browser.page.status, 429);
    assert!(browser.page.header("retry-after").parse::<u64>().unwrap() >= 1);
    let right = [("email", "owner@example.com"), ("password", PASSWORD)];
    assert_eq!(browser.post("/admin/sign-in", &right).await.status, 429, "the right password has to wait as well");
}

/// ASVS 5.0, 7.2.3 and 7.2.4.
#[actix_web::test]
async fn signing_in_again_makes_a_new_session_and_ends_the_one_before() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let first = browser.cookies["devhub_session"].clone();
    assert!(first.len() * 6 >= 128, "{} characters of base64 hold less than 128 bits", first.len());

    let mut again = Browser::new(&hub);
    again.get("/admin/sign-in").await;
    again.cookies.insert("devhub_session".to_owned(), first.clone());
    again.post("/admin/sign-in", &[("email", "owner@example.com"), ("password", PASSWORD)]).await;
    assert_ne!(again.cookies["devhub_session"], first);
    assert_eq!(again.get(KEYS).await.status, 200);
    assert_eq!(browser.get(KEYS).await.location(), KEYS_WANTED, "the session before has ended");
}

/// ASVS 5.0, 7.4.1.
#[actix_web::test]
async fn a_cookie_is_worth_nothing_after_signing_out() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let token = browser.cookies["devhub_session"].clone();
    browser.get(KEYS).await;
    assert_eq!(browser.post("/admin/sign-out", &[]).await.location(), "/admin/sign-in");
    assert!(!browser.cookies.contains_key("devhub_session"));
    assert!(browser.get("/admin/sign-in").await.says("You are signed out."));
    assert!(!browser.get("/admin/sign-in").await.says("You are signed out."), "a notice is shown once");
    browser.cookies.insert("devhub_session".to_owned(), token);
    assert_eq!(browser.get(KEYS).await.location(), KEYS_WANTED);
}

#[actix_web::test]
async fn an_unused_session_ends_by_itself() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    hub.clock.advance(std::time::Duration::from_hours(12));
    assert_eq!(browser.get(KEYS).await.location(), KEYS_WANTED);
}

#[actix_web::test]
async fn who_is_signed_in_is_not_asked_again() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert_eq!(browser.get("/admin/sign-in?next=/admin/account").await.location(), "/admin/account");
}

#[actix_web::test]
async fn an_address_of_any_length_is_only_wrong() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    browser.get("/admin/sign-in").await;
    let long = "a".repeat(1_500);
    let page = browser.post("/admin/sign-in", &[("email", &long), ("password", "x")]).await;
    assert_eq!(page.status, 422);
}

#[actix_web::test]
async fn a_session_that_ended_while_a_form_was_open_is_told() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(KEYS).await;
    hub.clock.advance(std::time::Duration::from_hours(12));
    let page = browser.post(&format!("{KEYS}/{}/lock", key.key.id), &[]).await;
    assert_eq!(page.location(), "/admin/sign-in");
    assert!(!browser.cookies.contains_key("devhub_session"), "a token of no session is not kept");
    assert!(browser.get("/admin/sign-in").await.says("You were signed out meanwhile."));
}

/// ASVS 5.0, 14.2.1.
#[actix_web::test]
async fn a_token_that_somebody_searches_for_without_a_session_is_kept_nowhere() {
    let hub = hub_with_operators();
    let issued = hub.key("read");
    let mut browser = Browser::new(&hub);
    let page = browser.get(&format!("{KEYS}?q={}", issued.token.secret().expose())).await;
    assert_eq!(page.location(), KEYS_WANTED);
}

#[actix_web::test]
async fn who_shows_many_tokens_of_no_session_is_made_to_wait() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    let mut shown = 0;
    loop {
        let token = data_encoding::BASE64URL_NOPAD.encode(&[shown; 32]);
        browser.cookies.insert("devhub_session".to_owned(), token);
        if browser.get(KEYS).await.status != 303 {
            break;
        }
        shown += 1;
        assert!(shown < 200, "somebody may guess for ever");
    }
    assert_eq!(browser.page.status, 429);
    assert!(browser.page.says("Too many requests"));
}

#[actix_web::test]
async fn an_address_that_names_where_to_go_twice_is_a_page_all_the_same() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    let page = browser.get("/admin/sign-in?next=/admin/account&next=%ff").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
}
