//! The page of one key's usage, with the form that explains requests.

use devhub_domain::operators::Role;

use super::browser::{Browser, hub_with_operators};
use crate::hub::token;

#[actix_web::test]
async fn a_key_shows_what_it_was_used_for_to_whoever_may_look() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    hub.get("/api/hub/v1/whoami", &key).await;
    hub.get("/api/hub/v1/keys", &key).await;
    hub.services.usage.flush().unwrap();
    let path = format!("/admin/developer/api-keys/{}/usage", key.key.id);
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(browser.get("/admin/developer/api-keys").await.says(&path));
    let page = browser.get(&path).await;
    assert!(page.says("2 calls in the last 30 days, 1 of them refused") && page.says("INSUFFICIENT_SCOPE 1"));
    assert!(page.says("127.0.0.1"));
}

#[actix_web::test]
async fn a_request_is_explained_and_its_token_is_not_shown_again() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let path = format!("/admin/developer/api-keys/{}/usage", key.key.id);
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    browser.get(&path).await;
    let fields =
        [("method", "POST"), ("path", "/api/v1/payments"), ("address", "203.0.113.7"), ("presented", token(&key))];
    let page = browser.post(&path, &fields).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.says("This request is refused: INSUFFICIENT_SCOPE") && page.says("needs: write"));
    assert!(!page.says(token(&key)) && page.says("203.0.113.7"));
    let page = browser.post(&path, &[("address", "here")]).await;
    assert!(page.says("This cannot be explained") && page.says("IPv4 or IPv6 address"));
    let page = browser.post(&path, &[("request_id", "gone")]).await;
    assert!(page.says("This cannot be explained") && page.says("4096"));
}
