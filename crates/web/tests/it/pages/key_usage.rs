//! What keys were used for, in the list and on the page of each, with the form that explains requests.

use std::time::Duration;

use devhub_domain::operators::Role;
use devhub_domain::usage::{AnswerKind, Call, RefusalKind};
use serde_json::json;

use super::browser::{Browser, hub_with_operators};
use crate::hub::token;

const KEYS: &str = "/admin/developer/api-keys";

#[actix_web::test]
async fn a_key_shows_what_it_was_used_for_to_whoever_may_look() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    hub.get("/api/hub/v1/whoami", &key).await;
    hub.get("/api/hub/v1/keys", &key).await;
    hub.services.usage.flush().unwrap();
    let path = format!("{KEYS}/{}", key.key.id);
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    assert!(browser.get(KEYS).await.says(&path));
    let page = browser.get(&path).await;
    assert!(page.says("2 calls in the last 7 days, 1 of them refused"), "{}", page.html);
    assert!(page.says("INSUFFICIENT_SCOPE") && page.says("Give the program a key with the scope"));
    assert!(page.says("127.0.0.1") && page.says("2026-11-24 10:00: 2xx 1, 4xx 1"));
}

#[actix_web::test]
async fn the_list_shows_the_last_seven_days_of_each_key_and_where_it_is_used() {
    let hub = hub_with_operators();
    let (busy, _idle) = (hub.key("read"), hub.key("read"));
    let call = |refusal: Option<RefusalKind>| {
        let answer = if refusal.is_some() { AnswerKind::ClientError } else { AnswerKind::Success };
        hub.services.usage.count(&Call { key_id: busy.key.id, address: None, answer, refusal, took: None });
    };
    // Out of sight a week later; then yesterday, and today.
    call(None);
    hub.clock.advance(Duration::from_hours(8 * 24));
    (0..3).for_each(|_| call(None));
    hub.clock.advance(Duration::from_hours(24));
    call(Some(RefusalKind::Locked));
    hub.services.usage.flush().unwrap();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(KEYS).await;
    assert!(page.says("aria-label=\"4 calls in 7 days, 1 of them refused\""), "{}", page.html);
    assert!(page.says("Yesterday: 3 calls") && page.says("Today: 1 call, 1 refused"));
    assert_eq!(page.html.matches("class=\"sparks\"").count(), 1, "a key without calls has no bars");
    assert!(page.says(">Environment</th>") && page.says(">live</span>"));
}

#[actix_web::test]
async fn how_far_back_the_plot_goes_is_chosen_by_the_address() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    hub.get("/api/hub/v1/whoami", &key).await;
    hub.services.usage.flush().unwrap();
    let path = format!("{KEYS}/{}", key.key.id);
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let cases = [("24h", "24 hours", 24), ("7d", "7 days", 168), ("30d", "30 days", 30), ("1y", "7 days", 168)];
    for (range, told, columns) in cases {
        let page = browser.get(&format!("{path}?range={range}&q=shop")).await;
        assert!(page.says(&format!("1 call in the last {told}, 0 of them refused.")), "{range}");
        assert_eq!(page.html.matches("class=\"hit\"").count(), columns, "{range}");
        assert!(page.says("?range=24h&#38;q=shop#usage"), "{}", page.html);
    }
    assert_eq!(browser.get(&format!("{path}/usage")).await.location(), format!("{path}#usage"));
}

#[actix_web::test]
async fn a_key_shows_the_limits_that_apply_and_who_has_changed_it() {
    let hub = hub_with_operators();
    let admin = hub.key("read keys:write limits:write");
    let limit = json!({ "limit": 120, "window_s": 60, "burst": 30 });
    let wanted = json!({ "label": "Till", "scopes": ["read"], "rate_limit": limit });
    let made = hub.post("/api/hub/v1/keys", &admin, &wanted).await;
    let rule = json!({ "name": "exports", "limit": 5, "window_s": 60, "path": "/api/v1/exports", "mode": "shadow" });
    assert_eq!(hub.post("/api/hub/v1/limits/policies", &admin, &rule).await.status, 201);
    let path = format!("{KEYS}/{}", made.field("id"));
    let mut viewer = Browser::signed_in(&hub, Role::Viewer).await;
    let page = viewer.get(&path).await;
    assert!(page.says("120 per minute, 30 at once for each key") && page.says("An override for this key"));
    assert!(page.says("Any /api/v1/exports") && page.says("Shadow"), "{}", page.html);
    assert!(!page.says("/admin/rate-limits/policies/"), "a viewer is not led to a form that it may not send");
    let mut owner = Browser::signed_in(&hub, Role::Owner).await;
    let page = owner.get(&path).await;
    assert!(page.says("/admin/rate-limits/policies/") && page.says("Key issued") && page.says("Key Shop"));
    assert!(page.says(&format!("/admin/audit?subject={}", made.field("id"))), "{}", page.html);
}

#[actix_web::test]
async fn a_request_is_explained_and_its_token_is_not_shown_again() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let page_path = format!("{KEYS}/{}", key.key.id);
    let path = format!("{page_path}/explain");
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    assert!(browser.get(&page_path).await.says(&path));
    let fields =
        [("method", "POST"), ("path", "/api/v1/payments"), ("address", "203.0.113.7"), ("presented", token(&key))];
    let page = browser.post(&path, &fields).await;
    assert_eq!(page.status.as_u16(), 200);
    assert!(page.says("This request is refused: INSUFFICIENT_SCOPE") && page.says("needs: write"));
    assert!(!page.says(token(&key)) && page.says("203.0.113.7"));
    assert!(page.says("Limits that apply"), "the answer stands on the page of the key");
    let page = browser.post(&path, &[("address", "here")]).await;
    assert!(page.says("This cannot be explained") && page.says("IPv4 or IPv6 address"));
    let page = browser.post(&path, &[("request_id", "gone")]).await;
    assert!(page.says("This cannot be explained") && page.says("4096"));
    assert_eq!(browser.get(&path).await.location(), format!("{page_path}#explain"));
}

#[actix_web::test]
async fn a_key_of_another_workspace_has_no_page() {
    let hub = hub_with_operators();
    let new = devhub_domain::api_keys::NewApiKey::with_label(devhub_domain::testing::label("Theirs"));
    let other = hub.issue(crate::hub::OTHER_WORKSPACE, new);
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let path = format!("{KEYS}/{}", other.key.id);
    assert_eq!(browser.get(&path).await.status, 404);
    browser.get(KEYS).await;
    assert_eq!(browser.post(&format!("{path}/explain"), &[("path", "/")]).await.status, 404);
}
