//! What is said and asked on which connection, and what every page says to the browser.

use devhub_domain::operators::Role;

use super::browser::{Browser, HOST, PASSWORD, hub_with_operators};

/// ASVS 5.0, 3.4.
#[actix_web::test]
async fn every_page_forbids_what_is_not_its_own() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    for path in ["/admin/developer/api-keys", "/admin/account", "/admin/workspace", "/admin/nothing", "/admin/sign-in"]
    {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{path}");
        assert!(!policy.contains("unsafe") && !policy.contains("data:"), "{path}");
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(page.header("strict-transport-security"), "", "{path}: there is no https here");
    }
}

#[actix_web::test]
async fn a_page_that_is_not_there_is_a_page() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    let page = browser.get("/admin/nothing").await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (404, "text/html; charset=utf-8"));
    assert!(page.says("Nothing is here"));
    assert_eq!(browser.get("/administrator").await.header("content-type"), "application/problem+json");
}

#[actix_web::test]
async fn a_store_that_is_away_is_told_with_the_id_of_the_request() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    hub.break_store();
    let page = browser.get("/admin/developer/api-keys").await.clone();
    assert_eq!(page.status, 503);
    assert!(page.says("The hub cannot answer now") && page.says(page.header("x-request-id")), "{}", page.html);
}

#[actix_web::test]
async fn without_encryption_no_password_is_asked_for_over_a_network() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    browser.headers = vec![("host", "192.0.2.1:8780".to_owned())];
    for path in ["/admin/sign-in", "/admin/setup", "/admin/developer/api-keys"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 403, "{path}");
        assert!(page.says("This connection is not encrypted") && page.says("server.tls_certificate_file"), "{path}");
    }
    assert!(browser.cookies.is_empty());
}

/// ASVS 5.0, 3.3.
#[actix_web::test]
async fn behind_a_trusted_proxy_that_encrypts_the_cookie_is_secure() {
    let mut hub = hub_with_operators();
    hub.services.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    let mut browser = Browser::new(&hub);
    browser.headers = vec![("host", "hub.example.com".to_owned()), ("x-forwarded-proto", "https".to_owned())];
    assert_eq!(browser.get("/admin/sign-in").await.header("strict-transport-security"), "max-age=31536000");
    browser.post("/admin/sign-in", &[("email", "owner@example.com"), ("password", PASSWORD)]).await;
    let cookies: Vec<&str> =
        browser.page.headers.get_all("set-cookie").map(|cookie| cookie.to_str().unwrap()).collect();
    let session = cookies.iter().find(|cookie| cookie.starts_with("__Host-devhub_session=")).unwrap();
    assert!(session.ends_with("; HttpOnly; SameSite=Lax; Secure; Path=/"), "{session}");
    assert_eq!(browser.get("/admin/developer/api-keys").await.status, 200);
}

#[actix_web::test]
async fn who_is_no_trusted_proxy_does_not_make_a_connection_encrypted() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    browser.headers = vec![("host", "hub.example.com".to_owned()), ("x-forwarded-proto", "https".to_owned())];
    assert_eq!(browser.get("/admin/sign-in").await.status, 403);
}

#[actix_web::test]
async fn on_the_machine_itself_the_cookie_is_kept_without_encryption() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    browser.get("/admin/sign-in").await;
    browser.post("/admin/sign-in", &[("email", "owner@example.com"), ("password", PASSWORD)]).await;
    let mut cookies = browser.page.headers.get_all("set-cookie").map(|cookie| cookie.to_str().unwrap());
    let session = cookies.find(|cookie| cookie.starts_with("devhub_session=")).unwrap();
    assert!(session.ends_with("; HttpOnly; SameSite=Lax; Path=/"), "{session} at {HOST}");
}

#[actix_web::test]
async fn a_method_that_a_page_has_not_is_refused() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let page = browser.get("/admin/sign-out").await;
    assert_eq!((page.status.as_u16(), page.header("allow")), (405, "POST"));
}

#[actix_web::test]
async fn behind_a_proxy_that_was_reached_in_the_clear_no_password_is_asked_for() {
    let mut hub = hub_with_operators();
    hub.services.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    hub.services.pages = hub.services.pages.clone().with_public_url("https://hub.example.com".parse().unwrap());
    let mut browser = Browser::new(&hub);
    browser.headers = vec![("host", "hub.example.com".to_owned()), ("x-forwarded-proto", "http".to_owned())];
    assert_eq!(browser.get("/admin/sign-in").await.status, 403);
    browser.headers = vec![("host", "127.0.0.1:8780".to_owned())];
    assert_eq!(browser.get("/admin/sign-in").await.status, 403, "a name that proxies use by default");
    browser.headers = vec![("host", "hub.example.com".to_owned())];
    assert_eq!(browser.get("/admin/sign-in").await.status, 200);
}

#[actix_web::test]
async fn what_the_web_server_answers_by_itself_says_the_same_to_the_browser() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    browser.headers.push(("accept-encoding", "identity;q=0, br".to_owned()));
    let page = browser.get("/admin/sign-in").await;
    assert_eq!(page.status, 406);
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
}
