//! The tab of API keys in numbers, and the page of one key.

use devhub_domain::api_keys::{IssuedKey, KeyStatus, NewApiKey, Owner, Scope, ScopeSet};
use devhub_domain::operators::Role;
use devhub_domain::testing::label;

use super::browser::{Browser, hub_with_operators};
use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

const KEYS: &str = "/admin/developer/api-keys";

fn named(hub: &Hub, name: &str) -> IssuedKey {
    hub.issue(WORKSPACE, NewApiKey { owner: Owner::new("Anna").ok(), ..NewApiKey::with_label(label(name)) })
}

fn status(hub: &Hub, issued: &IssuedKey) -> KeyStatus {
    hub.services.keys.find(WORKSPACE, issued.key.id).unwrap().status
}

#[actix_web::test]
async fn chosen_keys_are_asked_about_and_then_changed_at_once() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let [first, second, third] = ["One <b>", "Two", "Three"].map(|name| named(&hub, name));
    let page = browser.get(KEYS).await;
    assert!(page.says(&format!("name=\"ids\" value=\"{}\" aria-label=\"Choose Two\"", second.key.id)));
    for (word, notice, expected) in [
        ("lock", "2 keys are locked.", KeyStatus::Locked),
        ("unlock", "2 keys are unlocked.", KeyStatus::Active),
        ("revoke", "2 keys are revoked.", KeyStatus::Revoked),
    ] {
        let path = format!("{KEYS}/bulk?change={word}&ids={}&ids={}&q=e", first.key.id, second.key.id);
        let before = status(&hub, &first);
        let question = browser.get(&path).await;
        assert!(question.says("2 keys?") && question.says("Two") && !question.says("One <b>"), "{}", question.html);
        assert_eq!(status(&hub, &first), before, "asking changes nothing");
        assert_eq!(browser.post(&path, &[]).await.location(), format!("{KEYS}?q=e"));
        assert!(browser.get(KEYS).await.says(notice), "{word}");
        assert_eq!((status(&hub, &first), status(&hub, &second)), (expected, expected), "{word}");
        assert_eq!(status(&hub, &third), KeyStatus::Active);
    }
}

#[actix_web::test]
async fn a_question_says_which_keys_stay_as_they_are() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let scopes = ScopeSet::from_iter([Scope::LimitsWrite]);
    let wide = hub.issue(WORKSPACE, NewApiKey { scopes, ..NewApiKey::with_label(label("Wide")) });
    let theirs = hub.issue(OTHER_WORKSPACE, NewApiKey::with_label(label("Theirs")));
    hub.services.keys.lock(devhub_domain::access::Asker::COMMAND_LINE, WORKSPACE, wide.key.id).commit().unwrap();
    let path = format!("{KEYS}/bulk?change=unlock&ids={}&ids={}&ids=key_1", wide.key.id, theirs.key.id);
    let question = browser.get(&path).await;
    assert!(question.says("Unlock 0 keys?") && question.says("These stay as they are: Wide."), "{}", question.html);
    assert!(!question.says("Theirs"));
    browser.post(&path, &[]).await;
    assert!(browser.get(KEYS).await.says("No key is unlocked."));
    assert_eq!(status(&hub, &wide), KeyStatus::Locked);
}

#[actix_web::test]
async fn nothing_chosen_is_told_and_an_unknown_change_is_none() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let issued = named(&hub, "Shop");
    assert_eq!(browser.get(&format!("{KEYS}/bulk?change=revoke")).await.location(), KEYS);
    assert!(browser.get(KEYS).await.says("No key was chosen."));
    let many = vec![format!("ids={}", issued.key.id); 101].join("&");
    assert_eq!(browser.get(&format!("{KEYS}/bulk?change=revoke&{many}")).await.status, 422);
    assert_eq!(browser.get(&format!("{KEYS}/bulk?change=destroy&ids={}", issued.key.id)).await.status, 404);
}

#[actix_web::test]
async fn a_viewer_changes_nothing_and_exports_what_it_sees() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let issued = named(&hub, "=cmd");
    let page = browser.get(KEYS).await;
    assert!(!page.says("name=\"ids\"") && !page.says("Revoke chosen") && page.says("Export CSV"));
    let bulk = format!("{KEYS}/bulk?change=revoke&ids={}", issued.key.id);
    assert_eq!(browser.get(&bulk).await.status, 403);
    browser.get(KEYS).await;
    assert_eq!(browser.post(&bulk, &[]).await.status, 403);
    let one = format!("{KEYS}/{}", issued.key.id);
    assert!(!browser.get(&one).await.says("Change this key"));
    browser.get(KEYS).await;
    assert_eq!(browser.post(&one, &[("label", "Mine"), ("revision", "1")]).await.status, 403);
    let file = browser.get(&format!("{KEYS}/export?format=csv&q=cmd")).await;
    assert!(file.header("content-disposition").starts_with("attachment") && file.says("'=cmd"), "{}", file.html);
    assert_eq!(file.header("cache-control"), "no-store");
    assert!(browser.get(&format!("{KEYS}/export?format=json")).await.says("\"label\":\"=cmd\""));
}

#[actix_web::test]
async fn keys_are_filtered_by_scope_disuse_and_expiry() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let keys = &hub.services.keys;
    let scopes = ScopeSet::from_iter([Scope::AuditRead]);
    let expires_at = Some(keys.in_days(20));
    hub.issue(WORKSPACE, NewApiKey { scopes, expires_at, ..NewApiKey::with_label(label("Report")) });
    let rows = [
        ("scope=audit:read", true),
        ("scope=write", false),
        ("unused=30", false),
        ("expiring=7", false),
        ("expiring=30", true),
        ("expiring=31", true),
    ];
    for (query, expected) in rows {
        assert_eq!(browser.get(&format!("{KEYS}?{query}")).await.says("Report"), expected, "{query}");
    }
}

#[actix_web::test]
async fn a_key_is_shown_with_its_owner_and_metadata_and_changed() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let metadata = r#"{"note":"<script>alert(1)</script>"}"#.parse().unwrap();
    let new = NewApiKey { owner: Owner::new("Anna").ok(), metadata, ..NewApiKey::with_label(label("Shop")) };
    let issued = hub.issue(WORKSPACE, new);
    let path = format!("{KEYS}/{}", issued.key.id);
    let page = browser.get(&format!("{path}?q=Shop")).await;
    assert!(page.says("Anna") && page.says("alert(1)") && !page.says("<script>alert"));
    let secret = issued.token.secret().expose().split_once('.').unwrap().1;
    assert!(!page.says(secret));
    let fields = |revision| {
        let networks = "203.0.113.7, 10.0.0.0/8 2001:db8::/32";
        let typed = [("label", "Till"), ("owner", " Bert "), ("environment", "test"), ("allow_list", networks)];
        [&typed[..], &[("revision", revision)]].concat()
    };
    assert_eq!(browser.post(&format!("{path}?q=Shop"), &fields("1")).await.location(), format!("{path}?q=Shop"));
    assert!(browser.get(&path).await.says("Till is saved."));
    let key = hub.services.keys.find(WORKSPACE, issued.key.id).unwrap();
    assert_eq!((key.owner.unwrap().as_str(), key.allow_list.len(), key.environment.as_str()), ("Bert", 3, "test"));
    let stale = browser.post(&path, &fields("1")).await;
    assert!(stale.status == 422 && stale.says("Somebody else has changed this key meanwhile."), "{}", stale.html);
}

#[actix_web::test]
async fn what_is_wrong_with_a_change_is_told_at_its_field() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let path = format!("{KEYS}/{}", named(&hub, "Shop").key.id);
    let long = "x".repeat(101);
    let good = [("label", "Shop"), ("owner", ""), ("environment", "live"), ("allow_list", ""), ("revision", "1")];
    for (wrong, told) in [
        (("label", ""), "Label must be 1 to 100 characters"),
        (("owner", long.as_str()), "Owner must be 1 to 100 characters"),
        (("environment", ""), "Environment must be 1 to 32 characters"),
        (("allow_list", "10.0.0.0/33"), "10.0.0.0/33 must be an address or a network"),
    ] {
        browser.get(&path).await;
        let page = browser.post(&path, &[&[wrong], &good[..]].concat()).await;
        assert!(page.status == 422 && page.says(told) && page.says("The key was not saved"), "{told}: {}", page.html);
    }
    assert_eq!(browser.get(&format!("{KEYS}/key_1")).await.status, 404);
}

#[actix_web::test]
async fn a_key_is_generated_for_an_owner_and_for_some_addresses() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let id = browser.get(KEYS).await.hidden("form_id");
    let fields = |networks| {
        [
            ("form_id", id.as_str()),
            ("label", "Till"),
            ("scopes", "read"),
            ("environment", "live"),
            ("expires", ""),
            ("owner", "Anna"),
            ("allow_list", networks),
        ]
    };
    let refused = browser.post(KEYS, &fields("nowhere")).await;
    assert!(refused.status == 422 && refused.says("Nowhere must be an address or a network such as 10.0.0.0/8."));
    assert_eq!(browser.post(KEYS, &fields("203.0.113.7")).await.status, 200);
    assert!(browser.get(KEYS).await.says("<span class=\"second\">Anna</span>"));
}
