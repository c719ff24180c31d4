//! The page that rotates a key, and what the list then says.

use devhub_domain::operators::Role;
use serde_json::json;

use super::browser::{Browser, hub_with_operators};

const KEYS: &str = "/admin/developer/api-keys";

#[actix_web::test]
async fn a_rotated_key_is_shown_once_and_the_old_one_retires() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let old = hub.key("read");
    let path = format!("{KEYS}/{}/rotate", old.key.id);
    assert!(browser.get(KEYS).await.says(&path));
    let form = browser.get(&path).await.clone();
    assert!(form.says("Rotate Shop?") && form.says("data-confirm") && form.says("For 30 days"));
    let fields = [("form_id", form.hidden("form_id")), ("grace", "86400".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = browser.post(&path, &fields).await.clone();
    assert_eq!((page.status.as_u16(), page.header("cache-control")), (200, "no-store"));
    assert!(page.says("New API Key Generated") && page.says("OWNPAY_API_KEY=op_"));
    assert!(page.says(&format!("op_{}•••• works until 2026-11-25 10:00 (UTC).", old.key.prefix)));
    assert_eq!(hub.get("/api/hub/v1/whoami", &old).await.status, 200);
    browser.page = form;
    assert!(browser.post(&path, &fields).await.says("This key was already shown"));
    let list = browser.get(&format!("{KEYS}?status=retiring")).await;
    assert!(list.says(&old.key.prefix) && list.says("until") && !list.says(&path), "it is rotated once");
    assert!(!browser.get(&format!("{KEYS}?status=active")).await.says(&old.key.prefix));
}

#[actix_web::test]
async fn who_revokes_a_retiring_key_is_told_who_still_calls_with_it() {
    let hub = hub_with_operators();
    let (admin, old) = (hub.key("read keys:write"), hub.key("read"));
    hub.post(&format!("/api/hub/v1/keys/{}/rotate", old.key.id), &admin, &json!({})).await;
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let revoke = format!("{KEYS}/{}/revoke", old.key.id);
    assert!(browser.get(&revoke).await.says("Nobody has called with it since it was rotated."));
    let call = actix_web::test::TestRequest::get().uri("/api/hub/v1/whoami");
    let call = call.insert_header(("user-agent", "<script>alert(1)</script>"));
    hub.send(crate::hub::authorized(call, &old)).await;
    let page = browser.get(&revoke).await;
    assert!(page.says("Called once since it was rotated, last at 2026-11-24 10:00 (UTC) from 127.0.0.1 by "));
    assert!(!page.says("<script>alert"), "what a caller calls itself is text");
    browser.post(&revoke, &[]).await;
    assert!(browser.get(KEYS).await.says("The hub obeyed within 0 ms."));
}

#[actix_web::test]
async fn the_page_of_a_rotated_key_tells_its_successor_its_end_and_who_still_calls() {
    let hub = hub_with_operators();
    let admin = hub.key("read keys:write limits:write");
    let limit = json!({ "limit": 120, "window_s": 60, "burst": 30 });
    let made = hub
        .post("/api/hub/v1/keys", &admin, &json!({ "label": "Till", "scopes": ["read"], "rate_limit": limit }))
        .await;
    let path = format!("{KEYS}/{}", made.field("id"));
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(&path).await;
    assert!(page.says("120 calls a minute of its own, 30 at once") && !page.says("Successor"), "{}", page.html);
    let rotated = hub.post(&format!("/api/hub/v1/keys/{}/rotate", made.field("id")), &admin, &json!({})).await;
    let page = browser.get(&path).await;
    assert!(page.says(&format!("href=\"{KEYS}/{}\"", rotated.field("id"))) && page.says("Grace ends"), "{}", page.html);
    assert!(page.says("Calls since then") && page.says("It is accepted until its grace ends"));
    let call = actix_web::test::TestRequest::get().uri("/api/hub/v1/whoami");
    let call = call.insert_header(("user-agent", "<b>till/1</b>"));
    let call = call.insert_header(("authorization", format!("Bearer {}", made.field("token"))));
    hub.send(call).await;
    let page = browser.get(&path).await;
    assert!(page.says("127.0.0.1") && page.says("till/1") && !page.says("<b>till"), "{}", page.html);
}

#[actix_web::test]
async fn nobody_rotates_what_they_could_not_generate() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let path = format!("{KEYS}/{}/rotate", key.key.id);
    let mut viewer = Browser::signed_in(&hub, Role::Viewer).await;
    assert_eq!(viewer.get(&path).await.status, 403);
    let list = viewer.get(KEYS).await.clone();
    assert!(!list.says("/rotate"));
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let form = owner.get(&path).await.hidden("form_id");
    viewer.page = list;
    let token = viewer.page.token();
    let sent = [("token", token.as_str()), ("form_id", form.as_str()), ("grace", "0")];
    assert_eq!(viewer.post_raw(&path, &sent).await.status, 403);
    hub.revoke(key.key.id);
    assert_eq!(owner.get(&path).await.status, 409);
}
