//! Types of one's own on the catalogue: added, changed, archived, removed.

use devhub_domain::audit::AuditFilter;
use devhub_domain::events::{KnownType, OwnType};
use devhub_domain::operators::Role;
use devhub_domain::page::PageRequest;

use super::browser::{Browser, hub_with_operators};
use crate::hub::{Hub, WORKSPACE};

const CATALOG: &str = "/admin/developer/event-types";
const NEW: &str = "/admin/developer/new-event-type";
const SCHEMA: &str = "{\r\n  \"type\": \"object\",\r\n  \"required\": [\"order\"],\r\n  \"properties\": {\"order\": {\"type\": \"integer\"}}\r\n}";

const PLACED: [(&str, &str); 4] = [
    ("name", "order.placed"),
    ("description", "An order was placed."),
    ("schema", SCHEMA),
    ("sample", "{\"order\": 77}"),
];

/// The form of `order.placed` with other values.
fn placed<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = PLACED.into_iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    kept.chain(changed.iter().copied()).collect()
}

fn own(hub: &Hub, name: &str) -> Option<OwnType> {
    match hub.services.event_types.find(WORKSPACE, &name.parse().unwrap()) {
        Ok(KnownType::Own(own)) => Some(own),
        _ => None,
    }
}

fn actions(hub: &Hub) -> Vec<String> {
    let entries = hub.services.audit.list(WORKSPACE, &AuditFilter::default(), PageRequest::default()).unwrap().items;
    let of_types = entries.into_iter().map(|entry| entry.action).filter(|action| action.starts_with("event_type."));
    of_types.collect()
}

async fn add(browser: &mut Browser<'_>, fields: &[(&str, &str)]) {
    browser.get(NEW).await;
    browser.post(NEW, fields).await;
}

#[actix_web::test]
async fn a_type_is_added_changed_archived_and_removed_and_the_log_knows() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Developer).await;
    assert!(browser.get(CATALOG).await.says(&format!("href=\"{NEW}\"")));
    add(&mut browser, &PLACED).await;
    let page_of_it = format!("{CATALOG}/order.placed");
    assert_eq!(browser.page.location(), page_of_it);
    let page = browser.get(&page_of_it).await;
    assert!(page.says("The event type is saved.") && page.says("An order was placed."), "{}", page.html);
    let added = own(&hub, "order.placed").unwrap();
    assert_eq!(added.schema, SCHEMA.replace("\r\n", "\n"), "as it was written, with one kind of line end");

    let edit = format!("{page_of_it}/edit");
    let form = browser.get(&edit).await;
    assert!(form.says("An order was placed.") && !form.says("name=\"name\""), "{}", form.html);
    let changed = placed(&[("description", "Somebody ordered."), ("status", "archived"), ("revision", "1")]);
    assert_eq!(browser.post(&edit, &changed).await.location(), page_of_it);
    assert!(browser.get(&page_of_it).await.says("Archived"));
    let after = own(&hub, "order.placed").unwrap();
    assert_eq!((after.description.as_str(), after.is_archived, after.revision), ("Somebody ordered.", true, 2));
    assert_eq!((after.schema, after.sample), (added.schema, added.sample));

    let remove = format!("{page_of_it}/remove");
    assert!(browser.get(&remove).await.says("Remove order.placed?"));
    assert_eq!(browser.post(&remove, &[]).await.location(), CATALOG);
    assert!(browser.get(CATALOG).await.says("The event type is removed."));
    assert!(own(&hub, "order.placed").is_none());
    assert_eq!(actions(&hub), ["event_type.deleted", "event_type.updated", "event_type.created"]);
}

#[actix_web::test]
async fn what_is_wrong_is_told_at_its_field_with_its_place() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    add(&mut browser, &[("name", "two words"), ("description", ""), ("schema", "{\n\"type\":"), ("sample", "")]).await;
    let page = browser.page.clone();
    assert_eq!(page.status, 422);
    for field in ["name", "description", "schema", "sample"] {
        assert!(page.says(&format!("id=\"{field}-error\"")) && page.says(&format!("href=\"#{field}\"")), "{field}");
    }
    assert!(page.says("at line 2 column 7") && page.says("value=\"two words\""), "{}", page.html);
    let cases = [
        (placed(&[("schema", "{\"properties\":{\"order\":{\"type\":\"number of it\"}}}")]), "/properties/order/type"),
        (placed(&[("sample", "{\"order\": \"many\"}")]), "At /order: "),
        (placed(&[("sample", "{\"order\": 77")]), "Example must be JSON"),
        (placed(&[("name", "payment.completed")]), "comes with the hub"),
    ];
    for (fields, told) in cases {
        add(&mut browser, &fields).await;
        assert_eq!(browser.page.status, 422, "{told}");
        assert!(browser.page.says(told), "{told}: {}", browser.page.html);
        assert!(browser.page.says("An order was placed."), "what was typed stays");
    }
    add(&mut browser, &PLACED).await;
    add(&mut browser, &PLACED).await;
    assert_eq!(browser.page.status, 422, "the same form twice adds one");
    assert!(browser.page.says("has an event type order.placed already"));
    assert_eq!(actions(&hub), ["event_type.created"]);
}

#[actix_web::test]
async fn who_saves_what_others_have_changed_is_told() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    add(&mut browser, &PLACED).await;
    let edit = format!("{CATALOG}/order.placed/edit");
    browser.get(&edit).await;
    let stale = browser.post(&edit, &placed(&[("description", "Mine."), ("revision", "7")])).await;
    assert_eq!(stale.status, 409);
    assert!(stale.says("Somebody else has changed this event type meanwhile") && stale.says("value=\"Mine.\""));
    assert_eq!(stale.hidden("revision"), "1", "whoever was told may write over it");
}

#[actix_web::test]
async fn a_schema_and_an_example_as_large_as_the_api_takes_them_are_saved() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Admin).await;
    // Each of these is sent as three bytes.
    let text = "é".repeat(30_000);
    let (schema, sample) = (format!("{{\"description\":\"{text}\"}}"), format!("\"{text}\""));
    add(&mut browser, &placed(&[("schema", &schema), ("sample", &sample)])).await;
    assert_eq!(browser.page.location(), format!("{CATALOG}/order.placed"));
}

/// A body beyond its bound is refused where it is read: 413.
#[actix_web::test]
async fn nothing_is_read_of_a_form_of_who_may_not_change_types() {
    let hub = hub_with_operators();
    let huge = "a".repeat(1_000_000);
    for (role, status) in [(Role::Viewer, 403), (Role::Developer, 413), (Role::Admin, 413)] {
        let mut browser = Browser::signed_in(&hub, role).await;
        assert_eq!(browser.post_raw(NEW, &[("schema", &huge)]).await.status, status, "{role:?}");
    }
    assert!(Browser::new(&hub).post_raw(NEW, &[("schema", &huge)]).await.location().starts_with("/admin/sign-in"));
}

#[actix_web::test]
async fn what_comes_with_the_hub_is_read_only_and_says_so() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    let path = format!("{CATALOG}/payment.completed");
    let page = browser.get(&path).await;
    assert!(page.says("It comes with the hub") && !page.says(&format!("{path}/edit")), "{}", page.html);
    for word in ["edit", "remove"] {
        let path = format!("{path}/{word}");
        assert_eq!(browser.get(&path).await.status, 409, "{word}");
        browser.get(NEW).await;
        assert_eq!(browser.post(&path, &PLACED).await.status, 409, "{word}");
    }
    assert_eq!(browser.get(&format!("{CATALOG}/order.nothing/edit")).await.status, 404);
}

#[actix_web::test]
async fn a_type_called_new_has_a_page() {
    let hub = hub_with_operators();
    let mut browser = Browser::signed_in(&hub, Role::Owner).await;
    add(&mut browser, &placed(&[("name", "new")])).await;
    let path = browser.page.location().to_owned();
    assert!(browser.get(&path).await.says("An order was placed."));
}
