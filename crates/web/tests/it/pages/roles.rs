//! What each role sees, and what it may do whatever it sees.

use std::sync::Arc;

use devhub_domain::api_keys::KeyStatus;
use devhub_domain::id::OperatorId;
use devhub_domain::operators::{EmailAddress, Operators, Role};
use devhub_domain::testing::SeededEntropy;

use super::browser::{Browser, email_of, hub_with_operators};
use crate::hub::{Hub, WORKSPACE};
use crate::log::Log;

const KEYS: &str = "/admin/developer/api-keys";

#[actix_web::test]
async fn a_viewer_sees_keys_and_nothing_to_change_them_with() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(KEYS).await;
    assert!(page.says(&key.key.prefix));
    assert!(!page.says("Generate New API Key") && !page.says("/revoke") && !page.says("/lock"));
    assert!(!browser.get("/admin/workspace").await.says("name=\"time_zone\""));
}

#[actix_web::test]
async fn what_a_viewer_is_not_offered_is_refused_all_the_same() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    for word in ["lock", "revoke"] {
        let path = format!("{KEYS}/{}/{word}", key.key.id);
        assert_eq!(browser.get(&path).await.status, 403, "{word}");
        browser.get(KEYS).await;
        let page = browser.post(&path, &[]).await;
        assert_eq!(page.status, 403, "{word}");
        assert!(page.says("Your role does not allow this."));
        assert_eq!(page.header("www-authenticate"), "", "no browser can send a key");
        browser.get(KEYS).await;
    }
    let fields = [("label", "Mine"), ("scopes", "read"), ("environment", "live"), ("form_id", "00")];
    assert_eq!(browser.post(KEYS, &fields).await.status, 403);
    browser.get("/admin/workspace").await;
    assert_eq!(browser.post("/admin/workspace", &[("name", "Mine"), ("time_zone", "UTC")]).await.status, 403);
    let found = hub.services.keys.find(WORKSPACE, key.key.id).unwrap();
    assert_eq!(found.status, KeyStatus::Active);
    assert!(!browser.get(KEYS).await.says("Mine"));
}

#[actix_web::test]
async fn whoever_cannot_change_a_key_reads_why() {
    let hub = hub_with_operators();
    let (plain, wide, over) = (hub.key("read"), hub.key("limits:write"), hub.key("read"));
    hub.revoke(over.key.id);
    for (role, key, why) in [
        (Role::Viewer, &plain, "Owners, admins and developers can change this key."),
        (Role::Developer, &wide, "only an owner or an admin can change it"),
        (Role::Owner, &over, "nothing of it is changed any more"),
    ] {
        let mut browser = Browser::signed_in(&hub, role).await;
        let page = browser.get(&format!("{KEYS}/{}", key.key.id)).await;
        assert!(page.says(why) && !page.says("Change this key"), "{role:?}: {}", page.html);
    }
    let mut developer = Browser::signed_in(&hub, Role::Developer).await;
    assert!(developer.get(&format!("{KEYS}/{}", plain.key.id)).await.says("Change this key"));
}

#[actix_web::test]
async fn a_developer_gives_no_scope_that_it_lacks() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let page = browser.get(KEYS).await.clone();
    assert!(page.says("value=\"events:write\"") && !page.says("value=\"limits:write\""));
    let fields = [
        ("form_id", page.hidden("form_id")),
        ("label", "Mine".to_owned()),
        ("hub_scopes", "limits:write".to_owned()),
        ("environment", "live".to_owned()),
    ];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = browser.post(KEYS, &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.says("limits:write") && page.says("No key was generated"));
}

#[actix_web::test]
async fn a_developer_does_not_change_the_workspace() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    assert!(!browser.get("/admin/workspace").await.says("name=\"time_zone\""));
    assert_eq!(browser.post("/admin/workspace", &[("name", "Mine"), ("time_zone", "UTC")]).await.status, 403);
}

#[actix_web::test]
async fn a_developer_is_told_who_can_unlock_a_key_that_may_do_more() {
    let hub = hub_with_operators();
    let key = hub.key("limits:write");
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    let path = |word: &str| format!("{KEYS}/{}/{word}", key.key.id);
    assert!(browser.get(&path("lock")).await.says("only an owner or an admin can unlock it again"));
    browser.post(&path("lock"), &[]).await;
    assert!(!browser.get(KEYS).await.says("/unlock"), "what is refused is not offered");
    assert_eq!(browser.get(&path("unlock")).await.status, 409);
    browser.get(KEYS).await;
    let page = browser.post(&path("unlock"), &[]).await;
    assert_eq!(page.status, 403);
    assert!(page.says("Your role may not give all of these scopes."));
}

/// ASVS 5.0, 16.3.2.
#[actix_web::test]
async fn whoever_may_not_change_something_is_logged_with_what_it_was_and_why() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    browser.get(KEYS).await;
    let form = browser.page.clone();
    let (log, _guard) = Log::start();
    for (path, fields) in [
        (format!("{KEYS}/{}/revoke", key.key.id), ("note", "confidential")),
        ("/admin/workspace".to_owned(), ("name", "confidential")),
    ] {
        browser.page = form.clone();
        assert_eq!(browser.post(&path, &[fields]).await.status, 403, "{path}");
    }
    let viewer = operator_id(&hub, Role::Viewer);
    let why = |code: &str| format!("status=403 code=\"{code}\" duration_ms=0.0 operator.id={viewer}");
    let lines = log.lines();
    assert!(
        lines[0].contains("method=\"POST\" route=\"/admin/developer/api-keys/{id}/{change}\"")
            && lines[0].ends_with(&why("insufficient_scope")),
        "{lines:?}"
    );
    assert!(
        lines[1].contains("method=\"POST\" route=\"/admin/workspace\"") && lines[1].ends_with(&why("role_too_low")),
        "{lines:?}"
    );
    let told = lines.concat();
    let session = browser.cookies.values().any(|value| told.contains(value.as_str()));
    assert!(!session && !told.contains("confidential") && !told.contains("viewer@"), "{told}");
}

fn operator_id(hub: &Hub, role: Role) -> OperatorId {
    let operators = Operators::new(hub.store.clone(), hub.clock.clone(), Arc::new(SeededEntropy::new(1)));
    let email = EmailAddress::new(&email_of(role)).unwrap();
    operators.find_by_email(WORKSPACE, &email).unwrap().unwrap().id
}

#[actix_web::test]
async fn only_who_may_change_the_catalogue_is_offered_it_and_nobody_else_does() {
    const TYPES: &str = "/admin/developer/event-types";
    const NEW: &str = "/admin/developer/new-event-type";
    let fields = [("name", "order.placed"), ("description", "An order was placed."), ("schema", ""), ("sample", "{}")];
    for role in Role::ALL {
        let hub = hub_with_operators();
        let may = role != Role::Viewer;
        let mut browser = Browser::signed_in(&hub, Role::Owner).await;
        browser.get(NEW).await;
        browser.post(NEW, &fields).await;
        let mut browser = Browser::signed_in(&hub, role).await;
        let list = browser.get(TYPES).await;
        assert_eq!((list.says(NEW), list.says("admins and developers can add")), (may, !may), "{role:?}");
        let page = browser.get(&format!("{TYPES}/order.placed")).await;
        assert_eq!((page.says("/remove\""), page.says("admins and developers can change")), (may, !may), "{role:?}");
        let status = if may { 200 } else { 403 };
        for path in [NEW.to_owned(), format!("{TYPES}/order.placed/edit"), format!("{TYPES}/order.placed/remove")] {
            assert_eq!(browser.get(&path).await.status, status, "{role:?} {path}");
        }
        for path in [format!("{TYPES}/order.placed/edit"), NEW.to_owned(), format!("{TYPES}/order.placed/remove")] {
            browser.get(TYPES).await;
            let status = browser.post(&path, &[&fields[..], &[("revision", "1")]].concat()).await.status.as_u16();
            // Its own name is taken: that is told to who may.
            assert_eq!(
                status,
                if !may {
                    403
                } else if path == NEW {
                    422
                } else {
                    303
                },
                "{role:?} {path}"
            );
        }
    }
}
