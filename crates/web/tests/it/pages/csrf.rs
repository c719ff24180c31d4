//! Forms are taken from our own pages only. ASVS 5.0, 3.5.1 to 3.5.3.

use actix_web::test::TestRequest;
use data_encoding::BASE64URL_NOPAD;
use devhub_domain::operators::{Role, SessionToken};

use super::browser::{Browser, PASSWORD, hub_with_operators};
use super::workspaces::admit;
use crate::hub;

const WORKSPACE: &str = "/admin/workspace";

#[actix_web::test]
async fn a_form_without_the_value_of_its_session_changes_nothing() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let mut other = Browser::signed_in(&hub, Role::Admin).await;
    let foreign = other.get(WORKSPACE).await.token();
    let fields = [("name", "Taken over"), ("time_zone", "UTC")];
    for token in [None, Some(""), Some("guess"), Some(foreign.as_str())] {
        let carried: Vec<_> = token.map(|token| ("token", token)).into_iter().chain(fields).collect();
        let page = browser.post_raw(WORKSPACE, &carried).await;
        assert_eq!(page.status, 403, "{token:?}");
        assert!(page.says("This form is out of date"));
    }
    assert!(!browser.get(WORKSPACE).await.says("Taken over"));
}

#[actix_web::test]
async fn every_form_asks_for_the_value() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let key = hub.key("read");
    let change = |word: &str| format!("/admin/developer/api-keys/{}/{word}", key.key.id);
    let paths = [
        "/admin/developer/api-keys".to_owned(),
        change("lock"),
        change("unlock"),
        change("revoke"),
        "/admin/sign-out".to_owned(),
        WORKSPACE.to_owned(),
        "/admin/account/password".to_owned(),
        "/admin/account/sessions/end-others".to_owned(),
        "/admin/account/sessions/ses_1/end".to_owned(),
    ];
    for path in paths {
        assert_eq!(browser.post_raw(&path, &[]).await.status, 403, "{path}");
    }
    let mut guest = Browser::new(&hub);
    for path in ["/admin/sign-in", "/admin/setup"] {
        assert_eq!(guest.post_raw(path, &[]).await.status, 403, "{path}");
    }
}

#[actix_web::test]
async fn a_form_of_another_origin_is_refused_whatever_it_carries() {
    let hub = hub_with_operators();
    for header in [("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
        let mut browser = Browser::signed_in(&hub, Role::Owner).await;
        browser.get(WORKSPACE).await;
        browser.headers.push((header.0, header.1.to_owned()));
        let page = browser.post(WORKSPACE, &[("name", "Taken over"), ("time_zone", "UTC")]).await;
        assert_eq!(page.status, 403, "{header:?}");
        assert!(page.says("This request came from another site"));
    }
}

#[actix_web::test]
async fn a_form_of_the_hubs_own_origin_is_taken() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    browser.get(WORKSPACE).await;
    browser.headers.push(("origin", "http://localhost:8780".to_owned()));
    browser.headers.push(("sec-fetch-site", "same-origin".to_owned()));
    assert_eq!(browser.post(WORKSPACE, &[("name", "Shop"), ("time_zone", "UTC")]).await.location(), WORKSPACE);
    assert!(browser.get(WORKSPACE).await.says("Shop"));
}

#[actix_web::test]
async fn signing_in_is_bound_to_the_browser_that_was_shown_the_form() {
    let hub = hub_with_operators();
    let mut attacker = Browser::new(&hub);
    let token = attacker.get("/admin/sign-in").await.token();
    let mut victim = Browser::new(&hub);
    victim.get("/admin/sign-in").await;
    let fields = [("token", token.as_str()), ("email", "viewer@example.com"), ("password", PASSWORD)];
    assert_eq!(victim.post_raw("/admin/sign-in", &fields).await.status, 403);
}

#[actix_web::test]
async fn what_is_no_form_is_refused() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let json = TestRequest::post().uri(WORKSPACE).set_json(serde_json::json!({ "name": "x" }));
    assert_eq!(browser.send(json).await.status, 415);
    let huge = "a".repeat(10_000);
    assert_eq!(browser.post_raw(WORKSPACE, &[("name", &huge)]).await.status, 413);
}

/// Whoever sends a form slowly must not be asked who it is long before it is acted upon.
#[actix_web::test]
async fn a_form_is_read_before_its_sender_is_looked_up() {
    let hub = hub_with_operators();
    let mut browser = Browser::new(&hub);
    let huge = "a".repeat(10_000);
    assert_eq!(browser.post_raw(WORKSPACE, &[("name", &huge)]).await.status, 413);
    assert_eq!(browser.post_raw(WORKSPACE, &[("name", "a")]).await.location(), "/admin/sign-in");
}

#[actix_web::test]
async fn a_compressed_form_is_refused() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let token = browser.get(WORKSPACE).await.token();
    let form = TestRequest::post().uri(WORKSPACE).insert_header(("content-encoding", "gzip"));
    let fields = [("token", token.as_str()), ("name", "Shop"), ("time_zone", "UTC")];
    assert_eq!(browser.send(form.set_form(fields)).await.status, 415);
}

/// Nodes of the release before know no other value, and go on beside those of this one for the minutes of a change.
#[actix_web::test]
async fn who_works_in_one_workspace_alone_sends_forms_as_in_the_release_before() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let token = SessionToken::parse(&browser.cookies["devhub_session"]).unwrap();
    let of_before = unmasked(&browser.get(WORKSPACE).await.token());
    assert_eq!(of_before, token.csrf().expose());
    admit(&hub, Role::Owner, Role::Owner);
    let page = browser.post(WORKSPACE, &[("name", "Main"), ("time_zone", "UTC")]).await;
    assert_eq!(page.location(), WORKSPACE, "the release before knows no other workspace than the first");
    let bound = unmasked(&browser.get(WORKSPACE).await.token());
    assert_eq!(bound, token.csrf_in(hub::WORKSPACE).expose());
}

/// What a form carries behind its mask.
fn unmasked(carried: &str) -> String {
    let bytes = BASE64URL_NOPAD.decode(carried.as_bytes()).unwrap();
    let (mask, masked) = bytes.split_at(32);
    BASE64URL_NOPAD.encode(&mask.iter().zip(masked).map(|(mask, byte)| mask ^ byte).collect::<Vec<_>>())
}
