//! The audit log: listed, filtered, shown entry by entry, exported and verified.

use devhub_domain::audit::{Actor, AuditDraft, AuditEntry, AuditFilter, AuditHash, append};
use devhub_domain::operators::Role;
use devhub_domain::page::PageRequest;
use devhub_domain::store::{Lane, UnitOfWork, write};
use devhub_domain::time::Clock as _;
use devhub_domain::tx::Tx;
use serde_json::json;

use super::browser::{Browser, hub_with_operators};
use crate::hub::{Hub, OTHER_WORKSPACE, WORKSPACE};

const AUDIT: &str = "/admin/audit";
const HOSTILE: &str = "\"><img src=x onerror=alert(1)><script>alert(1)</script>";

fn newest(hub: &Hub) -> AuditEntry {
    hub.services.audit.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap().items.remove(0)
}

fn log(hub: &Hub, subject: &str, detail: serde_json::Value) {
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let (workspace_id, at, action) = (WORKSPACE, hub.clock.now(), "key.updated");
    let draft = AuditDraft { workspace_id, at, actor: Actor::System, action, subject: subject.to_owned(), detail };
    write(store, Lane::Interactive, |tx| append(tx, &draft)).unwrap();
}

#[actix_web::test]
async fn the_log_tells_who_did_what_to_what_from_where() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let lock = format!("/admin/developer/api-keys/{}/lock", key.key.id);
    browser.get(&lock).await;
    browser.post(&lock, &[]).await;
    let page = browser.get(AUDIT).await;
    for text in ["Key locked", "Status: active → locked", "owner@example.com", key.key.label.as_str(), "127.0.0.1"] {
        assert!(page.says(text), "{text}: {}", page.html);
    }
    let entry = newest(&hub);
    let page = browser.get(&format!("{AUDIT}/{}", entry.sequence)).await;
    assert!(page.says("<th scope=\"row\" role=\"rowheader\" data-label=\"What\">Status</th>"), "{}", page.html);
    assert!(page.says("<span>active</span>") && page.says("<span>locked</span>") && page.says("127.0.0.1"));
    assert!(page.says(&format!("{:?}", entry.hash)));
}

#[actix_web::test]
async fn the_log_is_filtered_by_what_stands_in_the_address() {
    let hub = hub_with_operators();
    let key = hub.key("read");
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    log(&hub, "key_x", json!({}));
    let rows = |page: &super::browser::Page| page.html.matches("<tr role=\"row\" id=\"entry-").count();
    assert_eq!(rows(browser.get(&format!("{AUDIT}?action=key.updated")).await), 1);
    assert_eq!(rows(browser.get(&format!("{AUDIT}?actor=system&subject=key_x")).await), 1);
    assert_eq!(rows(browser.get(&format!("{AUDIT}?subject={}", key.key.id)).await), 1);
    assert_eq!(rows(browser.get(&format!("{AUDIT}?from=2026-11-24&to=2026-11-24&actor=system")).await), 1);
    let page = browser.get(&format!("{AUDIT}?from=2026-11-25")).await;
    assert!(rows(page) == 0 && page.says("No entry matches"), "{}", page.html);
    let wrong = browser.get(&format!("{AUDIT}?actor=Ada&from=soon")).await;
    assert!(wrong.says("id=\"actor-error\"") && wrong.says("id=\"from-error\"") && !wrong.says("Export CSV"));
}

#[actix_web::test]
async fn pages_follow_each_other_without_a_gap() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    for number in 0..60 {
        log(&hub, &format!("key_{number}"), json!({}));
    }
    let page = browser.get(&format!("{AUDIT}?actor=system")).await.clone();
    assert!(page.says("key_59") && page.says("key_10<") && !page.says("key_9<"));
    let older = page.html.split("href=\"").find(|link| link.contains("after=")).unwrap().split('"').next().unwrap();
    let page = browser.get(&older.replace("&#38;", "&")).await;
    assert!(page.says("key_9<") && page.says("key_0<") && !page.says("key_10<"));
}

#[actix_web::test]
async fn what_is_listed_is_exported_as_csv_and_json() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    for number in 0..150 {
        log(&hub, &format!("key_{number}"), json!({ "label": "=1+1" }));
    }
    let page = browser.get(&format!("{AUDIT}/export?format=csv&action=key.updated")).await;
    assert_eq!(page.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(page.header("content-disposition"), "attachment; filename=\"audit-log.csv\"");
    assert_eq!(page.html.lines().count(), 151);
    assert!(page.html.starts_with("sequence,at,actor,action,subject,detail,previous_hash,hash\r\n"));
    let page = browser.get(&format!("{AUDIT}/export?format=json&actor=system&subject=key_7")).await;
    let lines: Vec<serde_json::Value> = serde_json::from_str(&page.html).unwrap();
    assert_eq!((lines.len(), &lines[0]["detail"]), (1, &json!({ "label": "=1+1" })));
    assert_eq!(browser.get(&format!("{AUDIT}/export?actor=Ada")).await.status, 422);
}

#[actix_web::test]
async fn an_export_of_nothing_is_a_list_of_nothing() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let page = browser.get(&format!("{AUDIT}/export?format=json&subject=nothing")).await;
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&page.html).unwrap(), Vec::<serde_json::Value>::new());
}

#[actix_web::test]
async fn the_chain_is_verified_at_the_press_of_a_button() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Viewer).await;
    let path = format!("{AUDIT}/verify");
    assert!(browser.get(&path).await.says("Verify chain"));
    let head = newest(&hub);
    let page = browser.post(&path, &[]).await;
    assert!(
        page.says("The chain holds") && page.says(&format!("Entries 1 to {} hold.", head.sequence)),
        "{}",
        page.html
    );
    let noted = format!("{}:{:?}", head.sequence, head.hash);
    assert!(page.says(&format!("value=\"{noted}\"")));
    assert!(browser.post(&path, &[("noted", &noted)]).await.says("The chain holds"));
    let rewritten = format!("{}:{}", head.sequence, "ab".repeat(32));
    assert!(browser.post(&path, &[("noted", &rewritten)]).await.says("This is not the log that was noted"));
    let wrong = browser.post(&path, &[("noted", HOSTILE)]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.says("id=\"noted-error\"") && !wrong.says("<img src=x"));
}

#[actix_web::test]
async fn the_first_entry_that_does_not_hold_is_shown() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let head = newest(&hub);
    let store: &dyn UnitOfWork<dyn Tx> = &*hub.store;
    let forged =
        AuditEntry { sequence: head.sequence + 1, previous_hash: head.hash, hash: AuditHash([9; 32]), ..head.clone() };
    write(store, Lane::Interactive, |tx| tx.insert_audit_entry(&forged)).unwrap();
    browser.get(&format!("{AUDIT}/verify")).await;
    let page = browser.post(&format!("{AUDIT}/verify"), &[]).await;
    assert!(
        page.says("The chain is broken") && page.says(&format!("href=\"{AUDIT}/{}\"", forged.sequence)),
        "{}",
        page.html
    );
}

#[actix_web::test]
async fn hostile_texts_are_shown_and_nothing_else() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    log(
        &hub,
        HOSTILE,
        json!({ HOSTILE: HOSTILE, "before": { "a": HOSTILE }, "after": { "a": [HOSTILE] }, "from": HOSTILE }),
    );
    let sequence = newest(&hub).sequence;
    let query = url::form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect::<String>();
    let hostile = format!("{AUDIT}?actor={query}&action={query}&subject={query}&from={query}&to={query}&after={query}");
    for path in [AUDIT.to_owned(), format!("{AUDIT}/{sequence}"), hostile] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.says("img src=x onerror") && !page.says("<img src=x") && !page.says("<script>alert"), "{path}");
    }
}

#[actix_web::test]
async fn what_no_log_of_the_workspace_has_is_not_there() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    for path in ["0", "-1", "999", "9223372036854775807", "x"] {
        assert_eq!(browser.get(&format!("{AUDIT}/{path}")).await.status, 404, "{path}");
    }
    let entries = hub.services.audit.list(OTHER_WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap();
    assert!(entries.items.is_empty() || !browser.get(AUDIT).await.says(&format!("{:?}", entries.items[0].hash)));
}
